"""Sign-in policies in time: two people, the tree, and whose hold for somebody who works in two places."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from profiles.columns import new_id
from profiles.errors import Conflict, NotPermitted
from profiles.organisations.models import OrganisationDetail
from profiles.organisations.service import OrganisationView
from profiles.people.models import WorkAddress
from profiles.roles.models import Role
from profiles.sign_in import policies
from profiles.sign_in.models import SignInPolicyProposal
from profiles.sign_in.standing import standing_of
from profiles.suspensions.models import AccountSuspension
from profiles.suspensions.service import (
    find_account_suspension,
    lift_account_suspension,
    lift_organisation_suspension,
    suspend_account,
    suspend_organisation,
)
from profiles.temporal import current, end, start_of_day
from tests.factories.organisations import INITIATOR, PROVENANCE, make_organisation
from tests.factories.people import give_role, make_employee, make_person
from tests.factories.policies import MFA, PHR, make_policy, terms

TODAY, TOMORROW = date(2026, 3, 2), date(2026, 3, 3)


@pytest.fixture
def hmrc(session: Session, now: datetime) -> OrganisationView:
    return make_organisation(session, now)


def proposed(
    session: Session, now: datetime, hmrc: OrganisationView, begins_on: date = TODAY, **changes: Any
) -> SignInPolicyProposal:
    proposer = make_person(session, now, f"p.{new_id()}@hmrc.gov.uk")
    return policies.propose(
        session,
        now,
        organisation_id=hmrc.id,
        terms=terms(**changes),
        begins_on=begins_on,
        reason="Board decision",
        person_id=proposer,
    )


class TestTwoPeople:
    def test_nothing_holds_before_another_person_confirms(
        self, session: Session, now: datetime, hmrc: OrganisationView
    ) -> None:
        proposal = proposed(session, now, hmrc)
        assert policies.find_policy(session, hmrc.id, now) is None
        with pytest.raises(NotPermitted):
            policies.confirm(session, proposal, proposal.proposed_by, now)

    def test_confirmed_it_holds_from_that_moment(
        self, session: Session, now: datetime, hmrc: OrganisationView
    ) -> None:
        other = make_person(session, now, "sam.okafor@hmrc.gov.uk")
        policies.confirm(session, proposed(session, now, hmrc, least_level=MFA), other, now)
        held = policies.find_policy(session, hmrc.id, now)
        assert held is not None
        assert (held.least_level, held.valid_from, held.recorded_by) == (MFA, now, other)

    def test_a_day_to_come_lets_the_present_policy_hold_until_then(
        self, session: Session, now: datetime, hmrc: OrganisationView
    ) -> None:
        other = make_person(session, now, "sam.okafor@hmrc.gov.uk")
        policies.confirm(session, proposed(session, now, hmrc), other, now)
        later = proposed(session, now, hmrc, TOMORROW, least_level=PHR)
        assert policies.confirm(session, later, other, now) == start_of_day(TOMORROW)
        present = policies.find_policy(session, hmrc.id, now)
        coming = policies.find_coming_policy(session, hmrc.id, now)
        assert present is not None
        assert coming is not None
        assert (present.valid_to, coming.valid_from) == (start_of_day(TOMORROW), start_of_day(TOMORROW))

    def test_one_proposal_at_a_time_and_each_is_decided_once(
        self, session: Session, now: datetime, hmrc: OrganisationView
    ) -> None:
        first = proposed(session, now, hmrc)
        with pytest.raises(Conflict):
            proposed(session, now, hmrc, TOMORROW)
        policies.withdraw(session, first, first.proposed_by, now)
        with pytest.raises(Conflict):
            policies.withdraw(session, first, first.proposed_by, now)
        assert proposed(session, now, hmrc, TOMORROW).id != first.id


class TestWhoseHold:
    def test_those_above_hold_below_and_not_the_other_way_round(
        self, session: Session, now: datetime, hmrc: OrganisationView
    ) -> None:
        below = make_organisation(session, now, "VOA", parent=hmrc)
        above_policy = make_policy(session, now, hmrc.id)
        below_policy = make_policy(session, now, below.id)
        in_agency = make_employee(session, now, below).person_id
        in_department = make_employee(session, now, hmrc, "olu.ade").person_id
        held = {one.policy.id for one in standing_of(session, in_agency, now).policies}
        assert held == {above_policy.id, below_policy.id}
        assert [one.policy.id for one in standing_of(session, in_department, now).policies] == [
            above_policy.id
        ]

    def test_so_does_that_of_the_organisation_for_which_somebody_holds_a_role(
        self, session: Session, now: datetime, hmrc: OrganisationView
    ) -> None:
        elsewhere = make_organisation(session, now, "MOJ")
        person_id = make_employee(session, now, hmrc).person_id
        policy = make_policy(session, now, elsewhere.id)
        assert not standing_of(session, person_id, now).is_officer
        give_role(session, now, person_id, Role.HR_OFFICER, elsewhere.id)
        standing = standing_of(session, person_id, now)
        assert ([one.policy.id for one in standing.policies], standing.is_officer) == ([policy.id], True)

    def test_a_policy_counts_from_when_it_came_to_hold_for_the_person(
        self, session: Session, now: datetime, hmrc: OrganisationView
    ) -> None:
        make_policy(session, now, hmrc.id)
        person_id = make_employee(session, now, hmrc, since=TODAY).person_id
        assert [one.since for one in standing_of(session, person_id, now).policies] == [start_of_day(TODAY)]

    def test_one_that_is_still_to_come_does_not_hold(
        self, session: Session, now: datetime, hmrc: OrganisationView
    ) -> None:
        make_policy(session, now, hmrc.id, since=now + timedelta(seconds=1))
        person_id = make_employee(session, now, hmrc).person_id
        assert standing_of(session, person_id, now).policies == ()
        assert len(standing_of(session, person_id, now + timedelta(seconds=1)).policies) == 1


class TestSuspension:
    def test_a_suspended_person_may_not_sign_in_until_it_is_lifted(
        self, session: Session, now: datetime, hmrc: OrganisationView
    ) -> None:
        person_id = make_employee(session, now, hmrc).person_id
        officer_id = make_employee(session, now, hmrc, "olu.ade").person_id
        suspend_account(
            session, now, person_id=person_id, organisation_id=hmrc.id, officer_id=officer_id, reason="Stolen"
        )
        standing = standing_of(session, person_id, now)
        assert (standing.may_sign_in, standing.is_suspended) == (False, True)
        later = now + timedelta(hours=1)
        lift_account_suspension(
            session,
            later,
            suspension=the_suspension(session, now, person_id),
            officer_id=officer_id,
            reason="Found",
        )
        assert standing_of(session, person_id, later).may_sign_in
        assert not standing_of(session, person_id, later - timedelta(seconds=1)).may_sign_in

    def test_nobody_suspends_or_reinstates_themselves(
        self, session: Session, now: datetime, hmrc: OrganisationView
    ) -> None:
        one = make_employee(session, now, hmrc).person_id
        other = make_employee(session, now, hmrc, "olu.ade").person_id
        with pytest.raises(NotPermitted):
            suspend_account(
                session, now, person_id=one, organisation_id=hmrc.id, officer_id=one, reason="Test"
            )
        suspend_account(session, now, person_id=one, organisation_id=hmrc.id, officer_id=other, reason="Test")
        with pytest.raises(NotPermitted):
            lift_account_suspension(
                session, now, suspension=the_suspension(session, now, one), officer_id=one, reason="Mine"
            )

    def test_a_suspended_organisation_lets_nobody_in_who_has_no_other(
        self, session: Session, now: datetime, hmrc: OrganisationView
    ) -> None:
        person_id = self.without_address(session, now, hmrc)
        suspend_organisation(session, now, organisation_id=hmrc.id, reason="Taken over", initiator=INITIATOR)
        assert not standing_of(session, person_id, now).may_sign_in
        give_role(session, now, person_id, Role.AUDITOR, make_organisation(session, now, "MOJ").id)
        assert standing_of(session, person_id, now).may_sign_in
        later = now + timedelta(hours=1)
        lift_organisation_suspension(session, later, PROVENANCE, INITIATOR, organisation_id=hmrc.id)

    def test_neither_does_a_closed_one(self, session: Session, now: datetime, hmrc: OrganisationView) -> None:
        person_id = self.without_address(session, now, hmrc)
        detail = current(session, OrganisationDetail, now, now, organisation_id=hmrc.id)[0]
        end(session, detail, now, now, PROVENANCE)
        assert not standing_of(session, person_id, now).may_sign_in

    def without_address(self, session: Session, now: datetime, hmrc: OrganisationView) -> Any:
        """The addresses of the factories are no organisation's, so they would let their person in."""
        person_id = make_employee(session, now, hmrc).person_id
        end(session, current(session, WorkAddress, now, now, person_id=person_id)[0], now, now, PROVENANCE)
        return person_id


def the_suspension(session: Session, now: datetime, person_id: Any) -> AccountSuspension:
    found = find_account_suspension(session, person_id, now)
    assert found is not None
    return found
