"""Sign-in policies for tests."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session

from identity.sign_in_policy.policy import Limits, Platform
from profiles.sign_in.models import PolicyTerms, SignInPolicy
from profiles.temporal import record
from tests.factories.organisations import LONG_AGO, PROVENANCE

SFA, MFA, PHR, PHRH = "urn:lanyard:acr:sfa", "urn:lanyard:acr:mfa", "phr", "phrh"
PLATFORM = Platform(SFA, SFA, Limits(timedelta(hours=1), timedelta(hours=12)))
"""A platform that asks for nothing."""
ALL = ["password", "password_and_code", "passkey", "department"]


def terms(**changes: Any) -> PolicyTerms:
    """Terms that ask for nothing, with these changes."""
    return PolicyTerms(**({"methods": ALL, "least_level": SFA, "officer_level": SFA} | changes))


def make_policy(
    session: Session, now: datetime, organisation_id: UUID, since: datetime = LONG_AGO, **changes: Any
) -> SignInPolicy:
    """A policy in force since a moment."""
    stamp = PROVENANCE.stamp(now, since)
    policy = SignInPolicy(organisation_id=organisation_id, **terms(**changes).model_dump(), **stamp)
    return record(session, policy)
