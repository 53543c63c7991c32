"""Signing in: pages and forms, credentials, throttling."""

from identity.sign_in import (
    contacts,
    invited_passkey,
    kept_form_views,
    second_step_views,
    set_up,
    views,
)
from identity.sign_in.blueprint import blueprint

__all__ = [
    "blueprint",
    "contacts",
    "invited_passkey",
    "kept_form_views",
    "second_step_views",
    "set_up",
    "views",
]
