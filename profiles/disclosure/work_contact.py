"""Where somebody is reached at work, as the organisation of their posting says."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel import Session

from profiles.apps.claims import Claim
from profiles.entitlements.reasons import Place
from profiles.organisations.offices import find_office, lines_of
from profiles.people.models import WorkPhone, WorkPlace
from profiles.temporal import current

AnyContact = TypeVar("AnyContact", WorkPhone, WorkPlace)


def work_phone(session: Session, person_id: UUID, place: Place, now: datetime) -> dict[str, Any]:
    """The number, in E.164, and whether it was checked (OpenID Connect Core §5.1)."""
    phone = _nearest(current(session, WorkPhone, now, now, person_id=person_id), place)
    if phone is None:
        return {}
    return {Claim.PHONE_NUMBER: phone.number, Claim.PHONE_NUMBER_VERIFIED: phone.is_verified}


def office_address(session: Session, person_id: UUID, place: Place, now: datetime) -> dict[str, str]:
    """The office's postal address (OpenID Connect Core §5.1.1), without what is not known of it."""
    works_at = _nearest(current(session, WorkPlace, now, now, person_id=person_id), place)
    office = find_office(session, works_at.office_id, now) if works_at else None
    if office is None:
        return {}
    address = {
        "formatted": "\n".join([*lines_of(office), office.country]),
        "street_address": office.street_address,
        "locality": office.locality,
        "region": office.region,
        "postal_code": office.postal_code,
        "country": office.country,
    }
    return {name: value for name, value in address.items() if value}


def _nearest(said: Sequence[AnyContact], place: Place) -> AnyContact | None:
    """What the posting's own organisation says, else one above it; what another employer says stays there."""
    theirs = place.posting.organisation_id
    said = sorted(said, key=lambda one: one.organisation_id != theirs)
    return next((one for one in said if one.organisation_id in {theirs, *place.ancestors}), None)
