"""Permanent moves of a simulated year, with every way in which one goes on, stops, or is undone."""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel import Session

from app.first_morning import names_of_ways_in
from bench.year.clock import Story, Year
from bench.year.departments import GRADES, PROFESSIONS, Country, Department, Somebody
from bench.year.promises import Post, Roles, Watch, promise
from identity.sign_in_policy.policy import Platform
from profiles.clearances.levels import ClearanceLevel
from profiles.employments.models import Employment, Posting, PostingKind
from profiles.pay.models import PayRecord
from profiles.portable_profile.changes import decide, submit
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action, ChangeState, LeavingCause
from profiles.portable_profile.wanted import Wanted
from profiles.roles.service import permissions_of
from profiles.temporal import current, end_of_day, start_of_day
from profiles.transfers import dates, ending, interruptions, payroll, reversing, steps
from profiles.transfers.ending import Cause
from profiles.transfers.models import PayItem, Side, TaskKind, Transfer, TransferState
from profiles.transfers.terms import Terms
from tests.factories.transfer_tasks import name_way_in
from tests.factories.transfers import Move

Told = TypeVar("Told")
StoryOf = Generator[datetime, None, Told]
"""A part of a story that ends with something."""
IMPORTING, EXPORTING = Side.IMPORTING, Side.EXPORTING
MORNING, EVENING, MINUTE = timedelta(hours=8, minutes=30), timedelta(hours=8), timedelta(minutes=1)


class Way(StrEnum):
    """How a transfer goes."""

    DONE = "done"
    WITHDRAWN = "withdrawn before it is agreed"
    WITHDRAWN_LATE = "withdrawn after it is agreed"
    DECLINED = "declined"
    OBJECTED = "objected to before it is agreed"
    OBJECTED_LATE = "objected to after it is agreed"
    HELD = "on hold before it is agreed"
    HELD_LATE = "on hold after it is agreed"
    PUT_OFF = "start date moved"
    BROUGHT_FORWARD = "start date moved backwards"
    CANCELLED = "cancelled because they leave"
    LEFT = "the employment ends before it"
    REVERSED = "reversed"


FILLED_IN = frozenset({"contract_type", "fte_thousandths", "pay_location"})
"""What the page of the offer has as the person has it now, for HR of the new department."""
USUAL = {Way.DONE: 55, Way.PUT_OFF: 6, Way.REVERSED: 5}
"""In a hundred moves, more or less; of the others three each."""


class Parties(Move):
    """Everybody's part in one move, by the people of two departments."""

    manager_id: UUID
    new_manager_id: UUID
    security_id: UUID

    def manager(self) -> UUID:
        return self.manager_id

    def new_manager(self) -> UUID:
        return self.new_manager_id

    def security_officer(self) -> UUID:
        return self.security_id


@dataclass
class Desk:
    """What every story needs."""

    year: Year
    watch: Watch
    country: Country
    platform: Platform

    def parties(
        self, session: Session, who: Somebody, old: Department, new: Department, terms: Terms | None = None
    ) -> Parties:
        """Who acts in a move from ``old`` to ``new``; never the person, who is no officer."""
        made = Parties(
            session=session,
            now=self.year.now,
            hmrc=old.view,
            home_office=new.view,
            employee=who.person_id,
            hmrc_officer=old.hr[1],
            preparer=new.hr[0],
            home_office_officer=new.hr[1],
            stranger=new.hr[2],
            terms=terms,  # type: ignore[arg-type]
        )
        made.manager_id, made.new_manager_id, made.security_id = old.manager, new.manager, old.security
        return made

    def officer(self, session: Session, officer_id: UUID) -> dict[str, Any]:
        """Who asks a service."""
        return {
            "officer_id": officer_id,
            "permissions": permissions_of(session, officer_id, self.year.now),
        }

    def pick(self, old: Department) -> Somebody | None:
        """Somebody who is in no move, and is from now on."""
        if not old.idle:
            return None
        return old.idle.pop(self.year.draw.randrange(len(old.idle)))

    def change(self, session: Session, wanted: Wanted, where: Department) -> None:
        """An officer asks for a change of the record, and a second one agrees."""
        change = submit(session, wanted, self.year.now, where.hr[0], alone_up_to=0)
        if change.state is ChangeState.WAITING:
            decide(session, change, self.year.now, where.hr[1], approved=True)


