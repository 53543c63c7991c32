"""Somebody of a bulk move began on another day: the new organisation says so, the old one agrees or not."""

from datetime import date
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.bulk_moves.blueprint import blueprint
from app.bulk_moves.forms import BeganForm
from app.bulk_moves.presenting import BulkMoveView, officers_view
from app.listed_names import employers_name, known_name
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.dates_of_parts import transfer_timetable
from app.transfers.forms import show_refusal
from app.translation import gettext as _
from profiles.bulk_moves import reading, restarting
from profiles.bulk_moves.models import BulkMoveMember
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.roles.permissions import Permission, requires

PATH = "/bulk-moves/<uuid:bulk_move_id>/people/<uuid:member_id>/start"


@blueprint.get(PATH)
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def restart(bulk_move_id: UUID, member_id: UUID) -> Response:
    """Ask for the day."""
    view, member = _asking(bulk_move_id, member_id)
    return _ask(view, member, _form())


@blueprint.post(PATH)
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def submit_restart(bulk_move_id: UUID, member_id: UUID) -> Response:
    """Ask the old organisation whether it agrees to the day."""
    view, member = _asking(bulk_move_id, member_id)
    form = _form()
    if not form.validate_on_submit() or form.start_date.data is None:
        return _ask(view, member, form, 422)
    try:
        restarting.ask(
            request_session(),
            request_time(),
            move_id=bulk_move_id,
            member_id=member_id,
            officer_id=signed_in_person(),
            permissions=permissions(),
            start_date=form.start_date.data,
            timetable=transfer_timetable(),
        )
    except Invalid as refused:
        roll_back()
        show_refusal(form, refused)
        return _ask(*_asking(bulk_move_id, member_id), form, 422)
    flash(_("It waits for an answer. Until then the record stays as it is."), "success")
    return _to_people(bulk_move_id)


@blueprint.get(f"{PATH}/answer")
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def answer_restart(bulk_move_id: UUID, member_id: UUID) -> str:
    """What is said, beside what is recorded, and the answers that the reader may give."""
    view, member = _answering(bulk_move_id, member_id)
    session, now = request_session(), request_time()
    try:
        restarting.check_may_agree(session, view.move, member, signed_in_person(), permissions(), now)
        why_not = ""
    except NotPermitted as refused:
        why_not = refused.message
    return render_template(
        "bulk_moves/answer_restart.html",
        view=view,
        member=member,
        name=employers_name(session, member.person_id, now, view.move.starts_at),
        asked_by=known_name(session, member.restart_by, now) if member.restart_by else "",
        recorded=_recorded(view, member),
        why_not=why_not,
        shown=restarting.shown(member),
    )


@blueprint.post(f"{PATH}/answer")
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def submit_answer(bulk_move_id: UUID, member_id: UUID) -> Response:
    """Correct the record, or leave it as it is."""
    _answering(bulk_move_id, member_id)
    agreed = request.form.get("agreed") == "yes"
    restarting.answer(
        request_session(),
        request_time(),
        move_id=bulk_move_id,
        member_id=member_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
        agreed=agreed,
        seen=request.form.get("shown", ""),
        timetable=transfer_timetable(),
    )
    if agreed:
        words = _("The record says the other day now. Payroll of both organisations is told.")
    else:
        words = _("The day stays as it is recorded.")
    flash(words, "success")
    return _to_people(bulk_move_id)


def _form() -> BeganForm:
    return BeganForm(transfer_timetable().backdate_days)


def _asking(move_id: UUID, member_id: UUID) -> tuple[BulkMoveView, BulkMoveMember]:
    view, member = _theirs(move_id, member_id)
    if not restarting.may_ask(view.move, member, permissions()):
        raise NotFound(_("Nothing can be said of their start here."))
    return view, member


def _answering(move_id: UUID, member_id: UUID) -> tuple[BulkMoveView, BulkMoveMember]:
    view, member = _theirs(move_id, member_id)
    if member.restart_on is None:
        raise Conflict(_("Nothing waits to be decided here."))
    if not restarting.may_answer(request_session(), view.move, member, permissions(), request_time()):
        raise NotFound(_("Nothing can be said of their start here."))
    return view, member


def _theirs(move_id: UUID, member_id: UUID) -> tuple[BulkMoveView, BulkMoveMember]:
    view, _sides = officers_view(move_id)
    member = reading.get_member(request_session(), view.move, member_id)
    if permissions().are_of(member.person_id) or member.person_id == signed_in_person():
        raise NotPermitted(_("A colleague must decide on your own move."))
    return view, member


def _recorded(view: BulkMoveView, member: BulkMoveMember) -> date | None:
    return restarting.recorded_start(request_session(), view.move, member, request_time())


def _ask(view: BulkMoveView, member: BulkMoveMember, form: BeganForm, status: int = 200) -> Response:
    page = render_template(
        "bulk_moves/restart.html",
        view=view,
        member=member,
        name=known_name(request_session(), member.person_id, request_time()),
        recorded=_recorded(view, member),
        form=form,
    )
    return Response(page, status, mimetype="text/html")


def _to_people(move_id: UUID) -> Response:
    return redirect(url_for("bulk_moves.people", bulk_move_id=move_id), 303)
