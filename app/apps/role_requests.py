"""Roles that people ask for: an app's owner, or who they delegated to, gives them for a time or refuses."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from app.access import permissions, signed_in_person
from app.access_changes import settle_people
from app.apps.blueprint import blueprint
from app.apps.policy_flow import BY_HAND, effect_of
from app.display_formats import civil_date, civil_datetime
from app.listed_names import listed_name
from app.paging import PAGE_SIZE, asked_after, page_of
from app.request_transaction import request_session, request_time
from app.transfers.forms import show_refusal
from app.translation import gettext as _
from app.widgets import CivilDateField, Radios, SelectChoice, TextArea, stripped
from profiles.access_policy import requests
from profiles.access_policy.models import RoleRequest
from profiles.employments.service import current_postings
from profiles.entitlements.service import rules_of
from profiles.errors import Invalid
from profiles.organisations import service as organisations
from profiles.people.service import display_name, name_of
from profiles.roles.permissions import Permission, requires


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """Yes until a day, or no and why."""

    decision = RadioField(
        _l("Do they get it?"),
        [InputRequired(_l("Choose yes or no"))],
        choices=[SelectChoice("yes", _l("Yes")), SelectChoice("no", _l("No"))],
        widget=Radios(),
    )
    last_day = CivilDateField(
        _l("Last day, if yes"), [Optional()], description=_l("You can make it sooner than they asked for.")
    )
    answer = TextAreaField(
        _l("Why, if no"),
        [Length(max=500, message=_l("Use %(max)d characters or fewer"))],
        description=_l("The person reads it."),
        widget=TextArea(),
        filters=[stripped],
    )


@blueprint.get("/apps/requests")
@requires(Permission.GRANT_ACCESS)
def role_requests() -> str:
    """Those that wait for the officer, the oldest first."""
    session, now = request_session(), request_time()
    found = requests.waiting_for(session, permissions(), now, after=asked_after(), limit=PAGE_SIZE + 1)
    page, rows = page_of(found, lambda one: one.id), []
    for one in page.rows:
        rules = rules_of(session, one.app_id, now)
        rows.append(
            {
                "href": url_for("apps.role_request", role_request_id=one.id),
                "name": listed_name(session, one.person_id, now),
                "app": rules.app_name,
                "role": rules.label_of(one.role_name),
                "at": civil_datetime(one.asked_at),
                "expires": civil_date(one.expires_at),
            }
        )
    return render_template("apps/role_requests.html", page=page, rows=rows)


@blueprint.get("/apps/requests/<uuid:role_request_id>")
@requires(Permission.GRANT_ACCESS, fresh=True)
def role_request(role_request_id: UUID) -> Response:
    """Who asks for what and why, and what it would do to their access."""
    found = _get(role_request_id)
    return _show(found, AnswerForm(formdata=None, data={"last_day": found.last_day}))


@blueprint.post("/apps/requests/<uuid:role_request_id>")
@requires(Permission.GRANT_ACCESS, fresh=True)
def answer_role_request(role_request_id: UUID) -> Response:
    """Give it until a day, or refuse and say why."""
    found, form = _get(role_request_id), AnswerForm()
    if not form.validate_on_submit():
        return _show(found, form, 422)
    session, now, typed, person_id = request_session(), request_time(), form.data, found.person_id
    try:
        if typed["decision"] == "yes":
            last_day = typed["last_day"] or found.last_day
            requests.approve(
                session, now, found, signed_in_person(), last_day=last_day, answer=typed["answer"]
            )
            settle_people(session, [person_id], now, BY_HAND)
        else:
            requests.refuse(session, now, found, signed_in_person(), answer=typed["answer"])
    except Invalid as refused:
        show_refusal(form, refused)
        return _show(found, form, 422)
    given = typed["decision"] == "yes"
    flash(
        _("They have the role, and are told.") if given else _("It is refused, and they are told."), "success"
    )
    return redirect(url_for("apps.role_requests"), 303)


def _get(role_request_id: UUID) -> RoleRequest:
    return requests.get_waiting(request_session(), role_request_id, permissions(), request_time())


def _works_at(found: RoleRequest) -> str:
    """Their posts in the officer's own organisations; of whoever has none there the employer alone."""
    session, now = request_session(), request_time()
    known = organisations.tree(session, now).organisations
    posts = [one for one in current_postings(session, found.person_id, now) if one.organisation_id in known]
    mine = permissions().organisations(Permission.GRANT_ACCESS)
    own = [
        f"{one.job_title}, {known[one.organisation_id].name}" for one in posts if one.organisation_id in mine
    ]
    if own or not posts:
        return "; ".join(own) or _("Nowhere now")
    return known[posts[0].organisation_id].name


def _show(found: RoleRequest, form: AnswerForm, status: int = 200) -> Response:
    session, now = request_session(), request_time()
    rules = rules_of(session, found.app_id, now)
    rows: list[tuple[str, Any]] = [
        (_("Who"), display_name(name_of(session, found.person_id, now))),
        (_("Where they work"), _works_at(found)),
        (_("App"), rules.app_name),
        (_("Role"), rules.label_of(found.role_name)),
        (_("First day"), civil_date(found.first_day)),
        (_("Last day"), civil_date(found.last_day)),
        (_("What for"), found.reason),
        (_("Asked"), civil_datetime(found.asked_at)),
    ]
    foreseen = requests.as_grant(found).foresee(session, now)
    effect = effect_of(session, foreseen, now, found.person_id)
    page = render_template("apps/role_request.html", rows=rows, form=form, effect=effect)
    return Response(page, status, mimetype="text/html")
