"""The names of what an app may be told. Values are made by ``profiles.disclosure``, and nowhere else."""

from collections.abc import Collection
from enum import StrEnum

from profiles.errors import Invalid


class Claim(StrEnum):
    """A claim that an agreement may name; OpenID Connect's own names where it has one (Core §5.1).

    ``roles``, ``groups`` and ``entitlements`` are called as in SCIM (RFC 7643 §4.1.2, RFC 9068 §2.2.3.1).
    """

    NAME = "name"
    GIVEN_NAME = "given_name"
    MIDDLE_NAME = "middle_name"
    FAMILY_NAME = "family_name"
    NICKNAME = "nickname"
    BIRTHDATE = "birthdate"
    EMAIL = "email"
    EMAIL_VERIFIED = "email_verified"
    PHONE_NUMBER = "phone_number"
    PHONE_NUMBER_VERIFIED = "phone_number_verified"
    ADDRESS = "address"
    ORGANISATION_ID = "organisation_id"
    ORGANISATION = "organisation"
    GRADE = "grade"
    JOB_TITLE = "job_title"
    ROLES = "roles"
    GROUPS = "groups"
    ENTITLEMENTS = "entitlements"
    PAY_HISTORY = "pay_history"
    """Only ever through the API, to the person who is there; never in a token."""
    RECORD = "record"
    """The whole profile as of a date, through the API alone; the three below open more of it."""
    CLEARANCES = "clearances"
    """In a record: each level with its status, and whether it can be used; never a caveat."""
    LEAVE = "leave"
    """In a record: leave and absence."""
    CHANGES = "changes"
    """That something in a record changed, of which kind and from when; through the API alone, no values."""
    MEETS_CLEARANCE = "meets_clearance"
    IDENTITY_CONFIDENCE = "identity_confidence"
    """In the vector of trust of an ID token (RFC 8485), and in a record; nowhere else."""
    UPDATED_AT = "updated_at"


def normal_claims(unverified_claims: Collection[str], levels: Collection[str]) -> list[str]:
    """The claims in order, each once; ``meets_clearance:SC`` is approved for a level that no rule names.

    Raises Invalid, naming the claim, for one that does not exist.
    """
    known = {claim.value for claim in Claim} | {f"{Claim.MEETS_CLEARANCE}:{level}" for level in levels}
    for claim in unverified_claims:
        if claim not in known:
            raise Invalid(f"There is no claim called {claim!r}.", field="claims")
    return sorted(set(unverified_claims))
