"""What a line manager or a security officer alone can say of somebody's move, each on a page of its own."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlmodel import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, RadioField
from wtforms.validators import InputRequired

from app.access import permissions, signed_in_person
from app.bulk_moves.pay_correcting import corrected_pay_rows
from app.display_formats import civil_date
from app.listed_names import listed_name
from app.portable_profile.words import statuses
from app.request_transaction import request_session, request_time
from app.transfers.blueprint import blueprint
from app.transfers.changed import changed_lines
from app.transfers.presenting import TransferView, view_of, views_of
from app.translation import gettext as _
from app.widgets import Checkbox, Radios, SelectChoice
from profiles.roles.permissions import Demand, Permission, requires, signed_in
from profiles.temporal import civil_date as day_of
from profiles.transfers import clearance, managers, owners, pay_corrections, shown, tasks
from profiles.transfers.models import Side, TaskKind, Transfer, TransferTask

CORRECTION_WITHIN = timedelta(days=7)
"""How long payroll has for what was corrected after a start."""
_PAGES = {
    TaskKind.CLEARANCE: "transfers.clearance_of",
    TaskKind.LINE_MANAGER: "transfers.line_manager",
    TaskKind.FIRST_DAY: "transfers.first_day",
    TaskKind.CLEARANCE_READY: "transfers.required_clearance",
    TaskKind.PAYROLL_DETAILS: "transfers.payroll_details",
    TaskKind.FIRST_PAY: "transfers.first_pay",
}


class ManagerForm(FlaskForm):  # type: ignore[misc]
    """What the line manager confirms, each by itself."""

    no_loan = BooleanField(
        _l("They are on no loan, or it ends by the last day"),
        [InputRequired(_l("Confirm that no loan goes on"))],
        widget=Checkbox(),
    )
    probation_done = BooleanField(
        _l("Their probation is over, or the vacancy is open to people on probation"),
        [InputRequired(_l("Confirm that probation does not stand against it"))],
        widget=Checkbox(),
    )
    no_warning = BooleanField(
        _l("No misconduct warning is live, and no case is open"),
        [InputRequired(_l("Confirm that no warning is live"))],
        widget=Checkbox(),
    )
    date_agreed = BooleanField(
        _l("I agree with the last day"),
        [InputRequired(_l("Confirm that you agree with the last day"))],
        widget=Checkbox(),
    )


class FirstDayForm(FlaskForm):  # type: ignore[misc]
    """What the new line manager has arranged, each by itself."""

    place_ready = BooleanField(
        _l("A place of work, a laptop and a pass are ready for the first day"),
        [InputRequired(_l("Confirm that place, laptop and pass are ready"))],
        widget=Checkbox(),
    )
    told = BooleanField(
        _l("They know where to come, when, and whom to ask for"),
        [InputRequired(_l("Confirm that they know where to come"))],
        widget=Checkbox(),
    )


class ClearanceForm(FlaskForm):  # type: ignore[misc]
    """Whether the clearance goes along."""

    released = RadioField(
        _l("Do you release the clearance to the new department?"),
        [InputRequired(_l("Say whether you release the clearance"))],
        description=_l(
            "Released, the new department sponsors it from the start date. Otherwise it lapses on the last "
            "day and cannot be used in the new department."
        ),
        widget=Radios(),
    )

    def __init__(self) -> None:
        super().__init__()
        self.released.choices = [
            SelectChoice("yes", _("Yes, release it")),
            SelectChoice("no", _("No, let it lapse on the last day")),
        ]


@blueprint.get("/transfer-tasks")
@signed_in(here=True)
def own_tasks() -> str:
    """The moves that wait for the reader as line manager or security officer, and what is late."""
    rows = own_task_rows(request_session(), signed_in_person(), request_time())
    pays = permissions().anywhere(Permission.CONFIRM_PAY)
    return render_template("transfers/own_tasks.html", rows=rows, pays=pays)


def own_task_rows(session: Session, person_id: UUID, now: datetime) -> list[dict[str, Any]]:
    """A row for each task of others' moves that is the reader's: manager's, security's or payroll's."""
    found = owners.waiting_for(session, person_id, permissions(), now)
    corrected = pay_corrections.waiting_for(session, person_id, permissions())
    return (
        _blocked_rows(session, owners.blocked_for(session, person_id, permissions()), now)
        + _correction_rows(session, corrected, now)
        + _of_many(session, person_id, now)
        + [
            {
                "href": url_for(_PAGES[task.kind], transfer_id=view.transfer.id),
                "name": view.name,
                "what": _what_words(session, task, person_id, now),
                "due": civil_date(task.due_on),
                "late": task.due_on < day_of(now),
                "whose": view.importing if task.side is Side.IMPORTING else view.exporting,
            }
            for (_transfer, task), view in zip(
                found, views_of(session, [one for one, _task in found], now), strict=True
            )
        ]
    )


