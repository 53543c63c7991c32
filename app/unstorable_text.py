"""Refuses pages' requests with a NUL in a field: PostgreSQL cannot hold one, so no form could keep it."""

from flask import Flask, request
from werkzeug.exceptions import BadRequest

IDENTITY = frozenset({"protocol", "sign_in"})
"""The blueprints that read every field strictly themselves, and answer as their protocols say."""


def init_app(app: Flask) -> None:
    """Check every request before anything else reads its fields."""
    app.before_request(_refuse_nul)


def _refuse_nul() -> None:
    if request.blueprint in IDENTITY:
        return
    for fields in (request.args, request.form):
        if any("\0" in name or "\0" in value for name, value in fields.items(multi=True)):
            raise BadRequest
