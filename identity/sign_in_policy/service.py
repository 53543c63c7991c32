"""The policy that holds for a person, and what an administrator may propose."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from identity.acr import LADDER, meets
from identity.sign_in_policy.policy import Limits, PersonsPolicy, Platform, policy_of
from profiles.errors import Invalid
from profiles.sign_in.models import Attestation, Method, PolicyTerms
from profiles.sign_in.standing import Standing, policies_within, standing_of

SHORTEST_IDLE_MINUTES = 5
LONGEST_SET_UP_DAYS = 365
MOST_AAGUIDS = 50
_AAGUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Person:
    """How a person stands at a moment, and what is asked of them."""

    standing: Standing
    policy: PersonsPolicy


def of_person(session: Session, person_id: UUID, now: datetime, platform: Platform) -> Person:
    """What holds for a person now, read anew."""
    standing = standing_of(session, person_id, now)
    return Person(standing, policy_of(standing, platform))


def policy_within(session: Session, organisation_id: UUID, at: datetime, platform: Platform) -> PersonsPolicy:
    """What an organisation asks of its people at ``at``, of whom none is known yet.

    Officers, and people who work for a second organisation too, may be asked for more.
    """
    anybody = Standing(
        may_sign_in=True,
        is_suspended=False,
        is_officer=False,
        policies=policies_within(session, organisation_id, at),
    )
    return policy_of(anybody, platform)


def methods_within(
    session: Session, organisation_id: UUID, now: datetime, platform: Platform
) -> frozenset[Method]:
    """The ways in that an organisation accepts of its people, as ``policy_within`` has it."""
    return policy_within(session, organisation_id, now, platform).methods


def check_terms(terms: PolicyTerms, platform: Platform, *, has_roots: bool) -> None:
    """Whether a policy may say this: passkeys always, nothing below the platform. Raises Invalid by field.

    ``has_roots`` says whether the platform trusts any maker's root: without one nothing can be attested.
    """
    if not set(terms.methods) <= set(Method) or Method.PASSKEY not in terms.methods:
        raise Invalid("Passkeys are always allowed: people take them along when they move.", field="methods")
    for field, level, least in (
        ("least_level", terms.least_level, platform.least_level),
        ("officer_level", terms.officer_level, platform.officer_level),
    ):
        if level not in LADDER or not meets(level, least):
            raise Invalid(f"The platform asks for {least} at least.", field=field)
    if not meets(terms.officer_level, terms.least_level):
        raise Invalid("Officers cannot be asked for less than everybody.", field="officer_level")
    if not has_roots and (terms.attestation is Attestation.HARDWARE or _wants_hardware(terms)):
        raise Invalid("The platform trusts no maker of authenticators yet.", field="attestation")
    _check_aaguids(terms)
    _check_minutes("idle_minutes", terms.idle_minutes, platform.limits, terms)
    _check_minutes("absolute_minutes", terms.absolute_minutes, platform.limits, terms)
    if not 0 <= terms.set_up_days <= LONGEST_SET_UP_DAYS:
        raise Invalid(f"Enter a number from 0 to {LONGEST_SET_UP_DAYS}.", field="set_up_days")


def read_aaguids(text: str) -> list[str]:
    """The models in a text, one to a line, in the form in which authenticators name them."""
    return list(dict.fromkeys(line.strip().lower() for line in text.splitlines() if line.strip()))


def _wants_hardware(terms: PolicyTerms) -> bool:
    return LADDER[-1] in (terms.least_level, terms.officer_level)


def _check_aaguids(terms: PolicyTerms) -> None:
    if terms.accepted_aaguids and terms.attestation is Attestation.NONE:
        raise Invalid("Models can only be told apart when passkeys are attested.", field="accepted_aaguids")
    if len(terms.accepted_aaguids) > MOST_AAGUIDS:
        raise Invalid(f"Enter {MOST_AAGUIDS} models or fewer.", field="accepted_aaguids")
    wrong: Collection[str] = [one for one in terms.accepted_aaguids if not _AAGUID.fullmatch(one)]
    if wrong:
        raise Invalid("Enter each as 32 hexadecimal digits with hyphens.", field="accepted_aaguids")


def _check_minutes(field: str, minutes: int | None, platform: Limits, terms: PolicyTerms) -> None:
    if minutes is None:
        return
    limit = platform.idle if field == "idle_minutes" else platform.absolute
    most = int(limit.total_seconds() // 60)
    if not SHORTEST_IDLE_MINUTES <= minutes <= most:
        raise Invalid(f"Enter a number of minutes from {SHORTEST_IDLE_MINUTES} to {most}.", field=field)
    if terms.idle_minutes and terms.absolute_minutes and terms.idle_minutes > terms.absolute_minutes:
        raise Invalid("The limit in any case cannot be shorter than the idle one.", field="absolute_minutes")
