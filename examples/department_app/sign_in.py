"""Signing in through Lanyard and signing out again, here and there."""

from __future__ import annotations

import logging
from datetime import datetime

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime, to_user_timezone
from flask_babel import gettext as _

from examples.department_app import cases
from examples.department_app.desk import this_desk, this_session
from examples.department_app.provider import CodeRefused, ProviderUnavailable
from examples.department_app.signing_keys import KeysUnavailable
from examples.department_app.verifier import TokenRefused
from examples.department_app.worker import IncompleteClaims, Worker

blueprint = Blueprint("sign_in", __name__)
log = logging.getLogger(__name__)


@blueprint.get("/sign-in")
def start() -> ResponseReturnValue:
    """Send the person to Lanyard; also where Lanyard may send them to begin (OpenID Connect Core 1.0 §4)."""
    desk, session = this_desk(), this_session()
    if request.args.get("iss", desk.settings.issuer) != desk.settings.issuer:
        return _failed(_("The address you followed names another sign-in service."), 400)
    return_to = _own_page(request.args.get("next") or request.args.get("target_link_uri") or "")
    if session.ended_at is not None or session.too_old:
        session.start_over()
    return redirect(desk.provider.begin(desk.settings.url + url_for(".callback"), return_to))


@blueprint.get("/callback")
def callback() -> ResponseReturnValue:
    """Finish the sign-in that this browser began (OpenID Connect Core 1.0 §3.1.2.5 and following)."""
    desk, session = this_desk(), this_session()
    pending = desk.provider.pending(request.args.get("state", ""))
    if pending is None:
        return _failed(_("This sign-in was finished before, or took too long."), 400)
    if request.args.get("iss") != desk.settings.issuer:  # RFC 9207 §2.4: before anything else is believed
        log.warning("sign-in refused: the answer came from another issuer")
        return _failed(_("The answer did not come from Lanyard."), 400)
    if error := request.args.get("error"):
        if error == "access_denied":
            return render_template("not_let_in.html"), 403
        log.warning("sign-in refused by the issuer: %.40r", error)
        return _failed(_("Lanyard could not sign you in this time."), 400)
    try:
        tokens = desk.provider.redeem(request.args.get("code", ""), pending)
        id_token = desk.verifier.id_token(
            tokens.unverified_id_token, nonce=pending["nonce"], access_token=tokens.access_token
        )
        claims = {**desk.provider.userinfo(tokens.access_token, id_token.sub), **id_token.claims}
        worker = Worker.from_claims(claims)
    except CodeRefused as refusal:
        log.warning("sign-in refused at the token endpoint: %.40r", refusal.args[0])
        return _failed(_("Lanyard could not sign you in this time."), 400)
    except TokenRefused as refusal:
        log.warning("ID token refused: %s", refusal.args[0])
        return _failed(_("What Lanyard sent could not be verified, so you were not signed in."), 400)
    except IncompleteClaims as missing:
        log.warning("sign-in without the claim %s", missing.args[0])
        return render_template("no_role.html"), 403
    with desk.database.transaction() as connection:
        cases.remember(connection, worker, desk.now())
    session.sign_in(id_token, worker.for_session(), tokens.unverified_id_token)
    return redirect(pending["return_to"], 303)


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session here, then let the person end it at Lanyard (RP-Initiated Logout 1.0 §2)."""
    desk, session = this_desk(), this_session()
    id_token_hint = session.get("id_token")
    session.start_over()
    g.pop("worker", None)
    try:
        address, state = desk.provider.logout_url(
            id_token_hint=id_token_hint, return_uri=desk.settings.url + url_for(".signed_out")
        )
    except ProviderUnavailable as error:
        log.warning("signed out here only: %s", error.args[0])
        return redirect(url_for(".signed_out"), 303)
    session["logout_state"] = state
    return redirect(address, 303)


@blueprint.get("/signed-out")
def signed_out() -> ResponseReturnValue:
    """Say that the session is over, and why."""
    session, desk = this_session(), this_desk()
    if "worker" in session:
        return redirect(url_for("case_pages.index"))
    state = session.pop("logout_state", None)
    everywhere = state is not None and state == request.args.get("state")
    return render_template(
        "signed_out.html",
        ended_at=None if session.ended_at is None else _moment(session.ended_at, desk.now()),
        hours=int(desk.settings.session_lifetime.total_seconds() // 3600) if session.too_old else None,
        everywhere=everywhere,
    )


@blueprint.app_errorhandler(ProviderUnavailable)
@blueprint.app_errorhandler(KeysUnavailable)
def provider_unavailable(error: Exception) -> ResponseReturnValue:
    """Lanyard is away: nobody can sign in, and nothing else is wrong."""
    log.warning("Lanyard is not available: %s", error.args[0])
    return _failed(_("Lanyard did not answer. Wait a minute, then try again."), 502)


def _moment(moment: datetime, now: datetime) -> str:
    """A time of day in the UK, with its date when that is not today."""
    is_today = to_user_timezone(moment).date() == to_user_timezone(now).date()
    return str(format_datetime(moment, "HH:mm" if is_today else "HH:mm, d MMMM"))


def _failed(reason: str, status: int) -> ResponseReturnValue:
    return render_template("sign_in_failed.html", reason=reason), status


def _own_page(address: str) -> str:
    """A path of this desk to return to, never an address elsewhere."""
    path = address.removeprefix(this_desk().settings.url)
    is_own = path.startswith("/") and not path.startswith("//") and path.isascii() and path.isprintable()
    return path if is_own and "\\" not in path else url_for("case_pages.index")
