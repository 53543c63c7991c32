"""Codes on paper that stand in for a lost second factor, each once.

80 random bits cannot be guessed, so a fast hash is enough, as for every random secret here.
"""

import hashlib
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlmodel import Session, col

from identity.sign_in import alerts
from identity.sign_in.models import RecoveryCode
from identity.sign_in.typed_codes import letters_of, new_code
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append

COUNT = 10


def make(session: Session, person_id: UUID, now: datetime) -> list[str]:
    """Ten new codes, told this once; all earlier ones are worth nothing from now on."""
    forget(session, person_id)
    codes = [new_code() for _ in range(COUNT)]
    session.add_all(
        RecoveryCode(person_id=person_id, code_hash=_hash(person_id, code), created_at=now) for code in codes
    )
    session.flush()
    append(session, Event.RECOVERY_CODES_MADE, Initiator.person(person_id), now, person_id=person_id)
    what = "New recovery codes for Lanyard were made. Earlier ones no longer work."
    alerts.tell(session, person_id, "New recovery codes", what, now)
    return codes


def forget(session: Session, person_id: UUID) -> None:
    """Let none of a person's codes be good any more."""
    session.execute(delete(RecoveryCode).where(col(RecoveryCode.person_id) == person_id))


def forget_made_since(session: Session, person_id: UUID, moment: datetime) -> None:
    """Let none be good that was made at this moment or later."""
    session.execute(
        delete(RecoveryCode).where(
            col(RecoveryCode.person_id) == person_id, col(RecoveryCode.created_at) >= moment
        )
    )


def left(session: Session, person_id: UUID) -> int:
    """How many of a person's codes are still good."""
    unspent = select(func.count()).where(
        col(RecoveryCode.person_id) == person_id, col(RecoveryCode.spent_at).is_(None)
    )
    return int(session.execute(unspent).scalar_one())


def spend(session: Session, person_id: UUID, typed: str, now: datetime) -> bool:
    """Spend one of a person's codes, once; every address of theirs is told."""
    spent = session.connection().execute(
        update(RecoveryCode)
        .where(
            col(RecoveryCode.person_id) == person_id,
            col(RecoveryCode.code_hash) == _hash(person_id, typed),
            col(RecoveryCode.spent_at).is_(None),
        )
        .values(spent_at=now)
    )
    if spent.rowcount != 1:
        return False
    remaining = left(session, person_id)
    initiator = Initiator.person(person_id)
    append(
        session, Event.RECOVERY_CODE_USED, initiator, now, person_id=person_id, details={"left": remaining}
    )
    what = f"Somebody signed in to Lanyard with your password and a recovery code. You have {remaining} left."
    alerts.tell(session, person_id, "A recovery code was used", what, now)
    return True


def _hash(person_id: UUID, code: str) -> str:
    return hashlib.sha256(f"{person_id}:{letters_of(code)}".encode()).hexdigest()
