"""A bulk move with its names, and the rows of the tables about it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import url_for
from sqlmodel import Session

from app.access import permissions, signed_in_person
from app.bulk_moves.words import member_words, reason_words, state_words
from app.display_formats import civil_date, civil_datetime, last_day
from app.listed_names import known_name, listed_name, not_named, unlisted
from app.portable_profile.words import role_words
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.bulk_moves import leaving_out, policy, reading, restarting, states, taking_back
from profiles.bulk_moves.agreeing import agreements_of
from profiles.bulk_moves.models import (
    TURNED,
    BulkMove,
    BulkMoveMember,
    BulkMoveState,
    BulkMoveStep,
    MemberState,
    Reason,
)
from profiles.bulk_moves.policy import OPEN_TO_BOTH
from profiles.bulk_moves.proposed_roles import proposed_roles
from profiles.entitlements.explanation import with_article
from profiles.errors import NotFound
from profiles.organisations import service as organisations
from profiles.people.service import names_of
from profiles.transfers.models import Side

ELSEWHERE = "elsewhere"
"""In an address: the reasons that the old organisation alone reads."""


@dataclass(frozen=True)
class BulkMoveView:
    """A bulk move and what its organisations are called."""

    move: BulkMove
    exporting: str
    importing: str
    state: str

    def organisation_of(self, side: Side) -> str:
        """The name of a side's organisation."""
        return self.exporting if side is Side.EXPORTING else self.importing

    @property
    def title(self) -> str:
        """From where to where."""
        return _(
            "From %(exporting)s to %(importing)s",
            exporting=with_article(self.exporting),
            importing=with_article(self.importing),
        )

    @property
    def is_under_way(self) -> bool:
        """Whether the worker is at it, so that the page looks again."""
        due = self.move.state is BulkMoveState.SCHEDULED and self.move.starts_at <= request_time()
        return due or self.move.state in states.WORKED_ON


def view_of(session: Session, move: BulkMove, now: datetime) -> BulkMoveView:
    """The move with its names."""
    names = {side: called(session, policy.organisation_of(move, side), move, now) for side in Side}
    state = state_words()[move.state]
    if move.state is BulkMoveState.LIST_DRAFTED:
        agreed = {one.side for one in agreements_of(session, move.id)}
        state = _waits_for([name for side, name in names.items() if side not in agreed])
    elif taking_back.is_late(session, move, now):
        state = _("Not taken back in time")
    return BulkMoveView(move, names[Side.EXPORTING], names[Side.IMPORTING], state)


def called(session: Session, organisation_id: UUID, move: BulkMove, now: datetime) -> str:
    """The name of an organisation; of one that has ended as when the list was drafted."""
    for at in (now, move.created_at, move.starts_at):
        try:
            return organisations.get(session, organisation_id, at).name
        except NotFound:
            continue
    return _("Another department")


def _waits_for(names: Sequence[str]) -> str:
    """That a list waits for the organisations of these names, one or both."""
    if len(names) == 1:
        return _("Waits for %(organisation)s", organisation=with_article(names[0]))
    return _("Waits for both departments")


def officers_view(move_id: UUID) -> tuple[BulkMoveView, frozenset[Side]]:
    """The move, and the sides for which the officer sees it. Raises NotFound to everybody else."""
    session, now = request_session(), request_time()
    move = reading.get_for(session, move_id, permissions())
    sides = policy.sides_of(move, permissions())
    if not sides:  # payroll has a page of its own
        raise NotFound(_("There is no such bulk move."))
    return view_of(session, move, now), sides


def not_read_yet(view: BulkMoveView, sides: Collection[Side]) -> str:
    """Instead of a list that waits for the present department, that it does; else nothing."""
    if policy.reads_the_list(view.move, sides, agreements_of(request_session(), view.move.id)):
        return ""
    return _(
        "You see who is on this list, and what it changes, when %(organisation)s has agreed.",
        organisation=with_article(view.exporting),
    )


def may_name(view: BulkMoveView, sides: Collection[Side]) -> bool:
    """Whether the officer reads who is on the list: where nobody moves, the old department does."""
    if not_read_yet(view, sides):
        return False
    is_off = view.move.state in (BulkMoveState.REFUSED, BulkMoveState.CANCELLING, BulkMoveState.CANCELLED)
    return Side.EXPORTING in sides or not is_off


