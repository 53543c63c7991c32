"""Separation of duties, generated: who may do what, over everybody who could try."""

from contextlib import suppress
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from profiles.errors import Conflict, NotFound, NotPermitted, ProfileError
from profiles.loans import (
    acting,
    approving,
    converting,
    drafting,
    ending,
    extending,
    interruptions,
    reading,
    signing,
)
from profiles.loans.models import Loan, LoanSide, LoanState, Payer
from profiles.organisations.service import OrganisationView
from profiles.outbox.models import OutboxMessage
from profiles.roles import service as roles
from profiles.roles.models import Role
from tests.factories.loans import HOME, HOST, POST, Lending
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE, make_organisation
from tests.factories.people import give_role, make_employee
from tests.profiles.loans.test_converting import STAYS

PEOPLE = (
    "employee",
    "drafter",
    "hmrc_officer",
    "preparer",
    "home_office_officer",
    "security_officer",
    "stranger",
)
HOME_HR, HOST_HR = {"drafter", "hmrc_officer"}, {"preparer", "home_office_officer"}


def who(lending: Lending, name: str) -> UUID:
    person_id: UUID = getattr(lending, name, None) or getattr(lending.move, name)
    return person_id


DEEDS: dict[str, tuple[LoanState, set[str]]] = {
    "draft": (LoanState.DRAFT, {"drafter", "hmrc_officer"}),
    "submit": (LoanState.DRAFT, {"employee"}),
    "approve_home": (LoanState.EMPLOYEE_SUBMITTED, {"hmrc_officer"}),
    "decline_home": (LoanState.EMPLOYEE_SUBMITTED, HOME_HR),
    "describe": (LoanState.HOME_APPROVED, HOST_HR),
    "approve_host": (LoanState.HOME_APPROVED, {"home_office_officer"}),
    "decline_host": (LoanState.HOME_APPROVED, HOST_HR),
    "revise": (LoanState.HOST_APPROVED, HOME_HR),
    "sign": (LoanState.HOST_APPROVED, {"employee"}),
    "agree_clearance": (LoanState.AGREEMENT_SIGNED, {"security_officer"}),
    "refuse_clearance": (LoanState.AGREEMENT_SIGNED, {"security_officer"}),
    "withdraw": (LoanState.SCHEDULED, {"employee"}),
    "hold_home": (LoanState.SCHEDULED, HOME_HR),
    "hold_host": (LoanState.SCHEDULED, HOST_HR),
    "propose_home": (LoanState.ON_LOAN, HOME_HR),
    "propose_host": (LoanState.ON_LOAN, HOST_HR),
    "end_early_home": (LoanState.ON_LOAN, HOME_HR),
    "end_early_host": (LoanState.ON_LOAN, HOST_HR),
    "convert": (LoanState.ON_LOAN, HOST_HR),
    "confirm_return": (LoanState.OVERDUE, HOME_HR),
}
"""In which state each is done, and by whom of PEOPLE."""
NAMES = tuple(DEEDS)


def come_to(lending: Lending, state: LoanState) -> Loan:
    if state is not LoanState.OVERDUE:
        return lending.until(state)
    loan = lending.until(LoanState.ON_LOAN)
    lending.come_to(loan, loan.ends_at)
    return loan


def do(lending: Lending, loan: Loan, deed: str, person_id: UUID) -> object:
    name, _, suffix = deed.rpartition("_")
    side = {"home": HOME, "host": HOST}.get(suffix)
    by = lending.as_officer(person_id) | {"loan_id": loan.id}
    own = lending.at | {"loan_id": loan.id, "person_id": person_id}
    sided = by | {"side": side}
    day = date(2026, 9, 1)
    if deed == "draft":
        officer = lending.as_officer(person_id)
        another = make_employee(
            lending.move.session, lending.move.now, lending.move.hmrc, "sam.lowe"
        ).person_id
        return drafting.draft(**officer, person_id=another, wish=lending.wish())
    deeds_of_one = {
        "submit": lambda: drafting.submit(**own),
        "sign": lambda: signing.sign(**own),
        "withdraw": lambda: approving.withdraw(**own),
        "describe": lambda: approving.describe_post(**by, post=POST),
        "revise": lambda: drafting.revise(**by, wish=lending.wish(last_day=date(2027, 1, 8))),
        "agree_clearance": lambda: signing.agree_clearance(**by, shown=lending.shown(loan)),
        "refuse_clearance": lambda: signing.refuse_clearance(**by, reason="Why"),
        "convert": lambda: converting.convert(**by, terms=STAYS),
        "confirm_return": lambda: ending.confirm_return(**by),
    }
    deeds_of_sides = {
        "approve": lambda: approving.approve(**sided),
        "decline": lambda: approving.decline(**sided, reason="Why"),
        "hold": lambda: interruptions.hold(**sided, reason="Why", review_on=date(2026, 3, 6)),
        "propose": lambda: extending.propose(**sided, last_day=date(2027, 6, 1), payer=Payer.HOST),
        "end_early": lambda: ending.end_early(**sided, last_day=day, reason="Why", alone_up_to=1),
    }
    return deeds_of_one[deed]() if deed in deeds_of_one else deeds_of_sides[name]()


