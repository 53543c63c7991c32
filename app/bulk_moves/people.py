"""The people of a bulk move: who is in, who is set apart and why, what became of each, leaving one out."""

from collections.abc import Sequence
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.access import permissions, signed_in_person
from app.bulk_moves.blueprint import blueprint
from app.bulk_moves.forms import ReasonForm
from app.bulk_moves.presenting import BulkMoveView, csv_rows, may_name, officers_view, person_rows
from app.bulk_moves.words import member_words
from app.csv_files import csv_file
from app.listed_names import listed_name
from app.paging import PAGE_SIZE, asked_after, page_of
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.bulk_moves import agreeing, reading
from profiles.bulk_moves.models import BulkMoveMember, MemberState
from profiles.roles.permissions import Permission, requires


@blueprint.get("/bulk-moves/<uuid:bulk_move_id>/people")
@requires(Permission.SEE_TRANSFERS)
def people(bulk_move_id: UUID) -> str:
    """Everybody on the list, or those who have come so far."""
    view, sides = officers_view(bulk_move_id)
    wanted = next((one for one in MemberState if one.value == request.args.get("state")), None)
    found: Sequence[BulkMoveMember] = ()
    if may_name(view, sides):
        found = reading.members_of(
            request_session(),
            bulk_move_id,
            states=[wanted] if wanted else [],
            after=asked_after(),
            limit=PAGE_SIZE + 1,
        )
    page = page_of(found, lambda one: one.id)
    return render_template(
        "bulk_moves/people.html",
        view=view,
        rows=person_rows(view, page.rows, sides),
        page=page,
        wanted=wanted.value if wanted else "",
        states=[("", _("Everybody")), *((one.value, text) for one, text in member_words().items())],
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
    """Set one person apart."""
    view, member = _member(bulk_move_id, member_id)
    form = ReasonForm()
    if not form.validate_on_submit():
        return _ask(view, member, form), 422
    agreeing.leave_out(
        request_session(),
        request_time(),
        move_id=bulk_move_id,
        member_id=member_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
        words=form.reason.data or "",
    )
    flash(_("They are left out. An ordinary transfer can move them."), "success")
    return redirect(url_for("bulk_moves.people", bulk_move_id=bulk_move_id, state="set_apart"), 303)


def _member(move_id: UUID, member_id: UUID) -> tuple[BulkMoveView, BulkMoveMember]:
    view, _sides = officers_view(move_id)
    return view, reading.get_member(request_session(), view.move, member_id)


def _ask(view: BulkMoveView, member: BulkMoveMember, form: ReasonForm) -> str:
    name = listed_name(request_session(), member.person_id, request_time())
    return render_template("bulk_moves/leave_out.html", view=view, member=member, name=name, form=form)
