"""The part of an issuer that is one organisation's: a claim that its accounts hold, such as Google's ``hd``.

A realm is written ``claim=value``; the empty one is the whole issuer. Whoever shares an issuer says the same
claim with values of their own, so that each account belongs to one of them.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from profiles.errors import Conflict, Invalid

MAX_CHARACTERS = 200
SHARED_ISSUERS = {"https://accounts.google.com": "hd"}
"""Issuers that serve everybody, and the claim that says whose account it is."""
_CLAIM = re.compile(r"[A-Za-z0-9_.:/-]{1,100}")


class Place(Protocol):
    """Where a provider's accounts are: its issuer, its part of it, and the claim that names them."""

    issuer: str
    realm: str
    subject_claim: str


def written(claim: str, value: str) -> str:
    """The realm of a claim and its value; empty when both are."""
    return f"{claim}={value}" if claim or value else ""


def check(issuer: str, realm: str) -> None:
    """Raise Invalid, naming the field, for a realm that nobody could be in or that must be said."""
    claim, _, value = realm.partition("=")
    needed = SHARED_ISSUERS.get(issuer.rstrip("/"))
    if needed is not None and claim != needed:
        raise Invalid(
            f"This issuer serves everybody. Enter {needed}, which says whose account it is.",
            field="realm_claim",
        )
    if not realm:
        return
    if not _CLAIM.fullmatch(claim):
        raise Invalid("Enter the name of one claim.", field="realm_claim")
    if not value or len(realm) > MAX_CHARACTERS:
        raise Invalid("Enter what the claim says of your organisation's accounts.", field="realm_value")


def is_in(realm: str, claims: Mapping[str, Any]) -> bool:
    """Whether an account is in the realm: its claim is the very value, or a list of that alone."""
    if not realm:
        return True
    claim, _, value = realm.partition("=")
    return claims.get(claim) in (value, [value])


def overlap(one: Place, other: Place) -> bool:
    """Whether two providers at an issuer would both take the same account, or name it differently."""
    if not one.realm or not other.realm or one.realm == other.realm:
        return True
    same_claim = one.realm.partition("=")[0] == other.realm.partition("=")[0]
    return not same_claim or one.subject_claim != other.subject_claim


def check_apart(place: Place, others: Iterable[Place]) -> None:
    """Raise Conflict when another organisation's provider has this part of the issuer already."""
    if any(overlap(place, other) for other in others):
        raise Conflict(
            "Another organisation uses this issuer. Organisations that share one enter the same claim, each "
            "with its own value, and name accounts by the same claim."
        )
