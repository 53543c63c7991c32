"""Deputies of officers, as the pages of both the officer and the administrator list them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.display_formats import civil_date, last_day
from app.listed_names import listed_name
from app.portable_profile.words import role_words
from profiles.deputies.service import Own
from profiles.organisations import service as organisations
from profiles.roles.models import RoleAssignment


def deputies_in_words(
    session: Session, found: Iterable[RoleAssignment], now: datetime
) -> list[dict[str, Any]]:
    """Each with who, for whom, as what and where, and the first and the last day."""
    return [
        {
            "id": one.fact_id,
            "name": listed_name(session, one.person_id, now),
            "officer": listed_name(session, one.deputy_of, now),
            "role": role_in_words(session, one, now),
            "first": civil_date(one.valid_from),
            "last": last_day(one.valid_to),
            "begun": one.valid_from <= now,
            "reason": one.reason,
        }
        for one in found
        if one.deputy_of is not None and one.valid_to is not None
    ]


def role_in_words(session: Session, held: RoleAssignment | Own, now: datetime) -> str:
    """A role and where it is held."""
    role = role_words()[held.role]
    if held.organisation_id is None:
        return role
    return f"{role}, {organisations.get(session, held.organisation_id, now).name}"
