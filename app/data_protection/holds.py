"""Legal holds: what is held for a dispute, an inquiry or a claim, whatever the rules say."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from app.access import answering, signed_in_person
from app.data_protection.blueprint import blueprint
from app.listed_names import known_name, listed_name
from app.request_transaction import request_session, request_time
from app.retention import words
from app.translation import gettext as _
from app.widgets import Select, SelectChoice, TextArea, TextInput, stripped
from profiles.errors import Conflict, NotFound
from profiles.organisations.reading import names_ever
from profiles.retention import holds as service
from profiles.retention.models import LegalHold
from profiles.retention.rules import RetainedKind
from profiles.roles.permissions import Permission, requires

PATH = "/data-protection/holds"


class WhomForm(FlaskForm):  # type: ignore[misc]
    """Whose records."""

    number = StringField(
        _l("Employment number"),
        [DataRequired(_l("Enter the employment number")), Length(max=100)],
        description=_l("The whole number, also of somebody who has left; or an id from the audit trail."),
        widget=TextInput(),
        filters=[stripped],
    )


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """Why; data protection officers of the organisation read it."""

    reason = TextAreaField(
        _l("Why?"),
        [
            DataRequired(_l("Enter the reason")),
            Length(max=service.LONGEST_REASON, message=_l("Use %(max)d characters or fewer")),
        ],
        description=_l("Such as the reference of a claim. Your data protection officers read it."),
        widget=TextArea(),
        filters=[stripped],
    )


class HoldForm(ReasonForm):
    """What is held, and why."""

    kind = SelectField(_l("What is to be kept"), widget=Select(), validate_choice=True)

    def __init__(self, **values: object) -> None:
        super().__init__(**values)
        self.kind.choices = [
            SelectChoice(value="", label=_("Everything")),
            *(SelectChoice(value=kind.value, label=text) for kind, text in words.kinds().items()),
        ]


@blueprint.get(PATH)
@requires(Permission.DECIDE_RETENTION)
def holds() -> str:
    """The holds of the officer's organisations that last."""
    session, now = request_session(), request_time()
    called = words.kinds()
    names = names_ever(session, now)
    rows = [
        (
            listed_name(session, one.person_id, now),
            url_for("data_protection.hold", hold_id=one.id),
            called[one.kind] if one.kind else _("Everything"),
            names[one.organisation_id],
            one.placed_at,
        )
        for one in service.lasting(session, _mine())
    ]
    return render_template("data_protection/holds.html", rows=rows)


@blueprint.get(f"{PATH}/new")
@requires(Permission.DECIDE_RETENTION)
def new_hold() -> str:
    """Ask whose records."""
    return render_template("data_protection/new_hold.html", form=WhomForm(formdata=None))


@blueprint.post(f"{PATH}/new")
@requires(Permission.DECIDE_RETENTION)
def submit_whom() -> Response:
    """Lead to the page on which the hold is placed; say so when nobody, or not one person alone, is meant."""
    form = WhomForm()
    if form.validate_on_submit():
        session, now, mine = request_session(), request_time(), _mine()
        found = []
        for person_id in service.find_people(session, form.number.data or "", mine):
            if service.find_holder(session, person_id, mine, now) is not None:
                found.append(person_id)
        if len(found) == 1:
            return redirect(url_for("data_protection.new_hold_of", person_id=found[0]), 303)
        form.number.errors = [
            _("Several people have had this number. Use the id of the one from the audit trail.")
            if found
            else _("Your organisation holds nothing about anybody with this number.")
        ]
    page = render_template("data_protection/new_hold.html", form=form)
    return Response(page, 422, mimetype="text/html")


@blueprint.get(f"{PATH}/new/<uuid:person_id>")
@requires(Permission.DECIDE_RETENTION)
def new_hold_of(person_id: UUID) -> Response:
    """Name the person, and ask what is kept and why."""
    return _show_new(person_id, _holder(person_id), HoldForm(formdata=None))


@blueprint.post(f"{PATH}/new/<uuid:person_id>")
@requires(Permission.DECIDE_RETENTION, fresh=True)
def place_hold(person_id: UUID) -> Response:
    """Keep it from now on."""
    form, organisation_id = HoldForm(), _holder(person_id)
    if not form.validate_on_submit():
        return _show_new(person_id, organisation_id, form, 422)
    placed = service.place(
        request_session(),
        request_time(),
        person_id=person_id,
        organisation_id=organisation_id,
        kind=RetainedKind(form.kind.data) if form.kind.data else None,
        reason=form.data["reason"],
        officer_id=signed_in_person(),
    )
    flash(_("It is held. Nothing of it is deleted until the hold is lifted."), "success")
    return redirect(url_for("data_protection.hold", hold_id=placed.id), 303)


@blueprint.get(f"{PATH}/<uuid:hold_id>")
@requires(Permission.DECIDE_RETENTION)
def hold(hold_id: UUID) -> Response:
    """What is held, why, and the form that lifts it."""
    return _show(service.get(request_session(), hold_id, _mine()), ReasonForm(formdata=None))


@blueprint.post(f"{PATH}/<uuid:hold_id>")
@requires(Permission.DECIDE_RETENTION, fresh=True)
def lift_hold(hold_id: UUID) -> Response:
    """Let the rules hold again."""
    form, held = ReasonForm(), service.get(request_session(), hold_id, _mine())
    if not form.validate_on_submit():
        return _show(held, form, 422)
    try:
        service.lift(
            request_session(),
            request_time(),
            hold=held,
            reason=form.data["reason"],
            officer_id=signed_in_person(),
        )
    except Conflict as refused:
        request_session().refresh(held)
        form.form_errors.append(refused.message)
        return _show(held, form, 409)
    flash(_("The hold is lifted."), "success")
    return redirect(url_for("data_protection.holds"), 303)


def _mine() -> frozenset[UUID]:
    return answering().organisations(Permission.DECIDE_RETENTION)


def _holder(person_id: UUID) -> UUID:
    found = service.find_holder(request_session(), person_id, _mine(), request_time())
    if found is None:
        raise NotFound(_("Your organisation holds nothing about this person."))
    return found


def _show_new(person_id: UUID, organisation_id: UUID, form: HoldForm, status: int = 200) -> Response:
    session, now = request_session(), request_time()
    page = render_template(
        "data_protection/new_hold_of.html",
        person_id=person_id,
        name=known_name(session, person_id, now),
        organisation=names_ever(session, now)[organisation_id],
        is_own=answering().are_of(person_id),
        form=form,
    )
    return Response(page, status, mimetype="text/html")


def _show(held: LegalHold, form: ReasonForm, status: int = 200) -> Response:
    session, now = request_session(), request_time()
    page = render_template(
        "data_protection/hold.html",
        hold=held,
        name=known_name(session, held.person_id, now),
        what=words.kinds()[held.kind] if held.kind else _("Everything"),
        organisation=names_ever(session, now)[held.organisation_id],
        placed_by=known_name(session, held.placed_by, now),
        lifted_by=known_name(session, held.lifted_by, now) if held.lifted_by else "",
        is_own=answering().are_of(held.person_id),
        form=form,
    )
    return Response(page, status, mimetype="text/html")
