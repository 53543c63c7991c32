"""A fact is due so many years after nothing of it is so, or was still believed; each kind by its own rule."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session

from profiles.clearances.models import Clearance, ClearanceStatus, Sponsorship, SponsorshipKind
from profiles.columns import new_id
from profiles.loads import Load
from profiles.organisations.service import OrganisationView
from profiles.pay.models import PensionMembership
from profiles.retention.facts import FACTS
from profiles.retention.rules import FROM_BIRTH, YEARS, RetainedKind, years_before
from profiles.temporal import end, record, replace, start_of_day, supersede
from tests.factories.apps import make_app
from tests.factories.organisations import PROVENANCE, make_organisation
from tests.factories.people import make_person
from tests.factories.retained import born, due_kinds, make_fact, retained

ON = date(2026, 3, 2)
LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)
OLD = {kind: years_before(ON, years) for kind, years in YEARS.items()}
DAY = timedelta(days=1)
CLEARANCES, SERVICE = retained("clearances"), retained("employments")
SIMPLE = [one for one in FACTS if one.table != "clearances" and one.kind not in FROM_BIRTH]


@pytest.fixture
def hmrc(session: Session, now: datetime) -> OrganisationView:
    return make_organisation(session, now, "HMRC")


@pytest.fixture
def person_id(session: Session, now: datetime) -> UUID:
    return make_person(session, now)


def test_each_kind_is_due_on_the_day_on_which_its_years_are_over(
    session: Session, now: datetime, hmrc: OrganisationView, person_id: UUID
) -> None:
    app_id = make_app(session, now, hmrc).id
    for rule in SIMPLE:
        more = {"app_id": app_id} if rule.kind is RetainedKind.GRANT else {}
        over = start_of_day(OLD[rule.kind])
        make_fact(session, rule.table, person_id, hmrc.id, LONG_AGO, over, **more)
        assert due_kinds(session, hmrc.id, ON, now, rule) == {rule.kind: 1}, rule.table
        assert due_kinds(session, hmrc.id, ON - DAY, now, rule) == {}, rule.table


def test_what_goes_on_is_never_due(
    session: Session, now: datetime, hmrc: OrganisationView, person_id: UUID
) -> None:
    app_id = make_app(session, now, hmrc).id
    born(session, person_id, date(1901, 1, 1), now)
    for rule in FACTS:
        more = {"app_id": app_id} if rule.kind is RetainedKind.GRANT else {}
        more |= {"expires_on": None} if rule.table == "clearances" else {}
        if rule.kind is not RetainedKind.PENSION or rule.table == "pension_memberships":
            make_fact(session, rule.table, person_id, hmrc.id, LONG_AGO, None, **more)
    assert due_kinds(session, hmrc.id, date(2199, 1, 1), now) == {}


def test_a_correction_is_kept_as_long_as_an_end(
    session: Session, now: datetime, hmrc: OrganisationView, person_id: UUID
) -> None:
    """What was believed until the correction was acted on until then."""
    believed = make_fact(session, "leave_balances", person_id, hmrc.id, LONG_AGO, None)
    corrected = start_of_day(OLD[RetainedKind.LEAVE])
    replace(session, believed, corrected, PROVENANCE, valid_to=LONG_AGO + DAY)
    rule = retained("leave_balances")
    assert due_kinds(session, hmrc.id, ON - DAY, now, rule) == {}
    assert due_kinds(session, hmrc.id, ON, now, rule) == {RetainedKind.LEAVE: 1}


def test_what_was_retracted_is_due_by_the_day_on_which_it_was(
    session: Session, now: datetime, hmrc: OrganisationView, person_id: UUID
) -> None:
    wrong = make_fact(session, "leave_balances", person_id, hmrc.id, LONG_AGO, None)
    supersede(session, wrong, start_of_day(OLD[RetainedKind.LEAVE]), None)
    rule = retained("leave_balances")
    assert due_kinds(session, hmrc.id, ON - DAY, now, rule) == {}
    assert due_kinds(session, hmrc.id, ON, now, rule) == {RetainedKind.LEAVE: 1}


def test_of_a_clearance_the_last_status_alone_is_over(
    session: Session, now: datetime, hmrc: OrganisationView, person_id: UUID
) -> None:
    """An earlier row was replaced long ago: that the status went on says nothing of an end."""
    cleared = _clearance(session, person_id, hmrc, LONG_AGO)
    lapsed = start_of_day(OLD[RetainedKind.VETTING])
    end(session, cleared, lapsed, LONG_AGO + DAY, PROVENANCE)
    assert due_kinds(session, hmrc.id, ON, now, CLEARANCES) == {RetainedKind.VETTING: 1}
    _clearance(session, person_id, hmrc, lapsed, fact_id=cleared.fact_id, status=ClearanceStatus.SUSPENDED)
    assert due_kinds(session, hmrc.id, ON, now, CLEARANCES) == {}


@pytest.mark.parametrize(
    ("status", "is_due"),
    [
        (ClearanceStatus.LAPSED, True),
        (ClearanceStatus.WITHDRAWN, True),
        (ClearanceStatus.EXPIRED, True),
        (ClearanceStatus.ACTIVE, False),
        (ClearanceStatus.REINSTATEMENT_REQUESTED, False),
        (ClearanceStatus.IN_VETTING, False),
    ],
)
def test_a_clearance_is_over_with_the_step_that_ends_it(
    session: Session,
    now: datetime,
    hmrc: OrganisationView,
    person_id: UUID,
    status: ClearanceStatus,
    is_due: bool,
) -> None:
    _clearance(session, person_id, hmrc, start_of_day(OLD[RetainedKind.VETTING]), status=status)
    assert (due_kinds(session, hmrc.id, ON, now, CLEARANCES) != {}) is is_due
    assert due_kinds(session, hmrc.id, ON - DAY, now, CLEARANCES) == {}


def test_a_clearance_that_nobody_ended_is_over_after_its_last_day(
    session: Session, now: datetime, hmrc: OrganisationView, person_id: UUID
) -> None:
    _clearance(session, person_id, hmrc, LONG_AGO, expires_on=OLD[RetainedKind.VETTING] - DAY)
    assert due_kinds(session, hmrc.id, ON, now, CLEARANCES) == {RetainedKind.VETTING: 1}
    assert due_kinds(session, hmrc.id, ON - DAY, now, CLEARANCES) == {}


def test_a_clearance_is_its_last_sponsors(
    session: Session, now: datetime, hmrc: OrganisationView, person_id: UUID
) -> None:
    home_office = make_organisation(session, now, "HO")
    cleared = _clearance(session, person_id, hmrc, LONG_AGO, status=ClearanceStatus.WITHDRAWN)
    first = _sponsor(session, cleared, hmrc, LONG_AGO)
    end(session, first, LONG_AGO + DAY, now, PROVENANCE)
    _sponsor(session, cleared, home_office, LONG_AGO + DAY)
    assert due_kinds(session, hmrc.id, ON, now, CLEARANCES) == {}
    assert due_kinds(session, home_office.id, ON, now, CLEARANCES) == {RetainedKind.VETTING: 1}


def test_pay_on_which_a_pension_rests_is_kept_to_the_age(
    session: Session, now: datetime, hmrc: OrganisationView, person_id: UUID
) -> None:
    with_pension, without = new_id(), new_id()
    for employment_id in (with_pension, without):
        over = start_of_day(OLD[RetainedKind.PAY])
        columns = {"employment_id": employment_id}
        make_fact(session, "pay_records", person_id, hmrc.id, LONG_AGO, over, **columns)
    record(
        session,
        PensionMembership(
            person_id=person_id,
            organisation_id=hmrc.id,
            employment_id=with_pension,
            scheme="alpha",
            **PROVENANCE.stamp(LONG_AGO, LONG_AGO, LONG_AGO + DAY),
        ),
    )
    assert due_kinds(session, hmrc.id, ON, now) == {RetainedKind.PAY: 1}
    born(session, person_id, OLD[RetainedKind.PENSION] + DAY, now)
    assert due_kinds(session, hmrc.id, ON, now) == {RetainedKind.PAY: 1}
    assert due_kinds(session, hmrc.id, ON + DAY, now) == {RetainedKind.PAY: 1, RetainedKind.PENSION: 2}


def test_service_is_kept_to_the_age(
    session: Session, now: datetime, hmrc: OrganisationView, person_id: UUID
) -> None:
    make_fact(session, "employments", person_id, hmrc.id, LONG_AGO, LONG_AGO + DAY)
    born(session, person_id, OLD[RetainedKind.SERVICE], now)
    assert due_kinds(session, hmrc.id, ON - DAY, now, SERVICE) == {}
    assert due_kinds(session, hmrc.id, ON, now, SERVICE) == {RetainedKind.SERVICE: 1}


def test_without_a_date_of_birth_they_count_as_16_on_the_day_of_their_earliest_employment(
    session: Session, now: datetime, hmrc: OrganisationView, person_id: UUID
) -> None:
    began = start_of_day(date(2000, 5, 2))
    for since in (began, began + timedelta(days=2000)):
        make_fact(session, "employments", person_id, hmrc.id, since, since + DAY)
    reaches_age = date(2084, 5, 2)
    assert due_kinds(session, hmrc.id, reaches_age - DAY, now, SERVICE) == {}
    assert due_kinds(session, hmrc.id, reaches_age, now, SERVICE) == {RetainedKind.SERVICE: 2}
    born(session, person_id, date(1990, 1, 1), now)
    assert due_kinds(session, hmrc.id, reaches_age, now, SERVICE) == {}


@pytest.mark.parametrize(
    ("since", "until"),
    [(date(1900, 1, 1), date(1990, 1, 1)), (date(1930, 1, 1), date(2020, 1, 1)), (date(1930, 1, 1), None)],
    ids=["a year that stands for none", "at work at 106", "at work still"],
)
def test_a_first_day_that_cannot_be_makes_nobody_old(
    session: Session,
    now: datetime,
    hmrc: OrganisationView,
    person_id: UUID,
    since: date,
    until: date | None,
) -> None:
    ends = until and start_of_day(until)
    make_fact(session, "employments", person_id, hmrc.id, start_of_day(since), ends)
    make_fact(session, "pension_memberships", person_id, hmrc.id, LONG_AGO, LONG_AGO + DAY)
    assert due_kinds(session, hmrc.id, ON, now) == {}


def test_a_date_of_birth_that_stands_for_none_makes_nobody_old(
    session: Session, now: datetime, hmrc: OrganisationView, person_id: UUID
) -> None:
    make_fact(session, "employments", person_id, hmrc.id, LONG_AGO, LONG_AGO + DAY)
    born(session, person_id, date(1900, 1, 1), now)
    assert due_kinds(session, hmrc.id, ON, now, SERVICE) == {}
    reaches_age = date(2074, 1, 1)
    assert due_kinds(session, hmrc.id, reaches_age - DAY, now, SERVICE) == {}
    assert due_kinds(session, hmrc.id, reaches_age, now, SERVICE) == {RetainedKind.SERVICE: 1}


def test_an_import_on_its_way_keeps_what_it_is_about(
    session: Session, now: datetime, hmrc: OrganisationView, person_id: UUID
) -> None:
    old = make_fact(session, "leave_balances", person_id, hmrc.id, LONG_AGO, LONG_AGO + DAY)
    load = Load(organisation_id=hmrc.id, kind="records", content_hash="1", rows_total=1, started_at=now)
    session.add(load)
    session.flush()
    values = old.model_dump(exclude={"id", "valid_from", "valid_to", "recorded_at", "load_id"})
    session.add(type(old)(**values, valid_from=now, recorded_at=now, load_id=load.id))
    session.flush()
    assert due_kinds(session, hmrc.id, ON, now, retained("leave_balances")) == {}


def _clearance(
    session: Session, person_id: UUID, hmrc: OrganisationView, begins: datetime, **columns: object
) -> Clearance:
    """From then on; sponsored by HMRC when it is a new one."""
    values = {"status": ClearanceStatus.ACTIVE, "expires_on": None} | columns
    cleared: Clearance = make_fact(session, "clearances", person_id, hmrc.id, begins, None, **values)
    if "fact_id" not in columns:
        _sponsor(session, cleared, hmrc, begins, kind=SponsorshipKind.SHARED)
    return cleared


def _sponsor(
    session: Session,
    cleared: Clearance,
    sponsor: OrganisationView,
    begins: datetime,
    kind: SponsorshipKind = SponsorshipKind.PRIMARY,
) -> Sponsorship:
    return record(
        session,
        Sponsorship(
            person_id=cleared.person_id,
            clearance_id=cleared.fact_id,
            organisation_id=sponsor.id,
            kind=kind,
            **PROVENANCE.stamp(begins, begins),
        ),
    )