def _what_words(session: Session, task: TransferTask, person_id: UUID, now: datetime) -> str:
    what = _titles()[task.kind]
    absent = _absent(session, task, person_id, now)
    return _("%(what)s, for %(name)s", what=what, name=absent) if absent else what


def _absent(session: Session, task: TransferTask, person_id: UUID, now: datetime) -> str:
    """The name of the line manager for whom the reader does this, where they stand in for one."""
    if task.kind not in managers.TASK_OF.values() or task.owner_id in (None, person_id):
        return ""
    return listed_name(session, task.owner_id, now)


def _blocked_rows(session: Session, found: Sequence[Transfer], now: datetime) -> list[dict[str, Any]]:
    """A row for each move that stands still for a security officer, with where they decide."""
    return [
        {
            "href": url_for("people.person", person_id=view.transfer.person_id),
            "name": view.name,
            "what": _("The move is blocked: decide on the clearance or the account"),
            "due": civil_date(view.transfer.last_day),
            "late": view.transfer.last_day < day_of(now),
            "whose": view.exporting,
        }
        for view in views_of(session, found, now)
    ]


def _of_many(session: Session, person_id: UUID, now: datetime) -> list[dict[str, Any]]:
    """A row for each list of those who came by a bulk move."""
    return [row | _taking_up(row["since"], now) for row in corrected_pay_rows(session, person_id, now)]


def _taking_up(since: datetime, now: datetime) -> dict[str, Any]:
    return {
        "what": _("Take up what was corrected after the start"),
        "due": civil_date(since + CORRECTION_WITHIN),
        "late": since + CORRECTION_WITHIN < now,
    }


def _correction_rows(
    session: Session, found: Sequence[pay_corrections.Waiting], now: datetime
) -> list[dict[str, Any]]:
    views = views_of(session, [one.transfer for one in found], now)
    return [
        {
            "href": url_for(
                "transfers.pay_correction", transfer_id=one.transfer.id, side=one.correction.side.value
            ),
            "name": view.name,
            "whose": view.organisation_of(one.correction.side),
            **_taking_up(one.correction.noticed_at, now),
        }
        for one, view in zip(found, views, strict=True)
    ]


@blueprint.get("/transfers/<uuid:transfer_id>/line-manager")
@signed_in(fresh=True, demand=Demand.AS_STRONG_AS_OWN)
def line_manager(transfer_id: UUID) -> Response:
    """What the line manager confirms."""
    return _show_manager(view_for_owner(transfer_id, TaskKind.LINE_MANAGER), ManagerForm())


@blueprint.post("/transfers/<uuid:transfer_id>/line-manager")
@signed_in(fresh=True, demand=Demand.AS_STRONG_AS_OWN)
def confirm_as_manager(transfer_id: UUID) -> Response:
    """Nothing stands against the move."""
    view, form = view_for_owner(transfer_id, TaskKind.LINE_MANAGER), ManagerForm()
    _leave_out_what_is_settled(view, form)
    if not form.validate_on_submit():
        return _show_manager(view, form, 422)
    seen = shown.to_line_manager(view.transfer)
    changed = changed_lines(shown.differences(seen, request.form.get("shown", "")))
    if changed:
        return _show_manager(view, form, 409, changed)
    managers.confirm(request_session(), request_time(), transfer_id=transfer_id, person_id=signed_in_person())
    flash(_("You have confirmed for %(name)s.", name=view.name), "success")
    return redirect(url_for("transfers.own_tasks"), 303)


@blueprint.get("/transfers/<uuid:transfer_id>/first-day")
@signed_in(here=True)
def first_day(transfer_id: UUID) -> Response:
    """What the new line manager arranges."""
    return _show_first_day(view_for_owner(transfer_id, TaskKind.FIRST_DAY), FirstDayForm())


