"""Changes of who may use an app that wait for a second officer: another owner, or a security officer."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.access_changes import settle_people
from app.apps.blueprint import blueprint
from app.apps.policy_flow import BY_HAND, about, effect_of
from app.apps.policy_words import summary_of, title_of
from app.display_formats import civil_datetime
from app.listed_names import known_name
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.access_policy.models import OPEN_FOR, PolicyChange
from profiles.access_policy.service import decide, get_waiting, waiting, wanted_by
from profiles.entitlements.service import rules_of
from profiles.errors import ProfileError
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
        for one in waiting(session, permissions().organisations(Permission.APPROVE_ACCESS))
    ]
    return render_template("apps/changes.html", rows=rows)


@blueprint.get("/apps/changes/<uuid:policy_change_id>")
@requires(Permission.APPROVE_ACCESS, fresh=True)
def change(policy_change_id: UUID) -> str:
    """What is wanted, by whom and why, and whose access it turns now."""
    found, session, now = _get(policy_change_id), request_session(), request_time()
    wanted, problem, effect = wanted_by(found), "", None
    try:
        wanted.check(session, now, found.proposed_at)
        effect = effect_of(session, wanted.foresee(session, now), now, found.person_id)
    except ProfileError as refused:
        problem = refused.message
    if found.proposed_at <= now - OPEN_FOR:
        problem = _("It has waited for over 30 days. Refuse it, and ask for another.")
    return render_template(
        "apps/waiting_policy.html",
        change=found,
        title=title_of(wanted),
        summary=summary_of(session, wanted, now),
        effect=effect,
        problem=problem,
        by=known_name(session, found.proposed_by, now),
        may_approve=not problem and permissions().parties.isdisjoint((found.proposed_by, found.person_id)),
        may_refuse=not permissions().are_of(found.person_id),
    )


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
    return _decide(policy_change_id, approved=True)


@blueprint.post("/apps/changes/<uuid:policy_change_id>/refuse")
@requires(Permission.APPROVE_ACCESS, fresh=True)
def refuse_change(policy_change_id: UUID) -> Response:
    """Nothing comes of it."""
    return _decide(policy_change_id, approved=False)


def _decide(policy_change_id: UUID, *, approved: bool) -> Response:
    found = _get(policy_change_id)
    person_id = found.person_id
    decide(request_session(), found, request_time(), signed_in_person(), approved=approved)
    if approved and person_id is not None:
        settle_people(request_session(), [person_id], request_time(), BY_HAND)
    flash(_("It is recorded.") if approved else _("It was refused, and nothing is changed."), "success")
    return redirect(url_for("apps.changes"), 303)


def _get(policy_change_id: UUID) -> PolicyChange:
    return get_waiting(
        request_session(), policy_change_id, permissions().organisations(Permission.APPROVE_ACCESS)
    )
