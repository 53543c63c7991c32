"""The public keys that verify our tokens (RFC 7517 §5)."""

from identity.context import current
from identity.endpoints.answers import public_json
from identity.exchange import Answer, direct
from profiles.roles.permissions import public

KEPT_FOR = 300
"""Seconds; far less than the time for which a key is published before it signs."""


@public
@direct
def jwks() -> Answer:
    """Keys that sign, will sign or signed lately."""
    context = current()
    with context.reading() as session:
        keys = context.key_ring.public_jwks(session, context.now())
    return public_json({"keys": keys}, max_age=KEPT_FOR)
