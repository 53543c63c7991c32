"""How a security officer lets no list name somebody, and lifts that again."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from app.access import permissions, signed_in_person
from app.listed_names import known_name
from app.people.blueprint import blueprint
from app.people.helped import get_helped
from app.portable_profile.asked import AskedDates, asked_dates
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from app.widgets import TextArea, stripped
from profiles.errors import Conflict
from profiles.people import sensitive
from profiles.people.models import SensitiveMark
from profiles.roles.permissions import Permission, requires

PATH = "/people/<uuid:person_id>/sensitivity"


class SensitivityForm(FlaskForm):  # type: ignore[misc]
    """Why; security officers and auditors read it, the person does not."""

    reason = TextAreaField(
        _l("Why?"),
        [
            DataRequired(_l("Enter the reason")),
            Length(max=sensitive.LONGEST_REASON, message=_l("Use %(max)d characters or fewer")),
        ],
        description=_l("Security officers and auditors read it. The person does not."),
        widget=TextArea(),
        filters=[stripped],
    )


@blueprint.get(PATH)
@requires(Permission.MARK_SENSITIVE)
def sensitivity(person_id: UUID) -> str:
    """Whether they are marked, and the form that changes it."""
    return _show(person_id, SensitivityForm(formdata=None))


@blueprint.post(PATH)
@requires(Permission.MARK_SENSITIVE, fresh=True)
def mark_sensitive(person_id: UUID) -> Response | tuple[str, int]:
    """Leave them out of every list from now on."""
    form, whom = SensitivityForm(), get_helped(person_id, Permission.MARK_SENSITIVE)
    if not form.validate_on_submit():
        return _show(person_id, form), 422
    sensitive.mark(
        request_session(),
        request_time(),
        person_id=person_id,
        organisation_id=whom.organisation_id,
        officer_id=signed_in_person(),
        reason=form.data["reason"],
    )
    flash(_("No list, search or file names them any more."), "success")
    return redirect(url_for("people.sensitivity", person_id=person_id), 303)


@blueprint.get(f"{PATH}/lift")
@requires(Permission.MARK_SENSITIVE)
def back_to_sensitivity(person_id: UUID) -> Response:
    """Where somebody comes back to who had to sign in again before pressing the button."""
    return redirect(url_for("people.sensitivity", person_id=person_id))


@blueprint.post(f"{PATH}/lift")
@requires(Permission.MARK_SENSITIVE, fresh=True)
def lift_sensitivity(person_id: UUID) -> Response | tuple[str, int]:
    """Let lists name them again."""
    form, whom = SensitivityForm(), get_helped(person_id, Permission.MARK_SENSITIVE)
    held = sensitive.find_mark(request_session(), person_id, request_time())
    if held is None:
        raise Conflict(_("The person is not marked any more."))
    if not form.validate_on_submit():
        return _show(person_id, form), 422
    sensitive.lift(
        request_session(),
        request_time(),
        held=held,
        organisation_id=whom.organisation_id,
        officer_id=signed_in_person(),
        reason=form.data["reason"],
    )
    flash(_("Lists name the person again."), "success")
    return redirect(url_for("people.sensitivity", person_id=person_id), 303)


def _show(person_id: UUID, form: SensitivityForm) -> str:
    whom, session, now = get_helped(person_id, Permission.MARK_SENSITIVE), request_session(), request_time()
    asked, held = asked_dates(now), sensitive.find_mark(session, person_id, now)
    if asked.query:
        held = _own_mark(person_id, asked, held)
    return render_template(
        "people/sensitivity.html",
        person_id=person_id,
        name=whom.name,
        held=held,
        officer=known_name(session, held.recorded_by, now) if held and held.recorded_by else "",
        is_self=whom.is_self,
        reason_form=form,
        asked=asked,
        shown_at=asked.valid_at,
        reset_href=url_for("people.sensitivity", person_id=person_id),
    )


def _own_mark(person_id: UUID, asked: AskedDates, present: SensitiveMark | None) -> SensitiveMark | None:
    """The mark of that day, if it still stands or one of the reader's own organisations set it.

    What another organisation set and lifted before they came is not told.
    """
    held = sensitive.find_mark(request_session(), person_id, asked.valid_at, asked.known_at)
    mine = permissions().organisations(Permission.MARK_SENSITIVE)
    if held is None or held.organisation_id in mine or (present and present.fact_id == held.fact_id):
        return held
    return None
