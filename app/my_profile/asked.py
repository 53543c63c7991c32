"""What an officer asked for and a second one decides on: domains, places, roles, rules of apps and so on."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.access import signed_in_person
from app.apps.policy_words import summary_of, title_of
from app.display_formats import civil_datetime
from app.my_profile.blueprint import blueprint
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.access_policy.models import OPEN_FOR, PolicyChange, PolicyKind, PolicyState
from profiles.access_policy.service import asked_by, get_asked, refuse, wanted_by
from profiles.organisations import reading
from profiles.roles.permissions import signed_in

SHOWN = 50
ONE = "/profile/asked/<uuid:policy_change_id>"


@blueprint.get("/profile/asked")
@signed_in()
def asked() -> str:
    """The newest first, whatever became of it."""
    session, now = request_session(), request_time()
    names = reading.names_ever(session, now)
    rows = [
        {
            "href": url_for("my_profile.asked_for", policy_change_id=one.id),
            "what": title_of(wanted_by(one)),
            "decides": _who_decides(one, names),
            "at": civil_datetime(one.proposed_at),
            "state": _state_in_words(one, now),
        }
        for one in asked_by(session, signed_in_person(), SHOWN)
    ]
    return render_template("my_profile/asked.html", rows=rows)


@blueprint.get(ONE)
@signed_in()
def asked_for(policy_change_id: UUID) -> str:
    """What was asked for and why, what became of it, and how it is taken back."""
    session, now = request_session(), request_time()
    found = get_asked(session, policy_change_id, signed_in_person())
    wanted = wanted_by(found)
    return render_template(
        "my_profile/asked_for.html",
        change=found,
        title=title_of(wanted),
        summary=summary_of(session, wanted, now),
        decides=_who_decides(found, reading.names_ever(session, now)),
        state=_state_in_words(found, now),
        waits=found.state is PolicyState.WAITING,
    )


@blueprint.post(f"{ONE}/withdraw")
@signed_in()
def withdraw_asked(policy_change_id: UUID) -> Response:
    """Ask for it no longer; without a fresh sign-in, because nothing is changed by it."""
    session, me = request_session(), signed_in_person()
    refuse(session, get_asked(session, policy_change_id, me), request_time(), me)
    flash(_("You have taken it back. Nothing is changed."), "success")
    return redirect(url_for("my_profile.asked"), 303)


def _who_decides(change: PolicyChange, names: Mapping[UUID, str]) -> str:
    place = names[change.organisation_id]
    if change.kind is PolicyKind.REINSTATEMENT:
        return _("Another platform administrator")
    if change.kind is PolicyKind.ROLE:
        return _("Officers of %(organisation)s or, if none could, of the platform", organisation=place)
    return _("Officers of %(organisation)s", organisation=place)


def _state_in_words(change: PolicyChange, now: datetime) -> str:
    if change.state is PolicyState.RECORDED:
        return _("Recorded")
    if change.state is PolicyState.REFUSED:
        return _("You took it back") if change.decided_by == change.proposed_by else _("Refused")
    if change.proposed_at <= now - OPEN_FOR:
        return _("Nobody decided within 30 days: it cannot be approved any more")
    return _("Waits for a second officer")
