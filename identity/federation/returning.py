"""Somebody comes back from a department's provider: what that proves.

The attempt is spent first, in a transaction of its own, whatever the provider answered; no transaction is
open while the provider is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from identity.context import Context
from identity.federation import attempts, providers
from identity.federation.attempts import Purpose
from identity.federation.errors import (
    AttemptOver,
)
from identity.federation.kinds import UpstreamIdentity
from identity.federation.models import AttemptPurpose, UpstreamProvider


@dataclass(frozen=True)
class Returned:
    """Somebody proved that an account at a provider is theirs, for this purpose."""

    provider: UpstreamProvider
    purpose: Purpose
    identity: UpstreamIdentity
    offers_sign_out: bool


def spend_attempt(
    context: Context, provider_id: UUID, unverified_answer: Mapping[str, str], unverified_browser: str
) -> tuple[UpstreamProvider, Purpose]:
    """The attempt that this answer belongs to, spent. Raises AttemptOver."""
    context.roll_back()
    with context.own_transaction() as session:
        purpose = attempts.finish(
            session, provider_id, unverified_answer.get("state", ""), unverified_browser, context.now()
        )
        provider = (
            providers.find_proposed(session, provider_id)
            if purpose.kind is AttemptPurpose.TEST
            else providers.find_in_use(session, provider_id)
        )
        if provider is None:
            raise AttemptOver("the provider is not in use any more")
    return provider, purpose
