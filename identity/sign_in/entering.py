"""What follows once somebody has proved who they are, in whichever way: a session, and on to the page."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from flask import redirect, request, session, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from identity.acr import PASSWORD_AMR
from identity.context import current
from identity.sessions import service as sessions
from identity.sessions.browsers import browser_label
from identity.sessions.cookie import give_cookie, session_limits, signed_in_now
from identity.sessions.credentials import CredentialKind
from identity.sessions.service import ProvenElsewhere, SignedIn
from identity.sign_in import alerts, disowning_links, known_browsers
from identity.sign_in.browser_cookie import browser_cookie, give_browser_cookie


def enter(
    person_id: UUID,
    next_path: str,
    *,
    amr: Sequence[str] = PASSWORD_AMR,
    elsewhere: ProvenElsewhere | None = None,
    credential: str = CredentialKind.PASSWORD,
) -> Response:
    """Begin a session, or go on with the person's own, under a token that nobody has seen before.

    ``elsewhere`` says how a department's provider vouches for the person; without it we saw it ourselves.
    ``credential`` is the name of what proved it.
    """
    context, present = current(), signed_in_now()
    database, now, limits = context.session(writes=True), context.now(), session_limits()
    label = browser_label(request.user_agent.string)
    token = None
    if present is not None and present.person_id == person_id:
        token = sessions.confirm(
            database, present, now, limits, amr=amr, elsewhere=elsewhere, credential=credential
        )
    elif present is not None:
        sessions.end(database, present.session_id, now, "Somebody else signed in at this browser")
    if token is None:
        token = sessions.start(
            database,
            now,
            person_id=person_id,
            limits=limits,
            amr=amr,
            elsewhere=elsewhere,
            credential=credential,
            user_agent=label,
        )
    known = known_browsers.remember(database, person_id, browser_cookie(), label, now)
    begun = sessions.find_signed_in(database, token, now) if known.is_new else None
    if begun is not None:
        _tell_of_new_browser(database, begun, label, now)
    session.clear()
    response = redirect(next_path, 303)
    give_cookie(response, token)
    give_browser_cookie(response, known.cookie)
    return response


def _tell_of_new_browser(database: Session, begun: SignedIn, label: str, now: datetime) -> None:
    """With a link for whoever it was not, who need not be able to sign in."""
    where = label or "a browser that we do not know"
    what = f"Somebody signed in to Lanyard as you with {where}, where you had not signed in before."
    path = url_for("disowning.ask", token=disowning_links.token_of(begun.session_id, now))
    what_to_do = (
        f"If this was not you, open {current().settings.issuer}{path} and press the button there. It works "
        f"once, for {disowning_links.GOOD_FOR.days} days, without signing in: it signs you out everywhere "
        "and locks what that sign-in was made with."
    )
    subject = "A sign-in in a new browser"
    alerts.tell(database, begun.person_id, subject, what, now, what_to_do=what_to_do)
