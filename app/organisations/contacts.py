"""Whom people are told to ask when they cannot sign in: an administrator publishes it for each team."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.organisations.blueprint import blueprint
from app.portable_profile.asked import asked_dates
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.forms import show_refusal, text_field
from app.translation import gettext as _
from profiles.errors import Invalid, NotFound
from profiles.organisations import service as organisations
from profiles.roles.permissions import Permission, requires
from profiles.sign_in.contacts import Reached, Team, find_own, publish

PATH = "/organisations/contacts"


class ContactForm(FlaskForm):  # type: ignore[misc]
    """By what a team is reached; all empty publishes nothing."""

    phone = text_field(
        _l("Phone number (optional)"), description=_l("For example, 0300 123 4567 or +44 20 7946 0123 ext 12")
    )
    email = text_field(
        _l("E-mail address (optional)"),
        description=_l("A mailbox of the team, at a domain of your organisation’s"),
    )
    web_page = text_field(_l("Web page (optional)"), description=_l("It begins with https://"))


@blueprint.get(PATH)
@requires(Permission.MANAGE_SIGN_IN)
def team_contacts() -> str:
    """What each organisation that the person administers publishes, or did on another day."""
    session, now = request_session(), request_time()
    asked = asked_dates(now)
    point = asked.valid_at, asked.known_at
    mine = permissions().organisations(Permission.MANAGE_SIGN_IN)
    rows = [
        {
            "organisation_id": one,
            "name": organisations.get(session, one, now).name,
            "teams": [(team.value, title, find_own(session, one, team, *point)) for team, title in _titles()],
        }
        for one in mine
    ]
    return render_template(
        "organisations/contacts.html",
        rows=sorted(rows, key=lambda row: str(row["name"])),
        asked=asked,
        shown_at=asked.valid_at,
        reset_href=url_for("organisations.team_contacts"),
    )


@blueprint.get(f"{PATH}/<uuid:organisation_id>/<team>")
@requires(Permission.MANAGE_SIGN_IN, fresh=True)
def team_contact(organisation_id: UUID, team: str) -> Response:
    """The form, filled in with what is published."""
    which = _managed(organisation_id, team)
    own = find_own(request_session(), organisation_id, which, request_time()) or Reached()
    return _show(organisation_id, which, ContactForm(data=vars(own)))


@blueprint.post(f"{PATH}/<uuid:organisation_id>/<team>")
@requires(Permission.MANAGE_SIGN_IN, fresh=True)
def publish_team_contact(organisation_id: UUID, team: str) -> Response:
    """Publish it at once; security officers are told."""
    which, form = _managed(organisation_id, team), ContactForm()
    if not form.validate_on_submit():
        return _show(organisation_id, which, form, 422)
    typed: dict[str, Any] = {name: form.data[name] or "" for name in ("phone", "email", "web_page")}
    try:
        publish(
            request_session(),
            request_time(),
            organisation_id=organisation_id,
            team=which,
            unverified=Reached(**typed),
            person_id=signed_in_person(),
        )
    except Invalid as refused:
        roll_back()
        show_refusal(form, refused)
        return _show(organisation_id, which, form, 422)
    flash(_("It is published. Your security officers are told."), "success")
    return redirect(url_for("organisations.team_contacts"), 303)


def _titles() -> list[tuple[Team, str]]:
    return [(Team.HR, _("HR team")), (Team.SECURITY, _("Security team"))]


def _managed(organisation_id: UUID, team: str) -> Team:
    if team not in list(Team) or not permissions().allows(Permission.MANAGE_SIGN_IN, organisation_id):
        raise NotFound(_("There is no such contact."))
    return Team(team)


def _show(organisation_id: UUID, team: Team, form: ContactForm, status: int = 200) -> Response:
    page = render_template(
        "organisations/contact.html",
        form=form,
        organisation=organisations.get(request_session(), organisation_id, request_time()).name,
        title=dict(_titles())[team],
        action=url_for(
            "organisations.publish_team_contact", organisation_id=organisation_id, team=team.value
        ),
    )
    return Response(page, status, mimetype="text/html")
