"""The dashboard: what moves come to, as charts with their tables, and as CSV."""

from app.figures import assuming, views
from app.figures.blueprint import blueprint

__all__ = ["assuming", "blueprint", "views"]
