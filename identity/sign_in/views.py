"""The pages on which people sign in, confirm who they are, sign out, and use a one-time link."""

from uuid import UUID

from flask import make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from identity.acr import MULTI_FACTOR, SINGLE_FACTOR, meets
from identity.context import current
from identity.form_redirects import allow_form_redirect_after
from identity.sessions import service as sessions
from identity.sessions.cookie import forget_cookie, signed_in_now
from identity.sessions.service import SignedIn
from identity.sign_in import (
    alerts,
    invitations,
    known_browsers,
    methods,
    passkey_sign_in,
    passwords,
    second_step,
)
from identity.sign_in.asked import Asked, asked
from identity.sign_in.asking_app import find_asking_app
from identity.sign_in.blueprint import blueprint
from identity.sign_in.browser_cookie import browser_cookie
from identity.sign_in.entering import enter
from identity.sign_in.forms import ConfirmForm, NewPasswordForm, SignInForm
from identity.sign_in.hashing_turns import HashingBusy
from identity.sign_in.invited import find_invited, link_is_over, may_choose_password
from identity.sign_in.next_path import HOME
from identity.sign_in.offered import Offered, offered_to
from identity.sign_in.passkey_sign_in import PasskeyProof, prove_by_passkey
from identity.sign_in.password_sign_in import Proof, password_hashing, prove_identity
from identity.sign_in.throttling import Wait
from identity.sign_in.waiting import say_busy, say_how_long
from profiles.audit.service import Initiator
from profiles.roles.permissions import public
from profiles.sign_in.service import display_name, known_addresses


@blueprint.get("/sign-in")
@public
def sign_in() -> Response:
    """The form; who is signed in goes on at once, unless a fresh sign-in is asked for."""
    signed_in = signed_in_now()
    if signed_in is not None and not asked().fresh:
        next_path = asked().next_path
        return redirect(url_for("sign_in.set_up", next=next_path) if signed_in.is_limited else next_path, 303)
    return _show_form(signed_in)


@blueprint.post("/sign-in")
@public
def submit_sign_in() -> Response:
    """Sign in, or confirm that it is still the same person; a refusal never says what was wrong."""
    confirming = asked().confirming()
    form = ConfirmForm() if confirming else SignInForm()
    if not form.validate_on_submit():
        return _show_form(confirming, form, 422)
    try:
        proved = prove_identity(
            current(),
            # Attempts by somebody who has no address any more count for the person.
            address=_first_address(confirming.person_id) or str(confirming.person_id)
            if confirming
            else form.data["address"],
            password=form.data["password"],
            source=request.remote_addr or "",
            browser=browser_cookie(),
            only=confirming.person_id if confirming else None,
        )
    except HashingBusy:
        return say_busy(form, lambda: _show_form(confirming, form, 503))
    if isinstance(proved, Proof) and proved.still_holds(current().session(writes=True)):
        return _after_password(proved, asked())
    if isinstance(proved, Wait):
        return _ask_to_wait(proved, form, confirming)
    if confirming:
        form.password.errors = [gettext("The password is not right. Try again")]
    else:
        form.form_errors.append(gettext("The e-mail address or the password is not right. Try again"))
    return _show_form(confirming, form, 422)


@blueprint.post("/sign-in/passkey")
@public
def submit_passkey() -> Response:
    """Sign in, or confirm, with a passkey that has answered this page's challenge."""
    context, confirming = current(), asked().confirming()
    proved = prove_by_passkey(
        context,
        unverified_answer=request.form.get("answer", ""),
        unverified_note=request.form.get("note", ""),
        source=request.remote_addr or "",
        only=confirming.person_id if confirming else None,
    )
    if isinstance(proved, PasskeyProof) and passkey_sign_in.spend(
        context, context.session(writes=True), proved
    ):
        return enter(proved.person_id, asked().next_path, amr=proved.amr, credential=proved.credential)
    context.roll_back()
    form = ConfirmForm(formdata=None) if confirming else SignInForm(formdata=None)
    if isinstance(proved, Wait):
        return _ask_to_wait(proved, form, confirming)
    form.form_errors.append(gettext("That passkey did not work here. Try again, or choose another way"))
    return _show_form(confirming, form, 422)


@blueprint.post("/sign-out")
@public
def sign_out() -> Response:
    """End the session here and at every app, and forget everything that this browser holds of it."""
    signed_in = signed_in_now()
    if signed_in is not None:
        context = current()
        sessions.end(context.session(writes=True), signed_in.session_id, context.now(), "Signed out")
    session.clear()
    response = redirect(url_for("sign_in.signed_out"), 303)
    forget_cookie(response)
    return response


@blueprint.get("/signed-out")
@public
def signed_out() -> str:
    """Say that nobody is signed in at this browser any more."""
    return render_template("sign_in/signed_out.html")


