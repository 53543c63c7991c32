"""Where people are reached at work, for tests."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from profiles.organisations.models import Office
from profiles.organisations.offices import add_office
from profiles.organisations.service import OrganisationView
from profiles.people import contact
from profiles.people.models import WorkPhone, WorkPlace
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE

NUMBER = "+442079460123"


def make_office(session: Session, now: datetime, organisation: OrganisationView, **changes: Any) -> Office:
    """An office in Croydon since long ago."""
    described = {
        "name": "Ruskin Square",
        "street_address": "1 Ruskin Square\nDingwall Road",
        "locality": "Croydon",
        "postal_code": "CR0 2WF",
        "valid_from": LONG_AGO,
    }
    return add_office(
        session, now, PROVENANCE, INITIATOR, organisation_id=organisation.id, **(described | changes)
    )


def give_phone(
    session: Session,
    now: datetime,
    person_id: UUID,
    organisation: OrganisationView,
    number: str = NUMBER,
    *,
    valid_from: datetime = LONG_AGO,
    is_verified: bool = True,
) -> WorkPhone:
    """A work phone, verified unless said otherwise."""
    return contact.give_phone(
        session,
        now,
        PROVENANCE,
        INITIATOR,
        person_id=person_id,
        organisation_id=organisation.id,
        unverified_number=number,
        valid_from=valid_from,
        is_verified=is_verified,
    )


def place_at(
    session: Session,
    now: datetime,
    person_id: UUID,
    organisation: OrganisationView,
    office: Office,
    *,
    valid_from: datetime = LONG_AGO,
) -> WorkPlace:
    """The person works at this office for this organisation."""
    return contact.place_at_office(
        session,
        now,
        PROVENANCE,
        INITIATOR,
        person_id=person_id,
        organisation_id=organisation.id,
        office_id=office.fact_id,
        valid_from=valid_from,
    )
