"""``/inbox``: every mail that Lanyard wrote, for whoever develops. Registered in development only."""

from flask import Blueprint, render_template

from app.request_transaction import request_session
from profiles.outbox.sent_mail import newest_mail
from profiles.roles.permissions import public

SHOWN = 100

blueprint = Blueprint("inbox", __name__)


@blueprint.get("/inbox")
@public
def inbox() -> str:
    """The newest mails, whoever they are to."""
    return render_template("inbox/inbox.html", mails=newest_mail(request_session(), limit=SHOWN))
