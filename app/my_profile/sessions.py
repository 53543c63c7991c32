"""Your sessions: where you are signed in, the buttons that end it, and the browsers that know you."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.access import signed_in_person
from app.my_profile.blueprint import blueprint
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from identity.sessions.cookie import forget_cookie, signed_in_now
from identity.sessions.service import end_own, list_for_person
from identity.sign_in import known_browsers
from profiles.apps import service as apps
from profiles.roles.permissions import signed_in

REASON = "The person signed out of this session."


@blueprint.get("/profile/sessions")
@signed_in()
def sessions() -> str:
    """Each browser that is signed in, and the apps it was used at."""
    session = request_session()
    shown = [
        {
            "id": one.session_id,
            "browser": one.user_agent or _("A browser that we do not know"),
            "here": one.session_id == _this_session(),
            "began": one.created_at,
            "last_seen": one.last_seen_at,
            "is_signed_in": one.is_signed_in,
            "apps": [apps.get(session, app_id).name for app_id in one.app_ids],
        }
        for one in list_for_person(session, signed_in_person(), request_time())
    ]
    shown.sort(key=lambda one: not one["here"])
    browsers = known_browsers.of_person(session, signed_in_person(), request_time())
    return render_template("my_profile/sessions.html", sessions=shown, browsers=browsers)


@blueprint.post("/profile/sessions/<uuid:session_id>/end")
@signed_in(here=True)
def end_session(session_id: UUID) -> Response:
    """End one; its apps are told. Ending the one in use leads to the sign-in page."""
    end_own(request_session(), signed_in_person(), session_id, request_time(), REASON)
    if session_id == _this_session():
        answer = redirect(url_for("sign_in.sign_in"), 303)
        forget_cookie(answer)
        return answer
    flash(_("That session has ended, and its apps are being told."), "success")
    return redirect(url_for("my_profile.sessions"), 303)


@blueprint.post("/profile/browsers/<uuid:browser_id>/forget")
@signed_in(here=True)
def forget_browser(browser_id: UUID) -> Response:
    """Let the person be a stranger at one browser; whoever is signed in there stays so."""
    known_browsers.forget_one(request_session(), signed_in_person(), browser_id, request_time())
    flash(_("That browser is forgotten."), "success")
    return redirect(url_for("my_profile.sessions"), 303)


@blueprint.post("/profile/sessions/end-others")
@signed_in(here=True)
def end_other_sessions() -> Response:
    """End every session but the one in use."""
    end_others(REASON)
    flash(_("You are signed out everywhere else, and the apps are being told."), "success")
    return redirect(url_for("my_profile.sessions"), 303)


def end_others(reason: str) -> None:
    """End every session of the person but the one in use: whoever else is there is out."""
    session, now, person_id = request_session(), request_time(), signed_in_person()
    for one in list_for_person(session, person_id, now):
        if one.session_id != _this_session():
            end_own(session, person_id, one.session_id, now, reason)


def _this_session() -> UUID | None:
    found = signed_in_now()
    return found.session_id if found else None
