"""Signing in: pages and forms, credentials, throttling."""

from identity.sign_in import invited_passkey, second_step_views, set_up, views
from identity.sign_in.blueprint import blueprint

__all__ = ["blueprint", "invited_passkey", "second_step_views", "set_up", "views"]
