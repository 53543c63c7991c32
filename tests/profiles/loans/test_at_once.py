"""Officers who act at the same instant: one wins, the other is told, and nothing is half-done."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

from sqlalchemy import Engine
from sqlmodel import select

from app.database import transaction
from profiles.errors import ProfileError
from profiles.loans import approving
from profiles.loans.models import Loan, LoanApproval, LoanState
from tests.factories.loans import HOME, HOST, Lending


def at_once(engine: Engine, lending: Lending, *deeds: Callable[[Lending, Loan], object]) -> list[bool]:
    """Whether each deed on the one loan succeeded."""
    lending.move.session.commit()

    def do(deed: Callable[[Lending, Loan], object]) -> bool:
        try:
            with transaction(engine) as session:
                here = replace(lending, move=replace(lending.move, session=session))
                deed(here, session.exec(select(Loan)).one())
        except ProfileError:
            return False
        return True

    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(do, deeds))


def test_of_two_who_approve_for_one_organisation_one_does(engine: Engine, lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    lending.propose(loan, date(2027, 9, 30))
    done = at_once(
        engine,
        lending,
        lambda here, loan: here.approve(loan, HOME),
        lambda here, loan: here.approve(loan, HOME, here.drafter),
    )
    assert sorted(done) == [False, True]
    assert len(lending.move.session.exec(select(LoanApproval)).all()) == 3


def test_of_an_approval_and_a_withdrawal_one_happens(engine: Engine, lending: Lending) -> None:
    loan = lending.until(LoanState.HOME_APPROVED)
    lending.describe(loan)

    def withdraw(here: Lending, loan: Loan) -> object:
        return approving.withdraw(**here.at, loan_id=loan.id, person_id=here.move.employee)

    done = at_once(engine, lending, lambda here, loan: here.approve(loan, HOST), withdraw)
    assert True in done
    lending.move.session.expire_all()
    state = lending.move.session.exec(select(Loan)).one().state
    assert state is (LoanState.WITHDRAWN if done[1] else LoanState.HOST_APPROVED)


def test_of_two_drafts_of_one_person_one_is_made(engine: Engine, lending: Lending) -> None:
    loan = lending.draft()
    approving.withdraw(**lending.at, loan_id=loan.id, person_id=lending.move.employee)
    lending.move.session.commit()

    def draft(_: int) -> bool:
        try:
            with transaction(engine) as session:
                replace(lending, move=replace(lending.move, session=session)).draft()
        except Exception:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(draft, range(2))) == [False, True]
