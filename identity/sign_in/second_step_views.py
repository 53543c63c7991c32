"""The page after the password: the code of an authenticator app, or a recovery code."""

from flask import make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from identity.context import current
from identity.form_redirects import allow_form_redirect_after
from identity.sign_in import one_time_codes, second_step
from identity.sign_in.asked import asked
from identity.sign_in.blueprint import blueprint
from identity.sign_in.browser_cookie import browser_cookie
from identity.sign_in.entering import enter
from identity.sign_in.forms import CodeForm
from identity.sign_in.second_step import Waiting
from identity.sign_in.throttling import Wait
from identity.sign_in.waiting import say_how_long
from profiles.roles.permissions import public


@blueprint.get("/sign-in/code")
@public
def code() -> Response:
    """Ask for the code; whoever has not typed their password here is asked for that first."""
    waiting = second_step.find_waiting(current())
    if waiting is None:
        return _password_first()
    return _show(waiting, CodeForm(formdata=None), 200)


@blueprint.post("/sign-in/code")
@public
def submit_code() -> Response:
    """Begin the session once the code is right; a refusal never says what was wrong with it."""
    context = current()
    waiting, form = second_step.find_waiting(context), CodeForm()
    if waiting is None:
        return _password_first()
    if not form.validate_on_submit():
        return _show(waiting, form, 422)
    proved = second_step.prove(
        context,
        waiting,
        typed=form.data["code"],
        by_recovery=_by_recovery(waiting),
        source=request.remote_addr or "",
        browser=browser_cookie(),
    )
    if isinstance(proved, Wait):
        return say_how_long(proved, form, lambda: _show(waiting, form, 429))
    if proved and waiting.proof.still_holds(context.session(writes=True)):
        return enter(waiting.proof.person_id, asked().next_path, amr=one_time_codes.AMR)
    context.roll_back()
    form.code.errors = [gettext("The code is not right, or was used already. Try the next one")]
    return _show(waiting, form, 422)


def _show(waiting: Waiting, form: CodeForm, status: int) -> Response:
    wanted = asked()
    allow_form_redirect_after(wanted.next_path)
    recovery = _by_recovery(waiting)
    page = render_template(
        "sign_in/code.html",
        form=form,
        action=url_for("sign_in.submit_code", recovery="1" if recovery else None, **wanted.as_query()),
        recovery=recovery,
        other_way=url_for("sign_in.code", recovery=None if recovery else "1", **wanted.as_query())
        if waiting.has_app
        else None,
    )
    return make_response(page, status)


def _by_recovery(waiting: Waiting) -> bool:
    return not waiting.has_app or request.args.get("recovery") == "1"


def _password_first() -> Response:
    return redirect(url_for("sign_in.sign_in", **asked().as_query()), 303)
