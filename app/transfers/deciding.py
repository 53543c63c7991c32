"""Approving and refusing a transfer, each on a page of its own."""

from datetime import datetime
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.first_morning import names_of_ways_in
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.blueprint import blueprint
from app.transfers.changed import changed_lines
from app.transfers.choices import Choice, asking_choices, stopping_choices
from app.transfers.forms import ConfirmForm, ReasonForm, ReleaseForm, show_refusal
from app.transfers.handing_on import HandingOn, handing_on
from app.transfers.missing_officers import missing_lines
from app.transfers.presenting import TransferView, find_preview, preview_items, view_of
from app.transfers.scales import doubt_about_salary, offered_scales
from app.transfers.turning import turn_if_due
from app.transfers.unopened import unopened_names
from app.translation import gettext as _
from identity.context import current
from profiles.entitlements.explanation import with_article
from profiles.errors import Invalid, NotFound, ProfileError
from profiles.roles.permissions import Permission, requires
from profiles.roles.service import Permissions
from profiles.transfers import ending, policy, service, shown, tasks
from profiles.transfers.models import Side, Transfer, TransferState


def choices_for(
    session: Session, transfer: Transfer, person_id: UUID, allowed: Permissions, now: datetime
) -> list[Choice]:
    """What an officer can do next with a transfer."""
    view = view_of(session, transfer, now)
    decides = [
        side
        for side in sorted(policy.sides_of(transfer, allowed))
        if allowed.allows(Permission.APPROVE_TRANSFER, policy.organisation_of(transfer, side))
    ]
    made: list[Choice] = []
    for side in decides if person_id != transfer.person_id else ():
        made += asking_choices(session, transfer, side, now)
    if transfer.state is TransferState.IN_PROGRESS:
        for side in decides:
            made += _approving(session, view, side, person_id, allowed)
    if person_id != transfer.person_id:
        made += stopping_choices(session, view, decides, allowed, now)
    return made


def _approving(
    session: Session, view: TransferView, side: Side, person_id: UUID, allowed: Permissions
) -> list[Choice]:
    try:
        service.check_may_approve(session, view.transfer, side, person_id, allowed, request_time())
        service.check_dates(view.transfer, request_time())
        _check_tasks(session, view, allowed)
    except ProfileError as refused:
        return [Choice(_(refused.message))]
    href = url_for("transfers.approve", transfer_id=view.transfer.id, side=side.value)
    return [
        Choice(_("Approve for %(organisation)s", organisation=with_article(view.organisation_of(side))), href)
    ]


@blueprint.get("/transfers/<uuid:transfer_id>/approve")
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def approve(transfer_id: UUID) -> Response:
    """What the approval changes, and the form."""
    view, side = deciding_view(transfer_id)
    _check_may_approve(view, side)
    return _show_approval(view, side, _approval_form(view, side))


@blueprint.post("/transfers/<uuid:transfer_id>/approve")
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def submit_approval(transfer_id: UUID) -> Response:
    """Approve; where that schedules a move that has begun already, access turns in this very request."""
    view, side = deciding_view(transfer_id)
    _check_may_approve(view, side)
    form = _approval_form(view, side)
    if not form.validate_on_submit():
        return _show_approval(view, side, form, 422)
    session, now = request_session(), request_time()
    if _changed(view, side):
        return _show_approval(view, side, form, 409)
    try:
        transfer = service.approve(
            session,
            now,
            transfer_id=transfer_id,
            side=side,
            officer_id=signed_in_person(),
            permissions=permissions(),
            ways_in=names_of_ways_in(session, view.transfer, current().settings.platform),
            records_released=isinstance(form, ReleaseForm) and form.records_released.data,
        )
    except Invalid as refused:
        roll_back()
        show_refusal(form, refused)
        return _show_approval(deciding_view(transfer_id)[0], side, form, 422)
    turn_if_due(session, transfer, now)
    flash(_approved(transfer, view), "success")
    return redirect(url_for("transfers.transfer", transfer_id=transfer_id), 303)


def _approved(transfer: Transfer, view: TransferView) -> str:
    if transfer.state is TransferState.IN_PROGRESS:
        return _("You have approved. The transfer now waits for the other department.")
    if transfer.state is TransferState.SCHEDULED:
        return _("You have approved. The move is agreed and will happen by itself on its dates.")
    return _("You have approved. The move of %(name)s has taken effect.", name=view.name)


