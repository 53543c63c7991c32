"""Who stands in for the officers of an organisation, for its administrators, who can end it."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.deputy_words import deputies_in_words
from app.organisations.blueprint import blueprint
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.deputies import service
from profiles.roles.permissions import Permission, requires


@blueprint.get("/organisations/deputies")
@requires(Permission.MANAGE_SIGN_IN)
def deputies() -> str:
    """All of them, now or later, the earliest first."""
    session, now = request_session(), request_time()
    found = service.deputies_at(session, permissions().organisations(Permission.MANAGE_SIGN_IN), now)
    rows = deputies_in_words(session, found, now)
    return render_template("organisations/deputies.html", deputies=rows)


@blueprint.post("/organisations/deputies/<uuid:role_id>/end")
@requires(Permission.MANAGE_SIGN_IN)
def end_deputy(role_id: UUID) -> Response:
    """End one at once; the officer and the deputy are told.

    Without a fresh sign-in, unlike naming one: it takes access away, which must not wait, and gives none.
    """
    session, now = request_session(), request_time()
    found = service.deputies_at(session, permissions().organisations(Permission.MANAGE_SIGN_IN), now)
    service.end(session, now, found, role_id, signed_in_person())
    flash(_("It is ended. The officer and the deputy get a mail."), "success")
    return redirect(url_for("organisations.deputies"), 303)
