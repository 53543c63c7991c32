"""What a bulk move changes at the reader's own apps: role by role with the rules, and person by person."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import render_template, request, url_for
from sqlmodel import Session

from app.access import permissions
from app.apps.rules import rule_in_words
from app.bulk_moves.access_words import because, turn_words
from app.bulk_moves.blueprint import blueprint
from app.bulk_moves.presenting import BulkMoveView, may_name, names_for, not_read_yet, officers_view
from app.figures.words import number as as_told
from app.listed_names import unlisted
from app.paging import PAGE_SIZE, CursorPage, asked_after, page_of
from app.request_transaction import request_session, request_time
from app.transfers.presenting import PreviewItem, preview_item
from app.transfers.unopened import unopened
from app.translation import gettext as _
from profiles.bulk_moves import foreseen, policy, reading
from profiles.bulk_moves.models import BulkMoveMember
from profiles.bulk_moves.preview import AppPreview, Line, Turn, preview, preview_of
from profiles.entitlements.users_seen import asks_for_clearance, asks_for_high_clearance
from profiles.errors import NotFound, NotPermitted
from profiles.figures.counts import Discretion
from profiles.organisations import service as organisations
from profiles.roles.permissions import Permission, requires
from profiles.temporal import INSTANT
from profiles.transfers.models import Side

LOOKED_UP_AT_ONCE = 500


@dataclass(frozen=True)
class AppSection:
    """One app: how many gain, lose, change or keep access, and for each role by what."""

    name: str
    numbers: Sequence[str]
    lines: Sequence[Sequence[str]]
    href: str


@dataclass(frozen=True)
class AccessSection:
    """The apps of one side. ``not_opened`` are its apps that let in nobody of the list by themselves."""

    organisation: str
    apps: Sequence[AppSection]
    not_opened: Sequence[str]


@blueprint.get("/bulk-moves/<uuid:bulk_move_id>/access")
@requires(Permission.SEE_TRANSFERS)
def access(bulk_move_id: UUID) -> str:
    """How many gain, lose or keep access to each app of the officer's own organisations, and why."""
    view, sides = officers_view(bulk_move_id)
    return render_template(
        "bulk_moves/access.html",
        view=view,
        previews=previews_for(view, sides),
        exact=counts_exactly(view),
        not_read=not_read_yet(view, sides),
    )


@blueprint.get("/bulk-moves/<uuid:bulk_move_id>/access/<uuid:app_id>")
@requires(Permission.SEE_TRANSFERS)
def app_access(bulk_move_id: UUID, app_id: UUID) -> str:
    """Who gains, loses or keeps access to one app, each with the rule and the fact."""
    session, now = request_session(), request_time()
    view, sides = officers_view(bulk_move_id)
    if not_read := not_read_yet(view, sides):
        raise NotPermitted(not_read)
    found = preview_of(session, view.move, app_id, now)
    side = _side_of(view, sides, found)
    telling = _is_closed(view, found)
    closed = telling or not may_name(view, sides)
    wanted = next((one for one in found.lines if str(one.id) == request.args.get("line")), None)
    page = _page(view, found.lines if wanted is None else (wanted,)) if not closed else None
    told = Discretion(counts_exactly(view))
    return render_template(
        "bulk_moves/app_access.html",
        view=view,
        app=found.rules,
        exact=told.exact,
        lines=[(str(one.id), _line(view, found, one, told)) for one in found.lines],
        closed=closed,
        telling=telling,
        wanted=str(wanted.id) if wanted else "",
        people=_people(view, side, found, page.rows) if page else [],
        page=page,
    )


def previews_for(view: BulkMoveView, sides: frozenset[Side]) -> list[AccessSection]:
    """For each side that the officer acts for, its own apps with the numbers of people and the rules."""
    session, now = request_session(), request_time()
    if not_read_yet(view, policy.sides_of(view.move, permissions())):
        return []
    told = Discretion(counts_exactly(view))
    made = []
    for side in sorted(sides):
        places = _places(session, view, side)
        found = preview(session, view.move, now, places)
        opened = {one.rules.app_id for one in found if one.numbers.keys() - {Turn.LOSES}}
        shut = unopened(session, (), places, max(now, view.move.starts_at), now)
        not_opened = [one.app_name for one in shut if one.app_id not in opened]
        made.append(
            AccessSection(
                view.organisation_of(side),
                [_section(view, one, told) for one in found],
                not_opened if side is Side.IMPORTING else (),
            )
        )
    return made