@blueprint.post("/transfers/<uuid:transfer_id>/first-day")
@signed_in(here=True)
def arrange_first_day(transfer_id: UUID) -> Response:
    """It is arranged."""
    view, form = view_for_owner(transfer_id, TaskKind.FIRST_DAY), FirstDayForm()
    if not form.validate_on_submit():
        return _show_first_day(view, form, 422)
    managers.arrange_first_day(
        request_session(), request_time(), transfer_id=transfer_id, person_id=signed_in_person()
    )
    flash(_("You have confirmed for %(name)s.", name=view.name), "success")
    return redirect(url_for("transfers.own_tasks"), 303)


@blueprint.get("/transfers/<uuid:transfer_id>/clearance")
@requires(Permission.MANAGE_CLEARANCES, fresh=True)
def clearance_of(transfer_id: UUID) -> Response:
    """The clearances that the old department sponsors, and whether they go along."""
    return _show_clearance(view_for_owner(transfer_id, TaskKind.CLEARANCE), ClearanceForm())


@blueprint.post("/transfers/<uuid:transfer_id>/clearance")
@requires(Permission.MANAGE_CLEARANCES, fresh=True)
def decide_clearance(transfer_id: UUID) -> Response:
    """Release it, or let it lapse."""
    view, form = view_for_owner(transfer_id, TaskKind.CLEARANCE), ClearanceForm()
    if not form.validate_on_submit():
        return _show_clearance(view, form, 422)
    clearance.decide(
        request_session(),
        request_time(),
        transfer_id=transfer_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
        released=form.released.data == "yes",
    )
    flash(_("You have decided on the clearance of %(name)s.", name=view.name), "success")
    return redirect(url_for("transfers.own_tasks"), 303)


def _titles() -> Mapping[TaskKind, str]:
    return {
        TaskKind.CLEARANCE: _("Release the clearance or not"),
        TaskKind.LINE_MANAGER: _("Confirm as line manager"),
        TaskKind.FIRST_DAY: _("Arrange the first day"),
        TaskKind.CLEARANCE_READY: _("Say how the clearance stands that the new post needs"),
        TaskKind.PAYROLL_DETAILS: _("Take up what pay depends on"),
        TaskKind.FIRST_PAY: _("Confirm first pay, leave and pension"),
    }


def view_for_owner(transfer_id: UUID, kind: TaskKind) -> TransferView:
    """The transfer for who does this task of it; to everybody else there is none."""
    session, now = request_session(), request_time()
    found = owners.get_for(session, transfer_id, kind, signed_in_person(), permissions(), now)
    return view_of(session, found, now)


def _leave_out_what_is_settled(view: TransferView, form: ManagerForm) -> None:
    """After the policy date nobody is asked whether they agree with the last day."""
    if view.transfer.date_settled_at is not None and "date_agreed" in form:
        del form.date_agreed


def _show_manager(
    view: TransferView, form: ManagerForm, status: int = 200, changed: Sequence[str] = ()
) -> Response:
    _leave_out_what_is_settled(view, form)
    task = tasks.get(request_session(), view.transfer, TaskKind.LINE_MANAGER)
    page = render_template(
        "transfers/line_manager.html",
        view=view,
        form=form,
        task=task,
        absent=_absent(request_session(), task, signed_in_person(), request_time()),
        shown=shown.packed(shown.to_line_manager(view.transfer)),
        changed=changed,
    )
    return Response(page, status, mimetype="text/html")


def _show_first_day(view: TransferView, form: FirstDayForm, status: int = 200) -> Response:
    task = tasks.get(request_session(), view.transfer, TaskKind.FIRST_DAY)
    is_open = task.done_at is None and view.transfer.state in managers.STILL_TO_JOIN
    page = render_template(
        "transfers/first_day.html",
        view=view,
        form=form,
        task=task,
        is_open=is_open,
        absent=_absent(request_session(), task, signed_in_person(), request_time()),
    )
    return Response(page, status, mimetype="text/html")


def _show_clearance(view: TransferView, form: ClearanceForm, status: int = 200) -> Response:
    session, now = request_session(), request_time()
    rows = [
        (one.level.value, statuses()[one.status], civil_date(one.expires_on) if one.expires_on else "–")
        for one in [clearance.find_asked(session, view.transfer, now)]
        if one is not None
    ]
    task = tasks.get(session, view.transfer, TaskKind.CLEARANCE)
    page = render_template("transfers/clearance.html", view=view, form=form, rows=rows, task=task)
    return Response(page, status, mimetype="text/html")
