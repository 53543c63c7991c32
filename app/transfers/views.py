"""The list of transfers, and the page of one for HR of either side."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for

from app.access import permissions, signed_in_person
from app.request_transaction import request_session, request_time
from app.transfers.blueprint import blueprint
from app.transfers.dates_of_parts import transfer_timetable
from app.transfers.dates_words import about_dates
from app.transfers.deciding import choices_for
from app.transfers.missing_officers import who_acts_rows
from app.transfers.presenting import (
    TransferView,
    approval_rows,
    find_preview,
    history_rows,
    preview_items,
    state_words,
    task_rows,
    view_of,
    views_of,
)
from app.transfers.restarting import restarting_choices
from app.transfers.reversing import linked_moves, reversing_choices
from app.transfers.scales import offered_scales
from app.transfers.standstill import standstill_of
from app.transfers.told_apps import is_turned
from app.transfers.unopened import unopened_names
from app.translation import gettext as _
from profiles.appointments import payroll as returners_payroll
from profiles.errors import NotFound
from profiles.pay.service import current_pay
from profiles.roles.permissions import Permission, requires
from profiles.transfers import invitations, payroll, policy, service
from profiles.transfers.models import Side, Transfer, TransferState
from profiles.transfers.waiting import waiting_for

PAGE_SIZE = 25
A_YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Filter:
    """What the list is narrowed to, as the address says it; a value that is not known is as good as none."""

    direction: str
    state: str

    @property
    def wanted(self) -> service.Wanted:
        """The same, as it is asked for."""
        side = {"in": Side.IMPORTING, "out": Side.EXPORTING}.get(self.direction)
        return service.Wanted(side, next((one for one in TransferState if one.value == self.state), None))


@blueprint.get("/transfers")
@requires(Permission.SEE_TRANSFERS)
def transfers() -> str:
    """Transfers into and out of the organisations that the officer acts for, newest first."""
    session, now = request_session(), request_time()
    wanted = Filter(request.args.get("direction", ""), request.args.get("state", ""))
    mine = permissions().organisations(Permission.SEE_TRANSFERS)
    total = service.count_for(session, permissions(), wanted.wanted)
    last = max(1, -(-total // PAGE_SIZE))
    page = min(max(1, request.args.get("page", 1, int)), last)
    shown = service.list_for(
        session, permissions(), wanted.wanted, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE
    )
    return render_template(
        "transfers/transfers.html",
        transfers=views_of(session, shown, now),
        total=total,
        page=page,
        last=last,
        href_of=lambda number: url_for(
            "transfers.transfers", direction=wanted.direction, state=wanted.state, page=number
        ),
        wanted=wanted,
        directions=[("", _("In and out")), ("in", _("Joining us")), ("out", _("Leaving us"))],
        states=[("", _("Any state")), *((state.value, text) for state, text in state_words().items())],
        may_prepare=permissions().anywhere(Permission.PREPARE_TRANSFER),
        waiting=len(waiting_for(session, signed_in_person(), permissions(), now)),
        accepted=len(invitations.waiting_for(session, signed_in_person(), permissions(), now)),
        first_pays=payroll.first_pays(session, mine, now - A_YEAR)
        + returners_payroll.first_pays(session, mine, now - A_YEAR),
    )


@blueprint.get("/transfers/<uuid:transfer_id>")
@requires(Permission.SEE_TRANSFERS)
def transfer(transfer_id: UUID) -> str:
    """A transfer for HR of its two organisations; to everybody else there is none."""
    session, now = request_session(), request_time()
    found = service.get_for(session, transfer_id, signed_in_person(), permissions())
    sides = policy.sides_of(found, permissions())
    if not sides:  # the employee, who is in HR of a third organisation, has a page of their own
        raise NotFound("There is no such transfer.")
    view = view_of(session, found, now)
    return render_template(
        "transfers/transfer.html",
        view=view,
        shows_terms=Side.IMPORTING in sides,
        present_pay=_present_pay(found) if Side.IMPORTING in sides else None,
        scales=offered_scales(session, found, now) if Side.IMPORTING in sides else (),
        who=who_acts_rows(session, view, sides, now),
        about_dates=about_dates(session, view.transfer, transfer_timetable()),
        tasks=task_rows(session, view, frozenset(sides), now, {}),
        approvals=approval_rows(session, view),
        history=history_rows(session, view, sides),
        standstill=standstill_of(session, view, sides, now),
        choices=choices_for(session, found, signed_in_person(), permissions(), now)
        + restarting_choices(found, signed_in_person(), permissions())
        + reversing_choices(session, found, signed_in_person(), permissions()),
        linked=linked_moves(session, found),
        previews=previews_for(view, sides),
        done=found.state in _DONE,
        told_href=url_for("transfers.receipts", transfer_id=transfer_id) if is_turned(found, now) else None,
        may_help=found.state in _JOINING
        and permissions().allows(Permission.HELP_SIGN_IN, found.importing_organisation_id),
    )


_JOINING = (TransferState.SCHEDULED, TransferState.LEFT)
_DONE = (TransferState.JOINED, TransferState.RECONCILING, TransferState.COMPLETED)


def previews_for(view: TransferView, sides: frozenset[Side]) -> list[dict[str, Any]]:
    """For each side that the officer acts for, what changes at its own apps."""
    session, now = request_session(), request_time()
    made: list[dict[str, Any]] = []
    for side in sorted(sides):
        preview = find_preview(session, view.transfer, now, side)
        items = preview_items(preview, view, side) if preview else []
        made.append(
            {
                "organisation": view.organisation_of(side),
                "possible": preview is not None,
                "changes": items,
                "not_opened": unopened_names(session, view, side, items, now) if preview else [],
                "needs_clearance": preview.needs_clearance if preview and side is Side.IMPORTING else (),
            }
        )
    return made


def _present_pay(found: Transfer) -> int | None:
    """The pay that the employee has now, which the new department may see while the move is on its way."""
    if found.state not in (TransferState.IN_PROGRESS, TransferState.SCHEDULED):
        return None
    session, now = request_session(), request_time()
    paid = current_pay(session, found.person_id, now, {found.exporting_organisation_id})
    return paid[0].salary_pence if paid else None
