"""How protocol endpoints answer programs: JSON that nobody keeps, and errors in OAuth's own form."""

from typing import Any

from authlib.oauth2.base import OAuth2Error

from identity.endpoints import error_notes
from identity.exchange import Answer

REALM = "lanyard"


def private_json(body: dict[str, Any]) -> Answer:
    """An answer that holds tokens or personal data (RFC 6749 §5.1)."""
    answer = Answer.of_json(body)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Pragma"] = "no-cache"
    return answer


def private_jwt(token: str) -> Answer:
    """Personal data that are signed (OpenID Connect Core §5.3.2)."""
    answer = Answer(token.encode("ascii"), "application/jwt")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Pragma"] = "no-cache"
    return answer


def public_json(body: dict[str, Any], *, max_age: int) -> Answer:
    """An answer that is the same for everybody, good for so many seconds."""
    answer = Answer.of_json(body)
    answer.headers["Cache-Control"] = f"public, max-age={max_age}"
    return answer


def token_error(error: OAuth2Error) -> Answer:
    """An error of the token endpoint (RFC 6749 §5.2); a 401 says how to authenticate."""
    error_notes.note(error.error, error.get_error_description())
    answer = private_json(dict(error.get_body()))
    answer.status_code = error.status_code
    if error.status_code == 401:
        answer.headers["WWW-Authenticate"] = f'Basic realm="{REALM}", charset="UTF-8"'
    return answer


def bearer_error(error: OAuth2Error | None) -> Answer:
    """An error of a protected resource (RFC 6750 §3); None when no token was sent at all (§3.1)."""
    if error is None:
        answer, challenge = private_json({}), f'Bearer realm="{REALM}"'
        answer.status_code = 401
    else:
        error_notes.note(error.error, error.get_error_description())
        answer = private_json(dict(error.get_body()))
        answer.status_code = error.status_code
        challenge = (
            f'Bearer realm="{REALM}", error="{error.error}", '
            f'error_description="{error.get_error_description()}"' + more_of_challenge(error)
        )
    answer.headers["WWW-Authenticate"] = challenge
    return answer


def more_of_challenge(error: OAuth2Error) -> str:
    """What else a challenge says, such as which sign-in is required (RFC 9470 §3)."""
    more: dict[str, str] = getattr(error, "challenge", {})
    return "".join(f', {name}="{value}"' for name, value in more.items())