@dataclass
class Agreed:
    """What was agreed of a move: when, and what it promises."""

    transfer_id: UUID
    leave_on: date
    start_on: date
    promised: Roles
    salary_pence: int


def post_of(session: Session, year: Year, who: Somebody) -> Posting:
    """The home post of now."""
    held = current(session, Posting, year.now, year.now, person_id=who.person_id, kind=PostingKind.HOME)
    return held[0]


def as_agreed(post: Posting) -> Post:
    """A post that is held, as it was agreed."""
    return Post(post.organisation_id, post.local_grade, post.profession, post.kind)


def transfer(desk: Desk, who: Somebody, old: Department, new: Department, way: Way) -> Story:
    """One move from the offer to the first pay, or to whatever it comes to."""
    year = desk.year
    terms = new_terms(year, who, new)
    with year.writing() as session:
        desk.watch.typed(session, who.person_id, terms, "the offer", FILLED_IN)
        begun = desk.parties(session, who, old, new, terms).begin()
    desk.watch.came(way.value)
    agreed = yield from agree(desk, begun.id, who, old, new, way)
    if agreed is None:
        old.idle.append(who)
        return
    if way in (Way.WITHDRAWN_LATE, Way.OBJECTED_LATE, Way.HELD_LATE, Way.CANCELLED, Way.LEFT):
        yield year.at_work(year.now.date() + timedelta(days=2))
        gone_on = yield from _stop(desk, agreed, who, old, new, way)
        if not gone_on:
            return
    elif way in (Way.PUT_OFF, Way.BROUGHT_FORWARD):
        yield year.at_work(year.now.date() + timedelta(days=2))
        agreed = yield from _redate(desk, agreed, who, old, new, days=9 if way is Way.PUT_OFF else -3)
    yield from arrive(desk, agreed, who, new, way.value)
    if way is not Way.REVERSED:
        new.idle.append(who)
        return
    yield year.in_days(5, 40)
    start = year.in_days(20, 30).date()
    with year.writing() as session:
        officer = desk.officer(session, old.hr[0])
        desk.watch.typed(session, who.person_id, {"start_date": start}, "the move back")
        back = reversing.reverse(
            session,
            year.now,
            transfer_id=agreed.transfer_id,
            **officer,
            start_date=start,
            last_day=None,
        )
    again = yield from agree(desk, back.id, who, new, old, Way.DONE)
    if again is not None:
        yield from arrive(desk, again, who, old, "the move back")
    old.idle.append(who)


def agree(
    desk: Desk, transfer_id: UUID, who: Somebody, old: Department, new: Department, way: Way
) -> StoryOf[Agreed | None]:
    """Everybody's part, then both approvals, on different days; None where nothing comes of it."""
    year = desk.year
    yield year.in_days(1, 4)
    if way in (Way.WITHDRAWN, Way.DECLINED, Way.OBJECTED):
        with year.writing() as session:
            end_it(desk, session, transfer_id, who, old, new, way)
        return None
    if way is Way.HELD:
        with year.writing() as session:
            _hold(desk, session, transfer_id, old)
        yield year.in_days(1, 4)
        with year.writing() as session:
            officer = desk.officer(session, old.hr[1])
            interruptions.resume(session, year.now, transfer_id=transfer_id, **officer)
    yield year.in_days(0, 2)
    with year.writing() as session:
        do_everything(desk, session, steps.get(session, transfer_id), who, old, new)
    for side, officer_id in ((IMPORTING, new.hr[1]), (EXPORTING, old.hr[1])):
        yield year.in_days(0, 1)
        with year.writing() as session:
            moved = steps.get(session, transfer_id)
            names = names_of_ways_in(session, moved, desk.platform)
            moved = desk.parties(session, who, old, new).approve(moved, side, officer_id, ways_in=names)
            made = _as_scheduled(desk, session, moved, who)
    return made


def do_everything(
    desk: Desk, session: Session, moved: Transfer, who: Somebody, old: Department, new: Department
) -> None:
    """Each does their part that is open."""
    parties = desk.parties(session, who, old, new)
    parties.do_tasks(moved, but={TaskKind.SIGN_IN})
    names = names_of_ways_in(session, moved, desk.platform)
    name_way_in(session, desk.year.now, moved, names[0])


