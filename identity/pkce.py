"""Proof Key for Code Exchange, S256 only (RFC 7636; RFC 9700 §2.1.1)."""

import hmac
import re

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc7636 import create_s256_code_challenge

METHODS = ("S256",)
# SHA-256 in base64url without padding: 43 characters, always.
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")


def check_challenge(code_challenge: str | None, method: str | None, *, required: bool) -> None:
    """Accept a request's challenge (RFC 7636 §4.3). Raises Authlib's InvalidRequestError.

    A missing method would mean ``plain`` (§4.3), which shows the verifier to whoever sees the request.
    """
    if code_challenge is None:
        if required or method is not None:
            raise InvalidRequestError("code_challenge is required (RFC 7636)")
        return
    if method != "S256":
        raise InvalidRequestError("code_challenge_method must be S256")
    if not _CHALLENGE.fullmatch(code_challenge):
        raise InvalidRequestError("code_challenge must be the base64url of a SHA-256, 43 characters")


def check_verifier(code_verifier: str | None, code_challenge: str | None, *, required: bool) -> None:
    """Prove that who redeems the code began the flow (RFC 7636 §4.6). Raises Authlib's InvalidGrantError.

    A verifier without a challenge is refused too: somebody may have stripped it (RFC 9700 §4.8.2).
    """
    if code_challenge is None:
        if required:
            raise InvalidGrantError("the code was asked for without code_challenge")
        if code_verifier is not None:
            raise InvalidGrantError("code_verifier was sent but no code_challenge")
        return
    if code_verifier is None or not _VERIFIER.fullmatch(code_verifier):
        raise InvalidGrantError("code_verifier is missing or malformed")
    if not hmac.compare_digest(create_s256_code_challenge(code_verifier), code_challenge):
        raise InvalidGrantError("code_verifier does not match")
