"""A secondment to a body outside that nobody acts for in Lanyard: home records what it has signed."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from profiles.employments.models import Posting, PostingKind
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.loans import acting, outside, states
from profiles.loans.acting import Act
from profiles.loans.drafting import revise
from profiles.loans.extending import propose
from profiles.loans.missing_officers import MissingForLoan, missing_officers
from profiles.loans.models import Loan, LoanKind, LoanSide, LoanState, Payer
from profiles.loans.outside import Signed
from profiles.loans.reading import newest
from profiles.organisations.models import OrganisationKind
from profiles.organisations.move_rules import Regime
from profiles.roles.models import Role
from profiles.temporal import current
from tests.factories.loans import HOME, HOST, Lending
from tests.factories.organisations import make_organisation
from tests.factories.people import give_role, make_employee

SIGNED = Signed("Visiting fellow", "HMRC-2026-0042", "HR Services, 020 7946 0000", "Manchester")


class Secondment:
    """A loan from HMRC to a university, as far as home has approved it."""

    def __init__(self, lending: Lending, kind: OrganisationKind = OrganisationKind.OUTSIDE) -> None:
        self.lending, self.session, move = lending, lending.move.session, lending.move
        self.body = make_organisation(self.session, move.now, "UNI", kind=kind)
        self.loan: Loan = lending.draft(host_organisation_id=self.body.id)

    def approved(self) -> "Secondment":
        self.lending.submit(self.loan)
        self.lending.approve(self.loan, HOME)
        return self

    def record(self, officer_id: UUID | None = None, **changes: Any) -> Loan:
        officer = self.lending.as_officer(officer_id or self.lending.drafter)
        return outside.record_signed(**officer, loan_id=self.loan.id, signed=replace(SIGNED, **changes))

    def waits(self) -> list[tuple[Act, LoanSide | None]]:
        found = acting.waiting_of(self.session, self.loan, self.lending.move.now)
        return [(one.act, one.side) for one in found if one.act is not Act.AGREE_CLEARANCE]


def test_two_of_home_and_a_reference_take_it_to_the_signature(lending: Lending) -> None:
    here = Secondment(lending).approved()
    assert (here.loan.kind, here.loan.regime) == (LoanKind.SECONDMENT, Regime.OUTSIDE)
    assert here.waits() == [(Act.RECORD_OUTSIDE, HOME)]
    here.record()
    assert here.loan.state is LoanState.HOST_APPROVED
    assert here.waits() == [(Act.SIGN, None)]
    lending.sign(here.loan)
    lending.agree_clearance(here.loan)
    assert here.loan.state is LoanState.SCHEDULED
    at = here.loan.begins_at
    posts = current(here.session, Posting, at, at, person_id=lending.move.employee)
    host = next(one for one in posts if one.kind is PostingKind.HOST)
    assert (host.organisation_id, host.job_title) == (here.body.id, "Visiting fellow")


def test_who_approved_for_home_does_not_record_it(lending: Lending) -> None:
    here = Secondment(lending).approved()
    with pytest.raises(NotPermitted, match="colleague"):
        here.record(lending.move.hmrc_officer)


def test_nobody_records_it_before_home_has_approved(lending: Lending) -> None:
    here = Secondment(lending)
    lending.submit(here.loan)
    with pytest.raises(Conflict):
        here.record()


def test_the_employee_does_not_record_their_own(lending: Lending) -> None:
    here = Secondment(lending).approved()
    give_role(here.session, lending.move.now, lending.move.employee, Role.HR_OFFICER, lending.move.hmrc.id)
    with pytest.raises(NotPermitted):
        here.record(lending.move.employee)


@pytest.mark.parametrize("field", ["job_title", "reference", "contact"])
@pytest.mark.parametrize("said", [" ", "x" * 201])
def test_what_is_missing_or_too_long_is_named(lending: Lending, field: str, said: str) -> None:
    here = Secondment(lending).approved()
    with pytest.raises(Invalid) as refused:
        here.record(**{field: said})
    assert refused.value.field == field


def test_where_somebody_acts_for_the_body_it_approves_itself(lending: Lending) -> None:
    here = Secondment(lending)
    officer = make_employee(here.session, lending.move.now, here.body, "una.fox").person_id
    give_role(here.session, lending.move.now, officer, Role.HR_OFFICER, here.body.id)
    here.approved()
    assert here.waits() == [(Act.DESCRIBE_POST, HOST)]
    with pytest.raises(Conflict):
        here.record()


def test_a_department_without_hr_is_not_answered_for(lending: Lending) -> None:
    here = Secondment(lending, OrganisationKind.DEPARTMENT).approved()
    with pytest.raises(Conflict):
        here.record()


def test_nobody_is_missed_at_the_body(lending: Lending) -> None:
    here = Secondment(lending)
    agreement = newest(here.session, here.loan.id)
    found = missing_officers(here.session, here.loan, agreement, lending.move.now)
    assert not [one for one in found if isinstance(one, MissingForLoan) and one.side is HOST]


def test_what_is_changed_is_signed_by_the_body_anew(lending: Lending) -> None:
    here = Secondment(lending).approved()
    here.record()
    wish = lending.wish(host_organisation_id=here.body.id, purpose="Another purpose.")
    revise(**lending.as_officer(lending.drafter), loan_id=here.loan.id, wish=wish)
    assert newest(here.session, here.loan.id).outside_reference == ""
    here.approved()
    assert here.waits() == [(Act.RECORD_OUTSIDE, HOME)]


def test_an_extension_needs_a_reference_of_its_own(lending: Lending) -> None:
    here = Secondment(lending).approved()
    here.record()
    lending.sign(here.loan)
    lending.agree_clearance(here.loan)
    lending.come_to(here.loan, here.loan.begins_at)
    propose(
        **lending.as_officer(lending.drafter),
        loan_id=here.loan.id,
        side=HOME,
        last_day=date(2027, 6, 30),
        payer=Payer.HOST,
    )
    lending.agree_clearance(here.loan)
    lending.approve(here.loan, HOME)
    lending.sign(here.loan)
    assert here.loan.state is LoanState.EXTENSION_PENDING
    assert here.waits() == [(Act.RECORD_OUTSIDE, HOME)]
    here.record(reference="HMRC-2027-0007")
    assert here.loan.state is LoanState.ON_LOAN
    assert here.loan.last_day == date(2027, 6, 30)


def test_nobody_stays_at_a_body_outside_by_a_move(lending: Lending) -> None:
    here = Secondment(lending).approved()
    assert not states.allows(here.loan.regime, LoanState.ON_LOAN, LoanState.CONVERTING)
