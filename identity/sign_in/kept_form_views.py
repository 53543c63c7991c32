"""The way back to a form that was sent before its sender had proved again who they are."""

from flask import render_template

from identity.context import current
from identity.sessions.cookie import signed_in_now
from identity.sign_in import kept_forms
from identity.sign_in.blueprint import blueprint
from profiles.errors import NotFound
from profiles.roles.permissions import signed_in


@blueprint.get("/sign-in/continue/<token>")
@signed_in()
def go_on(token: str) -> str:
    """Everything that was filled in, to be sent again; looking at the page does nothing with it."""
    context, here = current(), signed_in_now()
    with context.reading() as session:
        sent = here and kept_forms.find(session, context.encryption, here.person_id, token, context.now())
    if not sent:
        raise NotFound("What you filled in is not kept any more. Nothing was done with it. Fill it in again.")
    return render_template("sign_in/continue.html", path=sent.path, fields=sent.fields)
