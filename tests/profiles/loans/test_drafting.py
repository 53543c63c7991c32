"""Beginning a loan, changing it and stopping it before it begins."""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from profiles.employments.models import Posting, PostingKind
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.loans import approving, drafting, gates, interruptions, reading, signing
from profiles.loans.advancing import expire_due, look
from profiles.loans.limits import STANDARD, LoanLimits, check_length, is_short, kind_between
from profiles.loans.models import Loan, LoanKind, LoanState, Payer
from profiles.organisations.models import OrganisationKind
from profiles.outbox.models import MessageKind, OutboxMessage
from profiles.suspensions import service as suspensions
from profiles.temporal import current, record, supersede
from tests.factories.loans import HOME, HOST, Lending
from tests.profiles.loans.test_instants import BEGINS, ENDS, opens


@pytest.mark.parametrize(("last_day", "short"), [(date(2026, 9, 14), True), (date(2026, 9, 15), False)])
def test_six_months_are_not_short(last_day: date, short: bool) -> None:
    assert is_short(date(2026, 3, 16), last_day, STANDARD) is short


@pytest.mark.parametrize(
    ("last_day", "payer", "field"),
    [
        (date(2026, 3, 15), Payer.HOME, "last_day"),
        (date(2028, 3, 16), Payer.HOME, "last_day"),
        (date(2026, 9, 14), Payer.HOST, "payer"),
    ],
)
def test_too_long_or_too_short_for_its_payer(last_day: date, payer: Payer, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_length(date(2026, 3, 16), last_day, payer, STANDARD)
    assert refused.value.field == field


def test_the_rules_are_settings() -> None:
    rules = LoanLimits(longest_months=36, short_months=0)
    check_length(date(2026, 3, 16), date(2029, 3, 15), Payer.HOST, rules)
    check_length(date(2026, 3, 16), date(2026, 3, 16), Payer.HOST, rules)


def test_a_secondment_is_to_or_from_outside() -> None:
    department, agency, outside = (
        OrganisationKind.DEPARTMENT,
        OrganisationKind.AGENCY,
        OrganisationKind.OUTSIDE,
    )
    assert kind_between((department, agency)) is LoanKind.LOAN
    assert kind_between((department, outside)) is LoanKind.SECONDMENT
    assert kind_between((OrganisationKind.POLICE_FORCE, department)) is LoanKind.SECONDMENT


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"start_date": date(2026, 3, 1)}, "start_date"),
        ({"start_date": date(2027, 3, 16), "last_day": date(2028, 1, 1)}, "start_date"),
        ({"purpose": " "}, "purpose"),
        ({"purpose": "x" * 501}, "purpose"),
    ],
)
def test_what_cannot_be_so_is_refused_and_changes_nothing(
    lending: Lending, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        lending.draft(**changes)
    assert refused.value.field == field
    assert lending.move.session.exec(select(Loan)).all() == []


def test_nobody_is_lent_to_their_own_organisation(lending: Lending) -> None:
    with pytest.raises(Invalid) as refused:
        lending.draft(host_organisation_id=lending.move.hmrc.id)
    assert refused.value.field == "host_organisation_id"


def revise(lending: Lending, loan: Loan, **changes: object) -> Loan:
    by = lending.as_officer(lending.drafter)
    return drafting.revise(**by, loan_id=loan.id, wish=lending.wish(**changes))


@pytest.mark.parametrize("state", [LoanState.HOST_APPROVED, LoanState.SCHEDULED])
def test_what_is_changed_is_agreed_from_the_beginning(lending: Lending, state: LoanState) -> None:
    loan = lending.until(state)
    revise(lending, loan, start_date=date(2026, 4, 20))
    assert loan.state is LoanState.DRAFT
    assert opens(lending, BEGINS) == ["Tax Desk"]
    lending.submit(loan)
    lending.approve(loan, HOME)
    lending.approve(loan, HOST)  # the post was described already
    lending.sign(loan)
    lending.agree_clearance(loan)
    assert loan.state is LoanState.SCHEDULED
    assert opens(lending, loan.begins_at) == ["Visa Desk"]


def test_who_changed_it_does_not_approve_it(lending: Lending) -> None:
    loan = lending.until(LoanState.HOME_APPROVED)
    drafting.revise(**lending.as_officer(lending.move.hmrc_officer), loan_id=loan.id, wish=lending.wish())
    lending.submit(loan)
    with pytest.raises(NotPermitted, match="prepared"):
        lending.approve(loan, HOME)


def hold(lending: Lending, loan: Loan) -> None:
    by = lending.as_officer(lending.move.home_office_officer)
    review_on = (lending.move.now + timedelta(days=4)).date()
    interruptions.hold(**by, loan_id=loan.id, side=HOST, reason="A secret", review_on=review_on)


def resume(lending: Lending, loan: Loan) -> Loan:
    return interruptions.resume(**lending.as_officer(lending.move.preparer), loan_id=loan.id)


def test_on_hold_nothing_of_it_stands_and_it_goes_on_where_it_was(lending: Lending) -> None:
    loan = lending.until(LoanState.SCHEDULED)
    hold(lending, loan)
    assert opens(lending, BEGINS) == ["Tax Desk"]
    resume(lending, loan)
    assert loan.state is LoanState.SCHEDULED
    assert opens(lending, BEGINS) == ["Visa Desk"]


def test_on_hold_over_the_start_date_it_is_agreed_again(lending: Lending) -> None:
    loan = lending.until(LoanState.SCHEDULED)
    hold(lending, loan)
    lending.move.now = BEGINS + timedelta(days=2)
    resume(lending, loan)
    assert loan.state is LoanState.DRAFT
    assert opens(lending, lending.move.now) == ["Tax Desk"]


def test_only_the_side_that_holds_resumes(lending: Lending) -> None:
    loan = lending.until(LoanState.SCHEDULED)
    hold(lending, loan)
    with pytest.raises(NotPermitted):
        interruptions.resume(**lending.as_officer(lending.move.hmrc_officer), loan_id=loan.id)


@pytest.mark.parametrize("deed", ["decline", "withdraw"])
def test_ended_before_it_begins_nothing_of_it_stands(lending: Lending, deed: str) -> None:
    loan = lending.until(LoanState.SCHEDULED)
    if deed == "withdraw":
        approving.withdraw(**lending.at, loan_id=loan.id, person_id=lending.move.employee)
    else:
        by = lending.as_officer(lending.move.preparer)
        approving.decline(**by, loan_id=loan.id, side=HOST, reason="Why")
    assert not loan.in_flight
    assert opens(lending, BEGINS) == ["Tax Desk"]
    lending.draft()


def test_nobody_stops_it_once_it_has_begun_also_without_a_worker(lending: Lending) -> None:
    loan = lending.until(LoanState.SCHEDULED)
    lending.move.now = BEGINS
    with pytest.raises(Conflict):
        approving.withdraw(**lending.at, loan_id=loan.id, person_id=lending.move.employee)
    with pytest.raises(Conflict):
        hold(lending, loan)


def test_a_suspended_account_is_not_lent_until_it_is_lifted(lending: Lending) -> None:
    loan = lending.until(LoanState.AGREEMENT_SIGNED)
    by = {"organisation_id": lending.move.hmrc.id, "officer_id": lending.security_officer}
    suspensions.suspend_account(**lending.at, person_id=lending.move.employee, reason="Why", **by)
    lending.agree_clearance(loan)
    assert gates.failing(lending.move.session, loan, lending.move.now) == (gates.Gate.ACCOUNT,)
    assert loan.state is LoanState.AGREEMENT_SIGNED
    assert opens(lending, BEGINS) == []


def test_suspended_while_on_loan_nothing_is_open_anywhere(lending: Lending) -> None:
    lending.until(LoanState.ON_LOAN)
    by = {"organisation_id": lending.move.hmrc.id, "officer_id": lending.security_officer}
    suspensions.suspend_account(**lending.at, person_id=lending.move.employee, reason="Why", **by)
    assert opens(lending, lending.move.now) == opens(lending, ENDS) == []


def test_the_security_officer_who_does_not_share_declines_it_and_only_home_reads_why(
    lending: Lending,
) -> None:
    loan = lending.until(LoanState.HOST_APPROVED)
    by = lending.as_officer(lending.security_officer)
    signing.refuse_clearance(**by, loan_id=loan.id, reason="A case is open")
    assert loan.state is LoanState.DECLINED
    assert reading.history_of(lending.move.session, loan.id)[-1].reason_for is HOME


def test_a_loan_of_which_nothing_comes_expires(lending: Lending) -> None:
    loan = lending.until(LoanState.HOME_APPROVED)
    month = timedelta(days=30)
    assert expire_due(lending.move.session, BEGINS + month, month) == []
    assert expire_due(lending.move.session, BEGINS + month + timedelta(days=1), month) == [loan]
    assert loan.state is LoanState.EXPIRED


def test_after_the_start_date_nobody_signs(lending: Lending) -> None:
    loan = lending.until(LoanState.HOST_APPROVED)
    lending.move.now = BEGINS + timedelta(days=1)
    with pytest.raises(Conflict, match="start date"):
        lending.sign(loan)


def test_signed_on_the_start_date_it_begins_at_once(lending: Lending) -> None:
    loan = lending.until(LoanState.HOST_APPROVED)
    lending.move.now = BEGINS + timedelta(hours=9)
    lending.sign(loan)
    lending.agree_clearance(loan)
    assert opens(lending, lending.move.now) == ["Visa Desk"]


def test_mails_say_no_reason_and_go_to_no_host_that_must_not_know(lending: Lending) -> None:
    loan = lending.until(LoanState.HOME_APPROVED)

    def mails() -> list[dict[str, str]]:
        sent = select(OutboxMessage).where(OutboxMessage.kind == MessageKind.MAIL)
        return [dict(one.payload) for one in lending.move.session.exec(sent)]

    before = [one for one in mails() if one["to"].endswith("@ho.gov.uk")]
    assert {one["subject"] for one in before} == {"Somebody is to come on loan"}
    hold(lending, loan)
    assert not any("secret" in one["body"] or "peak" in one["body"] for one in mails())
    assert {one["to"] for one in mails() if one["subject"] == "A loan is on hold"} >= {
        "priya.patel@hmrc.gov.uk"
    }


def test_what_stands_in_the_way_is_looked_at_again(lending: Lending) -> None:
    loan = lending.until(LoanState.AGREEMENT_SIGNED)
    assert not look(lending.move.session, loan, lending.move.now)
    lending.agree_clearance(loan)
    assert loan.state is LoanState.SCHEDULED


def test_a_post_that_the_host_has_recorded_meanwhile_is_settled_first(lending: Lending) -> None:
    loan = lending.until(LoanState.AGREEMENT_SIGNED)
    move = lending.move
    where = {"person_id": move.employee, "organisation_id": move.hmrc.id}
    home = current(move.session, Posting, move.now, move.now, **where)[0]
    values = home.model_dump(exclude={"id", "fact_id"}) | {"kind": PostingKind.HOST, "valid_from": BEGINS}
    there = record(move.session, Posting(**values | {"organisation_id": move.home_office.id}))
    lending.agree_clearance(loan)
    assert gates.failing(move.session, loan, move.now) == (gates.Gate.POST,)
    assert loan.state is LoanState.AGREEMENT_SIGNED
    supersede(move.session, there, move.now, None)
    assert look(move.session, loan, move.now)
    assert loan.state is LoanState.SCHEDULED
