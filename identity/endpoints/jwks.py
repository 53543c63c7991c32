"""The public keys that verify our tokens (RFC 7517 §5)."""

from flask import Response

from identity.context import current
from identity.endpoints.answers import public_json
from profiles.roles.permissions import public

KEPT_FOR = 300
"""Seconds; far less than the time for which a key is published before it signs."""


@public
def jwks() -> Response:
    """Keys that sign, will sign or signed lately."""
    context = current()
    with context.reading() as session:
        keys = context.key_ring.public_jwks(session, context.now())
    return public_json({"keys": keys}, max_age=KEPT_FOR)
