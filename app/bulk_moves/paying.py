"""Payroll of the new organisation confirms the first pays after a bulk move."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.bulk_moves.blueprint import blueprint
from app.bulk_moves.presenting import view_of
from app.bulk_moves.words import member_words
from app.listed_names import listed_name
from app.paging import PAGE_SIZE, asked_after, page_of
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.bulk_moves import paying, reading
from profiles.bulk_moves.models import BulkMoveState, MemberState
from profiles.errors import Invalid, NotFound
from profiles.roles.permissions import Permission, requires

STATES = (MemberState.PAY_WRONG, MemberState.JOINED)


@blueprint.get("/bulk-moves/first-pays")
@requires(Permission.CONFIRM_PAY)
def first_pays() -> str:
    """The bulk moves into the organisations that the officer pays for, newest first."""
    session, now = request_session(), request_time()
    found = reading.list_for(session, permissions(), asked_after(), PAGE_SIZE + 1)
    page = page_of(found, lambda one: one.id)
    return render_template(
        "bulk_moves/first_pays.html",
        moves=[view_of(session, one, now) for one in page.rows if paying.may_pay(one, permissions())],
        page=page,
    )


@blueprint.get("/bulk-moves/<uuid:bulk_move_id>/first-pays")
@blueprint.get("/bulk-moves/<uuid:bulk_move_id>/first-pays/rest", endpoint="back_to_first_pays")
@requires(Permission.CONFIRM_PAY)
def pays_of_move(bulk_move_id: UUID) -> str:
    """Whose first pay is wrong, and of whom nothing was said yet."""
    session, now = request_session(), request_time()
    move = reading.get_for(session, bulk_move_id, permissions())
    if not paying.may_pay(move, permissions()):
        raise NotFound(_("There is no such bulk move."))
    wanted = next((one for one in STATES if one.value == request.args.get("state")), None)
    found = reading.members_of(
        session,
        bulk_move_id,
        states=[wanted] if wanted else STATES,
        after=asked_after(),
        limit=PAGE_SIZE + 1,
    )
    page = page_of(found, lambda one: one.id)
    words = {**member_words(), MemberState.JOINED: _("Nothing said yet")}
    counts = reading.counts_of(session, bulk_move_id)
    return render_template(
        "bulk_moves/first_pays_of.html",
        view=view_of(session, move, now),
        rows=[
            {
                "member": one,
                "name": listed_name(session, one.person_id, now),
                "state": words[one.state],
                "own": permissions().are_of(one.person_id),
            }
            for one in page.rows
        ],
        page=page,
        counts=[(words[state], f"{counts.get(state, 0):,}") for state in (*STATES, MemberState.PAID)],
        is_open=move.state is BulkMoveState.RECONCILING,
        left=counts.get(MemberState.JOINED, 0),
    )


@blueprint.post("/bulk-moves/<uuid:bulk_move_id>/first-pays/rest")
@requires(Permission.CONFIRM_PAY, fresh=True)
def confirm_rest(bulk_move_id: UUID) -> Response:
    """The first pay of everybody of whom nothing was said is right."""
    paying.record_rest_right(
        request_session(),
        request_time(),
        move_id=bulk_move_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
    )
    flash(_("Their first pays are confirmed."), "success")
    return _back(bulk_move_id)


@blueprint.get("/bulk-moves/<uuid:bulk_move_id>/first-pays/<uuid:member_id>")
@requires(Permission.CONFIRM_PAY)
def back_to_pays(bulk_move_id: UUID, member_id: UUID) -> Response:
    """Where somebody comes back to who had to sign in again before pressing a button there."""
    return _back(bulk_move_id)


@blueprint.post("/bulk-moves/<uuid:bulk_move_id>/first-pays/<uuid:member_id>")
@requires(Permission.CONFIRM_PAY, fresh=True)
def record_pay(bulk_move_id: UUID, member_id: UUID) -> Response:
    """Say of one person whether the first pay is right."""
    said = request.form.get("right")
    if said not in ("yes", "no"):
        raise Invalid(_("Choose whether the first pay is right."), field="right")
    right = said == "yes"
    paying.record_pay(
        request_session(),
        request_time(),
        move_id=bulk_move_id,
        member_id=member_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
        right=right,
    )
    flash(
        _("The first pay is right.") if right else _("The first pay is wrong: it stays listed here."),
        "success",
    )
    return _back(bulk_move_id)


def _back(move_id: UUID) -> Response:
    return redirect(url_for("bulk_moves.pays_of_move", bulk_move_id=move_id), 303)
