"""The pages on which HR and security officers look up people of their organisations and help them sign in."""

from app.people import (
    as_of,
    changing,
    clearances,
    freezing,
    signing_in,
    suspending,
    undoing_links,
    views,
    waiting,
)
from app.people.blueprint import blueprint

__all__ = [
    "as_of",
    "blueprint",
    "changing",
    "clearances",
    "freezing",
    "signing_in",
    "suspending",
    "undoing_links",
    "views",
    "waiting",
]
