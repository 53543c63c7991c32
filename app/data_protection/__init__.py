"""What data protection officers do: questions about what apps were told."""

from app.data_protection import questions, views
from app.data_protection.blueprint import blueprint

__all__ = ["blueprint", "questions", "views"]
