"""The page behind the link in a mail about a sign-in. It works without signing in, and once.

Opening it does nothing: programs that look at mail open every link.
"""

from flask import Blueprint, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response

from identity.context import current
from identity.disowning.service import disown
from identity.sign_in.mail_links import THAT_WAS_NOT_ME
from profiles.audit.service import Initiator
from profiles.roles.permissions import public

blueprint = Blueprint("disowning", __name__)


@blueprint.get("/not-me/<token>")
@public
def ask(token: str) -> Response:
    """Say what the button does. It says nothing of the person or the sign-in."""
    if THAT_WAS_NOT_ME.find(token, current().now()) is None:
        return _over()
    return _private(make_response(render_template("sign_in/not_me.html", token=token)))


@blueprint.post("/not-me/<token>")
@public
def report(token: str) -> Response:
    """End and lock; whoever holds the link gains nothing by it."""
    context = current()
    session_id = THAT_WAS_NOT_ME.find(token, context.now())
    by = Initiator.system("link in a mail")
    if session_id is None or not disown(
        context.session(writes=True), session_id, context.now(), by, by_mail=True
    ):
        return _over()
    return redirect(url_for("disowning.reported"), 303)


@blueprint.get("/not-me")
@public
def reported() -> str:
    """Say what has happened, and how to go on."""
    return render_template("sign_in/not_me_reported.html")


def _over() -> Response:
    return make_response(render_template("sign_in/not_me_over.html"), 404)


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
