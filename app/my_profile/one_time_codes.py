"""Setting up and turning off the codes of an authenticator app, and making recovery codes."""

from flask import flash, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.access import hold_session, signed_in_person
from app.my_profile.blueprint import blueprint
from app.my_profile.sessions import end_others
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from identity.context import current
from identity.sign_in import one_time_codes, recovery_codes
from identity.sign_in.forms import CodeForm
from identity.sign_in.offered import policy_for
from profiles.people import service as people
from profiles.roles.permissions import Demand, signed_in
from profiles.sign_in.models import Method

PATH = "/profile/sign-in-methods"


@blueprint.get(f"{PATH}/codes")
@blueprint.get(f"{PATH}/recovery-codes")
@signed_in()
def back_to_methods() -> Response:
    """Where somebody comes back to who had to sign in again before pressing a button there."""
    return redirect(url_for("my_profile.sign_in_methods"))


@blueprint.post(f"{PATH}/codes")
@signed_in(fresh=True, demand=Demand.AS_STRONG_AS_OWN, while_limited=True)
def begin_codes() -> Response:
    """Make a secret that does not count before a code of it was typed."""
    hold_session(request_session())
    if Method.PASSWORD_AND_CODE not in policy_for(request_session(), signed_in_person()).methods:
        flash(_("Your organisation does not accept codes from an app. Add a passkey instead."), "information")
        return redirect(url_for("my_profile.sign_in_methods"), 303)
    if not one_time_codes.begin(request_session(), current().encryption, signed_in_person(), request_time()):
        flash(_("Codes are turned on already. Turn them off before you set up another app."), "information")
        return redirect(url_for("my_profile.sign_in_methods"), 303)
    return redirect(url_for("my_profile.set_up_codes"), 303)


@blueprint.get(f"{PATH}/codes/set-up")
@signed_in(fresh=True, demand=Demand.AS_STRONG_AS_OWN, while_limited=True)
def set_up_codes() -> Response:
    """The secret, as a picture and as text, and the field for the first code."""
    return _show(CodeForm(formdata=None), 200)


@blueprint.post(f"{PATH}/codes/set-up")
@signed_in(fresh=True, demand=Demand.AS_STRONG_AS_OWN, while_limited=True)
def confirm_codes() -> Response:
    """Turn codes on once the app shows the right one, and hand out recovery codes."""
    session, person_id, now, form = request_session(), signed_in_person(), request_time(), CodeForm()
    hold_session(session)
    secret = one_time_codes.find_unconfirmed(session, current().encryption, person_id)
    if secret is None:
        return redirect(url_for("my_profile.sign_in_methods"), 303)
    if not form.validate_on_submit():
        return _show(form, 422)
    step = one_time_codes.matching_step(secret, form.data["code"], now)
    if step is None or not one_time_codes.confirm(session, person_id, step, now):
        form.code.errors = [_("The code is not right. Enter the one that your app shows now")]
        return _show(form, 422)
    return _show_recovery_codes(_("Codes are turned on. Your app’s code follows your password from now on."))


@blueprint.get(f"{PATH}/codes/turn-off")
@signed_in(fresh=True, demand=Demand.AS_STRONG_AS_OWN)
def ask_to_turn_off_codes() -> str:
    """Say what turning codes off means."""
    return render_template("my_profile/turn_off_codes.html")


@blueprint.post(f"{PATH}/codes/turn-off")
@signed_in(fresh=True, demand=Demand.AS_STRONG_AS_OWN)
def turn_off_codes() -> Response:
    """Forget the secret."""
    if one_time_codes.turn_off(request_session(), signed_in_person(), request_time()):
        end_others("Codes were turned off")
        flash(_("Codes are turned off. Remove Lanyard from your app too."), "success")
    return redirect(url_for("my_profile.sign_in_methods"), 303)


@blueprint.post(f"{PATH}/recovery-codes")
@signed_in(fresh=True, demand=Demand.AS_STRONG_AS_OWN)
def make_recovery_codes() -> Response:
    """Ten new ones, shown this once."""
    hold_session(request_session())
    return _show_recovery_codes(_("Your earlier recovery codes no longer work."))


def _show_recovery_codes(what_happened: str) -> Response:
    codes = recovery_codes.make(request_session(), signed_in_person(), request_time())
    return make_response(
        render_template("my_profile/recovery_codes.html", codes=codes, what_happened=what_happened)
    )


def _show(form: CodeForm, status: int) -> Response:
    session, person_id, now = request_session(), signed_in_person(), request_time()
    secret = one_time_codes.find_unconfirmed(session, current().encryption, person_id)
    if secret is None:
        return redirect(url_for("my_profile.sign_in_methods"), 303)
    address = next(iter(people.addresses_of(session, person_id, now)), "Lanyard")
    page = render_template(
        "my_profile/set_up_codes.html",
        form=form,
        picture=one_time_codes.qr_code(secret, address),
        secret=one_time_codes.in_groups(secret),
    )
    return make_response(page, status)
