"""A security officer records that a clearance may be used no longer; access that hangs on it ends at once.

What cuts access waits for nobody. What would open it, a grant or a reinstatement, is not recorded here.
"""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import RadioField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from app.access import permissions, signed_in_person
from app.access_changes import settle_people
from app.people.blueprint import blueprint
from app.people.names import name_in
from app.portable_profile.words import statuses
from app.request_transaction import request_session, request_time
from app.transfers.forms import text_field
from app.translation import gettext as _
from app.widgets import Radios, SelectChoice, TextArea, stripped
from profiles.audit.service import Initiator
from profiles.clearances import states
from profiles.clearances.models import ClearanceStatus
from profiles.clearances.service import set_status
from profiles.errors import NotFound, NotPermitted
from profiles.portable_profile.employers import employers_part
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.reading import Profile
from profiles.roles.permissions import Permission, requires
from profiles.temporal import Provenance


class CuttingForm(FlaskForm):  # type: ignore[misc]
    """What the clearance becomes, from whom the officer has it, and why."""

    status = RadioField(
        _l("What has become of the clearance?"),
        [InputRequired(_l("Choose what has become of it"))],
        widget=Radios(),
    )
    source = text_field(
        _l("Where you have it from"),
        _l("Say where you have it from"),
        description=_l("For example, a letter of the vetting authority"),
    )
    reason = TextAreaField(
        _l("Reason"),
        [DataRequired(_l("Say why")), Length(max=500, message=_l("Use %(max)d characters or fewer"))],
        description=_l("It stays with the record. The person can read it."),
        widget=TextArea(),
        filters=[stripped],
    )

    def __init__(self, present: ClearanceStatus, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        following = states.ALLOWED[present] & states.CUTTING
        self.status.choices = [
            SelectChoice(one.value, statuses()[one]) for one in ClearanceStatus if one in following
        ]


@blueprint.get("/people/<uuid:person_id>/clearances/<uuid:fact_id>/stop")
@requires(Permission.MANAGE_CLEARANCES, fresh=True)
def stop_clearance(person_id: UUID, fact_id: UUID) -> Response:
    """What a clearance can become that ends its use."""
    profile, held = _held(person_id, fact_id)
    return _show(profile, held, CuttingForm(held.status))


@blueprint.post("/people/<uuid:person_id>/clearances/<uuid:fact_id>/stop")
@requires(Permission.MANAGE_CLEARANCES, fresh=True)
def submit_stopped_clearance(person_id: UUID, fact_id: UUID) -> Response:
    """Record it; every session that needed the clearance ends with this request."""
    profile, held = _held(person_id, fact_id)
    form = CuttingForm(held.status)
    if not form.validate_on_submit():
        return _show(profile, held, form, 422)
    session, now, officer = request_session(), request_time(), signed_in_person()
    typed = form.data
    set_status(
        session,
        now,
        Provenance(officer, f"page:{typed['source']}", typed["reason"]),
        Initiator.person(officer),
        clearance_id=fact_id,
        status=ClearanceStatus(typed["status"]),
    )
    settle_people(session, [person_id], now, "A clearance can be used no longer.")
    flash(_("It is recorded, and access that needed the clearance has ended."), "success")
    return redirect(url_for("people.record_as_of", person_id=person_id), 303)


def _held(person_id: UUID, fact_id: UUID) -> tuple[Profile, Any]:
    """The clearance, which an organisation of the officer sponsors or shares now. Raises NotFound."""
    session, now, allowed = request_session(), request_time(), permissions()
    profile = employers_part(session, person_id, allowed, valid_at=now, known_at=now, now=now)
    mine = allowed.organisations(Permission.MANAGE_CLEARANCES)
    sponsored = {one.clearance_id for one in profile.facts[Kind.SPONSORSHIP] if one.organisation_id in mine}
    held = next((one for one in profile.facts[Kind.CLEARANCE] if one.fact_id == fact_id), None)
    if held is None or fact_id not in sponsored or not states.ALLOWED[held.status] & states.CUTTING:
        raise NotFound(_("There is no such clearance that could be stopped."))
    if person_id == signed_in_person():
        raise NotPermitted(_("A colleague must change your own record."))
    return profile, held


def _show(profile: Profile, held: Any, form: CuttingForm, status: int = 200) -> Response:
    page = render_template(
        "people/stop_clearance.html",
        person_id=profile.person_id,
        name=name_in(profile),
        level=held.level.value,
        present=statuses()[held.status],
        form=form,
    )
    return Response(page, status, mimetype="text/html")
