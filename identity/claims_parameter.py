"""The ``claims`` parameter, read strictly (OpenID Connect Core §5.5).

What it asks for is a wish: the agreement of the app decides what is told, and a claim that we do not know is
passed over. What a client may insist on is who signs in (``sub``) and at which level (``acr``).
"""

import json
from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError

from identity.acr import UnmetAuthenticationRequirements, can_be_reached
from identity.nesting import nesting
from identity.scopes import claims_of

# RFC 8485 §3.2: what stands behind the sign-in, in the ID token for a client that asks.
VECTOR = "vot"

MAX_CHARACTERS = 4096
MAX_NESTING = 8


@dataclass(frozen=True)
class ClaimsRequest:
    """Which claims a client wants where, beside those of its scopes, and what it insists on."""

    userinfo: frozenset[str] = frozenset()
    id_token: frozenset[str] = frozenset()
    accepted_subs: tuple[frozenset[str], ...] = ()
    """The ``sub`` must be in each of these sets (§5.5.1)."""
    essential_acrs: tuple[str, ...] = ()
    """The ``acr`` must be one of these (§5.5.1.1), best first; empty when the client does not insist."""
    voluntary_acrs: tuple[str, ...] = ()
    """The ``acr`` should be one of these."""

    def as_json(self) -> dict[str, list[str]]:
        """What a grant remembers of it."""
        return {"userinfo": sorted(self.userinfo), "id_token": sorted(self.id_token)}


def read_claims(unverified_text: str | None, scopes: frozenset[str]) -> ClaimsRequest:
    """The request, without what no scope of the client's registration covers.

    Raises InvalidRequestError when it is not what §5.5 says, UnmetAuthenticationRequirements when nobody can
    sign in at a level that it insists on.
    """
    if unverified_text is None:
        return ClaimsRequest()
    asked = _object(_parse(unverified_text))
    userinfo, id_token = _member(asked, "userinfo"), _member(asked, "id_token")
    permitted = claims_of(" ".join(scopes))
    subs = [frozenset(_values(member["sub"])) for member in (userinfo, id_token) if "sub" in member]
    acr = id_token.get("acr", {})
    acrs, insists = _values(acr), acr.get("essential") is True
    if insists and acrs and not can_be_reached(acrs):
        raise UnmetAuthenticationRequirements
    return ClaimsRequest(
        userinfo=permitted.intersection(userinfo),
        id_token=(permitted | {VECTOR}).intersection(id_token),
        accepted_subs=tuple(values for values in subs if values),
        essential_acrs=acrs if insists else (),
        voluntary_acrs=() if insists else acrs,
    )


def _parse(unverified_text: str) -> Any:
    if len(unverified_text) > MAX_CHARACTERS or nesting(unverified_text) > MAX_NESTING:
        raise InvalidRequestError("claims is too long or too deep")
    try:
        return json.loads(unverified_text, object_pairs_hook=_unique, parse_constant=_refuse)
    except ValueError:
        raise InvalidRequestError("claims is not JSON") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name stands twice in an object")
    return dict(pairs)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidRequestError("claims and its members must be JSON objects")
    return value


def _member(asked: dict[str, Any], name: str) -> dict[str, dict[str, Any]]:
    """``userinfo`` or ``id_token``: each claim with what is asked of it; null asks for nothing special."""
    member = _object(asked.get(name, {}))
    return {claim: {} if wish is None else _object(wish) for claim, wish in member.items()}


def _values(wish: dict[str, Any]) -> tuple[str, ...]:
    """The strings of ``value`` and ``values`` (§5.5.1), in their order; empty when any will do."""
    values = wish.get("values", [])
    if not isinstance(values, list):
        raise InvalidRequestError("values must be an array")
    wanted = [*([wish["value"]] if "value" in wish else []), *values]
    if not all(isinstance(value, str) for value in wanted):
        raise InvalidRequestError("a value of sub or acr must be a string")
    return tuple(dict.fromkeys(wanted))
