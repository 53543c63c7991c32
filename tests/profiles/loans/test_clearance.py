"""Shared is what the home security officer agreed to, and no longer than home sponsors it."""

from datetime import date, datetime, timedelta

import pytest
from sqlmodel import select

from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import Clearance, Sponsorship, SponsorshipKind
from profiles.errors import Conflict
from profiles.loans import acting, clearance, extending, signing
from profiles.loans.acting import Act
from profiles.loans.models import Loan, LoanSide, LoanState
from profiles.outbox.models import OutboxMessage
from profiles.temporal import end_of_day, history, record, replace
from tests.factories.loans import HOME, HOST, Lending
from tests.factories.organisations import LONG_AGO, PROVENANCE
from tests.profiles.loans.test_instants import BEGINS, ENDS

LATER = date(2027, 9, 30)


def sponsored(lending: Lending) -> Sponsorship:
    move = lending.move
    where = {"person_id": move.employee, "organisation_id": move.hmrc.id}
    return history(move.session, Sponsorship, move.now, **where)[0]


def shares(lending: Lending) -> list[Sponsorship]:
    move = lending.move
    where = {"person_id": move.employee, "organisation_id": move.home_office.id}
    return list(history(move.session, Sponsorship, move.now, **where))


def grant_another(lending: Lending) -> Clearance:
    """A clearance of another level, of the same sponsor."""
    session, now, sponsor = lending.move.session, lending.move.now, sponsored(lending)
    held = history(session, Clearance, now, person_id=lending.move.employee)[0]
    same = held.model_dump(exclude={"id", "fact_id"})
    another = record(session, Clearance(**same | {"level": ClearanceLevel.DV}))
    same = sponsor.model_dump(exclude={"id", "fact_id"})
    record(session, Sponsorship(**same | {"clearance_id": another.fact_id}))
    return another


def test_what_is_granted_after_the_agreement_is_not_shared_before_it_is_agreed_to(lending: Lending) -> None:
    loan = lending.until(LoanState.HOST_APPROVED)
    lending.agree_clearance(loan)
    another = grant_another(lending)
    lending.sign(loan)
    assert (loan.state, shares(lending)) == (LoanState.AGREEMENT_SIGNED, [])
    assert lending.agree_clearance(loan).state is LoanState.SCHEDULED
    assert another.fact_id in {one.clearance_id for one in shares(lending)}


def test_what_the_officer_was_not_shown_is_not_agreed_to(lending: Lending) -> None:
    loan = lending.until(LoanState.AGREEMENT_SIGNED)
    before = lending.shown(loan)
    grant_another(lending)
    officer = lending.as_officer(lending.security_officer)
    with pytest.raises(Conflict, match="changed after you opened"):
        signing.agree_clearance(**officer, loan_id=loan.id, shown=before)
    lending.move.session.refresh(loan)
    assert (loan.agreed_clearances, shares(lending)) == ([], [])


