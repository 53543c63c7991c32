"""Changes of who may use an app that wait for a second officer: another owner, or a security officer."""

from uuid import UUID

from flask import current_app, flash, redirect, render_template, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.access_changes import settle_people
from app.apps.blueprint import blueprint
from app.apps.policy_flow import BY_HAND, about, effect_of
from app.apps.policy_words import summary_of, title_of
from app.display_formats import civil_datetime
from app.listed_names import known_name
from app.request_transaction import reading, request_session, request_time
from app.translation import gettext as _
from profiles.access_policy.models import OPEN_FOR, PolicyChange
from profiles.access_policy.service import (
    approve,
    barred,
    check,
    get_waiting,
    refuse,
    waiting,
    wanted_by,
)
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
    session, now = request_session(), request_time()
    found = _get(session, policy_change_id)
    wanted, problem, effect, gains = wanted_by(found), "", None, False
    mine, above = permissions().parties, current_app.config["GAINING_OFFICER_ABOVE"]
    is_party = not mine.isdisjoint((found.proposed_by, found.person_id))
    try:
        check(session, found, wanted, now)
        foreseen = wanted.foresee(session, now)
        effect = effect_of(session, foreseen, now, found.person_id)
        gains = not mine.isdisjoint(barred(found, foreseen, above))
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
        is_party=is_party,
        may_approve=not (problem or is_party or gains),
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
    now, above = request_time(), current_app.config["GAINING_OFFICER_ABOVE"]
    with reading() as session:  # whose access turns is worked out before anything is written
        foreseen = wanted_by(_get(session, policy_change_id)).foresee(session, now)
    session = request_session()
    found = _get(session, policy_change_id)
    approve(session, found, foreseen, now, signed_in_person(), gaining_above=above)
    if found.person_id is not None:
        settle_people(session, [found.person_id], now, BY_HAND)
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
