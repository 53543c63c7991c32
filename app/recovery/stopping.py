"""“This was not me, stop it”: by the link of a mail, without signing in, or on the person's own page.

Opening the link does nothing: programs that look at mail open every link. Stopping opens nothing either.
"""

from flask import flash, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.access import signed_in_person
from app.recovery.blueprint import blueprint
from app.request_transaction import reading, request_session, request_time
from app.translation import gettext as _
from identity.recovery import service
from identity.recovery.models import Recovery, RecoveryState
from identity.sign_in.mail_links import STOP_RECOVERY
from profiles.audit.service import Initiator
from profiles.roles.permissions import public, signed_in


@blueprint.get("/recovery/stop/<token>")
@public
def ask_to_stop(token: str) -> Response:
    """Say what the button does. It says nothing of the person."""
    if STOP_RECOVERY.find(token, request_time()) is None:
        return _over(token)
    return make_response(render_template("recovery/stop.html", token=token))


@blueprint.post("/recovery/stop/<token>")
@public
def stop(token: str) -> Response:
    """Stop it, once."""
    recovery_id, by = STOP_RECOVERY.find(token, request_time()), Initiator.system("link in a mail")
    if recovery_id is None or not service.stop(request_session(), request_time(), recovery_id, by, None):
        return _over(token)
    return redirect(url_for("recovery.stopped", token=token), 303)


@blueprint.get("/recovery/stopped/<token>")
@public
def stopped(token: str) -> Response:
    """Say what has happened, and what else to do."""
    found = _named(token)
    if found is None or found.state is not RecoveryState.STOPPED:
        return _over(token)
    return make_response(render_template("recovery/stopped.html", organisation_id=found.organisation_id))


@blueprint.post("/profile/recovery/stop")
@signed_in()
def stop_own() -> Response:
    """The same for who is signed in, by whatever: it takes nothing but the recovery."""
    session, now, person_id = request_session(), request_time(), signed_in_person()
    found = service.find_open(session, person_id)
    if found is not None and service.stop(session, now, found.id, Initiator.person(person_id), person_id):
        flash(_("It is stopped. Your security officers have been told."), "success")
    else:
        flash(_("There is nothing to stop any more."), "important")
    return redirect(url_for("my_profile.notices"), 303)


def _over(token: str) -> Response:
    found = _named(token)
    organisation_id = found.organisation_id if found else None
    return make_response(render_template("recovery/over.html", organisation_id=organisation_id), 404)


def _named(token: str) -> Recovery | None:
    """The recovery of a link of ours. Its organisation is named in the mail that has the link."""
    recovery_id = STOP_RECOVERY.find(token, request_time())
    if recovery_id is None:
        return None
    with reading() as session:
        found = service.find(session, recovery_id)
        if found is not None:
            session.expunge(found)
    return found
