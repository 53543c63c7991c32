"""The two codes with which a recovery ends: each officer hands over one, and only both together open it.

One officer alone, or whoever reads the person's mail, never holds both.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlmodel import Session, col

from identity.recovery import notices, policy, service
from identity.recovery.models import Recovery, RecoveryState
from identity.sign_in.typed_codes import letters_of, new_code
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator
from profiles.errors import Conflict
from profiles.roles.service import Permissions


@dataclass(frozen=True)
class CodePair:
    """What is kept of the two codes, in the order in which they were typed."""

    hashes: tuple[str, str]

    @classmethod
    def of(cls, first: str, second: str) -> "CodePair":
        """Of two codes as they were typed."""
        return cls((hash_of(first), hash_of(second)))


@dataclass(frozen=True)
class OpenedBy:
    """The recovery that a pair of codes opens."""

    recovery_id: UUID
    person_id: UUID
    organisation_id: UUID


def issue(
    session: Session,
    now: datetime,
    recovery: Recovery,
    *,
    officer_id: UUID,
    permissions: Permissions,
    issuer: str,
    stop_path: str,
) -> str:
    """This officer's code, told once; one that they were told before is worth nothing from now on.

    Raises NotPermitted, and Conflict before the waiting time is over or when the recovery is.
    """
    policy.check_may_take_code(recovery, officer_id, permissions, now)
    is_first = officer_id == recovery.requested_by
    code = new_code()
    column = "request_code_hash" if is_first else "confirm_code_hash"
    # Somebody may be taking over from this officer at the same moment.
    is_theirs = col(Recovery.requested_by if is_first else Recovery.confirmed_by) == officer_id
    kept = session.connection().execute(
        update(Recovery)
        .where(col(Recovery.id) == recovery.id, is_theirs, *_usable(now))
        .values({column: hash_of(code)})
    )
    if kept.rowcount != 1:
        raise Conflict("This recovery is over.")
    session.refresh(recovery)
    by = Initiator.person(officer_id)
    service.note(session, Event.RECOVERY_CODE_ISSUED, recovery, by, now, first=is_first)
    notices.code_issued(session, recovery, now, link=f"{issuer}{stop_path}")
    return code


def find_opened(session: Session, pair: CodePair, now: datetime) -> OpenedBy | None:
    """What these codes open, which is not spent by looking; None when they are wrong, late or of two."""
    found = select(col(Recovery.id), col(Recovery.person_id), col(Recovery.organisation_id)).where(
        *_usable(now), _matches(pair)
    )
    row = session.execute(found).one_or_none()
    return OpenedBy(row.id, row.person_id, row.organisation_id) if row else None


def spend(session: Session, pair: CodePair, now: datetime) -> Recovery | None:
    """Complete the recovery that these codes open, once; None when somebody was first or stopped it."""
    spent = session.connection().execute(
        update(Recovery)
        .where(*_usable(now), _matches(pair))
        .values(
            state=RecoveryState.COMPLETED,
            is_open=False,
            ended_at=now,
            ended_by=Recovery.person_id,
            request_code_hash=None,
            confirm_code_hash=None,
        )
        .returning(col(Recovery.id))
    )
    recovery_id = spent.scalar_one_or_none()
    recovery = service.find(session, recovery_id) if recovery_id else None
    if recovery is None:
        return None
    by = Initiator.person(recovery.person_id)
    service.note(session, Event.RECOVERY_COMPLETED, recovery, by, now)
    return recovery


def _usable(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Recovery.state) == RecoveryState.WAITING,
        col(Recovery.ready_at) <= now,
        col(Recovery.expires_at) > now,
    )


def _matches(pair: CodePair) -> ColumnElement[bool]:
    """Either order: people do not know which of two officers was first."""
    one, other = pair.hashes
    request_code, confirm_code = col(Recovery.request_code_hash), col(Recovery.confirm_code_hash)
    return or_(
        and_(request_code == one, confirm_code == other), and_(request_code == other, confirm_code == one)
    )


def hash_of(code: str) -> str:
    """What is kept of a code."""
    return hashlib.sha256(f"recovery:{letters_of(code)}".encode()).hexdigest()
