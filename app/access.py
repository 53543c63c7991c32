"""Enforces, fail-closed, what each view declares with a marker from ``profiles.roles.permissions``.

A view that declares nothing answers 403 to everybody.
"""

from datetime import datetime, timedelta
from uuid import UUID

from flask import Flask, current_app, g, redirect, request, url_for
from sqlmodel import Session
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response

from app.display_formats import civil_datetime
from app.navigation import show_account_of
from app.reloading import has_reloaded
from app.request_transaction import own_transaction, reading, request_session, request_time
from app.translation import gettext as _
from identity.acr import MULTI_FACTOR, SINGLE_FACTOR, meets
from identity.context import current
from identity.recovery.service import find_last_completed
from identity.sessions.cookie import session_limits, signed_in_now
from identity.sessions.holding import hold
from identity.sessions.service import SignedIn, is_fresh, is_seen_due, note_seen
from identity.sign_in import kept_forms
from identity.sign_in.asked import Asked
from identity.sign_in.methods import has_second_factor
from identity.sign_in.offered import has_accepted, policy_for
from profiles.errors import NotPermitted
from profiles.roles.ended import with_ended
from profiles.roles.permissions import MARKER, AccessRequirement, Demand
from profiles.roles.service import Permissions, permissions_of

NEVER_KEPT = frozenset({"password", "client_secret", "registration_token"})
"""The fields that hold secrets: nothing that was typed with one is kept."""


def init_app(app: Flask) -> None:
    """Check every request before its view runs."""
    app.before_request(enforce)


def requirement_of(view: object) -> AccessRequirement | None:
    """What a view declares; None where it forgot to."""
    found: AccessRequirement | None = getattr(view, MARKER, None)
    return found


def signed_in_person() -> UUID:
    """The id of the person who is signed in, in a view whose marker has made sure of it."""
    signed_in: SignedIn = g.signed_in
    return signed_in.person_id


def hold_session(session: Session) -> None:
    """Keep the session of this request from being ended before what it writes is there to be seen.

    Comes first in every view that adds a way in. Raises Conflict when somebody has ended it meanwhile.
    """
    hold(session, g.signed_in, request_time())


def proved_here() -> bool:
    """Whether the person proved who they are to Lanyard itself, and not to a department's provider alone."""
    signed_in: SignedIn = g.signed_in
    return signed_in.upstream_link_id is None


def permissions() -> Permissions:
    """What the person who is signed in may do, and where."""
    held: Permissions = g.permissions
    return held


def answering() -> Permissions:
    """The same, and for what is left of organisations that have ended (see ``profiles.roles.ended``)."""
    if "answering" not in g:
        g.answering = with_ended(request_session(), permissions(), request_time())
    held: Permissions = g.answering
    return held


def enforce() -> Response | None:
    """Refuse, or lead to the sign-in page, unless the reader may open this view; None when they may."""
    if request.endpoint is None or request.endpoint == "static":
        return None
    requirement = requirement_of(current_app.view_functions[request.endpoint])
    if requirement is None:
        raise Forbidden
    if requirement.public:
        return None
    signed_in, now = signed_in_now(), request_time()
    if signed_in is None:
        return _sign_in_first(_back(), fresh=False)
    with reading() as session:
        if signed_in.is_limited and not _may_set_up(session, requirement, signed_in.person_id):
            return redirect(url_for("sign_in.set_up", next=_back()))
        level = _level_wanted(session, requirement, signed_in.person_id)
        stale = requirement.fresh and not is_fresh(signed_in, now, current().settings.fresh_for)
        weak = level != SINGLE_FACTOR and not meets(signed_in.acr, level)
        elsewhere = requirement.own_credential and signed_in.upstream_link_id is not None
        if stale or weak or elsewhere:
            back = _back_to_form(signed_in.person_id, now) if request.method == "POST" else _back()
            return _sign_in_first(back, fresh=True, level=level, here=requirement.own_credential)
        g.signed_in = signed_in
        g.permissions = permissions_of(session, signed_in.person_id, now)
        cools_until = _find_cooling_end(session, signed_in.person_id, g.permissions, now)
        if cools_until is not None:
            if requirement.permission is not None:
                raise NotPermitted(
                    _(
                        "Your account was recovered. Your roles allow nothing here until %(date)s, so that "
                        "nobody who recovered it in your name can use them.",
                        date=civil_datetime(cools_until),
                    )
                )
            g.permissions = Permissions({})
        if requirement.permission is not None and not g.permissions.anywhere(requirement.permission):
            raise Forbidden
        show_account_of(session, signed_in.person_id, g.permissions, now)
    if not has_reloaded():
        _note_seen(signed_in, now)
    return None


