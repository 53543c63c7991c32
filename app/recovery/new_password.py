"""With both codes, the person chooses a password where a passkey cannot be made."""

from flask import make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.recovery.blueprint import blueprint
from app.recovery.completing import complete
from app.recovery.using import Recovering, codes_are_over, find_recovering
from app.request_transaction import request_session, request_time, roll_back
from identity.context import current
from identity.sign_in import alerts, passwords
from identity.sign_in.entering import enter
from identity.sign_in.forms import NewPasswordForm
from identity.sign_in.hashing_turns import HashingBusy
from identity.sign_in.next_path import HOME
from identity.sign_in.password_sign_in import password_hashing
from identity.sign_in.waiting import say_busy
from profiles.roles.permissions import public


@blueprint.get("/recovery/password")
@public
def new_password() -> Response:
    """Ask for a new password; looking at the page spends nothing."""
    whose = find_recovering()
    if whose is None:
        return codes_are_over()
    if not whose.may_choose_password:
        return redirect(url_for("recovery.new_passkey"), 303)
    return _show(whose, NewPasswordForm(whose.addresses), 200)


@blueprint.post("/recovery/password")
@public
def recover_with_password() -> Response:
    """Spend the codes, take away what was, set the password and sign in: all of it or nothing."""
    whose = find_recovering()
    if whose is None:
        return codes_are_over()
    if not whose.may_choose_password:
        return redirect(url_for("recovery.new_passkey"), 303)
    form = NewPasswordForm(whose.addresses)
    if not form.validate_on_submit():
        return _show(whose, form, 422)
    try:
        with password_hashing(current()) as hashing:
            password_hash = hashing.hash(form.data["password"])
    except HashingBusy:
        return say_busy(form, lambda: _show(whose, form, 503))
    session, now = request_session(), request_time()
    if not complete(session, whose.pair, whose.person_id):
        roll_back()
        return codes_are_over()
    passwords.store_hash(session, whose.person_id, password_hash, now)
    what = "A password for Lanyard was set, with the codes of two officers."
    alerts.tell(session, whose.person_id, "Your password was set", what, now)
    return enter(whose.person_id, HOME)


def _show(whose: Recovering, form: NewPasswordForm, status: int) -> Response:
    page = render_template(
        "recovery/password.html",
        form=form,
        name=whose.name,
        address=next(iter(whose.addresses), ""),
        shortest=passwords.SHORTEST,
    )
    return make_response(page, status)