def _as_scheduled(desk: Desk, session: Session, moved: Transfer, who: Somebody) -> Agreed:
    post = Post(moved.importing_organisation_id, moved.local_grade, moved.profession)
    at, now = moved.join_at, desk.year.now
    sponsors = [post.organisation_id] if moved.clearance_released else []
    promised = promise(session, now, at, who.person_id, [post], sponsors=sponsors)
    return Agreed(moved.id, moved.last_day, moved.start_date, promised, moved.salary_pence)


def arrive(desk: Desk, agreed: Agreed, who: Somebody, new: Department, what: str) -> Story:
    """The last evening, the minute after, the first morning and the first pay."""
    year, watch = desk.year, desk.watch
    leaves, starts = end_of_day(agreed.leave_on), start_of_day(agreed.start_on)
    yield leaves - EVENING
    before = watch.roles(who.person_id)
    held = watch.before_leaving(who.person_id)
    yield leaves + MINUTE
    after = agreed.promised if leaves == starts else {}
    watch.after_leave(who.person_id, before, after, held, what)
    yield starts + MORNING
    watch.morning(who.person_id, agreed.promised, what)
    yield from first_pay(desk, agreed, who, new, what)
    with year.reading() as session:
        who.is_cleared = steps.get(session, agreed.transfer_id).clearance_released is True


def first_pay(desk: Desk, agreed: Agreed, who: Somebody, new: Department, what: str) -> Story:
    """Payroll pays on the 28th, looks whether it is right and says so; that completes the move."""
    year = desk.year
    yield pay_day(year, agreed.start_on)
    right = desk.watch.first_pay(who.person_id, new.view.id, agreed.salary_pence, what)
    while True:
        with year.reading() as session:
            state = steps.get(session, agreed.transfer_id).state
        if state is TransferState.RECONCILING:
            break
        yield year.in_days(1, 1)  # until the worker has run
    with year.writing() as session:
        asked = {"transfer_id": agreed.transfer_id} | desk.officer(session, new.payroll)
        payroll.confirm_details(session, year.now, **asked)
        said = dict.fromkeys(PayItem, True) | {PayItem.FIRST_PAY: right}
        payroll.record_checks(session, year.now, **asked, right=said)


def pay_day(year: Year, start_on: date) -> datetime:
    """Ten o'clock on the first 28th on or after the start."""
    day = start_on.replace(day=28)
    if day < start_on:
        day = (day + timedelta(days=5)).replace(day=28)
    return max(start_of_day(day) + timedelta(hours=10), year.now + timedelta(minutes=1))


def end_it(
    desk: Desk,
    session: Session,
    transfer_id: UUID,
    who: Somebody,
    old: Department,
    new: Department,
    way: Way,
) -> None:
    """The employee withdraws, the importer declines or the exporter objects."""
    now = desk.year.now
    if way in (Way.WITHDRAWN, Way.WITHDRAWN_LATE):
        ending.withdraw(session, now, transfer_id=transfer_id, person_id=who.person_id)
        return
    side, officer_id = (IMPORTING, new.hr[1]) if way is Way.DECLINED else (EXPORTING, old.hr[1])
    officer = desk.officer(session, officer_id)
    asked = {"transfer_id": transfer_id, "side": side, "reason": "It cannot be."}
    ending.refuse(session, now, **asked, **officer)


def _hold(desk: Desk, session: Session, transfer_id: UUID, old: Department) -> None:
    now = desk.year.now
    interruptions.hold(
        session,
        now,
        transfer_id=transfer_id,
        side=EXPORTING,
        **desk.officer(session, old.hr[1]),
        reason="Something is to be cleared up.",
        review_on=(now + timedelta(days=14)).date(),
    )


