"""The published ladder of levels at which people sign in, and what an app is told of them.

Each level meets the ones below it. ``phr`` and ``phrh`` are those of OpenID Connect Extended Authentication
Profile (EAP) ACR Values 1.0 §2; the two below are our own. docs/guides/levels.md says what each means.
"""

from collections.abc import Collection, Sequence

from authlib.oauth2.base import OAuth2Error

SINGLE_FACTOR = "urn:lanyard:acr:sfa"
"""One factor, such as a password, that can be phished."""
MULTI_FACTOR = "urn:lanyard:acr:mfa"
"""Two factors of different kinds, the second of which may still be phished, as one-time codes can be."""
PHISHING_RESISTANT = "phr"
"""A key that signs for Lanyard's own address only, and whose holder was verified by it."""
PHISHING_RESISTANT_HARDWARE = "phrh"
"""The same, with a key that is proven never to leave its device."""

LADDER = (SINGLE_FACTOR, MULTI_FACTOR, PHISHING_RESISTANT, PHISHING_RESISTANT_HARDWARE)
ACR_VALUES = LADDER
"""The levels that somebody can reach here; the last only where the platform trusts a maker's root."""

FEDERATED = "fed"
"""In ``amr`` beside the methods that a department's provider names: it vouches for them, and not we."""
PASSWORD_AMR = ("pwd",)


class UnmetAuthenticationRequirements(OAuth2Error):  # type: ignore[misc]
    """Nobody can sign in, or nobody did, at a level that the client insists on.

    OpenID Connect Core Error Code unmet_authentication_requirements §2.
    """

    error = "unmet_authentication_requirements"
    description = "the person cannot sign in at a level that the client insists on"


def level_of(amr: Collection[str]) -> str:
    """The level that Lanyard's own methods prove, in the words of RFC 8176 §2.

    ``pop`` is a passkey: its key is bound to our address (WebAuthn §13.4.9). It counts for two factors only
    together with ``mfa``, when the authenticator has verified who holds it. ``hwk`` beside them says that the
    key is attested never to leave its device.
    """
    methods = frozenset(amr)
    if {"pop", "mfa", "hwk"} <= methods:
        return PHISHING_RESISTANT_HARDWARE
    if {"pop", "mfa"} <= methods:
        return PHISHING_RESISTANT
    return MULTI_FACTOR if "mfa" in methods else SINGLE_FACTOR


def meets(held: str, wanted: str) -> bool:
    """Whether a sign-in at one level is good enough for another; what is not on the ladder meets nothing."""
    if held not in LADDER or wanted not in LADDER:
        return False
    return LADDER.index(held) >= LADDER.index(wanted)


def meets_one(held: str, asked: Collection[str]) -> bool:
    """Whether a sign-in is good enough for one of the levels that are asked for."""
    return any(meets(held, wanted) for wanted in asked)


def answer(held: str, asked: Sequence[str]) -> str:
    """The ``acr`` that an app is told: the first that it asked for and that is met (Core §5.5.1.1).

    When none is met it is the level that was reached. It is never empty (checklist 10).
    """
    return next((wanted for wanted in asked if meets(held, wanted)), held)


def reachable(*, proves_hardware: bool) -> tuple[str, ...]:
    """The levels that somebody can reach where the platform trusts a maker's root, or does not."""
    return tuple(level for level in ACR_VALUES if proves_hardware or level != PHISHING_RESISTANT_HARDWARE)


def can_be_reached(asked: Collection[str], levels: Sequence[str] = ACR_VALUES) -> bool:
    """Whether somebody who can reach these levels could sign in at one of those that are asked for."""
    return lowest(asked, levels) is not None


def lowest(asked: Collection[str], levels: Sequence[str] = ACR_VALUES) -> str | None:
    """The level that is just enough; None when nobody can reach any of those that are asked for."""
    return next((level for level in levels if meets_one(level, asked)), None)
