"""The offices of organisations, and their postal addresses."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Invalid
from profiles.organisations.models import Office
from profiles.temporal import Provenance, current, record

UNITED_KINGDOM = "United Kingdom"


def add_office(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    *,
    organisation_id: UUID,
    name: str,
    street_address: str,
    locality: str,
    postal_code: str,
    valid_from: datetime,
    region: str = "",
    country: str = UNITED_KINGDOM,
) -> Office:
    """Record an office; its ``fact_id`` is the office's id.

    Raises Invalid, naming the field, for what is missing, Conflict when there is one of this name.
    """
    given: dict[str, Any] = {
        "name": name.strip(),
        "street_address": street_address.strip(),
        "locality": locality.strip(),
        "postal_code": postal_code.strip(),
        "country": country.strip(),
    }
    for field, value in given.items():
        if not value:
            raise Invalid("Enter the whole address of the office.", field=field)
    office = record(
        session,
        Office(
            organisation_id=organisation_id,
            region=region.strip(),
            **given,
            **provenance.stamp(now, valid_from),
        ),
    )
    append(
        session,
        Event.OFFICE_RECORDED,
        initiator,
        now,
        organisation_id=organisation_id,
        details={"office_id": str(office.fact_id), "name": office.name},
    )
    return office


def find_office(session: Session, office_id: UUID, at: datetime) -> Office | None:
    """The office as it is at ``at``."""
    return next(iter(current(session, Office, at, at, fact_id=office_id)), None)


def offices_of(
    session: Session, organisation_id: UUID, at: datetime, known_at: datetime | None = None
) -> Sequence[Office]:
    """The organisation's offices at ``at``, as known at ``known_at``, by name."""
    found = current(session, Office, at, known_at or at, organisation_id=organisation_id)
    return sorted(found, key=lambda one: one.name)


def lines_of(office: Office) -> list[str]:
    """The postal address line by line, as it stands on an envelope, without the country."""
    lines = [*office.street_address.splitlines(), office.locality, office.region, office.postal_code]
    return [line for line in lines if line]
