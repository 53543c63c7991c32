"""Entries of the release log that are withheld from somebody for a time, by two data protection officers.

Auditors see the decisions and who took them; whom they are about sees nothing of them.
"""

from collections.abc import Callable, Sequence
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from app.access import permissions, signed_in_person
from app.data_protection.blueprint import blueprint
from app.data_protection.holds import WhomForm
from app.data_protection.request_words import grounds
from app.display_formats import civil_date
from app.listed_names import known_name, listed_name
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.forms import show_refusal
from app.translation import gettext as _
from app.widgets import CivilDateField, Radios, Select, SelectChoice, TextArea, stripped
from profiles import temporal
from profiles.access_requests import withholding as service
from profiles.apps import service as apps
from profiles.apps.models import App
from profiles.disclosure.grounds import Ground
from profiles.disclosure.models import ReleaseWithholding
from profiles.errors import Conflict, Invalid, NotFound
from profiles.organisations import service as organisations
from profiles.retention import holds
from profiles.roles.permissions import Permission, requires

PATH = "/data-protection/withheld"
MOST = 100


class EndForm(FlaskForm):  # type: ignore[misc]
    """Why it ends."""

    reason = TextAreaField(
        _l("Why?"),
        [
            DataRequired(_l("Enter the reason")),
            Length(max=service.LONGEST_REASON, message=_l("Use %(max)d characters or fewer")),
        ],
        description=_l("Your data protection officers and auditors read it."),
        widget=TextArea(),
        filters=[stripped],
    )


class WithholdingForm(EndForm):
    """Of which app they are not told, on which ground, until when and why."""

    app_id = SelectField(_l("Which app?"), [InputRequired(_l("Choose the app"))], widget=Select())
    ground = RadioField(_l("On which ground?"), [InputRequired(_l("Choose a ground"))], widget=Radios())
    until = CivilDateField(
        _l("Withheld through"),
        [InputRequired(_l("Enter the last day"))],
        description=_l("Half a year at most. After that day they see the entries again."),
    )

    def __init__(self, mine: Sequence[App], **values: object) -> None:
        super().__init__(**values)
        listed = [SelectChoice(str(one.id), one.name) for one in sorted(mine, key=lambda one: one.name)]
        self.app_id.choices = [SelectChoice("", _("Choose one")), *listed]
        self.ground.choices = [SelectChoice(ground.value, text) for ground, text in grounds().items()]


@blueprint.get(PATH)
@requires(Permission.SEE_AUDIT)
def withholdings() -> str:
    """The decisions of the reader's organisations, the newest first."""
    session, now = request_session(), request_time()
    rows = [
        (
            listed_name(session, one.person_id, now),
            url_for("data_protection.withholding", withholding_id=one.id),
            apps.get(session, one.app_id).name,
            civil_date(one.until),
            _state(one),
        )
        for one in service.of_organisations(session, _seen(), permissions().parties, MOST)
    ]
    return render_template("data_protection/withholdings.html", rows=rows, may_ask=bool(_mine()))


@blueprint.get(f"{PATH}/new")
@requires(Permission.REVIEW_ACCESS_REQUESTS)
def new_withholding() -> str:
    """Ask whom it is about."""
    return render_template("data_protection/new_withholding.html", form=WhomForm(formdata=None))


@blueprint.post(f"{PATH}/new")
@requires(Permission.REVIEW_ACCESS_REQUESTS)
def submit_whom_withheld() -> Response:
    """Lead to the page on which it is asked; say so when nobody, or not one person alone, is meant."""
    form = WhomForm()
    if form.validate_on_submit():
        session, now, mine = request_session(), request_time(), _mine()
        named = holds.find_people(session, form.number.data or "", mine)
        found = [one for one in named if holds.find_holder(session, one, mine, now) is not None]
        if len(found) == 1:
            return redirect(url_for("data_protection.new_withholding_of", person_id=found[0]), 303)
        form.number.errors = [
            _("Several people have had this number. Use the id of the one from the audit trail.")
            if found
            else _("Your organisation holds nothing about anybody with this number.")
        ]
    page = render_template("data_protection/new_withholding.html", form=form)
    return Response(page, 422, mimetype="text/html")


@blueprint.get(f"{PATH}/new/<uuid:person_id>")
@requires(Permission.REVIEW_ACCESS_REQUESTS)
def new_withholding_of(person_id: UUID) -> Response:
    """Name the person, and ask what is withheld, until when and why."""
    _check_held(person_id)
    return _show_new(person_id, WithholdingForm(_apps(), formdata=None))


