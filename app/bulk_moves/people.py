"""The people of a bulk move: who is in, who is set apart and why, what became of each, leaving one out."""

from collections.abc import Sequence
from uuid import UUID

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.access import permissions, signed_in_person
from app.bulk_moves.blueprint import blueprint
from app.bulk_moves.forms import ReasonForm
from app.bulk_moves.presenting import (
    BulkMoveView,
    csv_rows,
    may_name,
    not_read_yet,
    officers_view,
    person_rows,
    reason_choices,
)
from app.bulk_moves.words import member_words
from app.csv_files import csv_file
from app.listed_names import known_name
from app.paging import PAGE_SIZE, asked_after, page_of
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.bulk_moves import leaving_out, reading
from profiles.bulk_moves.models import BulkMoveMember, MemberState
from profiles.bulk_moves.searching import found_by
from profiles.errors import Conflict, Invalid, NotFound
from profiles.roles.permissions import Permission, requires

LEAVING_OUT = "leaving_out"
"""Among the states that people are looked up by: of whom a second officer is asked."""
ANOTHER_START = "another_start"
"""And of whom it is said that they began on another day."""


@blueprint.get("/bulk-moves/<uuid:bulk_move_id>/people")
@requires(Permission.SEE_TRANSFERS)
def people(bulk_move_id: UUID) -> str:
    """Everybody on the list, or those who have come so far."""
    view, sides = officers_view(bulk_move_id)
    wanted = next((one for one in MemberState if one.value == request.args.get("state")), None)
    asked = request.args.get("state")
    text, why = request.args.get("q", ""), request.args.get("reason", "")
    grouped = reason_choices(view, sides)
    found: Sequence[BulkMoveMember] = ()
    if may_name(view, sides):
        found = reading.members_of(
            request_session(),
            bulk_move_id,
            states=[wanted] if wanted else [],
            reasons=grouped[why].reasons if why in grouped else (),
            found_by=found_by(view.move, sides, text, request_time()),
            leaving_out=asked == LEAVING_OUT,
            restarting=asked == ANOTHER_START,
            after=asked_after(),
            limit=PAGE_SIZE + 1,
        )
    page = page_of(found, lambda one: one.id)
    return render_template(
        "bulk_moves/people.html",
        view=view,
        rows=person_rows(view, page.rows, sides),
        not_read=not_read_yet(view, sides),
        page=page,
        is_asked=bool(text or asked or why),
        text=text,
        why=why if why in grouped else "",
        whys=[("", _("Set apart or not")), *((value, one.words) for value, one in grouped.items())],
        wanted=asked if asked in (LEAVING_OUT, ANOTHER_START) else wanted.value if wanted else "",
        states=[
            ("", _("Everybody")),
            *((one.value, text) for one, text in member_words().items()),
            (LEAVING_OUT, _("Asked to be left out")),
            (ANOTHER_START, _("Said to have begun on another day")),
        ],
    )


@blueprint.get("/bulk-moves/<uuid:bulk_move_id>/results.csv")
@requires(Permission.SEE_TRANSFERS)
def results(bulk_move_id: UUID) -> Response:
    """The result of each person, as CSV."""
    view, sides = officers_view(bulk_move_id)
    rows = csv_rows(view, sides) if may_name(view, sides) else ()
    return csv_file(("name", "number", "new_number", "result", "reason"), rows, "bulk-move-results.csv")


@blueprint.get("/bulk-moves/<uuid:bulk_move_id>/people/<uuid:member_id>/leave-out")
@requires(Permission.APPROVE_TRANSFER)
def leave_out(bulk_move_id: UUID, member_id: UUID) -> str:
    """Ask for the reason."""
    view, member = _member(bulk_move_id, member_id)
    return _ask(view, member, ReasonForm())


@blueprint.post("/bulk-moves/<uuid:bulk_move_id>/people/<uuid:member_id>/leave-out")
@requires(Permission.APPROVE_TRANSFER)
def submit_leaving_out(bulk_move_id: UUID, member_id: UUID) -> AnyResponse | tuple[str, int]:
    """Set one person apart, or ask a second officer to."""
    view, member = _member(bulk_move_id, member_id)
    form = ReasonForm()
    if not form.validate_on_submit():
        return _ask(view, member, form), 422
    left_out = leaving_out.leave_out(
        request_session(),
        request_time(),
        move_id=bulk_move_id,
        member_id=member_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
        words=form.reason.data or "",
        alone_up_to=current_app.config["SECOND_OFFICER_ABOVE"],
    )
    if left_out.leaving_out_by is None:
        return _back_to(bulk_move_id, MemberState.SET_APART.value, _left_out())
    said = _("A second officer of either department decides now. Until then they move with the others.")
    return _back_to(bulk_move_id, LEAVING_OUT, said)


@blueprint.get("/bulk-moves/<uuid:bulk_move_id>/people/<uuid:member_id>/left-out")
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def decide_leaving_out(bulk_move_id: UUID, member_id: UUID) -> str:
    """Who is to be left out, who asked for it and why, and the two answers."""
    view, member = _member(bulk_move_id, member_id)
    session, now = request_session(), request_time()
    asked_by = leaving_out.who_asked(view.move, member, now)
    return render_template(
        "bulk_moves/decide_leaving_out.html",
        view=view,
        member=member,
        name=known_name(session, member.person_id, now),
        asked_by=known_name(session, asked_by, now),
        is_own=permissions().are_of(asked_by),
        is_of_one_service=leaving_out.is_of_one_service(session, view.move, member, signed_in_person(), now),
    )


@blueprint.post("/bulk-moves/<uuid:bulk_move_id>/people/<uuid:member_id>/left-out")
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def submit_decision_on_leaving_out(bulk_move_id: UUID, member_id: UUID) -> AnyResponse:
    """Leave them out, or let them move after all."""
    decision = request.form.get("decision")
    if decision not in ("leave_out", "move"):
        raise Invalid(_("Choose whether they are left out or move with the others."), field="decision")
    leaves_out = decision == "leave_out"
    _member(bulk_move_id, member_id)
    leaving_out.decide(
        request_session(),
        request_time(),
        move_id=bulk_move_id,
        member_id=member_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
        leaves_out=leaves_out,
    )
    if leaves_out:
        return _back_to(bulk_move_id, MemberState.SET_APART.value, _left_out())
    return _back_to(bulk_move_id, MemberState.SCHEDULED.value, _("They move with the others."))


def _left_out() -> str:
    return _("They are left out. An ordinary transfer can move them.")


def _back_to(move_id: UUID, state: str, said: str) -> AnyResponse:
    flash(said, "success")
    return redirect(url_for("bulk_moves.people", bulk_move_id=move_id, state=state), 303)


def _member(move_id: UUID, member_id: UUID) -> tuple[BulkMoveView, BulkMoveMember]:
    """Somebody whom the reader may read on the list. Raises NotFound, and the same where they may not."""
    view, sides = officers_view(move_id)
    if not may_name(view, sides):
        raise NotFound(_("There is no such person on this list."))
    return view, reading.get_member(request_session(), view.move, member_id)


def _ask(view: BulkMoveView, member: BulkMoveMember, form: ReasonForm) -> str:
    if not leaving_out.may_be_left_out(view.move, member, request_time()):
        raise Conflict(_("They cannot be left out any more."))
    name = known_name(request_session(), member.person_id, request_time())
    waits = member.state is MemberState.SCHEDULED and current_app.config["SECOND_OFFICER_ABOVE"] < 1
    return render_template(
        "bulk_moves/leave_out.html", view=view, member=member, name=name, form=form, waits=waits
    )
