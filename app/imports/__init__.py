"""The pages on which HR brings records in and settles what waits for a person."""

from app.imports import grades, sending, settling, views
from app.imports.blueprint import blueprint
from app.imports.sending import allow_large_files

__all__ = ["allow_large_files", "blueprint", "grades", "sending", "settling", "views"]