@blueprint.post(f"{PATH}/new/<uuid:person_id>")
@requires(Permission.REVIEW_ACCESS_REQUESTS, fresh=True)
def propose_withholding(person_id: UUID) -> Response:
    """Ask a second officer."""
    _check_held(person_id)
    form = WithholdingForm(_apps())
    if not form.validate_on_submit():
        return _show_new(person_id, form, 422)
    try:
        asked = service.propose(
            request_session(),
            request_time(),
            person_id=person_id,
            app_id=UUID(form.data["app_id"]),
            ground=Ground(form.data["ground"]),
            reason=form.data["reason"],
            until=form.data["until"],
            officer_id=signed_in_person(),
        )
    except (Invalid, Conflict) as refused:
        roll_back()
        show_refusal(form, refused if isinstance(refused, Invalid) else Invalid(refused.message))
        return _show_new(person_id, form, 422)
    flash(_("It waits for another data protection officer. Until then they see the entries."), "success")
    return redirect(url_for("data_protection.withholding", withholding_id=asked.id), 303)


@blueprint.get(f"{PATH}/<uuid:withholding_id>")
@requires(Permission.SEE_AUDIT)
def withholding(withholding_id: UUID) -> Response:
    """What is withheld, until when, why and by whom, and what the reader can do."""
    return _show(_get(withholding_id, _seen()), EndForm(formdata=None))


@blueprint.post(f"{PATH}/<uuid:withholding_id>/agree")
@requires(Permission.REVIEW_ACCESS_REQUESTS, fresh=True)
def agree_to_withholding(withholding_id: UUID) -> Response:
    """Withhold it from now on."""

    def agree(asked: ReleaseWithholding) -> None:
        service.agree(request_session(), request_time(), asked=asked, officer_id=signed_in_person())

    return _decide(withholding_id, EndForm(formdata=None), agree, _("It is withheld from now on."))


@blueprint.post(f"{PATH}/<uuid:withholding_id>/end")
@requires(Permission.REVIEW_ACCESS_REQUESTS, fresh=True)
def end_withholding(withholding_id: UUID) -> Response:
    """Show it again from now on, or withdraw it."""
    form = EndForm()
    if not form.validate_on_submit():
        return _show(_get(withholding_id, _mine()), form, 422)

    def end(asked: ReleaseWithholding) -> None:
        reason, officer_id = form.data["reason"], signed_in_person()
        service.end(request_session(), request_time(), asked=asked, reason=reason, officer_id=officer_id)

    return _decide(withholding_id, form, end, _("Nothing is withheld by it any more."))


def _decide(
    withholding_id: UUID, form: EndForm, do: Callable[[ReleaseWithholding], None], told: str
) -> Response:
    asked = _get(withholding_id, _mine())
    try:
        do(asked)
    except Conflict as refused:
        request_session().refresh(asked)
        form.form_errors.append(refused.message)
        return _show(asked, form, 409)
    flash(told, "success")
    return redirect(url_for("data_protection.withholding", withholding_id=withholding_id), 303)


def _get(withholding_id: UUID, organisation_ids: frozenset[UUID]) -> ReleaseWithholding:
    return service.get(request_session(), withholding_id, organisation_ids, permissions().parties)


def _state(one: ReleaseWithholding) -> str:
    if one.ended_at is not None:
        return _("Ended") if one.agreed_at is not None else _("Withdrawn")
    if one.until < temporal.civil_date(request_time()):
        return _("Over")
    return _("Withheld") if one.agreed_at is not None else _("Waits for a second officer")


def _mine() -> frozenset[UUID]:
    return permissions().organisations(Permission.REVIEW_ACCESS_REQUESTS)


def _seen() -> frozenset[UUID]:
    return permissions().organisations(Permission.SEE_AUDIT)


def _apps() -> Sequence[App]:
    return list(apps.apps_of(request_session(), _mine()))


def _check_held(person_id: UUID) -> None:
    if holds.find_holder(request_session(), person_id, _mine(), request_time()) is None:
        raise NotFound(_("Your organisation holds nothing about this person."))


def _show_new(person_id: UUID, form: WithholdingForm, status: int = 200) -> Response:
    page = render_template(
        "data_protection/new_withholding_of.html",
        person_id=person_id,
        name=known_name(request_session(), person_id, request_time()),
        is_own=permissions().are_of(person_id),
        form=form,
    )
    return Response(page, status, mimetype="text/html")


def _show(asked: ReleaseWithholding, form: EndForm, status: int = 200) -> Response:
    session, now = request_session(), request_time()
    decides = permissions().allows(Permission.REVIEW_ACCESS_REQUESTS, asked.organisation_id)
    waits = asked.agreed_at is None and asked.ended_at is None
    lasts = asked.ended_at is None and asked.until >= temporal.civil_date(now)
    by_another = asked.proposed_by not in permissions().parties
    page = render_template(
        "data_protection/withholding.html",
        asked=asked,
        name=known_name(session, asked.person_id, now),
        app_name=apps.get(session, asked.app_id).name,
        organisation=organisations.get(session, asked.organisation_id, now).name,
        ground=grounds()[asked.ground],
        state=_state(asked),
        proposed_by=known_name(session, asked.proposed_by, now),
        agreed_by=known_name(session, asked.agreed_by, now) if asked.agreed_by else "",
        ended_by=known_name(session, asked.ended_by, now) if asked.ended_by else "",
        may_end=decides and (lasts or waits),
        may_agree=decides and lasts and waits and by_another,
        form=form,
    )
    return Response(page, status, mimetype="text/html")
