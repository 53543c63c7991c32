"""Payroll says by which day of the month it must have what it needs to pay somebody that month."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import IntegerField
from wtforms.validators import NumberRange, Optional

from app.access import permissions, signed_in_person
from app.request_transaction import request_session, request_time
from app.transfers.blueprint import blueprint
from app.transfers.dates_of_parts import transfer_timetable
from app.translation import gettext as _
from app.widgets import TextInput
from profiles.appointments import tasks as appointment_tasks
from profiles.bulk_moves.payroll_dates import expecting
from profiles.errors import NotFound
from profiles.organisations import service as organisations
from profiles.roles.permissions import Permission, requires
from profiles.transfers import cut_offs

PATH = "/transfers/cut-off"


class CutOffForm(FlaskForm):  # type: ignore[misc]
    """The day of the month."""

    day = IntegerField(
        _l("Day of the month (optional)"),
        [
            Optional(),
            NumberRange(1, cut_offs.LATEST, _l("Enter a day from %(min)s to %(max)s, which every month has")),
        ],
        widget=TextInput(),
        description=_l("For example, 12. Leave it empty to have no day of your own."),
    )


@blueprint.get(PATH)
@requires(Permission.CONFIRM_PAY)
def own_cut_offs() -> str:
    """The day that holds at each of the officer's organisations, and where it comes from."""
    known = organisations.tree(request_session(), request_time()).organisations
    mine = permissions().organisations(Permission.CONFIRM_PAY) & known.keys()
    rows = [_row(one, known[one].name) for one in sorted(mine, key=lambda one: known[one].name)]
    return render_template("transfers/cut_offs.html", rows=rows)


@blueprint.get(f"{PATH}/<uuid:organisation_id>")
@requires(Permission.CONFIRM_PAY)
def change_cut_off(organisation_id: UUID) -> Response:
    """The form, filled in with the organisation's own day."""
    said = cut_offs.find(request_session(), organisation_id)
    return _show(organisation_id, CutOffForm(data={"day": said.day if said else None}))


@blueprint.post(f"{PATH}/<uuid:organisation_id>")
@requires(Permission.CONFIRM_PAY)
def submit_cut_off(organisation_id: UUID) -> Response:
    """From now on that day counts, for moves under way too."""
    form = CutOffForm()
    if not form.validate_on_submit():
        return _show(organisation_id, form, 422)
    session, now, officer_id = request_session(), request_time(), signed_in_person()
    held = cut_offs.find(session, organisation_id)
    before = held.day if held else None
    told = cut_offs.set_day(
        session,
        now,
        organisation_id=organisation_id,
        officer_id=officer_id,
        permissions=permissions(),
        day=form.day.data,
        timetable=transfer_timetable(),
        many_come_to=expecting(session),
    )
    if form.day.data != before:
        moved = appointment_tasks.follow_cut_offs(session, organisation_id, transfer_timetable(), now)
        cut_offs.tell(session, moved, {officer_id, *told}, now)
    flash(_("It counts from now on, for the moves that are under way too."), "success")
    return redirect(url_for("transfers.own_cut_offs"), 303)


def _row(organisation_id: UUID, name: str) -> dict[str, Any]:
    session, now = request_session(), request_time()
    timetable = cut_offs.timetable_at(session, transfer_timetable(), organisation_id, now)
    own = cut_offs.find(session, organisation_id) is not None
    return {
        "href": url_for("transfers.change_cut_off", organisation_id=organisation_id),
        "name": name,
        "day": str(timetable.cut_off_day),
        "source": _("Set by your payroll") if own else _("Not set: as above you, or for everybody"),
    }


def _show(organisation_id: UUID, form: CutOffForm, status: int = 200) -> Response:
    known = organisations.tree(request_session(), request_time()).organisations
    if organisation_id not in permissions().organisations(Permission.CONFIRM_PAY) & known.keys():
        raise NotFound(_("There is no such organisation."))
    organisation = known[organisation_id]
    page = render_template("transfers/cut_off.html", organisation=organisation, form=form)
    return Response(page, status, mimetype="text/html")
