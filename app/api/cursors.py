"""The cursor of the feed: how far somebody has read, as text that says nothing to them."""

import base64
import binascii
import json
from uuid import UUID

from authlib.oauth2.rfc6749 import InvalidRequestError

from profiles.portable_profile.feed import Mark
from profiles.portable_profile.kinds import Kind

_FURTHEST = 2**63 - 1


def cursor_of(mark: Mark) -> str:
    """The mark as a cursor."""
    inside = [mark.kind.value, mark.version_id.hex if mark.version_id else ""] if mark.kind else []
    content = json.dumps([mark.position, *inside], separators=(",", ":"))
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def mark_of(unverified_cursor: str) -> Mark:
    """The mark behind a cursor. Raises InvalidRequestError for one that we did not give."""
    try:
        padded = unverified_cursor + "=" * (-len(unverified_cursor) % 4)
        position, *inside = json.loads(base64.b64decode(padded, altchars="-_", validate=True))
        kind, version = inside or ("", "")
        mark = Mark(int(position), Kind(kind) if kind else None, UUID(version) if version else None)
    except (binascii.Error, ValueError, TypeError, AttributeError, RecursionError):
        raise InvalidRequestError("cursor is not one of this service") from None
    if not 0 <= mark.position <= _FURTHEST or cursor_of(mark) != unverified_cursor:
        raise InvalidRequestError("cursor is not one of this service")
    return mark