def _may_set_up(session: Session, requirement: AccessRequirement, person_id: UUID) -> bool:
    """Whether a limited session opens the view: nothing is added beside a way in that is accepted already.

    Whoever has one goes on with it, so that a stolen password cannot put its own passkey there.
    """
    if not requirement.while_limited:
        return False
    return not requirement.fresh or not has_accepted(session, person_id, policy_for(session, person_id))


def _find_cooling_end(session: Session, person_id: UUID, held: Permissions, now: datetime) -> datetime | None:
    """Until when the roles of an account that was recovered lately rest; None when they do not."""
    return find_rest_end(session, person_id, now) if held.any else None


def find_rest_end(session: Session, person_id: UUID, now: datetime) -> datetime | None:
    """Until when an account that was recovered lately rests; None when it does not."""
    recovered_at = find_last_completed(session, person_id)
    cooling: timedelta = current_app.config["RECOVERY_COOLING"]
    return recovered_at + cooling if recovered_at is not None and recovered_at + cooling > now else None


def _note_seen(signed_in: SignedIn, now: datetime) -> None:
    if is_seen_due(signed_in, now):
        with own_transaction() as session:
            note_seen(session, signed_in, now, session_limits(session, signed_in.person_id))


def _level_wanted(session: Session, requirement: AccessRequirement, person_id: UUID) -> str:
    """How strongly the person must have signed in for a view."""
    if requirement.demand is Demand.PRIVILEGED:
        return current().settings.privileged_acr
    if requirement.demand is Demand.AS_STRONG_AS_OWN and has_second_factor(session, person_id):
        return MULTI_FACTOR
    return SINGLE_FACTOR


def _sign_in_first(back: str, *, fresh: bool, level: str = SINGLE_FACTOR, here: bool = False) -> Response:
    """Lead to the sign-in page and back; what a form held is never kept in an address."""
    asked = Asked(back, fresh=fresh, level=level, insists=True, here=here)
    return redirect(url_for("sign_in.sign_in", **asked.as_query()))


def _back_to_form(person_id: UUID, now: datetime) -> str:
    """Where what was sent just now can be sent again.

    A file, a secret, or a button alone has a page to go back to: a page of ours never shows a secret again.

    Only of a form whose token was checked: what another site sent in their name is not put before people.
    """
    fields = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    is_button = not fields and _page_of_form() != "/"
    has_secret = any(value and name in NEVER_KEPT for name, value in fields)
    if request.files or is_button or has_secret or not g.get("csrf_valid"):
        return _page_of_form()
    sent = kept_forms.Sent(request.full_path.removesuffix("?"), fields)
    with own_transaction() as session:
        token = kept_forms.keep(session, current().encryption, person_id, sent, now)
    return url_for("sign_in.go_on", token=token) if token else _page_of_form()


def _back() -> str:
    return request.full_path.removesuffix("?") if request.method == "GET" else _page_of_form()


def _page_of_form() -> str:
    rules = current_app.url_map.bind_to_environ(request.environ)
    return request.full_path.removesuffix("?") if rules.test(request.path, "GET") else "/"
