"""How protocol endpoints answer programs: JSON that nobody keeps, and errors in OAuth's own form."""

from typing import Any

from authlib.oauth2.base import OAuth2Error
from flask import Response, jsonify

from identity.endpoints import error_notes

REALM = "lanyard"


def private_json(body: dict[str, Any]) -> Response:
    """An answer that holds tokens or personal data (RFC 6749 §5.1)."""
    response = jsonify(body)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Pragma"] = "no-cache"
    return response


def private_jwt(token: str) -> Response:
    """Personal data that are signed (OpenID Connect Core §5.3.2)."""
    response = Response(token, mimetype="application/jwt")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Pragma"] = "no-cache"
    return response


def public_json(body: dict[str, Any], *, max_age: int) -> Response:
    """An answer that is the same for everybody, good for so many seconds."""
    response = jsonify(body)
    response.headers["Cache-Control"] = f"public, max-age={max_age}"
    return response


def token_error(error: OAuth2Error) -> Response:
    """An error of the token endpoint (RFC 6749 §5.2); a 401 says how to authenticate."""
    error_notes.note(error.error, error.get_error_description())
    response = private_json(dict(error.get_body()))
    response.status_code = error.status_code
    if error.status_code == 401:
        response.headers["WWW-Authenticate"] = f'Basic realm="{REALM}", charset="UTF-8"'
    return response


def bearer_error(error: OAuth2Error | None) -> Response:
    """An error of a protected resource (RFC 6750 §3); None when no token was sent at all (§3.1)."""
    if error is None:
        response, challenge = private_json({}), f'Bearer realm="{REALM}"'
        response.status_code = 401
    else:
        error_notes.note(error.error, error.get_error_description())
        response = private_json(dict(error.get_body()))
        response.status_code = error.status_code
        challenge = (
            f'Bearer realm="{REALM}", error="{error.error}", '
            f'error_description="{error.get_error_description()}"' + more_of_challenge(error)
        )
    response.headers["WWW-Authenticate"] = challenge
    return response


def more_of_challenge(error: OAuth2Error) -> str:
    """What else a challenge says, such as which sign-in is required (RFC 9470 §3)."""
    more: dict[str, str] = getattr(error, "challenge", {})
    return "".join(f', {name}="{value}"' for name, value in more.items())
