"""A loan begins and ends by its facts alone: no worker runs in these tests unless they say so."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import select

from profiles.apps.models import App
from profiles.clearances.models import Sponsorship, SponsorshipKind
from profiles.employments.models import Posting, PostingKind
from profiles.entitlements.service import access_of
from profiles.errors import Invalid
from profiles.loans.advancing import advance_due
from profiles.loans.facts import recorded
from profiles.loans.models import LoanState
from profiles.pay.models import PayRecord
from profiles.portable_profile.changes import submit
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action
from profiles.portable_profile.wanted import Wanted
from profiles.temporal import current, end_of_day, start_of_day
from tests.factories.apps import make_rule
from tests.factories.loans import Lending

BEGINS = datetime(2026, 3, 16, tzinfo=UTC)
ENDS = datetime(2027, 3, 16, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


def opens(lending: Lending, at: datetime) -> list[str]:
    """The apps that are open to the employee."""
    found = access_of(lending.move.session, lending.move.employee, at)
    return [rules.app_name for rules, decision in found if decision.allowed]


def posts(lending: Lending, at: datetime) -> list[tuple[PostingKind, object]]:
    held = current(lending.move.session, Posting, at, at, person_id=lending.move.employee)
    return sorted((one.kind, one.organisation_id) for one in held)


def test_host_access_holds_between_the_two_instants_and_home_access_sleeps(lending: Lending) -> None:
    lending.until(LoanState.SCHEDULED)
    assert opens(lending, BEGINS - MOMENT) == ["Tax Desk"]
    assert opens(lending, BEGINS) == ["Visa Desk"]
    assert opens(lending, ENDS - MOMENT) == ["Visa Desk"]
    assert opens(lending, ENDS) == ["Tax Desk"]


def test_both_posts_stand_side_by_side_and_the_employer_stays(lending: Lending) -> None:
    lending.until(LoanState.SCHEDULED)
    assert posts(lending, BEGINS) == [
        (PostingKind.HOME, lending.move.hmrc.id),
        (PostingKind.HOST, lending.move.home_office.id),
    ]
    assert posts(lending, ENDS) == [(PostingKind.HOME, lending.move.hmrc.id)]
    assert current(lending.move.session, PayRecord, BEGINS, BEGINS, person_id=lending.move.employee) == []


def test_a_rule_for_home_posts_keeps_home_access_awake(lending: Lending) -> None:
    tax_desk = lending.move.session.exec(select(App).where(App.name == "Tax Desk")).one()
    make_rule(
        lending.move.session,
        lending.move.now,
        tax_desk,
        organisation_id=lending.move.hmrc.id,
        posting_kind="home",
    )
    lending.until(LoanState.SCHEDULED)
    assert opens(lending, BEGINS) == ["Tax Desk", "Visa Desk"]


def test_the_clearance_is_shared_for_the_loan_and_no_longer(lending: Lending) -> None:
    lending.until(LoanState.SCHEDULED)

    def sponsors(at: datetime) -> set[tuple[object, SponsorshipKind]]:
        held = current(lending.move.session, Sponsorship, at, at, person_id=lending.move.employee)
        return {(one.organisation_id, one.kind) for one in held}

    home = (lending.move.hmrc.id, SponsorshipKind.PRIMARY)
    assert sponsors(BEGINS) == {home, (lending.move.home_office.id, SponsorshipKind.SHARED)}
    assert sponsors(BEGINS - MOMENT) == sponsors(ENDS) == {home}


@pytest.mark.parametrize(
    ("start_date", "last_day"),
    [
        (date(2026, 3, 29), date(2026, 10, 24)),  # the clocks go forward on the first day
        (date(2026, 3, 30), date(2026, 10, 25)),  # and back on the last
        (date(2026, 5, 1), date(2028, 2, 29)),
    ],
)
def test_days_are_those_of_london(lending: Lending, start_date: date, last_day: date) -> None:
    lending.until(LoanState.SCHEDULED, start_date=start_date, last_day=last_day)
    begins, ends = start_of_day(start_date), end_of_day(last_day)
    assert opens(lending, begins - MOMENT) == ["Tax Desk"]
    assert opens(lending, begins) == ["Visa Desk"]
    assert opens(lending, ends - MOMENT) == ["Visa Desk"]
    assert opens(lending, ends) == ["Tax Desk"]


def test_the_state_follows_when_the_worker_runs_also_after_downtime(lending: Lending) -> None:
    loan = lending.until(LoanState.SCHEDULED)
    session = lending.move.session
    assert advance_due(session, BEGINS - MOMENT) == []
    assert advance_due(session, BEGINS) == [lending.move.employee]
    assert loan.state is LoanState.ON_LOAN
    assert advance_due(session, BEGINS) == []
    assert advance_due(session, ENDS + timedelta(days=3)) == [lending.move.employee]
    assert loan.state is LoanState.OVERDUE
    assert advance_due(session, ENDS + timedelta(days=3)) == []


def test_a_month_before_the_end_the_return_is_due(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    advance_due(lending.move.session, ENDS - timedelta(days=28) - MOMENT)
    assert loan.state is LoanState.ON_LOAN
    advance_due(lending.move.session, ENDS - timedelta(days=28))
    assert loan.state is LoanState.RETURN_DUE


@pytest.mark.parametrize("last_day", [date(2027, 3, 16), None])
def test_a_correction_of_the_record_does_not_lengthen_it(lending: Lending, last_day: date | None) -> None:
    move = lending.move
    loan = lending.until(LoanState.ON_LOAN)
    post = next(one for one in recorded(move.session, loan, move.now) if isinstance(one, Posting))
    wanted = Wanted(
        person_id=move.employee,
        organisation_id=move.home_office.id,
        kind=Kind.POSTING,
        action=Action.CORRECT,
        values={"valid_to": None if last_day is None else end_of_day(last_day)},
        reason="Entered wrongly",
        source="page:letter",
        version_id=post.id,
    )
    with pytest.raises(Invalid, match="new agreement"):
        submit(move.session, wanted, move.now, move.home_office_officer, alone_up_to=0)
    assert opens(lending, ENDS) == ["Tax Desk"]
