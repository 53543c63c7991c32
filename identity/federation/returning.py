"""Somebody comes back from a department's provider: what that proves.

The attempt is spent first, in a transaction of its own, whatever the provider answered; no transaction is
open while the provider is asked.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from identity.context import Context
from identity.federation import attempts, exchange, id_token, providers
from identity.federation.attempts import Purpose
from identity.federation.errors import (
    AttemptOver,
    Fault,
    UpstreamAnswerInvalid,
    UpstreamRefused,
    UpstreamUnavailable,
)
from identity.federation.exchange import CLIENT_ALGORITHM
from identity.federation.id_token import UpstreamIdentity
from identity.federation.metadata import UpstreamMetadata
from identity.federation.models import AttemptPurpose, UpstreamProvider
from identity.federation.upstreams import Upstreams

# RFC 6749 §4.1.2.1: the characters of an error code.
_ERROR_CODE = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]{1,100}")
_OUT_OF_ORDER = ("server_error", "temporarily_unavailable")
MAX_CODE_CHARACTERS = 4096


@dataclass(frozen=True)
class Returned:
    """Somebody proved that an account at a provider is theirs, for this purpose."""

    provider: UpstreamProvider
    purpose: Purpose
    identity: UpstreamIdentity
    metadata: UpstreamMetadata


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
        session.expunge(provider)
    return provider, purpose


def identify(
    context: Context,
    upstreams: Upstreams,
    provider: UpstreamProvider,
    purpose: Purpose,
    unverified_answer: Mapping[str, str],
    redirect_uri: str,
) -> Returned:
    """Who signed in there. Raises UpstreamRefused, UpstreamUnavailable, UpstreamAnswerInvalid."""
    now = context.now()
    metadata = upstreams.directory.find(provider.issuer, now)
    _check_issuer(unverified_answer.get("iss"), metadata)
    if "error" in unverified_answer:
        error = unverified_answer["error"]
        if error in _OUT_OF_ORDER:
            raise UpstreamUnavailable(f"the provider says {error}", Fault.SAID_SO)
        raise UpstreamRefused(error if _ERROR_CODE.fullmatch(error) else "error")
    code = unverified_answer.get("code", "")
    if not 0 < len(code) <= MAX_CODE_CHARACTERS:
        raise UpstreamAnswerInvalid("the provider sent no code")
    with context.reading() as session:
        signer = context.key_ring.signer(session, CLIENT_ALGORITHM, now)
    proofs = attempts.proofs(unverified_answer["state"], upstreams.secret_key)
    unverified_id_token = exchange.redeem(
        upstreams.post,
        provider,
        metadata,
        providers.credentials_of(provider, upstreams.encryption, signer),
        code=code,
        redirect_uri=redirect_uri,
        code_verifier=proofs.code_verifier,
        now=now,
    )
    find_key = upstreams.key_finder(provider, metadata, now)
    identity = id_token.verify(unverified_id_token, provider, proofs.nonce, find_key, now)
    return Returned(provider, purpose, identity, metadata)


def _check_issuer(unverified_iss: str | None, metadata: UpstreamMetadata) -> None:
    """That the answer is this provider's and not another's, mixed up (RFC 9207 §2.4)."""
    if unverified_iss is None and not metadata.answers_with_iss:
        return
    if unverified_iss != metadata.issuer:
        raise UpstreamAnswerInvalid("the answer names another issuer")
