"""Where a data protection officer begins: what waits for them, and what is late."""

from flask import render_template, url_for

from app.access import answering, permissions
from app.data_protection.blueprint import blueprint
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.access_requests import service as access_requests
from profiles.access_requests import withholding
from profiles.concerns import service as concerns
from profiles.questions import service as questions
from profiles.retention import deletions
from profiles.roles.permissions import Permission, requires
from profiles.temporal import civil_date


@blueprint.get("/data-protection")
@requires(Permission.ANSWER_QUESTIONS)
def desk() -> str:
    """Each kind of work, how much of it waits, and how much is late."""
    session, today = request_session(), civil_date(request_time())
    mine = permissions().organisations(Permission.ANSWER_QUESTIONS)
    theirs = permissions().organisations(Permission.REVIEW_ACCESS_REQUESTS)
    work = [
        (
            _("Requests for what is held about somebody"),
            url_for("data_protection.access_requests"),
            *access_requests.count_waiting(session, theirs, today),
        ),
        (
            _("Questions about what apps were told"),
            url_for("data_protection.questions"),
            *questions.count_waiting(session, mine, today),
        ),
        (
            _("What people say is wrong, and complaints"),
            url_for("people.concerns"),
            *concerns.count_waiting(session, permissions(), today),
        ),
    ]
    decide = answering().organisations(Permission.DECIDE_RETENTION)
    return render_template(
        "data_protection/desk.html",
        work=work,
        withheld=withholding.count_waiting(session, theirs, permissions().parties),
        retains=bool(decide),
        deletions=deletions.count_waiting(session, decide),
    )
