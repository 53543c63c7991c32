"""A legal hold keeps what is due, wherever it is; only the officers who placed it know of it."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session, select

from profiles.audit.catalogue import Event
from profiles.audit.models import AuditEntry
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.organisations.service import OrganisationView
from profiles.retention import holds
from profiles.retention.due import count_due
from profiles.retention.models import LegalHold
from profiles.retention.rules import YEARS, RetainedKind
from profiles.roles.models import Role
from tests.factories.organisations import make_organisation
from tests.factories.people import give_role, make_deputy, make_employee, make_person
from tests.factories.retained import make_fact, retained

LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)
ON, DAY = date(2026, 3, 2), timedelta(days=1)
RULES = [retained("leave_balances"), retained("absence_summaries")]


@pytest.fixture
def hmrc(session: Session, now: datetime) -> OrganisationView:
    return make_organisation(session, now, "HMRC")


@pytest.fixture
def person_id(session: Session, now: datetime, hmrc: OrganisationView) -> UUID:
    """Somebody with a leave balance and an absence summary that are due."""
    person_id = make_employee(session, now, hmrc).person_id
    for table in ("leave_balances", "absence_summaries"):
        make_fact(session, table, person_id, hmrc.id, LONG_AGO, LONG_AGO + DAY)
    return person_id


@pytest.fixture
def officer(session: Session, now: datetime) -> UUID:
    return make_person(session, now, "dora.data@hmrc.gov.uk")


def place(
    session: Session,
    now: datetime,
    person_id: UUID,
    organisation: OrganisationView,
    officer: UUID,
    kind: RetainedKind | None = None,
) -> LegalHold:
    return holds.place(
        session,
        now,
        person_id=person_id,
        organisation_id=organisation.id,
        kind=kind,
        reason="Claim 7",
        officer_id=officer,
    )


def counts(session: Session, now: datetime, organisation: OrganisationView) -> list[tuple[str, int, int]]:
    found = count_due(session, RULES, YEARS, {organisation.id}, ON, now)
    return [(one.kind.value, one.due, one.held) for one in found]


def test_a_hold_keeps_everything_until_it_is_lifted(
    session: Session, now: datetime, hmrc: OrganisationView, person_id: UUID, officer: UUID
) -> None:
    held = place(session, now, person_id, hmrc, officer)
    assert counts(session, now, hmrc) == [("leave", 0, 1), ("absence", 0, 1)]
    holds.lift(session, now, hold=held, reason="Settled", officer_id=officer)
    assert counts(session, now, hmrc) == [("leave", 1, 0), ("absence", 1, 0)]
    with pytest.raises(Conflict):
        holds.lift(session, now, hold=held, reason="Settled", officer_id=officer)


def test_a_hold_of_one_kind_keeps_that_kind(
    session: Session, now: datetime, hmrc: OrganisationView, person_id: UUID, officer: UUID
) -> None:
    place(session, now, person_id, hmrc, officer, RetainedKind.ABSENCE)
    assert counts(session, now, hmrc) == [("leave", 1, 0), ("absence", 0, 1)]


def test_a_hold_of_another_organisation_keeps_it_and_is_not_told(
    session: Session, now: datetime, hmrc: OrganisationView, person_id: UUID, officer: UUID
) -> None:
    home_office = make_organisation(session, now, "HO")
    held = place(session, now, person_id, home_office, officer)
    assert counts(session, now, hmrc) == []
    assert holds.lasting(session, {hmrc.id}) == []
    with pytest.raises(NotFound):
        holds.get(session, held.id, {hmrc.id})


def test_nobody_holds_their_own_records_nor_without_a_reason(
    session: Session, now: datetime, hmrc: OrganisationView, person_id: UUID, officer: UUID
) -> None:
    with pytest.raises(NotPermitted):
        place(session, now, officer, hmrc, officer)
    with pytest.raises(Invalid, match="reason"):
        holds.place(
            session,
            now,
            person_id=person_id,
            organisation_id=hmrc.id,
            kind=None,
            reason=" ",
            officer_id=officer,
        )


def test_a_deputy_does_not_hold_what_is_the_officers_nor_lift_it(
    session: Session, now: datetime, hmrc: OrganisationView, officer: UUID
) -> None:
    deputy, other = (make_employee(session, now, hmrc, one).person_id for one in ("dee.deputy", "dan.data"))
    give_role(session, now, officer, Role.DATA_PROTECTION_OFFICER, hmrc.id)
    make_deputy(session, now, deputy, officer, Role.DATA_PROTECTION_OFFICER, hmrc.id)
    with pytest.raises(NotPermitted):
        place(session, now, officer, hmrc, deputy)
    held = place(session, now, officer, hmrc, other)
    with pytest.raises(NotPermitted):
        holds.lift(session, now, hold=held, reason="Settled", officer_id=deputy)


def test_the_trail_names_the_hold_and_neither_person_nor_reason(
    session: Session, now: datetime, hmrc: OrganisationView, person_id: UUID, officer: UUID
) -> None:
    """What the trail says of a person they may be told, also of a dispute that is prepared."""
    held = place(session, now, person_id, hmrc, officer)
    entry = session.exec(select(AuditEntry).where(AuditEntry.event == Event.HOLD_PLACED)).one()
    assert (entry.person_id, entry.organisation_id) == (None, hmrc.id)
    assert entry.details.keys() == {"hold_id", "reason"}
    assert entry.details["hold_id"] == str(held.id)
    assert "Claim 7" not in str(entry.details)


def test_people_are_found_by_a_whole_number_of_the_officers_organisations(
    session: Session, now: datetime, hmrc: OrganisationView, person_id: UUID
) -> None:
    home_office = make_organisation(session, now, "HO")
    number = "HMRC-priya.patel"
    assert holds.find_people(session, number, {hmrc.id}) == [person_id]
    assert holds.find_people(session, number, {home_office.id}) == []
    assert holds.find_people(session, number[:-1], {hmrc.id}) == []
    assert holds.find_holder(session, person_id, {hmrc.id}, now) == hmrc.id
    assert holds.find_holder(session, person_id, {home_office.id}, now) is None