def summary_rows(view: BulkMoveView) -> list[tuple[str, str]]:
    """What is to happen, for whom and when."""
    move = view.move
    rows = [
        (_("From"), view.exporting),
        (_("To"), view.importing),
        (_("Start date"), civil_date(move.start_date)),
        (_("Who"), who_in_words(view)),
        (_("Work e-mail addresses"), _("Go along") if move.addresses_go_along else _("End")),
    ]
    if move.providers_go_along:
        rows.append(
            (
                _("Accounts at their own sign-in provider"),
                _("Go along: %(name)s takes it over", name=view.importing),
            )
        )
    if move.exporter_ended_at is not None:
        ended = _(
            "Has ended on %(day)s; %(name)s took over",
            day=last_day(move.exporter_ended_at),
            name=view.importing,
        )
        rows.append((view.exporting, ended))
    elif move.ends_exporter:
        ends = _("Ends when nobody works there any more; %(name)s takes over", name=view.importing)
        rows.append((view.exporting, ends))
    return rows


def who_in_words(view: BulkMoveView) -> str:
    """The list, or the rule."""
    move = view.move
    if move.reverses_id is not None:
        return _("Those who came by an earlier bulk move and are there still")
    if move.by_list:
        return _("A list of employment numbers")
    said = [_("Everybody in %(name)s", name=view.exporting)]
    if move.include_subtree:
        said.append(_("and the organisations below it"))
    if move.common_grade is not None:
        said.append(_("with the grade %(grade)s", grade=move.common_grade.value))
    if move.profession:
        said.append(_("of the profession %(profession)s", profession=move.profession))
    return " ".join(said)


def role_rows(view: BulkMoveView) -> list[tuple[str, str, str, str]]:
    """Who holds which role where they leave, and whether they have it at the new organisation."""
    session, now = request_session(), request_time()
    words = role_words()
    return [
        (
            listed_name(session, one.person_id, now),
            words[one.role],
            _("With the organisations below") if one.include_subtree else _("There alone"),
            _("Given") if one.given else _("Not given"),
        )
        for one in proposed_roles(session, view.move, now)
    ]


def to_be_left_out(view: BulkMoveView) -> tuple[int, str]:
    """Of how many a second officer is asked, and the address of who they are."""
    if view.move.state is not BulkMoveState.SCHEDULED or view.move.starts_at <= request_time():
        return 0, ""
    number = reading.count_to_be_left_out(request_session(), view.move.id)
    return number, url_for("bulk_moves.people", bulk_move_id=view.move.id, state="leaving_out")


def count_rows(view: BulkMoveView, sides: Collection[Side]) -> list[tuple[str, str, str]]:
    """How many have come how far, each with the address of who they are."""
    if not_read_yet(view, sides):
        return []
    counts = reading.counts_of(request_session(), view.move.id)
    return [
        (
            words,
            f"{counts[state]:,}",
            url_for("bulk_moves.people", bulk_move_id=view.move.id, state=state.value),
        )
        for state, words in member_words().items()
        if counts.get(state)
    ]


@dataclass
class ReasonChoice:
    """Reasons that the reader reads as the same, and of how many people."""

    words: str
    reasons: list[Reason]
    people: int = 0


def reason_choices(view: BulkMoveView, sides: Collection[Side]) -> dict[str, ReasonChoice]:
    """Why people are set apart, by its name in an address; what one may not tell apart is one."""
    if not_read_yet(view, sides):
        return {}
    found: dict[str, ReasonChoice] = {}
    by_words: dict[str, ReasonChoice] = {}
    for reason, number in reading.reasons_of(request_session(), view.move.id).items():
        said = reason_in_words(reason, view, sides)
        if said not in by_words:
            open_to_them = Side.EXPORTING in sides or reason in (*OPEN_TO_BOTH, Reason.MOVED_ON)
            by_words[said] = found[reason.value if open_to_them else ELSEWHERE] = ReasonChoice(said, [])
        by_words[said].reasons.append(reason)
        by_words[said].people += number
    return found


def reason_rows(view: BulkMoveView, sides: Collection[Side]) -> list[tuple[str, str, str]]:
    """Why how many are set apart, each with the address of who they are."""
    return [
        (
            one.words,
            f"{one.people:,}",
            url_for("bulk_moves.people", bulk_move_id=view.move.id, reason=value),
        )
        for value, one in reason_choices(view, sides).items()
    ]


def reason_in_words(reason: Reason | None, view: BulkMoveView, sides: Collection[Side]) -> str:
    """Why somebody is set apart, as far as the reader may know."""
    if reason is None:
        return ""
    if Side.EXPORTING in sides or reason in OPEN_TO_BOTH:
        return reason_words()[reason]
    if reason is Reason.MOVED_ON:
        return _("HR of %(organisation)s can say why", organisation=with_article(view.exporting))
    return _("%(organisation)s settles something first", organisation=view.exporting)


