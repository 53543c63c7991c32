"""An organisation's e-mail domains on both time lines."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from profiles.audit.catalogue import Event
from profiles.audit.models import AuditEntry
from profiles.errors import Conflict, Invalid
from profiles.organisations import domains
from profiles.organisations.service import domains_of
from profiles.temporal import start_of_day
from tests.factories.organisations import INITIATOR, PROVENANCE, make_organisation

APRIL = date(2026, 4, 1)
EVE = date(2026, 3, 31)


@pytest.fixture
def change(session: Session, now: datetime) -> dict[str, Any]:
    """Who does it, and when."""
    return {"session": session, "now": now, "provenance": PROVENANCE, "initiator": INITIATOR}


def test_a_domain_goes_from_one_to_the_other_on_a_day(
    session: Session, now: datetime, change: dict[str, Any]
) -> None:
    voa, hmrc = (make_organisation(session, now, code) for code in ("VOA", "HMRC"))
    domains.take(**change, organisation_id=voa.id, domain="VOA.gov.uk ", last_day=EVE)
    domains.give(**change, organisation_id=hmrc.id, domain="voa.gov.uk", first_day=APRIL)
    at = start_of_day(APRIL)
    later = now + timedelta(seconds=1)
    assert domains_of(session, voa.id, at - timedelta(seconds=1), later) == ["voa.gov.uk"]
    assert domains_of(session, voa.id, at, later) == []
    assert set(domains_of(session, hmrc.id, at, later)) == {"hmrc.gov.uk", "voa.gov.uk"}
    assert domains_of(session, voa.id, at, now - timedelta(seconds=1)) == []


def test_what_is_handed_over_for_later_is_offered_no_more(
    session: Session, now: datetime, change: dict[str, Any]
) -> None:
    voa, hmrc = (make_organisation(session, now, code) for code in ("VOA", "HMRC"))
    assert domains.lasting(session, voa.id, now) == ["voa.gov.uk"]
    domains.take(**change, organisation_id=voa.id, domain="voa.gov.uk", last_day=EVE)
    assert domains.lasting(session, voa.id, now) == ["voa.gov.uk"]  # its last day can be another one
    domains.give(**change, organisation_id=hmrc.id, domain="voa.gov.uk", first_day=APRIL)
    assert domains.lasting(session, voa.id, now) == []
    assert domains.lasting(session, hmrc.id, now) == ["hmrc.gov.uk", "voa.gov.uk"]


def test_a_domain_of_another_is_refused(session: Session, now: datetime, change: dict[str, Any]) -> None:
    voa, hmrc = (make_organisation(session, now, code) for code in ("VOA", "HMRC"))
    with pytest.raises(Conflict, match=r"voa\.gov\.uk is another organisation's"):
        domains.give(**change, organisation_id=hmrc.id, domain="voa.gov.uk", first_day=APRIL)
    domains.take(**change, organisation_id=voa.id, domain="voa.gov.uk", last_day=EVE)
    domains.give(**change, organisation_id=hmrc.id, domain="voa.gov.uk", first_day=APRIL)
    with pytest.raises(Conflict, match="by then"):
        domains.take(**change, organisation_id=voa.id, domain="voa.gov.uk", last_day=date(2026, 5, 1))


def test_a_domain_that_is_its_own_is_not_said_to_be_anothers(
    session: Session, now: datetime, change: dict[str, Any]
) -> None:
    voa = make_organisation(session, now, "VOA")
    with pytest.raises(Conflict, match="organisation's already"):
        domains.give(**change, organisation_id=voa.id, domain="voa.gov.uk", first_day=APRIL)


def test_the_last_day_is_corrected(session: Session, now: datetime, change: dict[str, Any]) -> None:
    voa = make_organisation(session, now, "VOA")
    domains.take(**change, organisation_id=voa.id, domain="voa.gov.uk", last_day=EVE)
    change["now"] = later = now + timedelta(minutes=1)
    domains.take(**change, organisation_id=voa.id, domain="voa.gov.uk", last_day=date(2026, 5, 1))
    assert domains_of(session, voa.id, start_of_day(APRIL), later) == ["voa.gov.uk"]
    with pytest.raises(Invalid, match="already"):
        domains.take(**change, organisation_id=voa.id, domain="voa.gov.uk", last_day=date(2026, 5, 1))


@pytest.mark.parametrize(
    ("domain", "first_day", "field"),
    [("voa", APRIL, "domain"), ("new.gov.uk", date(1850, 1, 1), "first_day"), ("a b.uk", APRIL, "domain")],
)
def test_what_cannot_be_is_refused(
    session: Session, now: datetime, change: dict[str, Any], domain: str, first_day: date, field: str
) -> None:
    voa = make_organisation(session, now, "VOA")
    with pytest.raises(Invalid) as refused:
        domains.give(**change, organisation_id=voa.id, domain=domain, first_day=first_day)
    assert refused.value.field == field
    with pytest.raises(Invalid, match="not the organisation's"):
        domains.take(**change, organisation_id=voa.id, domain="other.gov.uk", last_day=EVE)


def test_both_are_in_the_trail(session: Session, now: datetime, change: dict[str, Any]) -> None:
    voa = make_organisation(session, now, "VOA")
    domains.give(**change, organisation_id=voa.id, domain="new.gov.uk", first_day=APRIL)
    domains.take(**change, organisation_id=voa.id, domain="voa.gov.uk", last_day=EVE)
    events = {one.event for one in session.exec(select(AuditEntry))}
    assert {Event.ORGANISATION_DOMAIN_GIVEN, Event.ORGANISATION_DOMAIN_TAKEN} <= events
