"""Phones, offices and dates of birth as they are recorded."""

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session

from profiles.errors import Conflict, Invalid, NotFound
from profiles.organisations.offices import find_office, lines_of
from profiles.organisations.service import OrganisationView
from profiles.people import contact
from profiles.people.models import WorkPhone, WorkPlace
from profiles.temporal import current, history
from tests.factories.contact import NUMBER, give_phone, make_office, place_at
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE, make_organisation
from tests.factories.people import make_person


@pytest.fixture
def hmrc(session: Session, now: datetime) -> OrganisationView:
    return make_organisation(session, now)


@pytest.fixture
def person_id(session: Session, now: datetime) -> UUID:
    return make_person(session, now)


@pytest.mark.parametrize("written", ["+44 20 7946 0123", "+44 (20) 7946-0123", " +44.20.7946.0123 "])
def test_a_number_is_kept_in_e164(written: str) -> None:
    assert contact.normal_phone(written) == NUMBER


@pytest.mark.parametrize(
    "written",
    [
        "",
        "020 7946 0123",
        "+0207946012",
        "+44",
        "+44 20 7946 0123 ext 5",
        "+4420794601234567",
        "+४४२०७९४६०१२३",
    ],
)
def test_what_is_no_number_is_refused(written: str) -> None:
    with pytest.raises(Invalid) as refusal:
        contact.normal_phone(written)
    assert refusal.value.field == "number"


def test_a_new_number_takes_the_place_of_the_old_and_both_stay_in_the_history(
    session: Session, now: datetime, person_id: UUID, hmrc: OrganisationView
) -> None:
    give_phone(session, now, person_id, hmrc)
    later = now + timedelta(days=3)
    give_phone(session, now, person_id, hmrc, "+442079460999", valid_from=later)

    def numbers(at: datetime) -> list[str]:
        return [one.number for one in current(session, WorkPhone, at, now, person_id=person_id)]

    assert numbers(later - timedelta(microseconds=1)) == [NUMBER]
    assert numbers(later) == ["+442079460999"]
    assert len(history(session, WorkPhone, now, person_id=person_id)) == 2


def test_two_organisations_each_have_their_own_number(
    session: Session, now: datetime, person_id: UUID, hmrc: OrganisationView
) -> None:
    give_phone(session, now, person_id, hmrc)
    give_phone(session, now, person_id, make_organisation(session, now, "HO"), "+442079460999")
    assert len(current(session, WorkPhone, now, now, person_id=person_id)) == 2


def test_an_office_has_its_address_line_by_line(
    session: Session, now: datetime, hmrc: OrganisationView
) -> None:
    office = make_office(session, now, hmrc)
    assert lines_of(office) == ["1 Ruskin Square", "Dingwall Road", "Croydon", "CR0 2WF"]
    assert find_office(session, office.fact_id, now) == office


@pytest.mark.parametrize("field", ["name", "street_address", "locality", "postal_code", "country"])
def test_an_office_without_a_whole_address_is_refused(
    session: Session, now: datetime, hmrc: OrganisationView, field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        make_office(session, now, hmrc, **{field: " "})
    assert refusal.value.field == field


def test_an_organisation_has_one_office_of_a_name(
    session: Session, now: datetime, hmrc: OrganisationView
) -> None:
    make_office(session, now, hmrc)
    with pytest.raises(Conflict):
        make_office(session, now, hmrc)


def test_who_moves_to_another_office_is_at_one_at_a_time(
    session: Session, now: datetime, person_id: UUID, hmrc: OrganisationView
) -> None:
    first, second = make_office(session, now, hmrc), make_office(session, now, hmrc, name="Elsewhere")
    place_at(session, now, person_id, hmrc, first)
    place_at(session, now, person_id, hmrc, second, valid_from=now)
    places = current(session, WorkPlace, now, now, person_id=person_id)
    assert [one.office_id for one in places] == [second.fact_id]


def test_nobody_is_placed_at_an_office_that_is_not_there(
    session: Session, now: datetime, person_id: UUID, hmrc: OrganisationView
) -> None:
    with pytest.raises(NotFound):
        contact.place_at_office(
            session,
            now,
            PROVENANCE,
            INITIATOR,
            person_id=person_id,
            organisation_id=hmrc.id,
            office_id=uuid4(),
            valid_from=LONG_AGO,
        )


@pytest.mark.parametrize("born_on", [date(2026, 3, 2), date(2030, 1, 1), date(1899, 12, 31)])
def test_a_date_of_birth_that_cannot_be_is_refused(
    session: Session, now: datetime, person_id: UUID, born_on: date
) -> None:
    with pytest.raises(Invalid):
        contact.record_birth_date(session, now, PROVENANCE, INITIATOR, person_id=person_id, born_on=born_on)
