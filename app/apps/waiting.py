"""Changes of who may use an app that wait for a second officer: another owner, or a security officer."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.apps.blueprint import blueprint
from app.apps.deciding import Hrefs, approve_found, decision_page
from app.apps.policy_flow import about
from app.apps.policy_words import title_of
from app.display_formats import civil_datetime
from app.listed_names import known_name
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.access_policy.models import PolicyChange
from profiles.access_policy.service import get_waiting, refuse, waiting, wanted_by
from profiles.entitlements.service import rules_of
from profiles.roles.permissions import Permission, requires


@blueprint.get("/apps/changes")
@requires(Permission.APPROVE_ACCESS)
def changes() -> str:
    """All that wait in the officer's organisations, the oldest first."""
    session, now = request_session(), request_time()
    rows = [
        {
            "href": url_for("apps.change", policy_change_id=one.id),
            "app": rules_of(session, one.app_id, now).app_name if one.app_id else "",
            "what": title_of(wanted_by(one)),
            "people": about(one.people),
            "by": known_name(session, one.proposed_by, now),
            "at": civil_datetime(one.proposed_at),
        }
        for one in waiting(session, permissions().organisations(Permission.APPROVE_ACCESS), now)
    ]
    return render_template("apps/changes.html", rows=rows)


@blueprint.get("/apps/changes/<uuid:policy_change_id>")
@requires(Permission.APPROVE_ACCESS, fresh=True)
def change(policy_change_id: UUID) -> str:
    """What is wanted, by whom and why, and whose access it turns now."""
    found = _get(request_session(), policy_change_id)
    hrefs = Hrefs(
        back=url_for("apps.changes"),
        approve=url_for("apps.approve_change", policy_change_id=found.id),
        refuse=url_for("apps.refuse_change", policy_change_id=found.id),
    )
    return decision_page(found, hrefs)


@blueprint.get("/apps/changes/<uuid:policy_change_id>/approve")
@blueprint.get("/apps/changes/<uuid:policy_change_id>/refuse")
@requires(Permission.APPROVE_ACCESS)
def back_to_change(policy_change_id: UUID) -> Response:
    """Where somebody comes back to who had to sign in again before pressing a button there."""
    return redirect(url_for("apps.change", policy_change_id=policy_change_id))


@blueprint.post("/apps/changes/<uuid:policy_change_id>/approve")
@requires(Permission.APPROVE_ACCESS, fresh=True)
def approve_change(policy_change_id: UUID) -> Response:
    """Let it be so; sessions that no longer fit end."""
    approve_found(lambda session: _get(session, policy_change_id))
    flash(_("It is recorded."), "success")
    return redirect(url_for("apps.changes"), 303)


@blueprint.post("/apps/changes/<uuid:policy_change_id>/refuse")
@requires(Permission.APPROVE_ACCESS, fresh=True)
def refuse_change(policy_change_id: UUID) -> Response:
    """Nothing comes of it."""
    session = request_session()
    refuse(session, _get(session, policy_change_id), request_time(), signed_in_person())
    flash(_("It was refused, and nothing is changed."), "success")
    return redirect(url_for("apps.changes"), 303)


def _get(session: Session, policy_change_id: UUID) -> PolicyChange:
    return get_waiting(session, policy_change_id, permissions().organisations(Permission.APPROVE_ACCESS))
