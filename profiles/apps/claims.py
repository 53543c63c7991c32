"""The names of what an app may be told. Values are made by ``profiles.disclosure``, and nowhere else."""

from collections.abc import Collection
from enum import StrEnum

from profiles.errors import Invalid


class Claim(StrEnum):
    """A claim that an agreement may name; OpenID Connect's own names where it has one (Core §5.1)."""

    NAME = "name"
    GIVEN_NAME = "given_name"
    FAMILY_NAME = "family_name"
    EMAIL = "email"
    EMAIL_VERIFIED = "email_verified"
    ORGANISATION = "organisation"
    GRADE = "grade"
    JOB_TITLE = "job_title"
    ROLES = "roles"
    MEETS_CLEARANCE = "meets_clearance"


def normal_claims(unverified_claims: Collection[str], levels: Collection[str]) -> list[str]:
    """The claims in order, each once; ``meets_clearance:SC`` is approved for a level that no rule names.

    Raises Invalid, naming the claim, for one that does not exist.
    """
    known = {claim.value for claim in Claim} | {f"{Claim.MEETS_CLEARANCE}:{level}" for level in levels}
    for claim in unverified_claims:
        if claim not in known:
            raise Invalid(f"There is no claim called {claim!r}.", field="claims")
    return sorted(set(unverified_claims))
