"""The line manager at the host and the clearance that the post needs are terms of a loan, and of the post."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import Clearance, ClearanceLimit, Sponsorship
from profiles.employments.models import Posting, PostingKind
from profiles.errors import Invalid
from profiles.loans import acting, approving, gates, reading, reminding, signing
from profiles.loans.acting import Act
from profiles.loans.approving import HostPost
from profiles.loans.gates import Gate
from profiles.loans.models import Loan, LoanState
from profiles.temporal import current, history, record
from tests.factories.loans import HOME, HOST, POST, Lending
from tests.factories.organisations import PROVENANCE
from tests.factories.people import make_employee
from tests.profiles.loans.test_clearance import grant_another
from tests.profiles.loans.test_instants import BEGINS


def described(lending: Lending, **terms: Any) -> Loan:
    loan = lending.until(LoanState.HOME_APPROVED)
    describe(lending, loan, replace(POST, **terms))
    return loan


def describe(lending: Lending, loan: Loan, post: HostPost) -> None:
    approving.describe_post(**lending.as_officer(lending.move.preparer), loan_id=loan.id, post=post)


def signed(lending: Lending, loan: Loan) -> Loan:
    lending.approve(loan, HOST)
    lending.agree_clearance(loan)
    return lending.sign(loan)


def host_post(lending: Lending) -> Posting:
    held = current(lending.move.session, Posting, BEGINS, lending.move.now, person_id=lending.move.employee)
    return next(one for one in held if one.kind is PostingKind.HOST)


def test_the_post_at_the_host_has_the_line_manager_and_the_clearance_of_the_agreement(
    lending: Lending,
) -> None:
    move = lending.move
    boss = make_employee(move.session, move.now, move.home_office, "bo.boss").person_id
    loan = described(lending, line_manager=" Bo.Boss@HO.gov.uk ", required_level=ClearanceLevel.SC)
    assert signed(lending, loan).state is LoanState.SCHEDULED
    assert (host_post(lending).line_manager_id, host_post(lending).required_clearance) == (boss, "SC")


@pytest.mark.parametrize(
    "address", ["nobody@ho.gov.uk", "iris.cole@hmrc.gov.uk", "priya.patel@hmrc.gov.uk", "\0"]
)
def test_the_line_manager_works_at_the_host_and_is_not_the_employee(lending: Lending, address: str) -> None:
    with pytest.raises(Invalid) as refused:
        described(lending, line_manager=address)
    assert refused.value.field == "line_manager"


def test_an_extension_and_a_loan_that_is_changed_keep_both(lending: Lending) -> None:
    move = lending.move
    boss = make_employee(move.session, move.now, move.home_office, "bo.boss").person_id
    loan = described(lending, line_manager="bo.boss@ho.gov.uk", required_level=ClearanceLevel.CTC)
    signed(lending, loan)
    lending.come_to(loan, BEGINS)
    agreement = lending.propose(loan, date(2027, 9, 30))
    assert (agreement.line_manager_id, agreement.required_level) == (boss, ClearanceLevel.CTC)


def test_a_signed_loan_waits_while_no_clearance_is_enough_for_the_post(lending: Lending) -> None:
    loan = described(lending, required_level=ClearanceLevel.DV)
    session, now = lending.move.session, lending.move.now
    assert signed(lending, loan).state is LoanState.AGREEMENT_SIGNED
    assert gates.failing(session, loan, now) == (Gate.REQUIRED,)
    waits = acting.waiting_of(session, loan, now)
    assert [(one.act, one.side) for one in waits] == [(Act.SETTLE_CLEARANCE, HOME)]
    assert acting.as_told(waits, {HOST}) == []
    grant_another(lending)
    assert gates.failing(session, loan, now) == (Gate.CLEARANCE, Gate.REQUIRED)
    assert Act.SETTLE_CLEARANCE not in {one.act for one in acting.waiting_of(session, loan, now)}
    assert lending.agree_clearance(loan).state is LoanState.SCHEDULED


def test_those_who_can_record_the_clearance_are_told_and_find_the_loan(lending: Lending) -> None:
    loan = described(lending, required_level=ClearanceLevel.DV)
    lending.approve(loan, HOST)
    lending.sign(loan)
    security = lending.as_officer(lending.security_officer)
    assert lending.told(lambda: lending.agree_clearance(loan)) == {lending.security_officer}
    (one,) = acting.waiting_for_security(**security)
    assert (one.act, one.loan) == (Act.SETTLE_CLEARANCE, loan)
    assert lending.security_officer in reminding.doers(lending.move.session, one, lending.move.now)
    assert lending.drafter in reminding.doers(lending.move.session, one, lending.move.now)


def test_who_signs_last_has_those_told_too(lending: Lending) -> None:
    loan = described(lending, required_level=ClearanceLevel.DV)
    lending.approve(loan, HOST)
    lending.agree_clearance(loan)
    assert lending.told(lambda: lending.sign(loan)) == {lending.security_officer}


def test_what_the_host_sponsors_itself_is_enough(lending: Lending) -> None:
    loan = described(lending, required_level=ClearanceLevel.DV)
    session, move = lending.move.session, lending.move
    assert signed(lending, loan).state is LoanState.AGREEMENT_SIGNED
    another = grant_another(lending)
    for one in history(session, Sponsorship, move.now, clearance_id=another.fact_id):
        same = one.model_dump(exclude={"id", "fact_id"})
        session.delete(one)
        session.flush()
        record(session, Sponsorship(**same | {"organisation_id": move.home_office.id}))
    assert signing.schedule_if_met(session, loan, move.now, None)


def test_of_a_post_that_needs_none_nothing_waits(lending: Lending) -> None:
    loan = lending.until(LoanState.SCHEDULED)
    assert reading.newest(lending.move.session, loan.id).required_level is None
    assert host_post(lending).required_clearance is None


@pytest.mark.parametrize(("days", "is_met"), [(-1, False), (0, True)])
def test_what_expires_before_the_loan_begins_is_not_enough(lending: Lending, days: int, is_met: bool) -> None:
    loan = described(lending, required_level=ClearanceLevel.SC)
    session, now = lending.move.session, lending.move.now
    for held in history(session, Clearance, now, person_id=lending.move.employee):
        held.expires_on = loan.start_date + timedelta(days=days)
        session.add(held)
    session.flush()
    assert (signed(lending, loan).state is LoanState.SCHEDULED) == is_met
    assert is_met or gates.failing(session, loan, now) == (Gate.REQUIRED,)


def test_what_is_too_old_by_the_hosts_limit_when_the_loan_begins_is_not_enough(lending: Lending) -> None:
    loan = described(lending, required_level=ClearanceLevel.SC)
    session, move = lending.move.session, lending.move
    for held in history(session, Clearance, move.now, person_id=move.employee):
        held.decided_on, held.expires_on = loan.start_date - timedelta(days=366), None
        session.add(held)
    limit = ClearanceLimit(
        organisation_id=move.home_office.id,
        level=ClearanceLevel.SC,
        years=1,
        **PROVENANCE.stamp(move.now, move.now),
    )
    record(session, limit)
    signed(lending, loan)
    assert gates.failing(session, loan, move.now) == (Gate.REQUIRED,)
