"""The link in a mail about a sign-in, for whoever it was not.

It names one session, is signed by us, and opens nothing: whoever holds it can end that person's sessions and
lock what opened this one, once.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

GOOD_FOR = timedelta(days=30)


def token_of(session_id: UUID, now: datetime) -> str:
    """What the address ends with."""
    token: str = _serializer().dumps([session_id.hex, (now + GOOD_FOR).isoformat()])
    return token


def session_of(unverified_token: str, now: datetime) -> UUID | None:
    """Which session it names; None when it is not ours, or too old."""
    try:
        session_id, moment = _serializer().loads(unverified_token)
    except BadData:
        return None
    return UUID(session_id) if now < datetime.fromisoformat(moment).astimezone(UTC) else None


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(
        str(current_app.config["SECRET_KEY"]),
        salt="that was not me",
        signer_kwargs={"digest_method": hashlib.sha256},
    )
