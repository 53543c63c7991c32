"""Who holds a one-time link, and the page for when it is worth nothing."""

from uuid import UUID

from flask import make_response, render_template
from werkzeug.wrappers import Response

from identity.context import current
from identity.sign_in import invitations, methods
from identity.sign_in.offered import policy_for
from profiles.sign_in.models import Method
from profiles.sign_in.service import may_sign_in


def find_invited(token: str) -> UUID | None:
    """Whose link it is, if it may be used and its person may sign in."""
    context = current()
    with context.reading() as database:
        found = invitations.find_invitation(database, token, context.now())
        if found is None or not may_sign_in(database, found.person_id, context.now()):
            return None
        return found.person_id


def link_is_over() -> Response:
    """The page, which does not say why."""
    return make_response(render_template("sign_in/invitation_over.html"), 404)


def may_choose_password(person_id: UUID) -> bool:
    """Whether a password can be of use to the person; else they make a passkey, if they have none yet.

    Whoever has a second factor already does not go round it by a link, and is told after the password.
    """
    with current().reading() as database:
        passwords_count = policy_for(database, person_id).methods & {
            Method.PASSWORD,
            Method.PASSWORD_AND_CODE,
        }
        return bool(passwords_count) or methods.has_second_factor(database, person_id)
