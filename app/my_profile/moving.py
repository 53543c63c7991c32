"""Moving to another department: the transfer code, and the employee's view of a transfer."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from uuid import UUID

from flask import current_app, flash, redirect, render_template, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from app.access import hold_session, signed_in_person
from app.display_formats import civil_date
from app.my_profile.blueprint import blueprint
from app.my_profile.invited import organisation_of
from app.my_profile.which_employment import WhichForm, which_form
from app.request_transaction import request_session, request_time
from app.transfers.dates_of_parts import transfer_timetable
from app.transfers.dates_words import about_dates
from app.transfers.missing_officers import rows_of
from app.transfers.presenting import (
    PreviewItem,
    TransferView,
    approval_rows,
    find_preview,
    history_rows,
    preview_items,
    task_rows,
    view_of,
    views_of,
)
from app.transfers.standstill import standstill_of
from app.transfers.unopened import asked_for_at, unopened
from app.translation import gettext as _
from profiles.entitlements.preview import Change
from profiles.errors import NotFound
from profiles.organisations import service as organisations
from profiles.roles.permissions import Demand, signed_in
from profiles.transfers import ending, interruptions, movable, service, states, tasks
from profiles.transfers.codes import make_code
from profiles.transfers.invited import accepted_by
from profiles.transfers.models import TaskKind, Transfer, TransferState
from profiles.transfers.waiting import waiting_of


@blueprint.get("/profile/transfer-code")
@signed_in(fresh=True, demand=Demand.AS_STRONG_AS_OWN)
def transfer_code() -> str:
    """What a transfer code does, and the button that makes one; below it the person's transfers."""
    return _show_transfer_code(which_form())


def _show_transfer_code(form: WhichForm | None) -> str:
    session, now = request_session(), request_time()
    mine = service.of_person(session, signed_in_person())
    return render_template(
        "my_profile/transfer_code.html",
        form=form,
        refusal=movable.why_none(session, signed_in_person(), now),
        transfers=views_of(session, mine, now),
        moving=any(one.in_flight for one in mine),
        hours=_life() // timedelta(hours=1),
        accepted=[(one, organisation_of(one)) for one in accepted_by(session, signed_in_person(), now)],
    )


@blueprint.post("/profile/transfer-code")
@signed_in(fresh=True, demand=Demand.AS_STRONG_AS_OWN)
def make_transfer_code() -> str | tuple[str, int]:
    """The code, shown this once."""
    hold_session(request_session())
    form = which_form()
    if form is not None and not form.validate_on_submit():
        return _show_transfer_code(form), 422
    chosen = form.chosen if form is not None else None
    code, kept = make_code(request_session(), signed_in_person(), request_time(), _life(), chosen)
    return render_template("my_profile/transfer_code_made.html", code=code, expires_at=kept.expires_at)


@blueprint.get("/profile/transfers/<uuid:transfer_id>")
@signed_in(here=True)
def transfer(transfer_id: UUID) -> str:
    """One's own transfer: where it stands, who is to act, and all that it changes."""
    session, now = request_session(), request_time()
    view = my_transfer(transfer_id)
    preview = find_preview(session, view.transfer, now, None)
    changes = preview_items(preview, view, None) if preview else []
    others = [one for one in waiting_of(session, view.transfer, (None,), now) if one.side is not None]
    return render_template(
        "my_profile/transfer.html",
        view=view,
        about_dates=about_dates(session, view.transfer, transfer_timetable()),
        tasks=task_rows(session, view, frozenset({None}), now, hrefs_of_employee(view)),
        to_do=to_do_of_employee(session, view),
        who=rows_of(session, others, view, now),
        approvals=approval_rows(session, view),
        history=history_rows(session, view, ()),
        standstill=standstill_of(session, view, (None,), now),
        changes=changes,
        to_ask_for=_to_ask_for(view.transfer, changes),
        not_opened=_not_opened(view.transfer, changes) if preview else [],
        needs_clearance=preview.needs_clearance if preview else (),
        may_withdraw=_may_withdraw(view.transfer),
    )