class _TakenBack(Exception):
    pass


@pytest.mark.parametrize("deed", NAMES)
def test_a_deed_is_done_by_its_owners_alone(lending: Lending, deed: str) -> None:
    state, owners = DEEDS[deed]
    loan = come_to(lending, state)
    if deed == "approve_host":
        lending.describe(loan)
    done = set()
    for name in PEOPLE:
        with suppress(NotPermitted, NotFound, _TakenBack), lending.move.session.begin_nested():
            do(lending, loan, deed, who(lending, name))
            done.add(name)
            raise _TakenBack
        lending.move.session.expire_all()
    assert done == owners


OF_OFFICERS = [name for name, (_, owners) in DEEDS.items() if "employee" not in owners and name != "draft"]


@pytest.mark.parametrize("deed", OF_OFFICERS)
def test_an_officer_does_nothing_of_their_own_loan_but_their_part(lending: Lending, deed: str) -> None:
    """The employee is HR and security officer of both organisations."""
    for where in (lending.move.hmrc, lending.move.home_office):
        for role in (Role.HR_OFFICER, Role.SECURITY_OFFICER):
            give_role(lending.move.session, lending.move.now, lending.move.employee, role, where.id)
    loan = come_to(lending, DEEDS[deed][0])
    with pytest.raises(NotPermitted):
        do(lending, loan, deed, lending.move.employee)


def test_nobody_lends_themselves_as_an_officer(lending: Lending) -> None:
    with pytest.raises(NotFound):
        drafting.draft(**lending.as_officer(lending.drafter), person_id=lending.drafter, wish=lending.wish())


def test_the_employee_may_ask_for_a_loan_themselves(lending: Lending) -> None:
    loan = drafting.ask(**lending.at, person_id=lending.move.employee, wish=lending.wish())
    assert loan.state is LoanState.EMPLOYEE_SUBMITTED
    assert lending.approve(loan, HOME, lending.drafter).state is LoanState.HOME_APPROVED


def officer(lending: Lending, name: str, *where: OrganisationView, **more: object) -> UUID:
    move = lending.move
    person_id = make_employee(move.session, move.now, move.hmrc, name).person_id
    for one in where:
        values = {"role": Role.HR_OFFICER, "organisation_id": one.id, "valid_from": LONG_AGO} | more
        roles.assign(move.session, move.now, PROVENANCE, INITIATOR, person_id=person_id, **values)  # type: ignore[arg-type]
    return person_id


def test_one_officer_of_both_organisations_does_not_approve_twice(lending: Lending) -> None:
    both = officer(lending, "ann.clerk", lending.move.hmrc, lending.move.home_office)
    loan = lending.until(LoanState.EMPLOYEE_SUBMITTED)
    lending.approve(loan, HOME, both)
    lending.describe(loan)
    with pytest.raises(NotPermitted, match="other organisation"):
        lending.approve(loan, HOST, both)


@pytest.mark.parametrize("first", list(LoanSide))
def test_a_shared_service_never_gives_both_approvals_of_an_extension(
    lending: Lending, first: LoanSide
) -> None:
    operator = make_employee(lending.move.session, lending.move.now, lending.move.hmrc, "x.y").organisation_id
    both = (lending.move.hmrc, lending.move.home_office)
    clerks = [officer(lending, name, *both, operator_id=operator) for name in ("ann.clerk", "bob.clerk")]
    loan = lending.until(LoanState.ON_LOAN)
    lending.propose(loan, date(2027, 6, 1))
    second = next(side for side in LoanSide if side is not first)
    lending.approve(loan, first, clerks[0])
    with pytest.raises(NotPermitted, match="shared service"):
        lending.approve(loan, second, clerks[1])
    lending.approve(loan, second)


