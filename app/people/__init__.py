"""The pages on which HR and security officers look up people of their organisations and help them sign in."""

from app.people import signing_in, undoing_links, views
from app.people.blueprint import blueprint

__all__ = ["blueprint", "signing_in", "undoing_links", "views"]
