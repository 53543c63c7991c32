"""The person's own page of a bulk move: all that it changes for them, and what has to be asked for."""

from collections.abc import Iterable
from uuid import UUID

from flask import render_template
from sqlmodel import Session

from app.access import signed_in_person
from app.bulk_moves.presenting import BulkMoveView, view_of
from app.bulk_moves.words import pay_item_words, payroll_detail_words
from app.my_profile.blueprint import blueprint
from app.request_transaction import request_session, request_time
from app.transfers.presenting import PreviewItem, preview_item
from app.transfers.unopened import asked_for_at, unopened
from app.translation import gettext as _
from profiles.bulk_moves import foreseen, paying, payroll_details, reading
from profiles.bulk_moves.models import BulkMove, BulkMoveMember
from profiles.entitlements.preview import Change
from profiles.errors import NotFound
from profiles.organisations import service as organisations
from profiles.roles.permissions import signed_in


@blueprint.get("/profile/bulk-moves/<uuid:bulk_move_id>")
@signed_in(here=True)
def moving_with_many(bulk_move_id: UUID) -> str:
    """One's own part of a bulk move; of others on the list, nothing."""
    session, now = request_session(), request_time()
    move, member = _own(session, bulk_move_id)
    view = view_of(session, move, now)
    found = foreseen.changes_of(session, move, [member], now)[member.id]
    changes = [preview_item(one, None, view.exporting, None) for one in found]
    return render_template(
        "my_profile/moving_with_many.html",
        view=view,
        member=member,
        changes=changes,
        done=move.starts_at <= now,
        to_ask_for=_to_ask_for(view, changes),
        not_opened=_not_opened(session, view, changes),
        missing=_missing(member),
        wrong=[pay_item_words()[item] for item in paying.wrong_of(member)],
    )


def _missing(member: BulkMoveMember) -> list[str]:
    """What payroll lacks, until it says something of the first pay."""
    words = payroll_detail_words()
    return [words[one] for one in payroll_details.missing_of(member) if member.state in payroll_details.OPEN]


def _own(session: Session, move_id: UUID) -> tuple[BulkMove, BulkMoveMember]:
    for move, member in reading.of_person(session, signed_in_person()):
        if move.id == move_id:
            return move, member
    raise NotFound(_("There is no such bulk move."))


def _to_ask_for(view: BulkMoveView, changes: Iterable[PreviewItem]) -> list[tuple[str, str]]:
    """The apps that end with the move, each with where to ask for a role from the start date on."""
    if view.move.starts_at <= request_time():
        return []
    return [
        (one.app_name, asked_for_at(one.app_id, view.move.start_date))
        for one in changes
        if one.change is Change.ENDS and one.app_id is not None
    ]


def _not_opened(
    session: Session, view: BulkMoveView, changes: Iterable[PreviewItem]
) -> list[tuple[str, str]]:
    """The new department's apps that do not open by themselves, each with where to ask for a role."""
    move, now = view.move, request_time()
    if move.starts_at <= now:
        return []
    theirs = organisations.tree(session, now).subtree_of(move.importing_organisation_id)
    return [
        (one.app_name, asked_for_at(one.app_id, move.start_date))
        for one in unopened(session, changes, theirs, move.starts_at, now)
    ]
