"""What was given for a record opens and moves nothing once it was united with another, or separated."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session

from identity import uniting
from identity.federation import links
from identity.recovery import allowances
from identity.recovery import service as recoveries
from identity.recovery.models import RecoveryState
from tests.factories.organisations import INITIATOR
from tests.factories.people import make_employee
from tests.factories.recoveries import Case, make_case

HOUR = timedelta(hours=1)
ISSUER = "https://idp.example"


@pytest.fixture
def case(session: Session, now: datetime) -> Case:
    return make_case(session, now - HOUR)


@pytest.fixture
def other(case: Case) -> UUID:
    return make_employee(case.session, case.now, case.hmrc, "p.patel").person_id


@pytest.mark.parametrize("is_union", [True, False])
def test_recoveries_and_help_of_both_are_over(case: Case, other: UUID, is_union: bool) -> None:
    session, at = case.session, case.now + HOUR
    given = {}
    for person_id in (case.person, other):
        recovery = case.confirm(case.request(person=person_id))
        allowances.allow(
            session,
            case.now,
            person_id=person_id,
            organisation_id=case.hmrc.id,
            officer_id=case.security,
        )
        given[person_id] = recovery
    if is_union:
        uniting.close(session, case.person, other, at, INITIATOR)
    else:
        uniting.separate(session, case.person, other, case.now, at, INITIATOR)
    for person_id, recovery in given.items():
        assert recoveries.find_open(session, person_id) is None
        session.refresh(recovery)
        assert (recovery.state, recovery.request_code_hash) == (RecoveryState.CANCELLED, None)
        assert allowances.find_allowed(session, person_id, case.hmrc.id, at, to=case.first) is None


def test_an_account_that_was_locked_is_not_given_back(case: Case, other: UUID) -> None:
    session, at = case.session, case.now + HOUR
    for subject in ("open", "locked"):
        link_id = links.link(
            session,
            case.now,
            issuer=ISSUER,
            subject=subject,
            realm=subject,
            person_id=other,
            initiator=INITIATOR,
        )
        if subject == "locked":
            links.set_locked(session, other, link_id, case.now)
    uniting.close(session, case.person, other, case.now, INITIATOR)
    uniting.separate(session, case.person, other, case.now, at, INITIATOR)
    assert [one.realm for one in links.accounts_of(session, other)] == ["open"]
