"""What happened to how your account is opened: passkeys, codes, links, sign-ins in new browsers."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.access import signed_in_person
from app.my_profile.blueprint import blueprint
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from identity.recovery import service as recoveries
from identity.sign_in import alerts
from profiles.roles.permissions import signed_in


@blueprint.get("/profile/notices")
@signed_in()
def notices() -> str:
    """Everything of the last half-year, the newest first."""
    session, now, person_id = request_session(), request_time(), signed_in_person()
    told = alerts.of_person(session, person_id, now)
    recovery = recoveries.find_open(session, person_id)
    return render_template(
        "my_profile/notices.html",
        notices=told,
        has_unread=any(one.read_at is None for one in told),
        recovery=recovery if recovery is not None and recovery.expires_at > now else None,
    )


@blueprint.post("/profile/notices/read")
@signed_in(here=True)
def mark_notices_read() -> Response:
    """Let the profile say nothing of them any more; the list keeps them."""
    alerts.mark_read(request_session(), signed_in_person(), request_time())
    flash(_("Marked as read."), "success")
    return redirect(url_for("my_profile.notices"), 303)
