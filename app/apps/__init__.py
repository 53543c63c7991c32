"""The pages on which apps, their agreements, rules and clients are looked at, and clients are managed."""

from app.apps import (
    changing,
    clients,
    creating,
    errors,
    renewing,
    rotating,
    trying,
    users,
    views,
    weakest_links,
)
from app.apps.blueprint import blueprint

__all__ = [
    "blueprint",
    "changing",
    "clients",
    "creating",
    "errors",
    "renewing",
    "rotating",
    "trying",
    "users",
    "views",
    "weakest_links",
]
