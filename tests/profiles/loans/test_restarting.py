"""Somebody came to the host later than agreed, or sooner: the host says so, and home agrees or not."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import col, select

from profiles.clearances.models import Sponsorship, SponsorshipKind
from profiles.employments.models import Posting, PostingKind
from profiles.entitlements.models import Entitlement
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.loans import converting, ending, reminding, restarting
from profiles.loans.acting import Act, waiting_of
from profiles.loans.advancing import advance
from profiles.loans.models import Loan, LoanReminder, LoanState
from profiles.roles.models import Role
from profiles.temporal import history, record, start_of_day
from profiles.transfers.timetable import Timetable
from tests.factories.loans import HOST, Lending
from tests.factories.people import give_role, make_employee
from tests.profiles.loans.test_converting import STAYS
from tests.profiles.loans.test_grants import give
from tests.profiles.loans.test_instants import ENDS, opens

NOW = datetime(2026, 3, 25, 9, tzinfo=UTC)
LATER, SOONER = date(2026, 3, 19), date(2026, 3, 10)


def on_loan(lending: Lending, now: datetime = NOW) -> Loan:
    loan = lending.until(LoanState.ON_LOAN)
    lending.come_to(loan, now)
    return loan


def ask(lending: Lending, loan: Loan, start_date: date, officer_id: UUID | None = None) -> Loan:
    officer = lending.as_officer(officer_id or lending.move.home_office_officer)
    return restarting.ask(**officer, loan_id=loan.id, start_date=start_date)


def answer(lending: Lending, loan: Loan, officer_id: UUID | None = None, *, agreed: bool = True) -> Loan:
    officer = lending.as_officer(officer_id or lending.move.hmrc_officer)
    return restarting.answer(**officer, loan_id=loan.id, agreed=agreed, seen=restarting.shown(loan))


def host_posts(lending: Lending, known_at: datetime) -> list[Posting]:
    found = history(lending.move.session, Posting, known_at, person_id=lending.move.employee)
    return [one for one in found if one.kind is PostingKind.HOST]


def shares(lending: Lending, known_at: datetime) -> list[Sponsorship]:
    found = history(lending.move.session, Sponsorship, known_at, person_id=lending.move.employee)
    return [one for one in found if one.kind is SponsorshipKind.SHARED]


def test_who_came_later_has_the_post_and_all_that_came_with_it_from_then(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    lending.come_to(loan, start_of_day(date(2026, 3, 17)))
    give(lending, "Visa Desk", ENDS)
    lending.come_to(loan, NOW)
    ask(lending, loan, LATER)
    assert (loan.start_date, [one.valid_from for one in host_posts(lending, NOW)]) == (
        date(2026, 3, 16),
        [start_of_day(date(2026, 3, 16))],
    )
    answer(lending, loan)
    since = start_of_day(LATER)
    assert (loan.start_date, loan.begins_at, loan.restart_on) == (LATER, since, None)
    assert [one.valid_from for one in host_posts(lending, NOW)] == [since]
    assert [one.valid_from for one in shares(lending, NOW)] == [since]
    granted = history(lending.move.session, Entitlement, NOW, person_id=lending.move.employee)
    assert [one.valid_from for one in granted] == [since]
    assert opens(lending, NOW) == ["Visa Desk"]
    before = [one.valid_from for one in host_posts(lending, NOW - timedelta(hours=1))]
    assert before == [start_of_day(date(2026, 3, 16))]


def test_who_came_sooner_has_the_post_from_then_and_nothing_that_was_not_agreed(lending: Lending) -> None:
    loan = on_loan(lending)
    shared = [one.valid_from for one in shares(lending, NOW)]
    ask(lending, loan, SOONER)
    answer(lending, loan)
    assert (loan.start_date, loan.begins_at) == (SOONER, start_of_day(SOONER))
    [post] = host_posts(lending, NOW)
    assert (post.valid_from, post.valid_to) == (start_of_day(SOONER), ENDS)
    assert [one.valid_from for one in shares(lending, NOW)] == shared
    assert opens(lending, NOW) == ["Visa Desk"]


def test_a_loan_that_began_another_day_ends_with_all_that_it_gave(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    lending.come_to(loan, start_of_day(date(2026, 3, 17)))
    give(lending, "Visa Desk", ENDS)
    lending.come_to(loan, NOW)
    ask(lending, loan, LATER)
    answer(lending, loan)
    officer = lending.as_officer(lending.move.home_office_officer)
    last = {"last_day": date(2026, 3, 24), "reason": "Back.", "alone_up_to": 0, "backdate_days": 14}
    ending.end_early(**officer, loan_id=loan.id, side=HOST, **last)
    assert opens(lending, NOW) == ["Tax Desk"]
    granted = history(lending.move.session, Entitlement, NOW, person_id=lending.move.employee)
    assert [one.valid_to for one in granted] == [start_of_day(date(2026, 3, 25))]


def test_what_was_given_before_the_agreed_day_is_not_cut_with_a_loan_that_began_sooner(
    lending: Lending,
) -> None:
    session, long = lending.move.session, datetime(2028, 3, 1, tzinfo=UTC)
    before = datetime(2026, 3, 12, 9, tzinfo=UTC)
    loan = lending.until(LoanState.HOST_APPROVED)
    where = {"person_id": lending.move.employee, "organisation_id": lending.move.hmrc.id}
    sponsored = history(session, Sponsorship, lending.move.now, **where)[0]
    own = {"organisation_id": lending.move.home_office.id, "kind": SponsorshipKind.SHARED}
    own |= {"valid_from": before, "valid_to": long, "source": "page:security"}
    record(session, Sponsorship(**sponsored.model_dump(exclude={"id", "fact_id"}) | own))
    lending.sign(loan)
    lending.agree_clearance(loan)
    lending.move.now = before
    give(lending, "Visa Desk", ENDS)
    for at in (loan.begins_at, NOW):
        lending.come_to(loan, at)
    ask(lending, loan, SOONER)
    answer(lending, loan)
    officer = lending.as_officer(lending.move.home_office_officer)
    last = {"last_day": date(2026, 3, 26), "reason": "Back.", "alone_up_to": 0}
    ending.end_early(**officer, loan_id=loan.id, side=HOST, **last)
    assert [(one.valid_from, one.valid_to, one.source) for one in shares(lending, NOW)] == [
        (before, long, "page:security")
    ]
    granted = history(session, Entitlement, NOW, person_id=lending.move.employee)
    assert [(one.valid_from, one.valid_to) for one in granted] == [(before, ENDS)]


def test_the_first_day_stays_while_a_move_rests_on_the_loan(lending: Lending) -> None:
    loan = on_loan(lending)
    officer = lending.as_officer(lending.move.home_office_officer)
    ask(lending, loan, LATER)
    converting.convert(**lending.as_officer(lending.move.preparer), loan_id=loan.id, terms=STAYS)
    last = {"last_day": date(2026, 3, 26), "reason": "Back.", "alone_up_to": 0}
    ending.end_early(**officer, loan_id=loan.id, side=HOST, **last)
    assert loan.state is LoanState.ENDED_EARLY
    with pytest.raises(Conflict, match="has become a move"):
        answer(lending, loan)
    answer(lending, loan, agreed=False)
    assert not restarting.may_ask(loan=loan, **officer)
    with pytest.raises(Conflict, match="has not begun, or"):
        ask(lending, loan, LATER)
    assert loan.start_date == date(2026, 3, 16)


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 3, 26), "must have come"),
        (date(2026, 3, 1), "more than 14 days"),
        (date(2026, 3, 16), "is recorded"),
    ],
)
def test_a_day_that_cannot_be_is_refused(lending: Lending, day: date, said: str) -> None:
    loan = on_loan(lending)
    with pytest.raises(Invalid, match=said) as refused:
        ask(lending, loan, day)
    assert refused.value.field == "start_date"


def test_a_day_after_the_end_is_refused(lending: Lending) -> None:
    loan = on_loan(lending)
    officer = lending.as_officer(lending.move.home_office_officer)
    last = {"last_day": date(2026, 3, 18), "reason": "Back.", "alone_up_to": 0, "backdate_days": 14}
    ending.end_early(**officer, loan_id=loan.id, side=HOST, **last)
    with pytest.raises(Invalid, match="had ended by then"):
        ask(lending, loan, LATER)


def test_nobody_says_so_before_it_has_begun_or_of_their_own(lending: Lending) -> None:
    loan = lending.until(LoanState.SCHEDULED)
    with pytest.raises(Conflict):
        ask(lending, loan, SOONER)
    lending.come_to(loan, NOW)
    own = lending.move.employee
    give_role(lending.move.session, NOW, own, Role.HR_OFFICER, lending.move.home_office.id)
    with pytest.raises(NotPermitted):
        ask(lending, loan, LATER, own)
    with pytest.raises(NotPermitted):
        ask(lending, loan, LATER, lending.drafter)


def test_who_said_so_does_not_agree_and_takes_it_back(lending: Lending) -> None:
    loan = on_loan(lending)
    both = make_employee(lending.move.session, NOW, lending.move.hmrc, "bob.both").person_id
    for place in (lending.move.hmrc, lending.move.home_office):
        give_role(lending.move.session, NOW, both, Role.HR_OFFICER, place.id)
    ask(lending, loan, LATER, both)
    with pytest.raises(NotPermitted, match="You said so"):
        answer(lending, loan, both)
    with pytest.raises(NotPermitted):
        answer(lending, loan, lending.move.home_office_officer)
    answer(lending, loan, both, agreed=False)
    assert (loan.restart_on, loan.restart_due_on, loan.start_date) == (None, None, date(2026, 3, 16))


def test_what_is_agreed_to_is_what_was_shown(lending: Lending) -> None:
    loan = on_loan(lending)
    ask(lending, loan, LATER)
    seen = restarting.shown(loan)
    answer(lending, loan, lending.move.home_office_officer, agreed=False)
    ask(lending, loan, SOONER)
    officer = lending.as_officer(lending.move.hmrc_officer)
    with pytest.raises(Conflict):
        restarting.answer(**officer, loan_id=loan.id, agreed=True, seen=seen)
    with pytest.raises(Conflict, match="waits for an answer already"):
        ask(lending, loan, LATER)


def test_home_is_asked_and_reminded_also_when_the_loan_is_over(lending: Lending) -> None:
    loan = on_loan(lending)
    told = lending.told(lambda: ask(lending, loan, LATER))
    assert told == {lending.move.hmrc_officer, lending.drafter}
    officer = lending.as_officer(lending.move.hmrc_officer)
    last = {"last_day": date(2026, 3, 24), "reason": "Back.", "alone_up_to": 9, "backdate_days": 14}
    ending.end_early(**officer, loan_id=loan.id, side=ending.LoanSide.HOME, **last)
    advance(lending.move.session, loan, NOW)
    assert loan.state is LoanState.RETURNED
    assert [one.act for one in waiting_of(lending.move.session, loan, NOW)] == [Act.AGREE_START]
    later = NOW + timedelta(days=11)
    assert loan.id in reminding.concerned(lending.move.session, later, Timetable())
    assert loan.id not in reminding.concerned(lending.move.session, NOW, Timetable())
    reminded = lending.told(lambda: reminding.look(lending.move.session, loan, later, Timetable()))
    assert reminded == {lending.move.hmrc_officer, lending.drafter}
    sent = lending.move.session.exec(select(LoanReminder).where(col(LoanReminder.act) == "agree_start")).one()
    assert sent.due_on == date(2026, 4, 8)
    everybody = lending.told(lambda: answer(lending, loan))
    assert {lending.move.employee, lending.move.home_office_officer} <= everybody
