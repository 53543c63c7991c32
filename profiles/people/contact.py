"""Where and how people are reached at work, and when they were born: facts with two time lines."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from sqlmodel import Session

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Invalid, NotFound
from profiles.organisations.offices import find_office
from profiles.people.models import BirthDate, WorkPhone, WorkPlace
from profiles.temporal import Fact, Provenance, civil_date, end, history, record, start_of_day

# ITU-T E.164 §6: a country code, which never begins with 0, and at most fifteen digits in all.
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_BETWEEN_DIGITS = re.compile(r"[\s().-]")
OLDEST = date(1900, 1, 1)

AnyOfPerson = TypeVar("AnyOfPerson", WorkPhone, WorkPlace)


def normal_phone(unverified_number: str) -> str:
    """A number in E.164, without what people write between the digits. Raises Invalid when it is none."""
    number = _BETWEEN_DIGITS.sub("", unverified_number)
    if not _PHONE.fullmatch(number):
        raise Invalid("Enter a phone number with its country code, like +44 20 7946 0123.", field="number")
    return number


def record_birth_date(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    *,
    person_id: UUID,
    born_on: date,
) -> BirthDate:
    """Record a date of birth. Raises Invalid for one that cannot be, Conflict when one is recorded."""
    if not OLDEST <= born_on < civil_date(now):
        raise Invalid("Enter a date of birth in the past.", field="born_on")
    fact = record(
        session,
        BirthDate(person_id=person_id, born_on=born_on, **provenance.stamp(now, start_of_day(born_on))),
    )
    append(
        session,
        Event.BIRTH_DATE_RECORDED,
        initiator,
        now,
        person_id=person_id,
        personal={"born_on": born_on.isoformat()},
    )
    return fact


def give_phone(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    *,
    person_id: UUID,
    organisation_id: UUID,
    unverified_number: str,
    valid_from: datetime,
    is_verified: bool = False,
) -> WorkPhone:
    """Let the person be reached by this number from ``valid_from`` on, and no longer by the one before.

    ``is_verified`` says that the organisation has seen that it reaches the person. Raises Invalid.
    """
    phone = WorkPhone(
        person_id=person_id,
        organisation_id=organisation_id,
        number=normal_phone(unverified_number),
        is_verified=is_verified,
        **provenance.stamp(now, valid_from),
    )
    _succeed(session, phone, now, provenance)
    append(
        session,
        Event.WORK_PHONE_RECORDED,
        initiator,
        now,
        person_id=person_id,
        organisation_id=organisation_id,
        personal={"number": phone.number},
    )
    return phone


def place_at_office(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    *,
    person_id: UUID,
    organisation_id: UUID,
    office_id: UUID,
    valid_from: datetime,
) -> WorkPlace:
    """Let the person work at this office from ``valid_from`` on, and no longer at the one before.

    Raises NotFound for an office that is not there then.
    """
    if find_office(session, office_id, max(valid_from, now)) is None:
        raise NotFound("There is no such office.")
    place = WorkPlace(
        person_id=person_id,
        organisation_id=organisation_id,
        office_id=office_id,
        **provenance.stamp(now, valid_from),
    )
    _succeed(session, place, now, provenance)
    append(
        session,
        Event.WORK_PLACE_RECORDED,
        initiator,
        now,
        person_id=person_id,
        organisation_id=organisation_id,
        details={"office_id": str(office_id)},
    )
    return place


def _succeed(session: Session, fact: AnyOfPerson, now: datetime, provenance: Provenance) -> None:
    """Record a fact in the place of what the same organisation said until then."""
    who = {"person_id": fact.person_id, "organisation_id": fact.organisation_id}
    before: Sequence[Fact] = history(session, type(fact), now, **who)
    for one in before:
        if one.valid_to is None or one.valid_to > fact.valid_from:
            end(session, one, fact.valid_from, now, provenance)
    record(session, fact)
