"""Transfer codes: how an employee lets one other department begin a move.

HR may not learn that another organisation holds a record of somebody; whoever has the code was given it.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Invalid
from profiles.people.models import Person
from profiles.transfers import movable
from profiles.transfers.models import TransferCode

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No 0/O, 1/I/L, U: a code is read aloud and typed. 16 of these 30 are 78 bits."""
LENGTH = 16


def new_code() -> str:
    """A random code in four groups, such as ``7K3M-…``."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return "-".join(letters[start : start + 4] for start in range(0, LENGTH, 4))


def make_code(
    session: Session, person_id: UUID, now: datetime, life: timedelta, employment_id: UUID | None = None
) -> tuple[str, TransferCode]:
    """A code for one move; codes that the person made before and nobody used stop working.

    Who has several employments says which one moves. Raises Invalid naming ``employment_id``, or Conflict.
    """
    moves = movable.check_choice(session, person_id, employment_id, now)
    # Of two made at once, the second waits here, so that it sees the first.
    session.exec(select(Person.id).where(col(Person.id) == person_id).with_for_update(key_share=True))
    end_open(session, person_id, now)
    code = new_code()
    kept = TransferCode(
        person_id=person_id,
        code_hash=_hash(code),
        employment_id=moves,
        created_at=now,
        expires_at=now + life,
    )
    session.add(kept)
    append(session, Event.TRANSFER_CODE_MADE, Initiator.person(person_id), now, person_id=person_id)
    return code, kept


def end_open(session: Session, person_id: UUID, now: datetime) -> None:
    """Let none of the person's codes begin a move any more."""
    session.execute(
        update(TransferCode)
        .where(
            col(TransferCode.person_id) == person_id,
            col(TransferCode.spent_at).is_(None),
            col(TransferCode.expires_at) > now,
        )
        .values(expires_at=now)
    )


def whose(session: Session, unverified_code: str, now: datetime) -> UUID:
    """The person who made the code, which stays unspent. Raises Invalid as ``redeem`` does."""
    return usable(session, unverified_code, now).person_id


def usable(session: Session, unverified_code: str, now: datetime) -> TransferCode:
    """A code that is good, and stays unspent. Raises Invalid as ``redeem`` does."""
    found = _find(session, unverified_code)
    _refuse_unusable(found, now)
    return found


def redeem(session: Session, unverified_code: str, organisation_id: UUID, now: datetime) -> UUID:
    """Spend the code once for this organisation; return whose it is.

    Raises Invalid when it is unknown, used or expired, also when somebody else spends it at the same moment.
    """
    found = _find(session, unverified_code)
    spent = session.execute(
        update(TransferCode)
        .where(
            col(TransferCode.id) == found.id,
            col(TransferCode.spent_at).is_(None),
            col(TransferCode.expires_at) > now,
        )
        .values(spent_at=now, spent_by_organisation_id=organisation_id)
        .execution_options(synchronize_session=False)
    )
    if spent.rowcount != 1:  # type: ignore[attr-defined]
        session.refresh(found)
        _refuse_unusable(found, now)
    return found.person_id


def _find(session: Session, unverified_code: str) -> TransferCode:
    found = session.exec(
        select(TransferCode).where(col(TransferCode.code_hash) == _hash(unverified_code))
    ).first()
    if found is None:
        raise Invalid("There is no such transfer code. Check it with the employee.", field="code")
    return found


def _refuse_unusable(code: TransferCode, now: datetime) -> None:
    if code.spent_at is not None:
        raise Invalid("This transfer code has been used. Ask the employee to make a new one.", field="code")
    if code.expires_at <= now:
        raise Invalid("This transfer code has expired. Ask the employee to make a new one.", field="code")


def _hash(code: str) -> str:
    """SHA-256 of the letters: blanks, dashes and case are the typist's."""
    letters = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(letters.encode()).hexdigest()
