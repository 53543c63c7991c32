"""Loans, leavers, people who come back, career breaks and a bulk move of a simulated year."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from bench.year.clock import Story
from bench.year.departments import GRADES, PROFESSIONS, Department, Somebody
from bench.year.moving import (
    EVENING,
    MINUTE,
    MORNING,
    Desk,
    Way,
    agree,
    arrive,
    as_agreed,
    new_terms,
    pay_day,
    pay_of,
    post_of,
    record_leaving,
)
from bench.year.promises import Post, Roles, promise
from profiles.appointments import accepting, payroll
from profiles.appointments import service as appointments
from profiles.appointments.service import Contract
from profiles.bulk_moves import agreeing, drafting
from profiles.bulk_moves.drafting import Draft
from profiles.bulk_moves.models import BulkMove, BulkMoveMember, BulkMoveState, MemberState
from profiles.employments.models import CareerBreak, ContractType, Employment, PostingKind
from profiles.loans import approving, converting, ending, extending
from profiles.loans.approving import HostPost
from profiles.loans.drafting import Wish
from profiles.loans.models import Loan, LoanSide, LoanState, Payer
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action
from profiles.portable_profile.wanted import Wanted
from profiles.temporal import current, end_of_day, start_of_day
from profiles.transfers import invitations, invited
from profiles.transfers.invitations import Post as OfferedPost
from profiles.transfers.models import PayItem, Side
from tests.factories.loans import Lending

LIFE = timedelta(days=14)


class Lent(StrEnum):
    """How a loan goes."""

    RETURNED = "a loan"
    EXTENDED = "a loan extended"
    EARLY = "a loan ended early"
    OVERDUE = "a loan overdue"
    CONVERTED = "a loan converted"
    WITHDRAWN = "a loan withdrawn"


def loan(desk: Desk, who: Somebody, home: Department, host: Department, how: Lent) -> Story:
    """A loan from the draft until the person is back, or stays."""
    year, watch = desk.year, desk.watch
    start = year.in_days(20, 40).date()
    last = start + timedelta(days=year.draw.randint(100, 140))
    there = HostPost(year.draw.choice(GRADES), "Adviser", year.draw.choice(PROFESSIONS))
    wish = Wish(host.view.id, start, last, Payer.HOME, "To help with a peak.")
    watch.came(how.value)
    with year.writing() as session:
        watch.typed(session, who.person_id, wish, "the loan")
        watch.typed(session, who.person_id, there, "the post on loan")
        lending = _lending(desk, session, who, home, host)
        loan_id = lending.draft(**vars(wish)).id
    yield year.in_days(0, 2)
    with year.writing() as session:
        lending, one = _at(desk, session, loan_id, who, home, host)
        lending.submit(one)
    yield year.in_days(0, 2)
    with year.writing() as session:
        lending, one = _at(desk, session, loan_id, who, home, host)
        lending.approve(one, LoanSide.HOME)
        officer = desk.officer(session, host.hr[0])
        approving.describe_post(session, year.now, **officer, loan_id=one.id, post=there)
    yield year.in_days(0, 2)
    with year.writing() as session:
        lending, one = _at(desk, session, loan_id, who, home, host)
        lending.approve(one, LoanSide.HOST)
        if how is Lent.WITHDRAWN:
            approving.withdraw(session, year.now, loan_id=loan_id, person_id=who.person_id)
    if how is Lent.WITHDRAWN:
        stays = watch.roles(who.person_id)
        yield start_of_day(start) + MORNING
        watch.morning(who.person_id, stays, how.value)
        home.idle.append(who)
        return
    yield year.in_days(0, 2)
    with year.writing() as session:
        lending, one = _at(desk, session, loan_id, who, home, host)
        lending.sign(one)
        if one.state is LoanState.AGREEMENT_SIGNED:
            lending.agree_clearance(one)
        own = as_agreed(post_of(session, year, who))
        abroad = Post(host.view.id, there.local_grade, there.profession, PostingKind.HOST)
        sponsors = [home.view.id] if who.is_cleared else []
        both = [*sponsors, host.view.id] if who.is_cleared else []
        at_host = promise(session, year.now, one.begins_at, who.person_id, [own, abroad], sponsors=both)
        at_home = promise(session, year.now, one.ends_at, who.person_id, [own], sponsors=sponsors)
        salary = pay_of(session, year, who)
    yield start_of_day(start) - EVENING
    before, held = watch.roles(who.person_id), watch.before_leaving(who.person_id)
    yield start_of_day(start) + MINUTE
    watch.after_leave(who.person_id, before, at_host, held, f"{how.value}, away")
    yield start_of_day(start) + MORNING
    watch.morning(who.person_id, at_host, how.value)
    if how is Lent.CONVERTED:
        yield year.in_days(20, 30)
        yield from _stay(desk, loan_id, who, home, host)
        return
    if how in (Lent.EARLY, Lent.EXTENDED):
        yield year.in_days(30, 60)
        with year.writing() as session:
            lending, one = _at(desk, session, loan_id, who, home, host)
            if how is Lent.EARLY:
                last = year.in_days(3, 9).date()
                asked: dict[str, Any] = {"loan_id": loan_id, "side": LoanSide.HOST, "last_day": last}
                officer = desk.officer(session, host.hr[1])
                asked |= {"reason": "It is done.", "alone_up_to": 0}
                ending.end_early(session, year.now, **asked, **officer)
            else:
                last += timedelta(days=30)
                proposed: dict[str, Any] = {"loan_id": loan_id, "side": LoanSide.HOST, "last_day": last}
                officer = desk.officer(session, host.hr[0])
                extending.propose(session, year.now, **officer, **proposed, payer=Payer.HOME)
                if who.is_cleared:
                    lending.agree_clearance(one)
                lending.approve(one, LoanSide.HOME)
                lending.approve(one, LoanSide.HOST)
                lending.sign(one)
    yield end_of_day(last) - EVENING
    before, held = watch.roles(who.person_id), watch.before_leaving(who.person_id)
    yield end_of_day(last) + MINUTE
    watch.after_leave(who.person_id, before, at_home, held, how.value)
    yield end_of_day(last) + MORNING
    watch.morning(who.person_id, at_home, f"back from {how.value}")
    yield pay_day(year, last + timedelta(days=1))
    watch.first_pay(who.person_id, home.view.id, salary, f"back from {how.value}")
    if how is Lent.OVERDUE:
        yield year.in_days(30, 40)
    while not _is_back(desk, loan_id):
        with year.writing() as session:
            state = session.get_one(Loan, loan_id).state
            if state in (LoanState.RETURN_DUE, LoanState.ENDED_EARLY, LoanState.OVERDUE):
                officer = desk.officer(session, home.hr[1])
                ending.confirm_return(session, year.now, loan_id=loan_id, **officer)
        yield year.in_days(1, 3)
    home.idle.append(who)


def _stay(desk: Desk, loan_id: UUID, who: Somebody, home: Department, host: Department) -> Story:
    """The host keeps whom it was lent: a permanent move, agreed as any other."""
    year = desk.year
    terms = new_terms(year, who, host)
    starts = year.now.date() + timedelta(days=30)
    terms = replace(terms, start_date=starts, last_day=starts - timedelta(days=1))
    with year.writing() as session:
        desk.watch.typed(session, who.person_id, terms, "the offer to stay")
        officer = desk.officer(session, host.hr[0])
        begun = converting.convert(session, year.now, loan_id=loan_id, **officer, terms=terms)
        transfer_id = begun.id
    agreed = yield from agree(desk, transfer_id, who, home, host, Way.DONE)
    if agreed is not None:
        yield from arrive(desk, agreed, who, host, Lent.CONVERTED.value)
    host.idle.append(who)


def _lending(desk: Desk, session: Session, who: Somebody, home: Department, host: Department) -> Lending:
    return Lending(desk.parties(session, who, home, host), home.hr[0], home.security)


def _at(
    desk: Desk, session: Session, loan_id: UUID, who: Somebody, home: Department, host: Department
) -> tuple[Lending, Loan]:
    return _lending(desk, session, who, home, host), session.get_one(Loan, loan_id)


def _is_back(desk: Desk, loan_id: UUID) -> bool:
    with desk.year.reading() as session:
        return session.get_one(Loan, loan_id).state is LoanState.RETURNED


def leave_and_return(desk: Desk, who: Somebody, old: Department, new: Department) -> Story:
    """Somebody leaves the Civil Service, and another department appoints them some months later."""
    year, watch = desk.year, desk.watch
    last = year.in_days(14, 30).date()
    watch.came("left, and came back")
    with year.writing() as session:
        record_leaving(desk, session, who, old, last)
    yield end_of_day(last) - EVENING
    before, held = watch.roles(who.person_id), watch.before_leaving(who.person_id)
    yield end_of_day(last) + MINUTE
    watch.after_leave(who.person_id, before, {}, held, "left")
    yield year.in_days(30, 60)
    # Which contract they had HR there do not know: the one that they offer is another.
    contract = {"last_day": None, "required_level": None, "contract_type": ContractType.FIXED_TERM}
    terms = replace(new_terms(year, who, new), **contract)
    terms = replace(terms, start_date=max(terms.start_date, (year.now + timedelta(days=20)).date()))
    with year.writing() as session:
        post = OfferedPost("Adviser", "", "", terms.start_date)
        tokens: list[str] = []

        def link(token: str) -> str:
            tokens.append(token)
            return f"http://localhost/invited/{token}"

        officer = desk.officer(session, new.hr[0])
        asked = {"organisation_id": new.view.id, "unverified_address": f"ann{who.number}@home.example"}
        invitations.invite(session, year.now, **officer, **asked, post=post, life=LIFE, link=link)
    yield year.in_days(1, 3)
    with year.writing() as session:
        took = {"unverified_token": tokens[-1], "person_id": who.person_id, "life": LIFE}
        invitation_id = invited.accept(session, year.now, **took).id
    yield year.in_days(0, 2)
    with year.writing() as session:
        officer = desk.officer(session, new.hr[0])
        invitations.confirm(session, year.now, invitation_id=invitation_id, **officer)
        watch.typed(session, who.person_id, terms, "the appointment")
        offered = {"invitation_id": invitation_id, "terms_offered": terms, "contract": Contract()}
        link_to = "http://localhost/invited/terms/{}".format
        made = appointments.prepare(session, year.now, link_to=link_to, **officer, **offered)
        appointment_id = made.id
    yield year.in_days(0, 2)
    with year.writing() as session:
        accepts = {"appointment_id": appointment_id, "person_id": who.person_id}
        accepting.accept_terms(session, year.now, where="http://localhost/appointments", **accepts)
    yield year.in_days(1, 3)
    with year.writing() as session:
        made = appointments.get_for(session, appointment_id, desk.officer(session, new.hr[1])["permissions"])
        said = appointments.shown(session, made, year.now)
        officer = desk.officer(session, new.hr[1])
        appointments.approve(session, year.now, appointment_id=appointment_id, said=said, **officer)
        post_agreed = Post(new.view.id, terms.local_grade, terms.profession)
        promised = promise(session, year.now, made.begins_at, who.person_id, [post_agreed])
    yield start_of_day(terms.start_date) + MORNING
    watch.morning(who.person_id, promised, "came back")
    yield pay_day(year, terms.start_date)
    right = watch.first_pay(who.person_id, new.view.id, terms.salary_pence, "came back")
    with year.writing() as session:
        paid = {"appointment_id": appointment_id} | desk.officer(session, new.payroll)
        payroll.confirm_details(session, year.now, **paid)
        said = dict.fromkeys(PayItem, True) | {PayItem.FIRST_PAY: right}
        payroll.record_checks(session, year.now, **paid, right=said)
    who.is_cleared = False
    new.idle.append(who)


def career_break(desk: Desk, who: Somebody, old: Department, _new: Department) -> Story:
    """Somebody is away for some months, and comes back to the post that they had."""
    year, watch = desk.year, desk.watch
    begins = start_of_day(year.in_days(10, 25).date())
    watch.came("a career break")
    with year.writing() as session:
        post = post_of(session, year, who)
        salary = pay_of(session, year, who)
        expected = (begins + timedelta(days=150)).date()
        wanted = _of_break(
            who, old, Action.BEGIN_BREAK, {"valid_from": begins, "return_on": expected}, post.id
        )
        desk.change(session, wanted, old)
        own = as_agreed(post)
    yield begins - EVENING
    before, held = watch.roles(who.person_id), watch.before_leaving(who.person_id)
    yield begins + MINUTE
    watch.after_leave(who.person_id, before, {}, held, "on a career break")
    yield year.in_days(40, 70)
    returns = year.in_days(10, 20).date()
    with year.writing() as session:
        (away,) = current(session, CareerBreak, year.now, year.now, person_id=who.person_id)
        values = {
            "valid_from": start_of_day(returns),
            "local_grade": own.local_grade,
            "job_title": "Caseworker",
            "profession": own.profession,
            "required_clearance": None,
            "salary_pence": salary,
            "fte_thousandths": 1000,
        }
        desk.change(session, _of_break(who, old, Action.END_BREAK, values, away.id), old)
        sponsors = [old.view.id] if who.is_cleared else []
        at = start_of_day(returns)
        promised = promise(session, year.now, at, who.person_id, [own], sponsors=sponsors)
    yield start_of_day(returns) + MORNING
    watch.morning(who.person_id, promised, "back from a career break")
    yield pay_day(year, returns)
    watch.first_pay(who.person_id, old.view.id, salary, "back from a career break")
    old.idle.append(who)


def _of_break(
    who: Somebody, where: Department, action: Action, values: dict[str, Any], version_id: UUID
) -> Wanted:
    return Wanted(
        person_id=who.person_id,
        organisation_id=where.view.id,
        kind=Kind.CAREER_BREAK,
        action=action,
        values=values,
        reason="A letter",
        source="page:letter",
        version_id=version_id,
    )


def bulk_move(desk: Desk, people: Sequence[Somebody], old: Department, new: Department) -> Story:
    """Many go along on one day, with their terms; nobody offers anything to any of them."""
    year, watch = desk.year, desk.watch
    start = year.in_days(60, 70).date()
    for _ in people:
        watch.came("a bulk move")
    with year.writing() as session:
        numbers = [_number(session, year.now, who) for who in people]
        wish = Draft(old.view.id, new.view.id, start, numbers=numbers)
        officer = desk.officer(session, old.hr[0])
        move_id = drafting.draft(session, year.now, **officer, wish=wish).id
    for side, officer_id in ((Side.EXPORTING, old.hr[1]), (Side.IMPORTING, new.hr[1])):
        yield year.in_days(0, 2)
        with year.writing() as session:
            officer = desk.officer(session, officer_id)
            agreeing.agree(session, year.now, move_id=move_id, side=side, **officer)
    yield from _until(desk, move_id, BulkMoveState.VALIDATED)
    with year.writing() as session:
        officer = desk.officer(session, new.hr[1])
        agreeing.confirm(session, year.now, move_id=move_id, **officer)
    yield from _until(desk, move_id, BulkMoveState.SCHEDULED)
    promised: dict[UUID, tuple[Roles, int]] = {}
    with year.reading() as session:
        query = select(BulkMoveMember.person_id).where(
            BulkMoveMember.bulk_move_id == move_id, col(BulkMoveMember.state) == MemberState.SCHEDULED
        )
        going = set(session.exec(query))
        for who in people:
            if who.person_id in going:
                kept = replace(as_agreed(post_of(session, year, who)), organisation_id=new.view.id)
                sponsors = [new.view.id] if who.is_cleared else []
                roles = promise(
                    session, year.now, start_of_day(start), who.person_id, [kept], sponsors=sponsors
                )
                promised[who.person_id] = roles, pay_of(session, year, who)
    yield start_of_day(start) - EVENING
    before = {person_id: watch.roles(person_id) for person_id in promised}
    yield start_of_day(start) + MINUTE
    for person_id, (roles, _) in promised.items():
        watch.after_leave(person_id, before[person_id], roles, [], "a bulk move")
    yield start_of_day(start) + MORNING
    for person_id, (roles, _) in promised.items():
        watch.morning(person_id, roles, "a bulk move")
    yield pay_day(year, start)
    for person_id, (_, salary) in promised.items():
        watch.first_pay(person_id, new.view.id, salary, "a bulk move")
    for who in people:
        (new if who.person_id in promised else old).idle.append(who)


def _until(desk: Desk, move_id: UUID, state: BulkMoveState) -> Story:
    """Wait for the worker to bring it so far."""
    while True:
        with desk.year.reading() as session:
            if session.get_one(BulkMove, move_id).state is state:
                return
        yield desk.year.in_days(1, 1)


def _number(session: Session, now: Any, who: Somebody) -> str:
    (held,) = current(session, Employment, now, now, person_id=who.person_id)
    return held.number
