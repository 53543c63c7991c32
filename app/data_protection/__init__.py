"""What data protection officers do: questions about what apps were told, requests for what is held."""

from app.data_protection import access_requests, questions, views
from app.data_protection.blueprint import blueprint

__all__ = ["access_requests", "blueprint", "questions", "views"]
