"""Vectors of trust (RFC 8485): what stands behind a sign-in, in four parts, in the values that we publish.

Each value says *at least this*, so that C3 meets C1. The trustmark says what each means; should a meaning
ever change, that is another trustmark.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from authlib.oauth2.rfc6749 import InvalidRequestError

from identity.acr import FEDERATED, LADDER, UnmetAuthenticationRequirements
from identity.nesting import nesting

TRUSTMARK = "/trustmarks/1"
"""The path of the address that names these values (RFC 8485 §5)."""
IDENTITY = "P"
"""How far the identity was checked: P0 is nothing, P1 to P4 are the levels of confidence of GPG 45."""
CREDENTIAL = "C"
"""What the person signed in with: C1 to C4 are the levels of the ladder of ``acr``."""
MANAGEMENT = "M"
"""Who looks after that: M0 anybody, M1 Lanyard itself."""
ASSERTION = "A"
"""How the app is told: A1 by the token endpoint, A2 there as a client that proves who it is."""
VALUES: Mapping[str, range] = {
    IDENTITY: range(5),
    CREDENTIAL: range(1, len(LADDER) + 1),
    MANAGEMENT: range(2),
    ASSERTION: range(1, 3),
}

MAX_CHARACTERS = 1024
MAX_VECTORS = 16
# RFC 8485 §3.1: a capital letter for the part, a small one or a digit for the value, dots between them.
_VECTOR = re.compile(r"[A-Z][0-9a-z](?:\.[A-Z][0-9a-z])*")


@dataclass(frozen=True)
class Trust:
    """What a sign-in is worth, by part; what is not claimed is left out."""

    worth: Mapping[str, int]

    @property
    def text(self) -> str:
        """The vector (RFC 8485 §3.1)."""
        return ".".join(f"{part}{self.worth[part]}" for part in VALUES if part in self.worth)


@dataclass(frozen=True)
class Vector:
    """One that a client accepts: all that it names must be met (RFC 8485 §4)."""

    text: str
    wanted: Mapping[str, int]

    @property
    def identity(self) -> int:
        """How far the identity must have been checked; 0 asks for nothing."""
        return self.wanted.get(IDENTITY, 0)

    @property
    def level(self) -> str:
        """The ``acr`` that the sign-in must reach."""
        return LADDER[self.wanted.get(CREDENTIAL, 1) - 1]

    @property
    def here(self) -> bool:
        """Whether the person must sign in to Lanyard itself."""
        return self.wanted.get(MANAGEMENT, 0) > 0

    @property
    def effort(self) -> tuple[int, bool]:
        """How much signing in by it asks of a person, for choosing the one that asks least."""
        return self.wanted.get(CREDENTIAL, 1), self.here

    def met_by(self, trust: Trust, parts: Collection[str] = tuple(VALUES)) -> bool:
        """Whether all that it names of these parts is so."""
        return all(least <= trust.worth.get(part, 0) for part, least in self.wanted.items() if part in parts)


def read_vectors(unverified_text: str | None) -> tuple[Vector, ...]:
    """The ``vtr`` of a request: the vectors that the client accepts, none when it does not say.

    One with a value that we do not publish is passed over: nobody could meet it. Raises InvalidRequestError
    when it is not what RFC 8485 §4.1 says, UnmetAuthenticationRequirements when nothing is left.
    """
    if unverified_text is None:
        return ()
    texts = _texts(unverified_text)
    vectors = tuple(one for one in map(find_vector, dict.fromkeys(texts)) if one is not None)
    if not vectors:
        raise UnmetAuthenticationRequirements
    return vectors


def find_vector(text: str) -> Vector | None:
    """The vector of a well-formed text; None when a value of it is not one that we publish."""
    wanted: dict[str, int] = {}
    for component in text.split("."):
        part, value = component[0], component[1]
        if not value.isdigit() or int(value) not in VALUES.get(part, ()):
            return None
        wanted[part] = max(int(value), wanted.get(part, 0))
    return Vector(text, wanted)


def trust_in(
    acr: str, amr: Collection[str], *, is_public: bool | None = None, identity: int | None = None
) -> Trust:
    """What a sign-in is worth: ``identity`` and ``is_public`` are None where nothing is claimed of them."""
    worth = {} if identity is None else {IDENTITY: identity}
    if acr in LADDER:
        worth[CREDENTIAL] = LADDER.index(acr) + 1
    worth[MANAGEMENT] = int(FEDERATED not in amr)
    if is_public is not None:
        worth[ASSERTION] = 1 if is_public else 2
    return Trust(worth)


def answer(accepted: Sequence[Vector], trust: Trust) -> str:
    """The ``vot``: the first accepted vector that is met, as it was asked for, so that no more is told.

    When none is met any more, it is what is so.
    """
    return next((one.text for one in accepted if one.met_by(trust)), trust.text)


def _texts(unverified_text: str) -> list[str]:
    if len(unverified_text) > MAX_CHARACTERS or nesting(unverified_text) > 1:
        raise InvalidRequestError("vtr is too long or too deep")
    try:
        texts = json.loads(unverified_text)
    except ValueError:
        raise InvalidRequestError("vtr is not JSON") from None
    if not isinstance(texts, list) or not 0 < len(texts) <= MAX_VECTORS:
        raise InvalidRequestError(f"vtr must be an array of 1 to {MAX_VECTORS} vectors")
    for text in texts:
        if not isinstance(text, str) or not _VECTOR.fullmatch(text):
            raise InvalidRequestError("vtr must hold vectors such as P1.C2")
        components = text.split(".")
        if len(set(components)) != len(components):
            raise InvalidRequestError("a value stands twice in a vector of vtr")
    return texts
