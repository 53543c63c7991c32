"""Where Lanyard tells the desk that somebody's session is over (OpenID Connect Back-Channel Logout 1.0)."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, jsonify, request

from examples.department_app.desk import this_desk
from examples.department_app.sessions import Replayed, end_sessions
from examples.department_app.signing_keys import KeysUnavailable
from examples.department_app.verifier import TokenRefused

blueprint = Blueprint("backchannel_logout", __name__)
log = logging.getLogger(__name__)


@blueprint.post("/backchannel-logout")
def receive() -> Response:
    """200 when the token was obeyed, also when nobody was signed in; 400 when it was not (§2.8)."""
    desk = this_desk()
    unverified_tokens = request.form.getlist("logout_token")
    if len(unverified_tokens) != 1:
        return _refused("invalid_request", "Send exactly one logout_token as a form field.")
    try:
        token = desk.verifier.logout_token(unverified_tokens[0])
        ended = end_sessions(desk.database, token, desk.now())
    except TokenRefused as refusal:
        log.warning("logout token refused: %s", refusal.args[0])
        return _refused("invalid_request", "The logout token cannot be accepted.")
    except Replayed:
        log.warning("logout token refused: its jti was seen before")
        return _refused("invalid_request", "The logout token was used before.")
    except KeysUnavailable as error:
        log.warning("logout token not verified: %s", error.args[0])
        return _refused("temporarily_unavailable", "The issuer's keys could not be fetched.")
    log.info("Lanyard ended %d session(s)", ended)
    return _answer(Response(status=200))


def _refused(error: str, description: str) -> Response:
    response = jsonify(error=error, error_description=description)
    response.status_code = 400
    return _answer(response)


def _answer(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
