"""Whose account a claim is for: exactly one person whom everything fits, or nobody."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.appointments.claim_models import ReturnClaim
from profiles.employments.models import Employment
from profiles.employments.service import employment_history
from profiles.people.models import BirthDate, PersonName
from profiles.temporal import history, known


def find_person(session: Session, claim: ReturnClaim, now: datetime) -> UUID | None:
    """Who was born on that day, had that number at an employer, and has, or had, that name.

    Also somebody who works somewhere, and so is warned; the codes open nothing of theirs.
    """
    query = (
        select(Employment.person_id)
        .join(BirthDate, col(BirthDate.person_id) == col(Employment.person_id))
        .where(
            known(Employment, now),
            known(BirthDate, now),
            col(Employment.number) == claim.employment_number,
            col(BirthDate.born_on) == claim.born_on,
        )
        .distinct()
    )
    found = [one for one in session.exec(query) if _has_name(session, one, claim, now)]
    return found[0] if len(found) == 1 else None


def last_employer(session: Session, person_id: UUID, now: datetime) -> Employment | None:
    """The employment that ended last."""
    ended = [
        one
        for one in employment_history(session, person_id, now)
        if one.valid_to is not None and one.valid_to <= now
    ]
    return max(ended, key=lambda one: one.valid_to or now, default=None)


def _has_name(session: Session, person_id: UUID, claim: ReturnClaim, now: datetime) -> bool:
    """The family name and the first given name, as they are or were: people marry, and drop middle names."""
    said = _key(claim.given_names, claim.family_name)
    return any(
        _key(one.given_names, one.family_name) == said
        for one in history(session, PersonName, now, person_id=person_id)
    )


def _key(given_names: str, family_name: str) -> tuple[str, str]:
    return given_names.casefold().split()[0] if given_names.strip() else "", " ".join(
        family_name.casefold().split()
    )
