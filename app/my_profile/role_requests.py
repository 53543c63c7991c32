"""Asking for a role of an app, and withdrawing what one asked for."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import RadioField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from app.access import signed_in_person
from app.display_formats import civil_date
from app.my_profile.blueprint import blueprint
from app.request_transaction import request_session, request_time
from app.transfers.forms import show_refusal
from app.translation import gettext as _
from app.widgets import CivilDateField, Radios, SelectChoice, TextArea, stripped
from profiles.access_policy import requests
from profiles.access_policy.models import RequestState
from profiles.entitlements.facts import AppRules
from profiles.entitlements.service import rules_of
from profiles.errors import Conflict, Invalid, NotFound
from profiles.roles.permissions import signed_in
from profiles.temporal import civil_date as day_of
from profiles.temporal import is_recorded_day

USUAL = timedelta(days=182)
SHOWN = 10


class AskForm(FlaskForm):  # type: ignore[misc]
    """Which role, from when until when, and what for."""

    role_name = RadioField(
        _l("Which role do you need?"), [InputRequired(_l("Choose the role"))], widget=Radios()
    )
    first_day = CivilDateField(_l("First day"), [InputRequired(_l("Enter the first day"))])
    last_day = CivilDateField(
        _l("Last day"),
        [InputRequired(_l("Enter the last day"))],
        description=_l("A year after the first day at most. Then it ends by itself."),
    )
    reason = TextAreaField(
        _l("What do you need it for?"),
        [
            DataRequired(_l("Say what you need it for")),
            Length(max=500, message=_l("Use %(max)d characters or fewer")),
        ],
        widget=TextArea(),
        filters=[stripped],
    )

    def __init__(self, rules: AppRules, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.role_name.choices = [SelectChoice(one.name, one.label) for one in rules.roles]


@blueprint.get("/profile/apps/<uuid:app_id>/ask")
@signed_in()
def ask_for_role(app_id: UUID) -> Response:
    """Ask which role, from when and what for; the page of a move or loan says from and until which day."""
    first = _asked_day("first") or day_of(request_time())
    last = _asked_day("last") or first + USUAL
    data = {"first_day": first, "last_day": min(max(first, last), first + USUAL)}
    return _show(app_id, AskForm(_app(app_id), formdata=None, data=data))


@blueprint.post("/profile/apps/<uuid:app_id>/ask")
@signed_in()
def submit_request(app_id: UUID) -> Response:
    """Ask; nothing changes before somebody else has approved it."""
    form = AskForm(_app(app_id))
    if not form.validate_on_submit():
        return _show(app_id, form, 422)
    names = ("role_name", "first_day", "last_day", "reason")
    try:
        requests.ask(
            request_session(),
            request_time(),
            person_id=signed_in_person(),
            app_id=app_id,
            **{name: form.data[name] for name in names},
        )
    except (Invalid, Conflict) as refused:
        show_refusal(form, refused if isinstance(refused, Invalid) else Invalid(refused.message))
        return _show(app_id, form, 422)
    flash(_("You have asked for it. You are told by mail when somebody has decided."), "success")
    return redirect(url_for("my_profile.apps"), 303)


@blueprint.post("/profile/apps/requests/<uuid:role_request_id>/withdraw")
@signed_in()
def withdraw_request(role_request_id: UUID) -> Response:
    """Ask no longer."""
    session = request_session()
    mine = requests.of_person(session, signed_in_person())
    found = next((one for one in mine if one.id == role_request_id), None)
    if found is None:
        raise NotFound("There is no such request.")
    requests.withdraw(session, request_time(), found)
    flash(_("You have withdrawn it."), "success")
    return redirect(url_for("my_profile.apps"), 303)


def request_rows() -> list[dict[str, Any]]:
    """What the person asked for lately, and what became of it."""
    session, now = request_session(), request_time()
    words = {
        RequestState.OPEN: _("Waits"),
        RequestState.APPROVED: _("Approved"),
        RequestState.REFUSED: _("Refused"),
        RequestState.WITHDRAWN: _("Withdrawn"),
        RequestState.EXPIRED: _("Nobody answered in time"),
    }
    rows = []
    for one in requests.of_person(session, signed_in_person())[:SHOWN]:
        rules = rules_of(session, one.app_id, now)
        is_over = one.state is RequestState.OPEN and one.expires_at <= now
        state = RequestState.EXPIRED if is_over else one.state
        rows.append(
            {
                "id": one.id,
                "app": rules.app_name,
                "role": rules.label_of(one.role_name),
                "days": _(
                    "%(first)s to %(last)s", first=civil_date(one.first_day), last=civil_date(one.last_day)
                ),
                "state": words[state],
                "answer": one.answer,
                "open": state is RequestState.OPEN,
            }
        )
    return rows


def _asked_day(name: str) -> date | None:
    """The day in the address, if it is one to come."""
    try:
        asked = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return asked if is_recorded_day(asked) and asked > day_of(request_time()) else None


def _app(app_id: UUID) -> AppRules:
    rules = rules_of(request_session(), app_id, request_time())
    if not rules.roles:
        raise NotFound("There is no such app.")
    return rules


def _show(app_id: UUID, form: AskForm, status: int = 200) -> Response:
    app = _app(app_id)
    page = render_template(
        "my_profile/ask_for_role.html",
        app=app,
        organisation=app.organisation_name(request_time()),
        form=form,
    )
    return Response(page, status, mimetype="text/html")