def test_an_extension_to_another_day_than_was_shown_is_not_agreed_to(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    lending.propose(loan, LATER)
    before = lending.shown(loan)
    by = {"loan_id": loan.id, "side": HOME, "reason": "Too long"}
    extending.refuse(**lending.as_officer(lending.move.hmrc_officer), **by)  # type: ignore[arg-type]
    lending.propose(loan, date(2027, 12, 31))
    with pytest.raises(Conflict, match="changed after you opened"):
        signing.agree_clearance(**lending.as_officer(lending.security_officer), loan_id=loan.id, shown=before)


@pytest.mark.parametrize("sides", [{HOST}, {HOME}, {HOME, HOST}, set()])
@pytest.mark.parametrize("extends", [False, True])
def test_that_a_clearance_is_asked_about_is_told_to_home_and_the_employee(
    lending: Lending, sides: set[LoanSide], extends: bool
) -> None:
    loan = lending.until(LoanState.ON_LOAN if extends else LoanState.HOST_APPROVED)
    if extends:
        lending.propose(loan, LATER)
    waits = acting.waiting_of(lending.move.session, loan, lending.move.now)
    told = {one.act for one in acting.as_told(waits, sides)}
    assert (Act.AGREE_CLEARANCE in told) is (sides != {HOST})
    assert Act.SIGN in told


def test_no_mail_says_that_somebody_holds_a_clearance(lending: Lending) -> None:
    lending.until(LoanState.HOST_APPROVED)
    mails = [one for one in lending.move.session.exec(select(OutboxMessage)) if "loan" in str(one.payload)]
    assert lending.security_officer in {one.person_id for one in mails}
    assert not any("clearance" in str(one.payload).lower() for one in mails)


def test_nor_is_it_in_the_list_of_the_host(lending: Lending) -> None:
    lending.until(LoanState.HOST_APPROVED)
    lists = {
        name: acting.waiting_for(lending.move.session, officer_id, by["permissions"], lending.move.now)
        for name, officer_id in (("host", lending.move.preparer), ("home", lending.drafter))
        for by in [lending.as_officer(officer_id)]
    }
    acts = {name: {one.act for found in both for one in found} for name, both in lists.items()}
    assert acts == {"host": {Act.SIGN}, "home": {Act.SIGN, Act.AGREE_CLEARANCE}}


def test_an_extension_lengthens_nothing_that_was_not_asked_for(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    another = grant_another(lending)
    lending.extend(loan, LATER)
    assert another.fact_id not in {one.clearance_id for one in shares(lending)}


def test_what_home_only_shares_itself_is_not_shared_on(lending: Lending) -> None:
    loan = lending.until(LoanState.HOST_APPROVED)
    session, now = lending.move.session, lending.move.now
    replace(session, sponsored(lending), now, PROVENANCE, kind=SponsorshipKind.SHARED)
    assert clearance.shareable(session, loan, now) == []
    assert lending.sign(loan).state is LoanState.SCHEDULED
    assert shares(lending) == []


def test_it_is_shared_no_longer_than_home_sponsors_it(lending: Lending) -> None:
    loan = lending.until(LoanState.AGREEMENT_SIGNED)
    until = BEGINS + timedelta(days=60)
    replace(lending.move.session, sponsored(lending), lending.move.now, PROVENANCE, valid_to=until)
    lending.agree_clearance(loan)
    assert [one.valid_to for one in shares(lending)] == [until]


def test_what_home_sponsors_until_the_loan_begins_is_not_shared(lending: Lending) -> None:
    loan = lending.until(LoanState.AGREEMENT_SIGNED)
    replace(lending.move.session, sponsored(lending), lending.move.now, PROVENANCE, valid_to=BEGINS)
    assert lending.agree_clearance(loan).state is LoanState.SCHEDULED
    assert shares(lending) == []


def test_an_extension_shares_it_no_longer_than_home_sponsors_it(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    until = ENDS + timedelta(days=30)
    replace(lending.move.session, sponsored(lending), lending.move.now, PROVENANCE, valid_to=until)
    lending.extend(loan, LATER)
    assert [one.valid_to for one in shares(lending)] == [until]


def proposed(lending: Lending) -> Loan:
    """An extension to which all but the security officer have agreed."""
    loan = lending.until(LoanState.ON_LOAN)
    lending.propose(loan, LATER)
    lending.approve(loan, HOME)
    lending.approve(loan, HOST)
    return lending.sign(loan)


def test_an_extension_waits_for_the_security_officer_again(lending: Lending) -> None:
    loan = proposed(lending)
    assert (loan.state, loan.ends_at) == (LoanState.EXTENSION_PENDING, ENDS)
    assert lending.agree_clearance(loan).state is LoanState.ON_LOAN
    assert [one.valid_to for one in shares(lending)] == [end_of_day(LATER)]


def test_the_security_officer_may_refuse_the_extension(lending: Lending) -> None:
    loan = proposed(lending)
    by = lending.as_officer(lending.security_officer)
    signing.refuse_clearance(**by, loan_id=loan.id, reason="A case is open")
    assert (loan.state, loan.ends_at) == (LoanState.ON_LOAN, ENDS)
    assert [one.valid_to for one in shares(lending)] == [ENDS]


def test_after_the_old_end_nobody_agrees_to_the_extension(lending: Lending) -> None:
    loan = proposed(lending)
    lending.move.now = ENDS
    with pytest.raises(Conflict):
        lending.agree_clearance(loan)
    assert [one.valid_to for one in shares(lending)] == [ENDS]


def share_with_host(lending: Lending, begins: datetime, ends: datetime | None) -> Sponsorship:
    """The host may use it anyway, for another reason."""
    kept = sponsored(lending).model_dump(include={"person_id", "clearance_id"})
    there = {"organisation_id": lending.move.home_office.id, "kind": SponsorshipKind.SHARED}
    stamp = PROVENANCE.stamp(lending.move.now, begins, ends)
    return record(lending.move.session, Sponsorship(**kept, **there, **stamp))


def test_a_loan_shares_only_in_the_time_in_which_nothing_else_does(lending: Lending) -> None:
    middle = BEGINS + timedelta(days=60), BEGINS + timedelta(days=90)
    share_with_host(lending, LONG_AGO, BEGINS + timedelta(days=1))
    share_with_host(lending, *middle)
    lending.until(LoanState.SCHEDULED)
    spans = [(one.valid_from, one.valid_to) for one in shares(lending)]
    assert spans[1:] == [(BEGINS + timedelta(days=1), middle[0]), middle, (middle[1], ENDS)]


def test_an_extension_shares_on_what_something_else_has_shared_so_far(lending: Lending) -> None:
    share_with_host(lending, LONG_AGO, ENDS)
    loan = lending.until(LoanState.ON_LOAN)
    lending.extend(loan, LATER)
    assert [(one.valid_from, one.valid_to) for one in shares(lending)] == [
        (LONG_AGO, ENDS),
        (ENDS, end_of_day(LATER)),
    ]


def test_an_extension_shares_until_something_else_does(lending: Lending) -> None:
    share_with_host(lending, ENDS + timedelta(days=7), None)
    loan = lending.until(LoanState.ON_LOAN)
    lending.extend(loan, LATER)
    assert [(one.valid_from, one.valid_to) for one in shares(lending)] == [
        (BEGINS, ENDS + timedelta(days=7)),
        (ENDS + timedelta(days=7), None),
    ]