def test_a_shared_service_never_gives_both_approvals_of_a_loan(lending: Lending) -> None:
    operator = make_employee(lending.move.session, lending.move.now, lending.move.hmrc, "x.y").organisation_id
    both = (lending.move.hmrc, lending.move.home_office)
    clerks = [officer(lending, name, *both, operator_id=operator) for name in ("ann.clerk", "bob.clerk")]
    loan = lending.until(LoanState.EMPLOYEE_SUBMITTED)
    lending.approve(loan, HOME, clerks[0])
    lending.describe(loan)
    with pytest.raises(NotPermitted, match="shared service"):
        lending.approve(loan, HOST, clerks[1])


def test_who_acts_through_two_services_is_one_party_before_they_are_asked(lending: Lending) -> None:
    session, now, hmrc = lending.move.session, lending.move.now, lending.move.hmrc
    first, second = (make_organisation(session, now, name).id for name in ("SSCL", "UBS"))
    ann = officer(lending, "ann.clerk", hmrc, operator_id=first)
    give_role(session, now, ann, Role.SECURITY_OFFICER, hmrc.id, operator_id=second)
    bob = officer(lending, "bob.clerk", lending.move.home_office, operator_id=second)
    loan = lending.until(LoanState.EMPLOYEE_SUBMITTED)
    lending.approve(loan, HOME, ann)
    lending.describe(loan)
    with pytest.raises(NotPermitted, match="shared service"):
        approving.check_may_approve(session, loan, HOST, bob, lending.move.permissions(bob), now)
    with pytest.raises(NotPermitted, match="shared service"):
        lending.approve(loan, HOST, bob)


def test_a_deputy_does_not_approve_what_the_absent_officer_prepared(lending: Lending) -> None:
    move = lending.move
    deputy = officer(
        lending, "dan.deputy", move.hmrc, deputy_of=lending.drafter, valid_to=move.now + timedelta(days=7)
    )
    loan = lending.until(LoanState.EMPLOYEE_SUBMITTED)
    with pytest.raises(NotPermitted, match="prepared"):
        lending.approve(loan, HOME, deputy)


def test_the_security_officer_who_agreed_does_not_approve(lending: Lending) -> None:
    give_role(
        lending.move.session,
        lending.move.now,
        lending.security_officer,
        Role.HR_OFFICER,
        lending.move.home_office.id,
    )
    loan = lending.until(LoanState.HOME_APPROVED)
    lending.describe(loan)
    lending.agree_clearance(loan)
    with pytest.raises(NotPermitted, match="a part"):
        lending.approve(loan, HOST, lending.security_officer)


@pytest.mark.parametrize("name", ["drafter", "preparer", "hmrc_officer", "home_office_officer"])
@pytest.mark.parametrize("deputy", [False, True])
def test_who_prepared_or_approved_does_not_agree_to_share_the_clearance(
    lending: Lending, name: str, deputy: bool
) -> None:
    move = lending.move
    officer_id = who(lending, name)
    give_role(move.session, move.now, officer_id, Role.SECURITY_OFFICER, move.hmrc.id)
    if deputy:
        officer_id = officer(
            lending,
            "dan.deputy",
            move.hmrc,
            role=Role.SECURITY_OFFICER,
            deputy_of=officer_id,
            valid_to=move.now + timedelta(days=7),
        )
    loan = lending.until(LoanState.AGREEMENT_SIGNED)
    by = lending.as_officer(officer_id)
    with pytest.raises(NotPermitted, match="a part"):
        signing.agree_clearance(**by, loan_id=loan.id, shown=lending.shown(loan))
    assert acting.waiting_for_security(move.session, officer_id, by["permissions"], move.now) == []
    assert lending.agree_clearance(loan).state is LoanState.SCHEDULED