def agreement_rows(view: BulkMoveView) -> list[tuple[str, str]]:
    """Which organisation has agreed, by whom and when."""
    session, now = request_session(), request_time()
    agreed = {one.side: one for one in agreements_of(session, view.move.id)}
    rows = []
    for side in Side:
        one = agreed.get(side)
        said = _("Not yet")
        if one is not None:
            name = known_name(session, one.officer_id, now)
            said = _("%(name)s, %(at)s", name=name, at=civil_datetime(one.agreed_at))
        rows.append((view.organisation_of(side), said))
    return rows


def history_rows(view: BulkMoveView) -> list[tuple[str, str, str, str]]:
    """Every change of state: which, when, by whom, why."""
    session, now, words = request_session(), request_time(), state_words()
    return [
        (
            words[step.to_state],
            civil_datetime(step.at),
            known_name(session, step.by, now) if step.by else _("By itself"),
            step.reason or _why_by_itself(step),
        )
        for step in reading.history_of(session, view.move.id)
    ]


def _why_by_itself(step: BulkMoveStep) -> str:
    if step.by is None and step.to_state is BulkMoveState.CANCELLING:
        return _("Nobody confirmed it in time")
    if step.by is None and step.from_state is BulkMoveState.LIST_DRAFTED:
        return _("Nobody agreed to it in time")
    return "–"


def person_rows(
    view: BulkMoveView, members: Sequence[BulkMoveMember], sides: Collection[Side]
) -> list[dict[str, str]]:
    """People of a list: who is marked sensitive is not named, nor told by their number."""
    session, now = request_session(), request_time()
    hidden = unlisted(session, {one.person_id for one in members}, now)
    names = names_for(view, members, sides, now)
    words = member_words()
    may_decide = bool(policy.sides_deciding(view.move, permissions()))
    rows = []
    for one in members:
        secret = one.person_id in hidden
        is_own = permissions().are_of(one.person_id) or one.person_id == signed_in_person()
        may = may_decide and not is_own
        rows.append(
            {
                "name": not_named() if secret else names[one.person_id],
                "number": "" if secret else one.number,
                "new_number": "" if secret else one.new_number,
                "state": _("Asked to be left out")
                if leaving_out.is_to_be_left_out(view.move, one, now)
                else words[one.state],
                "reason": _because(one, view, sides),
                "href": _address(view, one, "bulk_moves.leave_out")
                if may and leaving_out.may_be_left_out(view.move, one, now)
                else "",
                "decide_href": _address(view, one, "bulk_moves.decide_leaving_out")
                if may and leaving_out.waits_for_second(view.move, one, now)
                else "",
                "restart_href": _address(view, one, "bulk_moves.restart")
                if may and restarting.may_ask(view.move, one, permissions())
                else "",
                "answer_href": _address(view, one, "bulk_moves.answer_restart")
                if may and restarting.may_answer(session, view.move, one, permissions(), now)
                else "",
                "member_id": str(one.id),
            }
        )
    return rows


def names_for(
    view: BulkMoveView, members: Sequence[BulkMoveMember], sides: Collection[Side], now: datetime
) -> dict[UUID, str]:
    """What to call each of them: the old organisation knows whom it has let go as they were called then."""
    session, people = request_session(), {one.person_id for one in members}
    gone: set[UUID] = set()
    if Side.IMPORTING not in sides:
        gone = {one.person_id for one in members if one.state in TURNED}
    names = names_of(session, people - gone, now)
    names |= names_of(session, gone, view.move.starts_at - timedelta.resolution)
    # Who is part of another's record is called as that one, but not to those who knew them before.
    for person_id in people - names.keys():
        names[person_id] = not_named() if person_id in gone else known_name(session, person_id, now)
    return names


def _address(view: BulkMoveView, member: BulkMoveMember, endpoint: str) -> str:
    return url_for(endpoint, bulk_move_id=view.move.id, member_id=member.id)


def _because(one: BulkMoveMember, view: BulkMoveView, sides: Collection[Side]) -> str:
    if one.state is not MemberState.SET_APART:
        return ""
    said = reason_in_words(one.reason, view, sides)
    return f"{said}: {one.words}" if one.words else said


def csv_rows(view: BulkMoveView, sides: Collection[Side]) -> Iterable[list[str]]:
    """The result of each person, read some at a time."""
    session, now, after = request_session(), request_time(), None
    words = member_words()
    while some := reading.members_of(session, view.move.id, after=after, limit=500):
        after = some[-1].id
        hidden = unlisted(session, {one.person_id for one in some}, now)
        names = names_for(view, some, sides, now)
        for one in some:
            secret = one.person_id in hidden
            name = not_named() if secret else names[one.person_id]
            numbers = ["", ""] if secret else [one.number, one.new_number]
            yield [name, *numbers, words[one.state], _because(one, view, sides)]