@blueprint.get("/profile/transfers/<uuid:transfer_id>/withdraw")
@signed_in(fresh=True)
def withdraw(transfer_id: UUID) -> str:
    """Ask whether to withdraw."""
    return render_template("my_profile/withdraw.html", view=my_transfer(transfer_id))


@blueprint.post("/profile/transfers/<uuid:transfer_id>/withdraw")
@signed_in(fresh=True)
def submit_withdrawal(transfer_id: UUID) -> Response:
    """Withdraw; nothing changes for the person."""
    my_transfer(transfer_id)
    ending.withdraw(request_session(), request_time(), transfer_id=transfer_id, person_id=signed_in_person())
    flash(_("You have withdrawn. Nothing changes for you."), "success")
    return redirect(url_for("my_profile.transfer", transfer_id=transfer_id), 303)


def _to_ask_for(found: Transfer, changes: Iterable[PreviewItem]) -> list[tuple[str, str]]:
    """The apps that end with the move, each with where to ask for a role from the start date on."""
    if not found.in_flight:
        return []
    return [
        (one.app_name, asked_for_at(one.app_id, found.start_date))
        for one in changes
        if one.change is Change.ENDS and one.app_id is not None
    ]


def _not_opened(found: Transfer, changes: Iterable[PreviewItem]) -> list[tuple[str, str]]:
    """The new department's apps that do not open by themselves, each with where to ask for a role."""
    if not found.in_flight:
        return []
    session, now = request_session(), request_time()
    theirs = organisations.tree(session, now).subtree_of(found.importing_organisation_id)
    return [
        (one.app_name, asked_for_at(one.app_id, found.start_date))
        for one in unopened(session, changes, theirs, max(now, found.join_at), now)
    ]


def my_transfer(transfer_id: UUID) -> TransferView:
    """The person's own transfer; of others', HR's view of them included, nothing is said here."""
    session = request_session()
    for one in service.of_person(session, signed_in_person()):
        if one.id == transfer_id:
            return view_of(session, one, request_time())
    raise NotFound("There is no such transfer.")


def to_do_of_employee(session: Session, view: TransferView) -> list[dict[str, str]]:
    """What waits for the employee: the page of each thing, what it is and by when."""
    if not view.transfer.in_flight:
        return []
    hrefs = hrefs_of_employee(view)
    return [
        {"href": hrefs[task.kind], "what": _to_do()[task.kind], "due": civil_date(task.due_on)}
        for task in tasks.of_transfer(session, view.transfer.id)
        if task.kind in hrefs and task.done_at is None
    ]


def hrefs_of_employee(view: TransferView) -> Mapping[TaskKind, str]:
    """Where the employee does each of their tasks."""
    transfer_id = view.transfer.id
    return {
        TaskKind.EMPLOYEE_DETAILS: url_for("my_profile.details", transfer_id=transfer_id),
        TaskKind.TERMS: url_for("my_profile.terms", transfer_id=transfer_id),
        TaskKind.SIGN_IN: url_for("my_profile.first_morning_of", transfer_id=transfer_id),
    }


def _to_do() -> Mapping[TaskKind, str]:
    return {
        TaskKind.EMPLOYEE_DETAILS: _("Confirm your details"),
        TaskKind.TERMS: _("Accept what you are offered"),
        TaskKind.SIGN_IN: _("Say how you sign in on your first morning"),
    }


def _may_withdraw(found: Transfer) -> bool:
    if not states.allows(found.regime, found.state, TransferState.WITHDRAWN):
        return False
    if found.state is TransferState.SCHEDULED:
        return found.leave_at > request_time()
    stopped = interruptions.find_open(request_session(), found.id)
    if stopped is not None:
        return stopped.resumes_to is not TransferState.LEFT
    return found.state is TransferState.IN_PROGRESS


def _life() -> timedelta:
    """How long a code lives."""
    life: timedelta = current_app.config["TRANSFER_CODE_LIFE"]
    return life
