"""A whole profile at a point of both time lines."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlmodel import Session

from profiles.clearances import service as clearances
from profiles.clearances.models import Clearance, ClearanceStatus, Sponsorship
from profiles.employments.models import Posting
from profiles.errors import NotFound
from profiles.organisations.service import OrganisationView
from profiles.pay.models import PayReason, PayRecord
from profiles.people.models import PersonName
from profiles.portable_profile.export import as_object
from profiles.portable_profile.kinds import MODELS, Kind
from profiles.portable_profile.reading import profile_as_of
from profiles.portable_profile.versions import versions_of
from profiles.temporal import Provenance, current, record, replace, start_of_day
from tests.factories.clearances import make_clearance
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE, make_organisation
from tests.factories.people import make_employee, make_person
from tests.support.statements import prepared_statements

BEFORE = timedelta(days=1)


@pytest.fixture
def hmrc(session: Session, now: datetime) -> OrganisationView:
    return make_organisation(session, now)


@pytest.fixture
def posting(session: Session, now: datetime, hmrc: OrganisationView) -> Posting:
    posting = make_employee(session, now, hmrc)
    make_clearance(session, now, posting.person_id, hmrc)
    pay = PayRecord(
        person_id=posting.person_id,
        employment_id=posting.employment_id,
        organisation_id=hmrc.id,
        salary_pence=3_300_050,
        pay_reason=PayReason.APPOINTMENT,
        **PROVENANCE.stamp(now, LONG_AGO),
    )
    record(session, pay)
    return posting


def test_every_fact_about_a_person_has_its_kind() -> None:
    assert set(Kind) == set(MODELS)
    assert all("person_id" in model.model_fields for model in MODELS.values())


def test_a_correction_shows_in_what_we_know_and_not_in_what_we_knew(
    session: Session, now: datetime, posting: Posting
) -> None:
    later = now + BEFORE
    replace(session, posting, later, Provenance(None, "test", "wrong grade"), local_grade="Officer")

    def grade(known_at: datetime) -> str:
        return profile_as_of(session, posting.person_id, now, known_at).facts[Kind.POSTING][0].local_grade  # type: ignore[no-any-return]

    assert (grade(now), grade(later)) == ("Higher Officer", "Officer")


def test_a_clearance_is_judged_at_that_moment_by_what_was_known(
    session: Session, now: datetime, posting: Posting
) -> None:
    later = now + BEFORE
    held = current(session, Clearance, now, now, person_id=posting.person_id)[0]
    clearances.set_status(
        session,
        later,
        PROVENANCE,
        INITIATOR,
        clearance_id=held.fact_id,
        status=ClearanceStatus.SUSPENDED,
    )

    def usable(valid_at: datetime, known_at: datetime) -> bool:
        return profile_as_of(session, posting.person_id, valid_at, known_at).judged()[held.fact_id].usable

    assert usable(now, later)
    assert usable(later, now)
    assert not usable(later, later)


def test_nothing_was_known_before_it_was_recorded(session: Session, now: datetime, posting: Posting) -> None:
    profile = profile_as_of(session, posting.person_id, now, now - BEFORE)
    assert not any(profile.facts.values())


def test_an_unknown_person_is_nobody(session: Session, now: datetime) -> None:
    with pytest.raises(NotFound):
        profile_as_of(session, uuid4(), now, now)


def test_a_profile_takes_two_statements_however_much_it_holds(
    session: Session, now: datetime, posting: Posting, hmrc: OrganisationView
) -> None:
    profile_as_of(session, posting.person_id, now, now)
    for number in range(5):
        value = Sponsorship(
            person_id=posting.person_id,
            clearance_id=uuid4(),
            organisation_id=hmrc.id,
            kind="shared",
            **PROVENANCE.stamp(now, start_of_day(date(2020, 1, 1 + number))),
        )
        record(session, value)
    statements: list[str] = []
    with prepared_statements(statements):
        profile_as_of(session, posting.person_id, now, now)
    assert len(statements) == 2


def test_all_versions_of_a_fact_are_told_with_who_and_why(
    session: Session, now: datetime, posting: Posting
) -> None:
    name = current(session, PersonName, now, now, person_id=posting.person_id)[0]
    officer = make_person(session, now, "harriet.khan@hmrc.gov.uk")
    later = now + BEFORE
    replace(session, name, later, Provenance(officer, "page", "misspelt"), family_name="Patil")

    old, new = versions_of(session, Kind.NAME, name.fact_id, posting.person_id, later)

    assert (old.superseded_at, old.superseded_by) == (later, officer)
    assert (new.recorded_by, new.source, new.reason) == (officer, "page", "misspelt")
    assert versions_of(session, Kind.NAME, name.fact_id, posting.person_id, now) == [old]
    with pytest.raises(NotFound):
        versions_of(session, Kind.NAME, name.fact_id, officer, later)


def test_an_object_tells_no_ids_of_people(session: Session, now: datetime, posting: Posting) -> None:
    manager = make_person(session, now, "harriet.khan@hmrc.gov.uk")
    replace(session, posting, now, Provenance(manager, "page", "moved"), line_manager_id=manager)

    told = as_object(session, profile_as_of(session, posting.person_id, now, now))

    def ids(value: object) -> set[str]:
        if isinstance(value, dict):
            return {one for each in value.values() for one in ids(each)}
        if isinstance(value, list):
            return {one for each in value for one in ids(each)}
        return {str(value)}

    assert not ids(told) & {str(one) for one in (manager, posting.person_id)}
    assert told["pay"][0]["salary_pence"] == 3_300_050
    assert (told["clearance"][0]["usable"], told["posting"][0]["organisation"]) == (True, "HMRC")
