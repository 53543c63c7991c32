"""The worker goes through all loans that are due: one whose records were changed by hand stops no other."""

from dataclasses import replace
from datetime import timedelta

from profiles.loans.advancing import advance_due, expire_due
from profiles.loans.models import Loan, LoanState
from profiles.organisations.models import OrganisationDetail
from profiles.temporal import history, supersede
from tests.factories.loans import Lending
from tests.factories.organisations import make_organisation
from tests.factories.people import make_employee

EXPIRY = timedelta(days=28)


def spoil(lending: Lending, loan: Loan) -> None:
    """Nothing is known any more of the host, so that a mail about the loan cannot be written."""
    session, now = lending.move.session, lending.move.now
    gone = make_organisation(session, now, "GONE")
    for detail in history(session, OrganisationDetail, now, organisation_id=gone.id):
        supersede(session, detail, now, None)
    loan.host_organisation_id = gone.id
    session.flush()


def of_colleague(lending: Lending) -> Lending:
    move = lending.move
    colleague = make_employee(move.session, move.now, move.hmrc, "jo.blake").person_id
    return replace(lending, move=replace(move, employee=colleague))


def test_a_loan_that_cannot_end_does_not_keep_up_the_others(lending: Lending) -> None:
    bad, colleague = lending.until(LoanState.ON_LOAN), of_colleague(lending)
    good = colleague.sign(colleague.until(LoanState.HOST_APPROVED, start_date=bad.start_date.replace(day=17)))
    colleague.come_to(good, good.begins_at)
    spoil(lending, bad)
    assert advance_due(lending.move.session, bad.ends_at, limit=1) == [good.person_id]
    assert (bad.state, good.state) == (LoanState.ON_LOAN, LoanState.OVERDUE)
    assert advance_due(lending.move.session, bad.ends_at, limit=1) == []


def test_a_loan_that_cannot_expire_does_not_keep_up_the_others(lending: Lending) -> None:
    bad = lending.until(LoanState.HOME_APPROVED)
    later = bad.start_date.replace(day=17)
    good = of_colleague(lending).until(LoanState.HOME_APPROVED, start_date=later)
    spoil(lending, bad)
    now = good.begins_at + EXPIRY + timedelta(days=2)
    assert expire_due(lending.move.session, now, EXPIRY, limit=1) == [good]
    assert (bad.state, good.state) == (LoanState.HOME_APPROVED, LoanState.EXPIRED)
    assert expire_due(lending.move.session, now, EXPIRY, limit=1) == []
