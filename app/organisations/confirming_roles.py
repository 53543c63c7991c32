"""Roles in Lanyard that wait: a second officer confirms that somebody gets one, or refuses."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.apps.deciding import Hrefs, approve_found, decision_page
from app.display_formats import civil_datetime
from app.listed_names import known_name, listed_name
from app.organisations.blueprint import blueprint
from app.portable_profile.words import role_words
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.access_policy.deciding import get_waiting_for, waiting_for
from profiles.access_policy.models import PolicyChange, PolicyKind
from profiles.access_policy.officers import RoleWanted
from profiles.access_policy.service import refuse, wanted_by
from profiles.organisations import reading
from profiles.roles.permissions import Permission, requires

LIST = "/organisations/officers/waiting"
ONE = f"{LIST}/<uuid:policy_change_id>"


@blueprint.get(LIST)
@requires(Permission.CONFIRM_ROLES)
def waiting_roles() -> str:
    """All that are for the reader to decide, the oldest first."""
    session, now = request_session(), request_time()
    names = reading.names_ever(session, now)
    rows = []
    for change in waiting_for(session, PolicyKind.ROLE, permissions(), now):
        wanted = wanted_by(change)
        if isinstance(wanted, RoleWanted):
            rows.append(
                {
                    "href": url_for("organisations.waiting_role", policy_change_id=change.id),
                    "name": listed_name(session, wanted.person_id, now),
                    "role": role_words()[wanted.role],
                    "where": names[wanted.at_id],
                    "by": known_name(session, change.proposed_by, now),
                    "at": civil_datetime(change.proposed_at),
                }
            )
    return render_template("organisations/waiting_roles.html", rows=rows)


@blueprint.get(ONE)
@requires(Permission.CONFIRM_ROLES, fresh=True)
def waiting_role(policy_change_id: UUID) -> str:
    """Who gets what, who asked for it and why, and what it opens."""
    found = _get(request_session(), policy_change_id)
    hrefs = Hrefs(
        back=url_for("organisations.waiting_roles"),
        approve=url_for("organisations.confirm_role", policy_change_id=found.id),
        refuse=url_for("organisations.refuse_role", policy_change_id=found.id),
    )
    return decision_page(found, hrefs)


@blueprint.get(f"{ONE}/confirm")
@blueprint.get(f"{ONE}/refuse")
@requires(Permission.CONFIRM_ROLES)
def back_to_role(policy_change_id: UUID) -> Response:
    """Where somebody comes back to who had to sign in again before pressing a button there."""
    return redirect(url_for("organisations.waiting_role", policy_change_id=policy_change_id))


@blueprint.post(f"{ONE}/confirm")
@requires(Permission.CONFIRM_ROLES, fresh=True)
def confirm_role(policy_change_id: UUID) -> Response:
    """They have the role; they get a mail."""
    approve_found(lambda session: _get(session, policy_change_id), "A role in Lanyard was given.")
    flash(_("The role is given. They get a mail."), "success")
    return redirect(url_for("organisations.waiting_roles"), 303)


@blueprint.post(f"{ONE}/refuse")
@requires(Permission.CONFIRM_ROLES, fresh=True)
def refuse_role(policy_change_id: UUID) -> Response:
    """Nothing comes of it."""
    session = request_session()
    refuse(session, _get(session, policy_change_id), request_time(), signed_in_person())
    flash(_("It was refused, and nobody gets the role."), "success")
    return redirect(url_for("organisations.waiting_roles"), 303)


def _get(session: Session, policy_change_id: UUID) -> PolicyChange:
    return get_waiting_for(session, policy_change_id, PolicyKind.ROLE, permissions(), request_time())