def counts_exactly(view: BulkMoveView) -> bool:
    """Whether the officer reads exact numbers: who may look up each person's clearances can count them."""
    return permissions().allows(Permission.SEE_CLEARANCES, view.move.exporting_organisation_id)


def _section(view: BulkMoveView, one: AppPreview, told: Discretion) -> AppSection:
    return AppSection(
        one.rules.app_name,
        [as_told(told.count(one.numbers[turn])) for turn in Turn],
        [_line(view, one, line, told) for line in one.lines],
        url_for("bulk_moves.app_access", bulk_move_id=view.move.id, app_id=one.rules.app_id),
    )


def _line(view: BulkMoveView, one: AppPreview, line: Line, told: Discretion) -> list[str]:
    """A role, what happens to it, of how many, by which rules and because of what."""
    return [
        one.rules.label_of(line.role_name),
        turn_words()[line.turn],
        as_told(told.count(len(line.people))),
        _rules_in_words(one, line),
        because(view, one.rules, line),
    ]


def _rules_in_words(one: AppPreview, line: Line) -> str:
    said = [rule_in_words(rule, one.rules, request_time()) for rule in line.rules]
    return " ".join([*said, _("Given by hand.")] if line.by_hand else said)


def _is_closed(view: BulkMoveView, one: AppPreview) -> bool:
    """Whether a list would tell who is cleared to whom may not know, or to anybody who is highly cleared."""
    before = view.move.starts_at - INSTANT
    around = (min(request_time(), before), before, view.move.starts_at)
    if asks_for_high_clearance(one.rules, *around):
        return True
    return asks_for_clearance(one.rules, *around) and not counts_exactly(view)


def _side_of(view: BulkMoveView, sides: frozenset[Side], one: AppPreview) -> Side:
    """For which side the reader sees the app. Raises NotFound where it is of neither."""
    for side in sorted(sides):
        if one.rules.organisation_id in _places(request_session(), view, side):
            return side
    raise NotFound(_("There is no such app."))


def _places(session: Session, view: BulkMoveView, side: Side) -> frozenset[UUID]:
    place = policy.organisation_of(view.move, side)
    tree = organisations.tree(session, min(request_time(), view.move.starts_at))
    return tree.subtree_of(place) | {place}


def _page(view: BulkMoveView, lines: Sequence[Line]) -> CursorPage[BulkMoveMember]:
    """People of these lines in the order of the list; whoever is marked sensitive is in none."""
    session, now, after = request_session(), request_time(), asked_after()
    people = frozenset().union(*(one.people for one in lines))
    found: list[BulkMoveMember] = []
    while len(found) <= PAGE_SIZE:
        some = reading.members_of(session, view.move.id, after=after, limit=LOOKED_UP_AT_ONCE)
        if not some:
            break
        after = some[-1].id
        theirs = [one for one in some if one.person_id in people]
        hidden = unlisted(session, {one.person_id for one in theirs}, now)
        found += [one for one in theirs if one.person_id not in hidden]
    return page_of(found[: PAGE_SIZE + 1], lambda one: one.id)


def _people(
    view: BulkMoveView, side: Side, one: AppPreview, members: Sequence[BulkMoveMember]
) -> list[tuple[str, PreviewItem]]:
    """Each with what is decided of them on the facts that the move records."""
    session, now = request_session(), request_time()
    changes = foreseen.changes_of(session, view.move, members, now, {one.rules.organisation_id})
    names = names_for(view, members, {side}, now)
    made = []
    for member in members:
        name = names[member.person_id]
        made += [
            (name, preview_item(change, name, view.exporting, side))
            for change in changes[member.id]
            if change.app_id == one.rules.app_id
        ]
    return made
