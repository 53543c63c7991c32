"""What follows once somebody has proved who they are, in whichever way: a session, and on to the page."""

from collections.abc import Sequence
from uuid import UUID

from flask import redirect, request, session
from werkzeug.wrappers import Response

from identity.acr import PASSWORD_AMR
from identity.context import current
from identity.sessions import service as sessions
from identity.sessions.browsers import browser_label
from identity.sessions.cookie import give_cookie, session_limits, signed_in_now
from identity.sessions.service import ProvenElsewhere
from identity.sign_in import alerts, known_browsers
from identity.sign_in.browser_cookie import browser_cookie, give_browser_cookie


def enter(
    person_id: UUID,
    next_path: str,
    *,
    amr: Sequence[str] = PASSWORD_AMR,
    elsewhere: ProvenElsewhere | None = None,
) -> Response:
    """Begin a session, or go on with the person's own, under a token that nobody has seen before.

    ``elsewhere`` says how a department's provider vouches for the person; without it we saw it ourselves.
    """
    context, present = current(), signed_in_now()
    database, now, limits = context.session(writes=True), context.now(), session_limits()
    label = browser_label(request.user_agent.string)
    token = None
    if present is not None and present.person_id == person_id:
        token = sessions.confirm(database, present, now, limits, amr=amr, elsewhere=elsewhere)
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
            user_agent=label,
        )
    known = known_browsers.remember(database, person_id, browser_cookie(), label, now)
    if known.is_new:
        where = label or "a browser that we do not know"
        what = f"Somebody signed in to Lanyard as you with {where}, where you had not signed in before."
        alerts.tell(database, person_id, "A sign-in in a new browser", what, now)
    session.clear()
    response = redirect(next_path, 303)
    give_cookie(response, token)
    give_browser_cookie(response, known.cookie)
    return response