@pytest.mark.parametrize("name", ["preparer", "home_office_officer", "stranger"])
def test_the_host_learns_of_nobody_before_home_has_approved(lending: Lending, name: str) -> None:
    loan = lending.until(LoanState.EMPLOYEE_SUBMITTED)
    officer_id = who(lending, name)
    permissions = lending.move.permissions(officer_id)
    session = lending.move.session
    assert reading.list_for(session, permissions) == []
    with pytest.raises(NotFound):
        reading.get_for(session, loan.id, officer_id, permissions)
    lending.approve(loan, HOME)
    assert len(reading.list_for(session, permissions)) == (0 if name == "stranger" else 1)


def test_a_loan_that_home_declined_is_never_shown_to_the_host(lending: Lending) -> None:
    loan = lending.until(LoanState.EMPLOYEE_SUBMITTED)
    do(lending, loan, "decline_home", lending.move.hmrc_officer)
    assert reading.list_for(lending.move.session, lending.move.permissions(lending.move.preparer)) == []


def test_each_organisation_approves_once(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    lending.propose(loan, date(2027, 6, 1))
    lending.approve(loan, HOME)
    with pytest.raises(Conflict):
        lending.approve(loan, HOME, lending.drafter)


def test_a_stranger_learns_nothing_by_any_deed(lending: Lending) -> None:
    loan = lending.until(LoanState.HOST_APPROVED)
    for deed in NAMES:
        with pytest.raises(ProfileError):
            do(lending, loan, deed, lending.move.stranger)


def clerks_of_one_service(lending: Lending, *where: OrganisationView) -> list[UUID]:
    move = lending.move
    service = make_employee(move.session, move.now, move.hmrc, "x.y").organisation_id
    return [officer(lending, name, *where, operator_id=service) for name in ("ann.clerk", "bob.clerk")]


def asked_to_end(lending: Lending, by: UUID, side: LoanSide = HOME) -> Loan:
    loan = lending.until(LoanState.ON_LOAN)
    said = {"last_day": date(2026, 6, 30), "reason": "Needed back.", "alone_up_to": 0}
    ending.end_early(**lending.as_officer(by), loan_id=loan.id, side=side, **said)  # type: ignore[arg-type]
    return loan


def agree_to_end(lending: Lending, loan: Loan, by: UUID) -> None:
    ending.agree_to_end(**lending.as_officer(by), loan_id=loan.id, version=loan.version)


def mailed(lending: Lending) -> set[UUID | None]:
    sent = lending.move.session.exec(select(OutboxMessage)).all()
    return {one.person_id for one in sent if "early end" in str(one.payload)}


@pytest.mark.parametrize("serves_host_through", ["the same two", "a third of its people"])
def test_a_shared_service_of_both_does_not_end_a_loan_between_its_people(
    lending: Lending, serves_host_through: str
) -> None:
    home, host = lending.move.hmrc, lending.move.home_office
    same = serves_host_through == "the same two"
    ann, bob = clerks_of_one_service(lending, home, *([host] if same else []))
    if not same:
        service = make_employee(lending.move.session, lending.move.now, home, "x.z").organisation_id
        officer(lending, "carl.clerk", host, operator_id=service)
    loan = asked_to_end(lending, ann)
    assert not {ann, bob} & mailed(lending)
    with pytest.raises(NotPermitted, match="outside it"):
        agree_to_end(lending, loan, bob)
    waits, _others = acting.waiting_for(
        lending.move.session, bob, lending.as_officer(bob)["permissions"], lending.move.now
    )
    assert acting.Act.AGREE_TO_END not in [one.act for one in waits]
    agree_to_end(lending, loan, lending.move.hmrc_officer)
    assert loan.state is LoanState.ENDED_EARLY


def test_two_of_a_service_that_acts_for_home_alone_are_two_people(lending: Lending) -> None:
    ann, bob = clerks_of_one_service(lending, lending.move.hmrc)
    loan = asked_to_end(lending, ann)
    agree_to_end(lending, loan, bob)
    assert loan.state is LoanState.ENDED_EARLY


def test_whose_service_acts_for_home_too_does_not_end_it_alone_for_the_host(lending: Lending) -> None:
    clerks_of_one_service(lending, lending.move.hmrc)
    service = make_employee(lending.move.session, lending.move.now, lending.move.hmrc, "x.z").organisation_id
    carl = officer(lending, "carl.clerk", lending.move.home_office, operator_id=service)
    assert asked_to_end(lending, carl, HOST).state is LoanState.ON_LOAN