@blueprint.get("/transfers/<uuid:transfer_id>/refuse")
@requires(Permission.APPROVE_TRANSFER)
def refuse(transfer_id: UUID) -> Response:
    """Ask for the reason."""
    view, side = deciding_view(transfer_id)
    return _show_refusal(view, side, ReasonForm())


@blueprint.post("/transfers/<uuid:transfer_id>/refuse")
@requires(Permission.APPROVE_TRANSFER)
def submit_refusal(transfer_id: UUID) -> Response:
    """End the transfer for one side."""
    view, side = deciding_view(transfer_id)
    form = ReasonForm()
    if not form.validate_on_submit():
        return _show_refusal(view, side, form, 422)
    ending.refuse(
        request_session(),
        request_time(),
        transfer_id=transfer_id,
        side=side,
        officer_id=signed_in_person(),
        permissions=permissions(),
        reason=form.reason.data or "",
    )
    flash(_("The transfer has ended. Nothing changes for %(name)s.", name=view.name), "success")
    return redirect(url_for("transfers.transfer", transfer_id=transfer_id), 303)


def deciding_view(transfer_id: UUID) -> tuple[TransferView, Side]:
    """The transfer, and the side that the address names or that the officer can only mean."""
    session, now = request_session(), request_time()
    transfer = service.get_for(session, transfer_id, signed_in_person(), permissions())
    sides = policy.sides_of(transfer, permissions())
    if not sides:
        raise NotFound("There is no such transfer.")
    asked = request.args.get("side")
    side = next((one for one in Side if one.value == asked), min(sides))
    return view_of(session, transfer, now), side


def _check_may_approve(view: TransferView, side: Side) -> None:
    session = request_session()
    service.check_may_approve(session, view.transfer, side, signed_in_person(), permissions(), request_time())
    service.check_dates(view.transfer, request_time())
    _check_tasks(session, view, permissions())


def _check_tasks(session: Session, view: TransferView, allowed: Permissions) -> None:
    found = tasks.of_transfer(session, view.transfer.id)
    tasks.check_ready(found)
    policy.check_decided_nothing(found, allowed)


def _approval_form(view: TransferView, side: Side) -> ReleaseForm | ConfirmForm:
    return ConfirmForm() if side is Side.IMPORTING else ReleaseForm(view.transfer.regime)


def _changed(view: TransferView, side: Side) -> list[str]:
    """What is not what the form says that the page showed."""
    seen = _shown(view, side, _handing_on(view, side))
    return changed_lines(shown.differences(seen, request.form.get("shown", "")))


def _shown(view: TransferView, side: Side, handed: HandingOn | None) -> shown.Shown:
    seen = shown.to_officer(request_session(), view.transfer, side, request_time())
    return {**seen, **handed.shown} if handed else seen


def _handing_on(view: TransferView, side: Side) -> HandingOn | None:
    """What the old department hands on; nothing on the page of the new one."""
    if side is Side.IMPORTING:
        return None
    return handing_on(request_session(), view.transfer, permissions(), request_time())


def _show_approval(
    view: TransferView, side: Side, form: ReleaseForm | ConfirmForm, status: int = 200
) -> Response:
    session, now = request_session(), request_time()
    preview = find_preview(session, view.transfer, now, side)
    items = preview_items(preview, view, side) if preview else []
    handed = _handing_on(view, side)
    page = render_template(
        "transfers/approve.html",
        view=view,
        missing=missing_lines(session, view, now),
        side=side,
        organisation=view.organisation_of(side),
        form=form,
        shown=shown.packed(_shown(view, side, handed)),
        handed=handed,
        changed=_changed(view, side) if status == 409 else [],
        changes=items,
        not_opened=unopened_names(session, view, side, items, now) if preview else [],
        scales=offered_scales(session, view.transfer, now) if side is Side.IMPORTING else (),
        doubt=doubt_about_salary(session, view.transfer, now) if side is Side.IMPORTING else "",
        needs_clearance=preview.needs_clearance if preview and side is Side.IMPORTING else (),
    )
    return Response(page, status, mimetype="text/html")


def _show_refusal(view: TransferView, side: Side, form: ReasonForm, status: int = 200) -> Response:
    page = render_template("transfers/refuse.html", view=view, side=side, form=form)
    return Response(page, status, mimetype="text/html")
