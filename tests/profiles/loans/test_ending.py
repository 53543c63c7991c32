"""How a loan that is under way comes to its end, and what ends it sooner."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session, select

from profiles.clearances.models import Sponsorship
from profiles.employments.models import Employment, Posting
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.loans import ending, facts
from profiles.loans.acting import Act, waiting_for
from profiles.loans.advancing import advance_due, concerned, look, look_at_people
from profiles.loans.models import Loan, LoanState
from profiles.loans.preview import preview_end
from profiles.organisations.models import OrganisationDetail
from profiles.outbox.models import OutboxMessage
from profiles.portable_profile.leaving import leave
from profiles.roles.models import Role
from profiles.temporal import current, end, end_of_day, record, replace
from tests.factories.loans import HOME, HOST, Lending
from tests.factories.organisations import PROVENANCE
from tests.factories.people import give_role
from tests.profiles.loans.test_instants import BEGINS, ENDS, MOMENT, opens

SOONER = date(2026, 6, 30)


def end_early(lending: Lending, loan: Loan, last_day: date = SOONER) -> Loan:
    by = lending.as_officer(lending.move.home_office_officer)
    return ending.end_early(
        **by, loan_id=loan.id, side=HOST, last_day=last_day, reason="The peak is over.", alone_up_to=0
    )


def test_ended_early_host_access_ends_with_that_day_and_home_access_is_back(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    end_early(lending, loan)
    assert (loan.state, loan.last_day) == (LoanState.ENDED_EARLY, SOONER)
    assert opens(lending, end_of_day(SOONER) - MOMENT) == ["Visa Desk"]
    assert opens(lending, end_of_day(SOONER)) == ["Tax Desk"]


@pytest.mark.parametrize("last_day", [date(2026, 3, 14), date(2027, 3, 15), date(2027, 4, 1)])
def test_it_ends_before_its_day_and_by_itself_not_in_the_past(lending: Lending, last_day: date) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    with pytest.raises(Invalid) as refused:
        end_early(lending, loan, last_day)
    assert refused.value.field == "last_day"


def test_ending_early_takes_a_pending_extension_back(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    lending.propose(loan, date(2027, 9, 30))
    end_early(lending, loan)
    with pytest.raises(Conflict):
        lending.sign(loan)


def test_the_preview_of_the_end(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    changes = preview_end(lending.move.session, loan, end_of_day(SOONER), lending.move.now)
    assert {one.app_name: one.change.value for one in changes} == {"Tax Desk": "begins", "Visa Desk": "ends"}


def confirm(lending: Lending, loan: Loan) -> Loan:
    return ending.confirm_return(**lending.as_officer(lending.drafter), loan_id=loan.id)


def test_returned_when_home_has_confirmed_before_the_end(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    lending.come_to(loan, ENDS - timedelta(days=7))
    confirm(lending, loan)
    assert loan.state is LoanState.RETURN_DUE
    lending.come_to(loan, ENDS)
    assert (loan.state, loan.in_flight) == (LoanState.RETURNED, False)


def test_overdue_until_home_confirms(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    lending.come_to(loan, ENDS)
    assert loan.state is LoanState.OVERDUE
    assert opens(lending, ENDS) == ["Tax Desk"]
    assert confirm(lending, loan).state is LoanState.RETURNED


def test_after_an_early_end_home_confirms_too(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    end_early(lending, loan)
    confirm(lending, loan)
    assert loan.state is LoanState.ENDED_EARLY
    lending.come_to(loan, end_of_day(SOONER))
    assert loan.state is LoanState.RETURNED


def test_what_ends_early_may_end_sooner_still(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    end_early(lending, loan)
    end_early(lending, loan, date(2026, 4, 30))
    assert (loan.state, loan.last_day) == (LoanState.ENDED_EARLY, date(2026, 4, 30))
    assert opens(lending, loan.ends_at - MOMENT) == ["Visa Desk"]
    assert opens(lending, loan.ends_at) == ["Tax Desk"]


def test_once_its_early_end_has_come_it_is_not_ended_again(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    end_early(lending, loan)
    lending.move.now = end_of_day(SOONER)
    with pytest.raises(Conflict, match="not under way"):
        end_early(lending, loan, date(2026, 7, 1))


def test_an_early_end_that_home_has_not_confirmed_is_overdue_once(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    end_early(lending, loan)
    session, ended = lending.move.session, end_of_day(SOONER)

    def told() -> int:
        sent = session.exec(select(OutboxMessage)).all()
        return sum(one.payload.get("subject") == "Your loan has ended" for one in sent)

    assert advance_due(session, ended) == [lending.move.employee]
    assert loan.state is LoanState.OVERDUE
    assert advance_due(session, ended + timedelta(days=1)) == []
    assert told() == 1
    lending.move.now = ended
    assert confirm(lending, loan).state is LoanState.RETURNED


def host_post(lending: Lending, loan: Loan) -> Posting:
    there = lending.move.session, loan, lending.move.now
    return next(one for one in facts.recorded(*there) if isinstance(one, Posting))


@pytest.mark.parametrize("begins", [BEGINS - timedelta(days=30), BEGINS, BEGINS + timedelta(days=30)])
def test_a_post_at_the_host_that_was_corrected_ends_with_the_loan(lending: Lending, begins: datetime) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    session, now = lending.move.session, lending.move.now
    replace(session, host_post(lending, loan), now, PROVENANCE, valid_from=begins, valid_to=None)
    assert opens(lending, ENDS) == ["Visa Desk"]
    lending.come_to(loan, ENDS)
    assert opens(lending, ENDS) == ["Tax Desk"]


def test_a_post_at_the_host_that_was_imported_ends_with_an_early_end(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    session, changes_at = lending.move.session, BEGINS + timedelta(days=1)
    post = host_post(lending, loan)
    same = post.model_dump(exclude={"id", "fact_id"})
    end(session, post, changes_at, lending.move.now, PROVENANCE)
    record(session, Posting(**same | {"valid_from": changes_at, "valid_to": None}))
    end_early(lending, loan)
    assert opens(lending, end_of_day(SOONER)) == ["Tax Desk"]


def test_what_the_host_shared_before_the_loan_is_not_ended_with_it(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    session, move = lending.move.session, lending.move
    share = next(one for one in facts.recorded(session, loan, move.now) if isinstance(one, Sponsorship))
    same = share.model_dump(exclude={"id", "fact_id"})
    end(session, share, share.valid_from, move.now, PROVENANCE)
    before = same | {"valid_from": BEGINS - timedelta(days=30), "valid_to": None, "source": "page:letter"}
    record(session, Sponsorship(**before))
    end_early(lending, loan)
    held = current(session, Sponsorship, ENDS, move.now, organisation_id=move.home_office.id)
    assert [one.source for one in held] == ["page:letter"]


def resign(lending: Lending, at: datetime) -> None:
    session, move = lending.move.session, lending.move
    job = current(session, Employment, move.now, move.now, person_id=move.employee)[0]
    leave(session, job, at, move.now, PROVENANCE)
    end(session, job, at, move.now, PROVENANCE)


def test_the_loan_ends_with_the_employment(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    resign(lending, end_of_day(SOONER))
    look_at_people(lending.move.session, [lending.move.employee], lending.move.now)
    assert (loan.state, loan.ends_at) == (LoanState.ENDED_EARLY, end_of_day(SOONER))
    assert opens(lending, end_of_day(SOONER)) == []


def test_an_early_end_comes_sooner_with_the_employment_or_the_host(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    end_early(lending, loan)
    close_host(lending, end_of_day(date(2026, 5, 31)))
    run(lending.move.session, lending.move.now, loan)
    assert loan.last_day == date(2026, 5, 31)
    resign(lending, end_of_day(date(2026, 4, 30)))
    run(lending.move.session, lending.move.now, loan)
    assert loan.last_day == date(2026, 4, 30)
    assert concerned(lending.move.session, lending.move.now) == []


@pytest.mark.parametrize("state", [LoanState.HOME_APPROVED, LoanState.SCHEDULED])
def test_a_leaver_does_not_begin_a_loan(lending: Lending, state: LoanState) -> None:
    loan = lending.until(state)
    resign(lending, lending.move.now + timedelta(days=1))
    assert opens(lending, BEGINS) == []
    look_at_people(lending.move.session, [lending.move.employee], lending.move.now)
    assert loan.state is LoanState.CANCELLED


def close_host(lending: Lending, at: datetime) -> None:
    session, move = lending.move.session, lending.move
    detail = current(session, OrganisationDetail, move.now, move.now, organisation_id=move.home_office.id)[0]
    end(session, detail, at, move.now, PROVENANCE)


def run(session: Session, now: datetime, loan: Loan) -> None:
    """What the worker does each minute."""
    assert concerned(session, now) == [loan.id]
    look(session, loan, now)


def test_the_loan_ends_with_the_host(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    close_host(lending, end_of_day(SOONER))
    run(lending.move.session, lending.move.now, loan)
    assert (loan.state, loan.last_day) == (LoanState.ENDED_EARLY, SOONER)
    assert opens(lending, end_of_day(SOONER)) == ["Tax Desk"]


def test_a_host_that_closes_before_the_start_stops_the_loan(lending: Lending) -> None:
    loan = lending.until(LoanState.SCHEDULED)
    close_host(lending, BEGINS - timedelta(days=3))
    run(lending.move.session, lending.move.now, loan)
    assert (loan.state, loan.hold_side) == (LoanState.ON_HOLD, None)
    assert opens(lending, BEGINS) == ["Tax Desk"]


def by_home(lending: Lending, loan: Loan, officer_id: UUID, **how: Any) -> Loan:
    said = {"last_day": SOONER, "reason": "We need her back.", "alone_up_to": 0, "side": HOME} | how
    return ending.end_early(**lending.as_officer(officer_id), loan_id=loan.id, **said)


def test_home_asks_for_an_early_end_and_a_second_officer_of_home_agrees(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    by_home(lending, loan, lending.drafter)
    assert (loan.state, ending.is_asked(loan, lending.move.now)) == (LoanState.ON_LOAN, True)
    assert opens(lending, end_of_day(SOONER)) != ["Tax Desk"]
    assert Act.AGREE_TO_END in acts(lending, loan, lending.move.hmrc_officer)
    assert Act.AGREE_TO_END not in acts(lending, loan, lending.drafter)
    with pytest.raises(Conflict):
        by_home(lending, loan, lending.move.hmrc_officer)
    said = {"loan_id": loan.id, "version": loan.version}
    for officer_id in (lending.drafter, lending.move.home_office_officer):
        with pytest.raises(NotPermitted):
            ending.agree_to_end(**lending.as_officer(officer_id), **said)
    second = lending.as_officer(lending.move.hmrc_officer)
    with pytest.raises(Conflict):
        ending.agree_to_end(**second, **(said | {"version": loan.version - 1}))
    ending.agree_to_end(**second, **said)
    assert (loan.state, loan.last_day) == (LoanState.ENDED_EARLY, SOONER)
    assert opens(lending, end_of_day(SOONER)) == ["Tax Desk"]
    assert not ending.is_asked(loan, lending.move.now)


def test_who_asked_for_an_early_end_takes_it_back(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    by_home(lending, loan, lending.drafter)
    asked = lending.as_officer(lending.drafter)
    ending.leave_as_agreed(**asked, loan_id=loan.id)
    assert (loan.state, ending.is_asked(loan, lending.move.now)) == (LoanState.ON_LOAN, False)
    with pytest.raises(Conflict):
        ending.leave_as_agreed(**asked, loan_id=loan.id)


def test_a_wish_whose_day_is_over_waits_until_the_loan_ends(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    by_home(lending, loan, lending.drafter)
    assert ending.is_asked(loan, end_of_day(SOONER))
    assert not ending.is_asked(loan, loan.ends_at)


def test_as_many_as_one_may_decide_on_need_no_second_of_home(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    by_home(lending, loan, lending.drafter, alone_up_to=1)
    assert opens(lending, end_of_day(SOONER)) == ["Tax Desk"]


def test_the_host_ends_it_at_once_while_homes_wish_waits(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    by_home(lending, loan, lending.drafter)
    end_early(lending, loan)
    assert (loan.state, loan.end_asked_by) == (LoanState.ENDED_EARLY, None)


def test_who_decides_for_both_sides_does_not_end_it_alone_for_the_host(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    move = lending.move
    give_role(move.session, move.now, move.home_office_officer, Role.HR_OFFICER, move.hmrc.id)
    end_early(lending, loan)
    assert ending.is_asked(loan, move.now)
    assert loan.state is LoanState.ON_LOAN


def acts(lending: Lending, loan: Loan, officer_id: UUID) -> list[Act]:
    officer = lending.as_officer(officer_id)
    mine, _others = waiting_for(officer["session"], officer_id, officer["permissions"], officer["now"])
    return [one.act for one in mine if one.loan.id == loan.id]
