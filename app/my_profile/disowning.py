"""“That was not me”: ends every session, locks what opened one of them, and tells security."""

from uuid import UUID

from flask import redirect, render_template, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from app.access import signed_in_person
from app.my_profile.blueprint import blueprint
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from identity.disowning import service
from identity.federation import links
from identity.sessions.cookie import forget_cookie, signed_in_now
from identity.sessions.credentials import CredentialKind, name
from identity.sessions.models import LoginSession
from identity.sessions.service import get_own
from identity.sign_in import passkeys, passwords
from profiles.audit.service import Initiator
from profiles.errors import NotFound
from profiles.roles.permissions import signed_in


@blueprint.get("/profile/sessions/<uuid:session_id>/not-me")
@signed_in(here=True)
def ask_to_disown(session_id: UUID) -> str:
    """Say what it does, and how the person gets in afterwards."""
    session, person_id, found = request_session(), signed_in_person(), _other_session(session_id)
    ways = dict(_ways(session, person_id))
    locked = service.opened_or_added(session, found)
    used = [ways[one] for one in locked if one in ways]
    others = [words for one, words in ways.items() if one not in locked]
    return render_template(
        "my_profile/not_me.html",
        session_id=session_id,
        browser=found.user_agent or _("A browser that we do not know"),
        began=found.created_at,
        locked=", ".join(used),
        ways=", ".join(others),
    )


@blueprint.post("/profile/sessions/<uuid:session_id>/not-me")
@signed_in(here=True)
def disown_session(session_id: UUID) -> Response:
    """Do it; the person signs in anew, with something else."""
    _other_session(session_id)
    by = Initiator.person(signed_in_person())
    service.disown(request_session(), session_id, request_time(), by, by_mail=False)
    answer = redirect(url_for("disowning.reported"), 303)
    forget_cookie(answer)
    return answer


def _other_session(session_id: UUID) -> LoginSession:
    """One of the person's own, but not the one in use, which is them. Raises NotFound."""
    here = signed_in_now()
    if here is not None and here.session_id == session_id:
        raise NotFound("This is where you are now.")
    return get_own(request_session(), signed_in_person(), session_id)


def _ways(session: Session, person_id: UUID) -> list[tuple[str, str]]:
    """What signs the person in now, by its name and in words."""
    password = passwords.find_stored(session, person_id)
    ways = [(name(CredentialKind.PASSWORD), _("your password"))] if password and password.opens else []
    ways += [
        (name(CredentialKind.PASSKEY, one.id), _("the passkey “%(name)s”", name=one.name))
        for one in passkeys.of_person(session, person_id)
        if one.locked_at is None
    ]
    ways += [
        (name(CredentialKind.LINK, one.link_id), _("your department’s account"))
        for one in links.accounts_of(session, person_id)
        if one.locked_at is None
    ]
    return ways
