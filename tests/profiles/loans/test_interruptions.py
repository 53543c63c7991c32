"""A loan on hold is asked about until somebody acts."""

from datetime import UTC, date, datetime, timedelta

from profiles.loans import interruptions
from profiles.loans.models import Loan, LoanState
from profiles.loans.notices import review_due
from tests.factories.loans import HOST, Lending
from tests.profiles.loans.test_ending import close_host, run
from tests.profiles.loans.test_instants import BEGINS

REVIEW = date(2026, 3, 11)
THAT_DAY = datetime(2026, 3, 11, 1, tzinfo=UTC)


def held(lending: Lending) -> Loan:
    officer = lending.as_officer(lending.move.home_office_officer)
    loan = lending.until(LoanState.HOST_APPROVED)
    said = {"side": HOST, "reason": "A freeze.", "review_on": REVIEW}
    return interruptions.hold(**officer, loan_id=loan.id, **said)


def due(lending: Lending, at: datetime) -> list[Loan]:
    return list(interruptions.due_for_review(lending.move.session, at, 5))


def test_a_hold_is_asked_about_from_its_day_on_and_each_week_after(lending: Lending) -> None:
    loan = held(lending)
    assert due(lending, THAT_DAY - timedelta(hours=2)) == []
    assert due(lending, THAT_DAY) == [loan]
    loan.reminded_at = THAT_DAY
    assert due(lending, THAT_DAY + timedelta(days=6)) == []
    assert due(lending, THAT_DAY + timedelta(days=7)) == [loan]


def test_what_the_record_stopped_is_asked_about_a_week_after_it_was_told(lending: Lending) -> None:
    loan = lending.until(LoanState.SCHEDULED)
    close_host(lending, BEGINS - timedelta(days=3))
    run(lending.move.session, lending.move.now, loan)
    assert due(lending, lending.move.now + timedelta(days=6)) == []
    assert due(lending, lending.move.now + timedelta(days=7)) == [loan]
    told = lending.told(lambda: review_due(lending.move.session, loan, None, lending.move.now))
    assert told == {lending.drafter, lending.move.hmrc_officer}


def test_the_first_mail_goes_to_who_held_it_and_the_next_to_all_of_that_side(lending: Lending) -> None:
    loan, move = held(lending), lending.move
    assert lending.told(lambda: review_due(move.session, loan, loan.hold_owner_id, THAT_DAY)) == {
        move.home_office_officer
    }
    assert lending.told(lambda: review_due(move.session, loan, None, THAT_DAY)) == {
        move.home_office_officer,
        move.preparer,
    }
