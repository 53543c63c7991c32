"""An organisation that has nobody for a part of a loan."""

import pytest
from sqlmodel import select

from profiles.loans import acting, doers, drafting, missing_officers
from profiles.loans.missing_officers import MissingForLoan
from profiles.loans.models import Loan, LoanSide, LoanState
from profiles.outbox.models import OutboxMessage
from profiles.roles.models import Role
from profiles.transfers import nobody
from profiles.transfers.parts import Doer
from tests.factories.loans import HOME, HOST, Lending
from tests.factories.people import give_role, make_employee
from tests.profiles.transfers.test_missing_officers import give_up


def planned(lending: Lending) -> set[tuple[LoanSide, Doer]]:
    by = {"person_id": lending.move.employee, "by": lending.drafter, "wish": lending.wish()}
    loan, agreement = drafting.plan_loan(**lending.at, **by)  # type: ignore[arg-type]
    found = missing_officers.missing_officers(lending.move.session, loan, agreement, lending.move.now)
    return {(one.side, one.doer) for one in found}


def now_missing(lending: Lending, loan: Loan) -> list[MissingForLoan]:
    waits = acting.waiting_of(lending.move.session, loan, lending.move.now)
    found = [doers.find_missing(lending.move.session, one, lending.move.now) for one in waits]
    return [one for one in found if one is not None]


def test_nothing_is_missing_where_everybody_is_there(lending: Lending) -> None:
    assert planned(lending) == set()


@pytest.mark.parametrize(
    ("leaver", "missing"),
    [
        ("hmrc_officer", (HOME, Doer.HR)),
        ("home_office_officer", (HOST, Doer.HR)),
        ("preparer", (HOST, Doer.HR)),
    ],
)
def test_each_organisation_needs_two_of_hr(
    lending: Lending, leaver: str, missing: tuple[LoanSide, Doer]
) -> None:
    give_up(lending.move, getattr(lending.move, leaver), Role.HR_OFFICER)
    assert planned(lending) == {missing}


def test_a_clearance_needs_a_security_officer_at_home(lending: Lending) -> None:
    give_up(lending.move, lending.security_officer, Role.SECURITY_OFFICER)
    assert planned(lending) == {(HOME, Doer.SECURITY_OFFICER)}
    give_role(
        lending.move.session, lending.move.now, lending.drafter, Role.SECURITY_OFFICER, lending.move.hmrc.id
    )
    assert planned(lending) == {(HOME, Doer.SECURITY_OFFICER)}


def test_administrators_are_told_when_it_is_drafted_and_when_it_waits(lending: Lending) -> None:
    move = lending.move
    give_up(move, lending.security_officer, Role.SECURITY_OFFICER)
    ada = make_employee(move.session, move.now, move.hmrc, "ada.min").person_id
    give_role(move.session, move.now, ada, Role.ORGANISATION_ADMINISTRATOR, move.hmrc.id)
    loan = lending.until(LoanState.HOME_APPROVED)
    subjects = [
        one.payload["subject"] for one in move.session.exec(select(OutboxMessage)) if one.person_id == ada
    ]
    assert subjects == [nobody.SUBJECT] * 2
    assert now_missing(lending, loan) == [MissingForLoan(HOME, Doer.SECURITY_OFFICER)]


def test_who_described_the_post_is_not_who_approves_it(lending: Lending) -> None:
    loan = lending.until(LoanState.HOME_APPROVED)
    assert now_missing(lending, loan) == []
    lending.describe(loan)
    give_up(lending.move, lending.move.home_office_officer, Role.HR_OFFICER)
    assert now_missing(lending, loan) == [MissingForLoan(HOST, Doer.HR)]