@blueprint.get("/invitation/<token>")
@public
def invitation(token: str) -> Response:
    """Lead the holder of a one-time link on: to a passkey, which nobody can be tricked out of.

    Who asked for a new password, or has a second factor already, is led to that.
    """
    found = find_invited(token)
    if found is None:
        return link_is_over()
    with current().reading() as database:
        wants_password = invitations.is_for_password(database, token, current().now())
        to_password = wants_password or methods.has_second_factor(database, found)
    return redirect(
        url_for("sign_in.invitation_password" if to_password else "sign_in.invitation_passkey", token=token),
        303,
    )


@blueprint.get("/invitation/<token>/password")
@public
def invitation_password(token: str) -> Response:
    """Ask for a new password; looking at the page does not spend the link."""
    found = find_invited(token)
    if found is None:
        return link_is_over()
    if not may_choose_password(found):
        return redirect(url_for("sign_in.invitation_passkey", token=token), 303)
    return _show_invitation(found, NewPasswordForm(_addresses(found)), 200)


@blueprint.post("/invitation/<token>/password")
@public
def accept_invitation(token: str) -> Response:
    """Spend the link, set the password, end the person's other sessions and sign in."""
    person_id = find_invited(token)
    if person_id is None:
        return link_is_over()
    if not may_choose_password(person_id):
        return redirect(url_for("sign_in.invitation_passkey", token=token), 303)
    form = NewPasswordForm(_addresses(person_id))
    if not form.validate_on_submit():
        return _show_invitation(person_id, form, 422)
    context = current()
    try:
        with password_hashing(context) as hashing:
            password_hash = hashing.hash(form.data["password"])
    except HashingBusy:
        return say_busy(form, lambda: _show_invitation(person_id, form, 503))
    database, now = context.session(writes=True), context.now()
    if invitations.spend(database, token, now) != person_id:
        return link_is_over()
    passwords.store_hash(database, person_id, password_hash, now)
    what = "A password for Lanyard was set with a link that works once. Earlier passwords no longer work."
    alerts.tell_everywhere(database, person_id, "Your password was set", what, now)
    for other in sessions.list_for_person(database, person_id, now):
        sessions.end(database, other.session_id, now, "The password was set anew")
    known_browsers.forget_all(database, person_id, now, Initiator.person(person_id))
    return _after_password(
        Proof(person_id, now), Asked(HOME, fresh=False, level=SINGLE_FACTOR, insists=False)
    )


def _after_password(proof: Proof, wanted: Asked) -> Response:
    """Begin the session, or ask for the code that follows the password."""
    context = current()
    if not second_step.is_needed(context.session(writes=True), proof.person_id, wanted):
        return enter(proof.person_id, wanted.next_path)
    second_step.begin(proof, context.now())
    return redirect(url_for("sign_in.code", **wanted.as_query()), 303)


def _show_form(
    signed_in: SignedIn | None, form: SignInForm | ConfirmForm | None = None, status: int = 200
) -> Response:
    if form is None:
        # An app may know who comes (login_hint, OpenID Connect Core §3.1.2.1); who signs in may change it.
        hint = request.args.get("login_hint", "")
        form = ConfirmForm() if signed_in else SignInForm(address=hint)
    context, wanted, name = current(), asked(), ""
    offered = Offered([], password=True, lacks=False)  # to somebody who is not known yet
    app = find_asking_app(context, allow_form_redirect_after(wanted.next_path))
    if signed_in is not None:
        with context.reading() as database:
            name = display_name(database, signed_in.person_id, context.now())
            offered = offered_to(database, signed_in.person_id, wanted)
    elif wanted.insists:
        offered = Offered([], password=meets(MULTI_FACTOR, wanted.level), lacks=False)
    offers_passkey = signed_in is None or bool(offered.known)
    page = render_template(
        "sign_in/confirm.html" if signed_in else "sign_in/sign_in.html",
        form=form,
        action=url_for("sign_in.submit_sign_in", **wanted.as_query()),
        name=name,
        address=_first_address(signed_in.person_id) if signed_in else "",
        app=app,
        asked=wanted,
        offers_password=offered.password,
        lacks=offered.lacks,
        passkey=passkey_sign_in.offer(context, offered.known) if offers_passkey else None,
    )
    return make_response(page, status)


def _ask_to_wait(wait: Wait, form: SignInForm | ConfirmForm, confirming: SignedIn | None) -> Response:
    return say_how_long(wait, form, lambda: _show_form(confirming, form, 429))


def _show_invitation(person_id: UUID, form: NewPasswordForm, status: int) -> Response:
    with current().reading() as database:
        name = display_name(database, person_id, current().now())
        may_make_passkey = not methods.has_second_factor(database, person_id)
    page = render_template(
        "sign_in/invitation.html",
        form=form,
        name=name,
        may_make_passkey=may_make_passkey,
        address=_first_address(person_id),
        shortest=passwords.SHORTEST,
    )
    return make_response(page, status)


def _addresses(person_id: UUID) -> list[str]:
    context = current()
    with context.reading() as database:
        return known_addresses(database, person_id, context.now())


def _first_address(person_id: UUID) -> str:
    """The address by which a browser keeps the password; empty when the person has none any more."""
    return next(iter(_addresses(person_id)), "")
