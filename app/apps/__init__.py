"""The pages on which apps, their agreements, rules and clients are looked at, and clients are managed."""

from app.apps import (
    changing,
    changing_rules,
    clients,
    creating,
    delegating,
    errors,
    granting,
    messages,
    renewing,
    role_requests,
    rotating,
    trying,
    users,
    views,
    waiting,
    weakest_links,
    writing_off,
)
from app.apps.blueprint import blueprint

__all__ = [
    "blueprint",
    "changing",
    "changing_rules",
    "clients",
    "creating",
    "delegating",
    "errors",
    "granting",
    "messages",
    "renewing",
    "role_requests",
    "rotating",
    "trying",
    "users",
    "views",
    "waiting",
    "weakest_links",
    "writing_off",
]
