"""What a WSGI server runs: ``granian wsgi:application``. Refuses to start without safe settings."""

from app import create_app, logs
from app.config import Settings

settings = Settings()
logs.configure(development=settings.development)
application = create_app(settings)
