"""Moving people back: a bulk move that has happened prepares another one the other way."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.bulk_moves.blueprint import blueprint
from app.bulk_moves.forms import BackForm
from app.bulk_moves.presenting import BulkMoveView, called, officers_view
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.choices import Choice
from app.transfers.forms import show_refusal
from app.translation import gettext as _
from profiles.bulk_moves import reversing
from profiles.bulk_moves.models import BulkMove
from profiles.bulk_moves.states import ENDED
from profiles.entitlements.explanation import with_article
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.roles.permissions import Permission, requires


@dataclass(frozen=True)
class WayBack:
    """What can be said of moving people back: a button or words why not, and the moves that do so."""

    choices: list[Choice]
    reversals: list[tuple[str, str]]


@blueprint.get("/bulk-moves/<uuid:bulk_move_id>/back")
@requires(Permission.PREPARE_TRANSFER)
def move_back(bulk_move_id: UUID) -> str:
    """Ask where to, where there are several, and when."""
    view, origins = _reversible(bulk_move_id)
    return _ask(view, origins, BackForm(_named(view, origins)))


@blueprint.post("/bulk-moves/<uuid:bulk_move_id>/back")
@requires(Permission.PREPARE_TRANSFER)
def submit_moving_back(bulk_move_id: UUID) -> Response | tuple[str, int]:
    """Draft the list; nothing changes for anybody before both organisations have agreed."""
    view, origins = _reversible(bulk_move_id)
    form = BackForm(_named(view, origins))
    if not form.validate_on_submit() or form.start_date.data is None:
        return _ask(view, origins, form), 422
    try:
        move = reversing.reverse(
            request_session(),
            request_time(),
            move_id=bulk_move_id,
            officer_id=signed_in_person(),
            permissions=permissions(),
            origin_id=UUID(form.origin_id.data),
            start_date=form.start_date.data,
        )
    except Invalid as refused:
        roll_back()
        show_refusal(form, refused)
        return _ask(view, origins, form), 422
    flash(_("The list is drafted. Officers of both departments agree to it now."), "success")
    return redirect(url_for("bulk_moves.bulk_move", bulk_move_id=move.id), 303)


def way_back(view: BulkMoveView) -> WayBack:
    """Whether the officer can move its people back, or why not; nothing of a move that is not over."""
    session, now, move = request_session(), request_time(), view.move
    reversals = reversing.reversals_of(session, move)
    links = [
        (
            _(
                "To %(organisation)s",
                organisation=with_article(called(session, one.importing_organisation_id, one, now)),
            ),
            url_for("bulk_moves.bulk_move", bulk_move_id=one.id),
        )
        for one in reversals
    ]
    if not reversing.has_happened(move, now) or not reversing.may_reverse(move, permissions()):
        return WayBack([], links)
    origins = reversing.origins_of(session, move, now)
    made = []
    if any(one.exists for one in _open(origins, reversals)):
        href = url_for("bulk_moves.move_back", bulk_move_id=move.id)
        made.append(Choice(_("Move these people back"), href, "secondary"))
    made += [
        Choice(
            _(
                "%(organisation)s has ended, so nobody can be moved back to it. Draft a bulk move to the "
                "organisation that is to have them now.",
                organisation=called(session, one.organisation_id, move, now),
            )
        )
        for one in origins
        if not one.exists
    ]
    return WayBack(made, links)


def _open(origins: Sequence[reversing.Origin], reversals: Sequence[BulkMove]) -> list[reversing.Origin]:
    """Those to which no move back is under way."""
    under_way = {one.importing_organisation_id for one in reversals if one.state not in ENDED}
    return [one for one in origins if one.organisation_id not in under_way]


def _reversible(move_id: UUID) -> tuple[BulkMoveView, list[reversing.Origin]]:
    session, now = request_session(), request_time()
    view, _sides = officers_view(move_id)
    if not reversing.may_reverse(view.move, permissions()):
        raise NotPermitted(_("You may not prepare bulk moves for either department."))
    reversals = reversing.reversals_of(session, view.move)
    origins = reversing.origins_of(session, view.move, now)
    there = [one for one in _open(origins, reversals) if one.exists]
    if not reversing.has_happened(view.move, now) or not there:
        raise Conflict(_("Nobody can be moved back by this bulk move now."))
    return view, there


def _named(view: BulkMoveView, origins: list[reversing.Origin]) -> list[tuple[str, str, int]]:
    session = request_session()
    return [
        (
            str(one.organisation_id),
            called(session, one.organisation_id, view.move, request_time()),
            one.people,
        )
        for one in origins
    ]


def _ask(view: BulkMoveView, origins: list[reversing.Origin], form: BackForm) -> str:
    only = _named(view, origins)[0][1] if len(origins) == 1 else None
    return render_template("bulk_moves/move_back.html", view=view, form=form, only=only)
