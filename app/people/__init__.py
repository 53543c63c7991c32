"""The pages on which HR and security officers look up people of their organisations and help them sign in."""

from app.people import (
    app_users,
    as_of,
    changing,
    clearance_pages,
    clearances,
    freezing,
    openings,
    sensitivity,
    separations,
    signing_in,
    suspending,
    undoing_links,
    union_requests,
    unions,
    vetting,
    views,
    waiting,
)
from app.people.blueprint import blueprint

__all__ = [
    "app_users",
    "as_of",
    "blueprint",
    "changing",
    "clearance_pages",
    "clearances",
    "freezing",
    "openings",
    "sensitivity",
    "separations",
    "signing_in",
    "suspending",
    "undoing_links",
    "union_requests",
    "unions",
    "vetting",
    "views",
    "waiting",
]
