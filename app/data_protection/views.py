"""Where a data protection officer begins: what waits for them, and what is late."""

from flask import render_template, url_for

from app.access import permissions
from app.data_protection.blueprint import blueprint
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.questions import service as questions
from profiles.roles.permissions import Permission, requires
from profiles.temporal import civil_date


@blueprint.get("/data-protection")
@requires(Permission.ANSWER_QUESTIONS)
def desk() -> str:
    """Each kind of work, how much of it waits, and how much is late."""
    session, today = request_session(), civil_date(request_time())
    mine = permissions().organisations(Permission.ANSWER_QUESTIONS)
    waits, late = questions.count_waiting(session, mine, today)
    work = [(_("Questions about what apps were told"), url_for("data_protection.questions"), waits, late)]
    return render_template("data_protection/desk.html", work=work)
