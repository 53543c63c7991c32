"""Whether a person must sign in for an authorization request, and how we know that they just did.

A request that leads to the sign-in page comes back by its address. What keeps it from leading there for ever
is a signed note in that address of when it was first seen: a sign-in after that moment was for this request.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property

from itsdangerous import BadData, URLSafeSerializer

from identity.acr import UnmetAuthenticationRequirements, can_be_reached, meets_one
from identity.authorization_request import AuthorizationRequest
from identity.parameters import Parameters
from identity.sessions.service import SignedIn
from identity.vectors_of_trust import ASSERTION, CREDENTIAL, MANAGEMENT, trust_in

PARAMETER = "lanyard_first_seen"
GOOD_FOR = timedelta(hours=1)
"""How long signing in may take; after that the request is asked anew."""


class FirstSeen:
    """Makes and reads the note. It is good for the very same request only."""

    def __init__(self, secret_key: str) -> None:
        self._secret_key = secret_key

    def note(self, parameters: Parameters, now: datetime) -> str:
        """The value of the parameter for a request that is seen now."""
        note: str = self._serializer.dumps([_digest(parameters), now.isoformat()])
        return note

    def read(self, parameters: Parameters, now: datetime) -> datetime | None:
        """When this request was first seen; None when it is now, or so long ago that it does not count."""
        note = parameters.find(PARAMETER)
        if note is None:
            return None
        try:
            digest, moment = self._serializer.loads(note)
        except BadData:
            return None
        first_seen = datetime.fromisoformat(moment).astimezone(UTC)
        if digest != _digest(parameters) or now - first_seen >= GOOD_FOR:
            return None
        return first_seen

    @cached_property
    def _serializer(self) -> URLSafeSerializer:
        """Made when it is needed: most requests bring no note."""
        return URLSafeSerializer(
            self._secret_key,
            salt="authorization request first seen",
            signer_kwargs={"digest_method": hashlib.sha256},
        )


def must_sign_in(
    asked: AuthorizationRequest,
    signed_in: SignedIn,
    first_seen: datetime | None,
    now: datetime,
    acr_values: Sequence[str],
) -> bool:
    """Whether somebody who is signed in must do so again (OpenID Connect Core §3.1.2.1).

    A sign-in since the request was first seen is enough for ``prompt=login``, for any ``max_age`` and for a
    level that is only wished for; silently, so is any. ``acr_values`` are the levels that can be reached.
    Raises UnmetAuthenticationRequirements when it was not at a level that the client insists on (§5.5.1.1).
    """
    insists = asked.insists
    unmet = not _is_enough(asked, signed_in)
    if first_seen is not None and signed_in.auth_time >= first_seen:
        if insists and unmet:
            raise UnmetAuthenticationRequirements
        return False
    if unmet and (insists or ("none" not in asked.prompts and can_be_reached(asked.asked_acrs, acr_values))):
        return True
    if asked.prompts & {"login", "select_account"}:
        return True
    return asked.max_age is not None and now - signed_in.auth_time > timedelta(seconds=asked.max_age)


def _is_enough(asked: AuthorizationRequest, signed_in: SignedIn) -> bool:
    """Whether the sign-in is at a level that is asked for, or worth one of the vectors (RFC 8485 §4)."""
    if not asked.vectors:
        return not asked.asked_acrs or meets_one(signed_in.acr, asked.asked_acrs)
    trust = trust_in(signed_in.acr, signed_in.amr, is_public=asked.client.is_public)
    return any(one.met_by(trust, (CREDENTIAL, MANAGEMENT, ASSERTION)) for one in asked.vectors)


def _digest(parameters: Parameters) -> str:
    asked = sorted(pair for pair in parameters.pairs if pair[0] != PARAMETER)
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()
