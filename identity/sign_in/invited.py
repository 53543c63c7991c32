"""Who holds a one-time link, and the page for when it is worth nothing."""

from uuid import UUID

from flask import make_response, render_template
from werkzeug.wrappers import Response

from identity.context import current
from identity.sign_in import invitations
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