def _stop(
    desk: Desk, agreed: Agreed, who: Somebody, old: Department, new: Department, way: Way
) -> StoryOf[bool]:
    """What comes between the agreement and the last day; True where the move goes on after all."""
    year, watch = desk.year, desk.watch
    with year.writing() as session:
        stays = watch.roles(who.person_id)
        if way in (Way.WITHDRAWN_LATE, Way.OBJECTED_LATE):
            end_it(desk, session, agreed.transfer_id, who, old, new, way)
        elif way is Way.HELD_LATE:
            _hold(desk, session, agreed.transfer_id, old)
        elif way is Way.CANCELLED:
            officer = desk.officer(session, old.hr[1])
            asked = {"transfer_id": agreed.transfer_id, "cause": Cause.RESIGNED}
            ending.cancel(session, year.now, **asked, **officer)
        last = agreed.leave_on - timedelta(days=2)
        if way in (Way.CANCELLED, Way.LEFT):
            record_leaving(desk, session, who, old, last)
    if way is Way.HELD_LATE:
        yield year.in_days(1, 2)
        with year.writing() as session:
            officer = desk.officer(session, old.hr[1])
            interruptions.resume(session, year.now, transfer_id=agreed.transfer_id, **officer)
        return True
    if way in (Way.CANCELLED, Way.LEFT):
        yield end_of_day(last) + MINUTE
        watch.after_leave(who.person_id, stays, {}, [], way.value)
        stays = {}
    yield start_of_day(agreed.start_on) + MORNING
    watch.morning(who.person_id, stays, way.value)
    if way not in (Way.CANCELLED, Way.LEFT):
        old.idle.append(who)
    return False


def _redate(
    desk: Desk, agreed: Agreed, who: Somebody, old: Department, new: Department, *, days: int
) -> StoryOf[Agreed]:
    year = desk.year
    starts = agreed.start_on + timedelta(days=days)
    with year.writing() as session:
        officer = desk.officer(session, new.hr[0])
        asked = {"transfer_id": agreed.transfer_id, "start_date": starts, "last_day": None}
        dates.move_start(session, year.now, **asked, **officer)
        do_everything(desk, session, steps.get(session, agreed.transfer_id), who, old, new)
    for side, officer_id in ((IMPORTING, new.hr[1]), (EXPORTING, old.hr[1])):
        yield year.in_days(0, 1)
        with year.writing() as session:
            moved = steps.get(session, agreed.transfer_id)
            names = names_of_ways_in(session, moved, desk.platform)
            moved = desk.parties(session, who, old, new).approve(moved, side, officer_id, ways_in=names)
            made = _as_scheduled(desk, session, moved, who)
    return made


def record_leaving(desk: Desk, session: Session, who: Somebody, old: Department, last: date) -> None:
    """HR record the last day, and a second officer agrees."""
    now = desk.year.now
    post = post_of(session, desk.year, who)
    (employment,) = current(session, Employment, now, now, fact_id=post.employment_id)
    wanted = Wanted(
        person_id=who.person_id,
        organisation_id=old.view.id,
        kind=Kind.EMPLOYMENT,
        action=Action.LEAVE,
        values={"cause": LeavingCause.RESIGNED, "valid_to": end_of_day(last)},
        reason="A letter",
        source="page:letter",
        version_id=employment.id,
    )
    desk.change(session, wanted, old)


def new_terms(year: Year, who: Somebody, new: Department) -> Terms:
    start = year.in_days(28, 70).date()
    gap = year.draw.choice((0, 0, 0, 1, 2, 9))
    who.moves += 1
    code = new.view.code
    asks = who.is_cleared and year.draw.random() < 0.8
    return Terms(
        start_date=start,
        last_day=start - timedelta(days=1 + gap),
        local_grade=year.draw.choice(GRADES),
        job_title="Adviser",
        profession=year.draw.choice(PROFESSIONS),
        unit="",
        location="",
        employment_number=f"{code}-{who.number}-{who.moves}",
        work_address=f"ann.number{who.number}.{who.moves}@{code.lower()}.gov.uk",
        salary_pence=3_000_000 + 1_000 * year.draw.randrange(900),
        bpss_checked_on=year.now.date() - timedelta(days=10),
        required_level=ClearanceLevel.SC if asks else None,
    )


def pay_of(session: Session, year: Year, who: Somebody) -> int:
    """What somebody is paid now."""
    (paid,) = current(session, PayRecord, year.now, year.now, person_id=who.person_id)
    return paid.salary_pence
