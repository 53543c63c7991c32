"""What an app is told; the values come from ``profiles.disclosure``, the one door out."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from profiles.disclosure import service as disclosure


@dataclass(frozen=True)
class ReleasedClaims:
    """What one app is told of one person, and the decision that lets it be told."""

    values: Mapping[str, Any]
    access: disclosure.Decision
    agreed: frozenset[str]
    """Everything that the app's agreement names, asked for or not."""


def release(
    session: Session,
    person_id: UUID,
    app_id: UUID,
    claims: frozenset[str],
    sid: str,
    now: datetime,
    log_in: Callable[[], AbstractContextManager[Session]] | None = None,
) -> ReleasedClaims:
    """What of these claims is agreed for this app, written to the release log; access is decided again.

    ``log_in`` is for a session that only reads: the transaction in which a new line is written.

    A claim without a value is left out: no null, no empty string (OpenID Connect Core §5.3.2).
    Raises ``disclosure.AccessRefused``.
    """
    released = disclosure.release(
        session, person_id, app_id, claims=claims, session_reference=sid, now=now, log_in=log_in
    )
    values = {name: value for name, value in released.values.items() if value not in (None, "", {}, [])}
    return ReleasedClaims(values, released.decision, released.agreed)
