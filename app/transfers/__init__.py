"""The pages on which HR prepares, approves, refuses and follows transfers."""

from app.transfers import deciding, interrupting, preparing, views, waiting
from app.transfers.blueprint import blueprint

__all__ = ["blueprint", "deciding", "interrupting", "preparing", "views", "waiting"]
