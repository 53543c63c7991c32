"""``python -m app.commands``: the command ``lanyard`` where its script is not on the path."""

from app.commands import main

if __name__ == "__main__":
    main()
