"""Codes from HR with which somebody says whose a department's account is: told once, hashed, spent once.

HR of the department gives the code to a person whom it knows. Typed after signing in with an account of that
department, it links the account to the person's profile.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlmodel import Session, col

from identity.federation import links
from identity.federation.models import LinkingCode
from identity.forgetting import BATCH, CLOCKS_APART, forget
from identity.sign_in import methods
from identity.sign_in.alerts import tell_everywhere
from identity.sign_in.typed_codes import letters_of, new_code
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Conflict, NotPermitted
from profiles.sign_in.service import is_within, organisation_name


def issue(
    session: Session,
    now: datetime,
    *,
    person_id: UUID,
    organisation_id: UUID,
    officer_id: UUID,
    life: timedelta,
    allowed_by: UUID | None = None,
) -> str:
    """A code for this person, of this organisation's HR; earlier ones of theirs are worth nothing.

    Every address of the person hears of it. Who has, or had, a way in gets one only if a security officer,
    ``allowed_by``, has allowed it: else one officer could link an account of their own and be that person.
    Raises NotPermitted to an officer who issues or allows one for themselves, and Conflict.
    """
    if officer_id == person_id or allowed_by in (officer_id, person_id):
        raise NotPermitted("A colleague must issue a code for you.")
    if allowed_by is None and has_begun(session, person_id):
        raise Conflict("They have signed in before, so a security officer must allow this first.")
    end_open(session, person_id, now)
    code = new_code()
    made = LinkingCode(
        code_hash=_hash(code),
        person_id=person_id,
        organisation_id=organisation_id,
        issued_by=officer_id,
        allowed_by=allowed_by,
        created_at=now,
        expires_at=now + life,
    )
    session.add(made)
    session.flush()
    append(
        session,
        Event.LINKING_CODE_MADE,
        Initiator.person(officer_id),
        now,
        person_id=person_id,
        organisation_id=organisation_id,
        details={"linking_code_id": str(made.id), **({"allowed_by": str(allowed_by)} if allowed_by else {})},
    )
    whose = organisation_name(session, organisation_id, now)
    what = (
        f"HR of {whose} has made a code for you. With it your account there signs you in to Lanyard. "
        "They give it to you themselves; it is not in this mail."
    )
    tell_everywhere(session, person_id, "A code for your department's account", what, now)
    return code


def spend(
    session: Session,
    unverified_code: str,
    provider_organisation_id: UUID,
    now: datetime,
    *,
    is_moving: Callable[[Session, UUID, datetime], bool],
) -> UUID | None:
    """Spend a code with an account of this organisation's provider; whose it is.

    None when it is unknown, used or expired, HR of another organisation made it, or its person has a way
    in by now and no security officer has allowed it. Raises Conflict where a move of theirs was agreed after
    HR made it: nobody but HR has allowed it, and what was made before the move is not good during it.
    """
    code_hash = _hash(unverified_code)
    found = select(
        col(LinkingCode.organisation_id), col(LinkingCode.person_id), col(LinkingCode.allowed_by)
    ).where(col(LinkingCode.code_hash) == code_hash, *_open(now))
    kept = session.execute(found).one_or_none()
    if kept is None or not is_within(session, kept.organisation_id, provider_organisation_id, now):
        return None
    if kept.allowed_by is None and has_begun(session, kept.person_id):
        return None
    if kept.allowed_by is None and is_moving(session, kept.person_id, now):
        raise Conflict(
            "You are moving between departments, so a security officer must allow this first. Ask your HR "
            "team for a new code"
        )
    spent = session.connection().execute(
        update(LinkingCode)
        .where(col(LinkingCode.code_hash) == code_hash, *_open(now))
        .values(spent_at=now)
        .returning(col(LinkingCode.id), col(LinkingCode.person_id))
    )
    row = spent.one_or_none()
    if row is None:
        return None
    person_id: UUID = row.person_id
    append(
        session,
        Event.LINKING_CODE_USED,
        Initiator.person(person_id),
        now,
        person_id=person_id,
        organisation_id=kept.organisation_id,
        details={"linking_code_id": str(row.id)},
    )
    return person_id


def has_begun(session: Session, person_id: UUID) -> bool:
    """Whether the person has, or ever had, a way in that another one would stand beside."""
    return methods.were_set_up(session, person_id) or links.were_made(session, person_id)


def find_expiry(session: Session, person_id: UUID, now: datetime) -> datetime | None:
    """Until when the person's open code may be used; None when there is none."""
    found = select(col(LinkingCode.expires_at)).where(col(LinkingCode.person_id) == person_id, *_open(now))
    return session.execute(found.order_by(col(LinkingCode.expires_at).desc()).limit(1)).scalar_one_or_none()


def find_last_spent(session: Session, person_id: UUID) -> datetime | None:
    """When the person last used a code; None when they never did."""
    found = select(col(LinkingCode.spent_at)).where(
        col(LinkingCode.person_id) == person_id, col(LinkingCode.spent_at).is_not(None)
    )
    return session.execute(found.order_by(col(LinkingCode.spent_at).desc()).limit(1)).scalar_one_or_none()


def end_open(session: Session, person_id: UUID, now: datetime) -> None:
    """Let none of a person's codes be good any more."""
    session.connection().execute(
        update(LinkingCode).where(col(LinkingCode.person_id) == person_id, *_open(now)).values(expires_at=now)
    )


def forget_expired(session: Session, now: datetime, limit: int = BATCH) -> bool:
    """Forget codes that can be used no more, by any clock; True when there may be more."""
    return forget(session, LinkingCode, LinkingCode.expires_at, now - CLOCKS_APART, limit)


def _open(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return col(LinkingCode.spent_at).is_(None), col(LinkingCode.expires_at) > now


def _hash(code: str) -> str:
    return hashlib.sha256(f"linking code:{letters_of(code)}".encode()).hexdigest()
