"""An organisation's e-mail domains are given to it, and taken away, from a day on; what was so before stays.

A domain says whose work addresses are an organisation's, and by whose provider and policy they sign in. An
address that people have already stays with them until their own record ends it.
"""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Conflict, Invalid
from profiles.organisations.changing import versions_from
from profiles.organisations.models import EmailDomain
from profiles.organisations.service import give_domain, hold_tree
from profiles.temporal import (
    Provenance,
    civil_date,
    current,
    end,
    end_of_day,
    history,
    is_recorded_day,
    replace,
    start_of_day,
)


def give(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    *,
    organisation_id: UUID,
    domain: str,
    first_day: date,
) -> None:
    """Give an organisation a domain from a day on, for as long as it is recorded to exist.

    Raises NotFound, Invalid, naming the field, for what is no domain and a day on which the organisation does
    not exist; Conflict where the domain is somebody's at that time, its own among them.
    """
    hold_tree(session)
    exists = versions_from(session, organisation_id, "organisation_id", first_day, now)
    since, until, name = start_of_day(first_day), exists[-1].valid_to, domain.strip().lower()
    for one in history(session, EmailDomain, now, organisation_id=organisation_id, domain=name):
        if (one.valid_to is None or one.valid_to > since) and (until is None or one.valid_from < until):
            message = (
                f"The domain {name} is the organisation's already, from {civil_date(one.valid_from)} on."
            )
            raise Conflict(message)
    common = provenance.stamp(now, since, until) | {"organisation_id": organisation_id}
    give_domain(session, name, common)
    _note(session, Event.ORGANISATION_DOMAIN_GIVEN, initiator, now, organisation_id, name, provenance, since)


def take(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    *,
    organisation_id: UUID,
    domain: str,
    last_day: date,
) -> None:
    """Let a domain be the organisation's until the end of a day; another day corrects that.

    With a day before its first one it never was. Raises Invalid, naming the field, for a day that cannot be
    and a domain that it does not have; Conflict where the domain is another's at that time.
    """
    hold_tree(session)
    if not is_recorded_day(last_day):
        raise Invalid("The last day must be a real date.", field="last_day")
    name = domain.strip().lower()
    held = history(session, EmailDomain, now, organisation_id=organisation_id, domain=name)
    if not held:
        raise Invalid(f"The domain {name} is not the organisation's.", field="domain")
    at, last = end_of_day(last_day), held[-1]
    if last.valid_to == at:
        raise Invalid("That is its last day already.", field="last_day")
    if last.valid_to is not None and last.valid_to < at:
        versions_from(session, organisation_id, "organisation_id", last_day, now)
        try:
            replace(session, last, now, provenance, valid_to=at)
        except Conflict:
            raise Conflict(f"The domain {name} is another organisation's by then.") from None
    else:
        end(session, last, at, now, provenance)
    _note(session, Event.ORGANISATION_DOMAIN_TAKEN, initiator, now, organisation_id, name, provenance, at)


def holder(session: Session, domain: str, at: datetime, known_at: datetime) -> UUID | None:
    """Whose the domain is at ``at``."""
    held = current(session, EmailDomain, at, known_at, domain=domain)
    return held[0].organisation_id if held else None


def holder_above(session: Session, domain: str, at: datetime, known_at: datetime) -> UUID | None:
    """Whose the nearest domain is of which this one is a part: of digital.hmrc.gov.uk that is hmrc.gov.uk."""
    _, _, above = domain.partition(".")
    while above:
        held_by = holder(session, above, at, known_at)
        if held_by is not None:
            return held_by
        _, _, above = above.partition(".")
    return None


def is_anybodys(session: Session, domain: str, since: datetime, known_at: datetime) -> bool:
    """Whether the domain is an organisation's then, or at any time after."""
    held = history(session, EmailDomain, known_at, domain=domain)
    return any(one.valid_to is None or one.valid_to > since for one in held)


def lasting(session: Session, organisation_id: UUID, now: datetime) -> list[str]:
    """The organisation's domains that are not over, but for those that are another's after it."""
    mine = history(session, EmailDomain, now, organisation_id=organisation_id)
    names = {one.domain for one in mine if one.valid_to is None or one.valid_to > now}
    return sorted(
        name
        for name in names
        if history(session, EmailDomain, now, domain=name)[-1].organisation_id == organisation_id
    )


def check_can_go(session: Session, domain: str, at: datetime, known_at: datetime) -> None:
    """Raise Invalid, naming the field, where the domain begins anew after ``at``, as theirs or another's."""
    held = history(session, EmailDomain, known_at, domain=domain)
    if held[-1].valid_from > at:
        raise Invalid("It is somebody's anew after that day. Choose a later one.", field="first_day")


def _note(
    session: Session,
    event: Event,
    initiator: Initiator,
    now: datetime,
    organisation_id: UUID,
    domain: str,
    provenance: Provenance,
    at: datetime,
) -> None:
    details = {"domain": domain, "at": at.isoformat(), "reason": provenance.reason}
    append(session, event, initiator, now, organisation_id=organisation_id, details=details)
