"""Where no officer alone gives a new way in: while somebody moves, and a code once they have signed in."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import current_app, flash, redirect, url_for
from werkzeug.wrappers import Response

from app.access import signed_in_person
from app.display_formats import civil_date, civil_datetime
from app.people.blueprint import blueprint
from app.people.helped import Helped, check_not_self, get_helped
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from identity.recovery import allowances
from identity.recovery.allowances import Allowed
from profiles.bulk_moves.freeze import frozen_until
from profiles.errors import Conflict
from profiles.people.service import display_name, name_of
from profiles.roles.permissions import Permission, requires
from profiles.roles.service import who_may
from profiles.sign_in.service import may_sign_in


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
    return Freeze(until, allowed.until if allowed else None)


def find_allowed(whom: Helped) -> Allowed | None:
    """That somebody other than the reader has allowed help, in a move or not."""
    session, now = request_session(), request_time()
    officer_id = signed_in_person()
    return allowances.find_allowed(session, whom.person_id, whom.organisation_id, now, to=officer_id)


def names_of_who_allow(whom: Helped) -> list[str]:
    """The security officers who may allow it to the reader: of the organisation, or above it with its own."""
    session, now = request_session(), request_time()
    found = who_may(session, Permission.ALLOW_HELP, whom.organisation_id, now)
    others = [one for one in found if one not in (whom.person_id, signed_in_person())]
    return [display_name(name_of(session, one, now)) for one in others if may_sign_in(session, one, now)]


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
    check_not_self(whom)
    until = allowances.allow(
        request_session(),
        request_time(),
        person_id=person_id,
        organisation_id=whom.organisation_id,
        officer_id=signed_in_person(),
        is_moving=find_freeze(whom) is not None,
    )
    said = _("HR can help %(name)s until %(date)s.", name=whom.name, date=civil_datetime(until))
    flash(said, "success")
    return redirect(url_for("people.signing_in", person_id=person_id), 303)
