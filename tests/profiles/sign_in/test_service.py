"""Whose address it is, and whether they may sign in, at the moment that is asked about."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from profiles import temporal
from profiles.people.models import WorkAddress
from profiles.roles.models import Role
from profiles.sign_in import service
from tests.factories.organisations import PROVENANCE, make_organisation
from tests.factories.people import give_role, make_employee, make_person

DAY = timedelta(days=1)


def _take_back_address(session: Session, now: datetime) -> None:
    address = session.exec(select(WorkAddress)).one()
    temporal.end(session, address, now, now, PROVENANCE)


def test_an_address_finds_its_person_however_it_is_written(session: Session, now: datetime) -> None:
    person_id = make_person(session, now, "priya.patel@hmrc.gov.uk")
    assert service.find_person_by_address(session, " Priya.Patel@HMRC.gov.uk ", now) == person_id


@pytest.mark.parametrize("address", ["nobody@hmrc.gov.uk", "", "not an address", "nul\0@hmrc.gov.uk"])
def test_an_unknown_address_finds_nobody(session: Session, now: datetime, address: str) -> None:
    assert service.find_person_by_address(session, address, now) is None


def test_an_address_taken_back_finds_nobody(session: Session, now: datetime) -> None:
    person_id = make_person(session, now, "priya.patel@hmrc.gov.uk")
    _take_back_address(session, now)
    assert service.find_person_by_address(session, "priya.patel@hmrc.gov.uk", now) is None
    assert service.known_addresses(session, person_id, now) == []


def test_a_person_with_an_address_may_sign_in_until_it_is_taken_back(session: Session, now: datetime) -> None:
    person_id = make_person(session, now)
    assert service.may_sign_in(session, person_id, now)
    _take_back_address(session, now)
    assert not service.may_sign_in(session, person_id, now)


def test_an_employee_may_sign_in(session: Session, now: datetime) -> None:
    person_id = make_employee(session, now, make_organisation(session, now)).person_id
    _take_back_address(session, now)
    assert service.may_sign_in(session, person_id, now)


def test_who_holds_a_role_may_sign_in(session: Session, now: datetime) -> None:
    person_id = make_person(session, now)
    give_role(session, now, person_id, Role.PLATFORM_ADMINISTRATOR, None)
    _take_back_address(session, now)
    assert service.may_sign_in(session, person_id, now)


def test_the_name_that_pages_show(session: Session, now: datetime) -> None:
    person_id = make_person(session, now, "priya.patel@hmrc.gov.uk")
    assert service.display_name(session, person_id, now) == "Priya Patel"
