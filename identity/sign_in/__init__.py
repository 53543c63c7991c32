"""Signing in: pages and forms, credentials, throttling."""

from identity.sign_in import second_step_views, views
from identity.sign_in.blueprint import blueprint

__all__ = ["blueprint", "second_step_views", "views"]
