"""Coming back without a passkey: the person says which account was theirs, and can stop what is not of them.

Whoever has the link can state anything: what is stated is compared with a document by two officers, and with
the record when both have met the person. No page says whether there is such an account.
"""

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.my_profile.blueprint import blueprint
from app.my_profile.invited import find_open, invitation_over, organisation_of
from app.my_profile.returning_forms import StatementForm
from app.request_transaction import request_session, request_time, roll_back
from identity.sign_in.mail_links import STOP_RETURN
from profiles.appointments import claims
from profiles.appointments.claim_models import ReturnClaim
from profiles.audit.service import Initiator
from profiles.errors import Conflict
from profiles.roles.permissions import public


@blueprint.get("/invited/<token>/returning/no-passkey")
@public
def state_return(token: str) -> Response:
    """Ask what was theirs or, once that is said, say what follows."""
    return _show(token, StatementForm(formdata=None), 200)


@blueprint.post("/invited/<token>/returning/no-passkey")
@public
def submit_return(token: str) -> Response:
    """Keep it for the officers who meet the person."""
    form = StatementForm()
    if find_open(token) is None:
        return invitation_over()
    if not form.validate_on_submit():
        return _show(token, form, 422)
    try:
        claims.state(request_session(), request_time(), unverified_token=token, said=form.statement())
    except Conflict as refused:
        roll_back()
        form.form_errors.append(refused.message)
        return _show(token, form, 409)
    return redirect(url_for("my_profile.state_return", token=token), 303)


@blueprint.get("/invited/stop/<token>")
@public
def ask_to_stop_return(token: str) -> Response:
    """Say what the button does. It says nothing of the person."""
    return _show_stop(token, 200 if STOP_RETURN.find(token, request_time()) else 404, over=not _named(token))


@blueprint.post("/invited/stop/<token>")
@public
def stop_return(token: str) -> Response:
    """Stop it, once."""
    found = _named(token)
    if found is not None:
        by = Initiator.system("link in a mail")
        claims.stop(request_session(), request_time(), found, by)
        return _show_stop(token, 200, stopped=True)
    return _show_stop(token, 404, over=True)


def _named(token: str) -> ReturnClaim | None:
    """The claim that a link of ours stops, while it can."""
    claim_id = STOP_RETURN.find(token, request_time())
    found = request_session().get(ReturnClaim, claim_id) if claim_id else None
    return found if found is not None and claims.is_open(found, request_time()) else None


def _show_stop(token: str, status: int, *, stopped: bool = False, over: bool = False) -> Response:
    page = render_template("my_profile/returning_stop.html", token=token, stopped=stopped, over=over)
    return Response(page, status, mimetype="text/html")


def _show(token: str, form: StatementForm, status: int) -> Response:
    found = find_open(token)
    if found is None:
        return invitation_over()
    page = render_template(
        "my_profile/returning_stated.html",
        form=form,
        token=token,
        claim=claims.find_for(request_session(), found.id),
        now=request_time(),
        organisation=organisation_of(found),
    )
    return Response(page, status, mimetype="text/html")
