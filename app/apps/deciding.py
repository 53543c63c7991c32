"""A change that waits, as whoever decides on it sees it, and its approval."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app, render_template
from sqlmodel import Session

from app.access import permissions, signed_in_person
from app.access_changes import settle_people
from app.apps.policy_flow import BY_HAND, effect_of
from app.apps.policy_words import summary_of, title_of
from app.listed_names import known_name
from app.request_transaction import reading, request_session, request_time
from app.translation import gettext as _
from profiles.access_policy.models import OPEN_FOR, PolicyChange
from profiles.access_policy.service import approve, check, check_may_approve, wanted_by
from profiles.errors import NotPermitted, ProfileError


@dataclass(frozen=True)
class Hrefs:
    """Where its page leads."""

    back: str
    approve: str
    refuse: str


def decision_page(found: PolicyChange, hrefs: Hrefs) -> str:
    """What is wanted, by whom and why, whose access it turns now, and what the reader may do about it."""
    session, now = request_session(), request_time()
    wanted, problem, effect, why_not = wanted_by(found), "", None, ""
    above = current_app.config["GAINING_OFFICER_ABOVE"]
    try:
        check(session, found, wanted, now)
        foreseen = wanted.foresee(session, now)
        effect = effect_of(session, foreseen, now, found.person_id)
        check_may_approve(session, found, foreseen, now, signed_in_person(), gaining_above=above)
    except NotPermitted as refused:
        why_not = refused.message
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
        why_not=why_not,
        may_approve=not (problem or why_not),
        may_refuse=not permissions().are_of(found.person_id),
        hrefs=hrefs,
    )


def approve_found(find: Callable[[Session], PolicyChange], settled: str = BY_HAND) -> None:
    """Let it be so; sessions that no longer fit end. Raises as ``find`` and the service do."""
    now, above = request_time(), current_app.config["GAINING_OFFICER_ABOVE"]
    with reading() as session:  # whose access turns is worked out before anything is written
        foreseen = wanted_by(find(session)).foresee(session, now)
    session = request_session()
    found = find(session)
    approve(session, found, foreseen, now, signed_in_person(), gaining_above=above)
    if found.person_id is not None:
        settle_people(session, [found.person_id], now, settled)
