"""While somebody moves, their HR helps them to sign in only after a security officer has allowed it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import current_app, flash, redirect, url_for
from werkzeug.wrappers import Response

from app.access import signed_in_person
from app.display_formats import civil_date, civil_datetime
from app.people.blueprint import blueprint
from app.people.helped import Helped, get_helped
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from identity.recovery import allowances
from profiles.errors import Conflict
from profiles.roles.permissions import Permission, requires
from profiles.transfers.freeze import frozen_until


@dataclass(frozen=True)
class Freeze:
    """Until when help needs a security officer, and until when one has allowed it to the reader."""

    until: datetime
    allowed_until: datetime | None


def find_freeze(whom: Helped) -> Freeze | None:
    """The freeze of a move that the person is in; None when they are in none."""
    session, now = request_session(), request_time()
    until = frozen_until(session, whom.person_id, now, current_app.config["MOVE_FREEZE"])
    if until is None:
        return None
    officer_id = signed_in_person()
    allowed = allowances.find_allowed(session, whom.person_id, whom.organisation_id, now, to=officer_id)
    return Freeze(until, allowed)


def check_not_frozen(whom: Helped) -> None:
    """Raise Conflict, with who can lift it, while the reader may not give the person a new way in."""
    freeze = find_freeze(whom)
    if freeze is not None and freeze.allowed_until is None:
        raise Conflict(
            _(
                "%(name)s is moving between departments. Until %(date)s a security officer of your "
                "organisation must allow this first, on the page “How they sign in”.",
                name=whom.name,
                date=civil_date(freeze.until),
            )
        )


@blueprint.get("/people/<uuid:person_id>/sign-in/allow-help")
@requires(Permission.ALLOW_HELP)
def back_to_signing_in(person_id: UUID) -> Response:
    """Where somebody comes back to who had to sign in again before pressing the button there."""
    return redirect(url_for("people.signing_in", person_id=person_id))


@blueprint.post("/people/<uuid:person_id>/sign-in/allow-help")
@requires(Permission.ALLOW_HELP, fresh=True)
def allow_help(person_id: UUID) -> Response:
    """Let HR help for some days; every address around the move is told."""
    whom = get_helped(person_id, Permission.ALLOW_HELP)
    until = allowances.allow(
        request_session(),
        request_time(),
        person_id=person_id,
        organisation_id=whom.organisation_id,
        officer_id=signed_in_person(),
    )
    said = _("HR can help %(name)s until %(date)s.", name=whom.name, date=civil_datetime(until))
    flash(said, "success")
    return redirect(url_for("people.signing_in", person_id=person_id), 303)
