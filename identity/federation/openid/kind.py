"""OpenID Connect as a kind of department's provider: the code flow with PKCE (Core §3.1)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from identity.context import Context
from identity.federation import attempts, providers
from identity.federation.errors import Fault, UpstreamAnswerInvalid, UpstreamRefused, UpstreamUnavailable
from identity.federation.kinds import Arrived, UpstreamKind, WayThere
from identity.federation.models import UpstreamProvider
from identity.federation.openid import exchange, id_token
from identity.federation.openid.exchange import CLIENT_ALGORITHM
from identity.federation.openid.metadata import UpstreamMetadata
from identity.federation.upstreams import Upstreams

# RFC 6749 §4.1.2.1: the characters of an error code.
_ERROR_CODE = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]{1,100}")
_OUT_OF_ORDER = ("server_error", "temporarily_unavailable")
MAX_CODE_CHARACTERS = 4096


@dataclass(frozen=True)
class AuthorizationEndpoint(WayThere):
    """A provider's authorization endpoint, as its configuration has it now."""

    metadata: UpstreamMetadata
    secret_key: str

    def address(
        self,
        provider: UpstreamProvider,
        *,
        return_address: str,
        state: str,
        login_hint: str | None,
        again: bool,
    ) -> str:
        """The authentication request (Core §3.1.2.1)."""
        return exchange.authorization_address(
            provider,
            self.metadata,
            redirect_uri=return_address,
            state=state,
            proofs=attempts.proofs(state, self.secret_key),
            login_hint=login_hint,
            again=again,
        )


@dataclass(frozen=True)
class OpenIDConnect(UpstreamKind):
    """Asks providers with what this process has."""

    context: Context
    upstreams: Upstreams

    def begin(self, provider: UpstreamProvider, now: datetime) -> AuthorizationEndpoint:
        """Read the provider's configuration, if it is not known."""
        metadata = self.upstreams.directory.find(provider.issuer, now)
        return AuthorizationEndpoint(metadata, self.upstreams.secret_key)

    def finish(
        self,
        provider: UpstreamProvider,
        unverified_answer: Mapping[str, str],
        return_address: str,
        now: datetime,
    ) -> Arrived:
        """Give the code for an ID token, and judge that (Core §3.1.3)."""
        metadata = self.upstreams.directory.find(provider.issuer, now)
        _check_issuer(unverified_answer.get("iss"), metadata)
        if "error" in unverified_answer:
            raise _refusal(unverified_answer["error"])
        code = unverified_answer.get("code", "")
        if not 0 < len(code) <= MAX_CODE_CHARACTERS:
            raise UpstreamAnswerInvalid("the provider sent no code")
        with self.context.reading() as session:
            signer = self.context.key_ring.signer(session, CLIENT_ALGORITHM, now)
        proofs = attempts.proofs(unverified_answer["state"], self.upstreams.secret_key)
        unverified_id_token = exchange.redeem(
            self.upstreams.post,
            provider,
            metadata,
            providers.credentials_of(provider, self.upstreams.encryption, signer),
            code=code,
            redirect_uri=return_address,
            code_verifier=proofs.code_verifier,
            now=now,
        )
        find_key = self.upstreams.key_finder(provider, metadata, now)
        identity = id_token.verify(unverified_id_token, provider, proofs.nonce, find_key, now)
        return Arrived(identity, metadata.end_session_endpoint is not None)

    def way_out(self, provider: UpstreamProvider, return_address: str, now: datetime) -> str | None:
        """The logout request (RP-Initiated Logout 1.0 §2)."""
        metadata = self.upstreams.directory.find(provider.issuer, now)
        return exchange.sign_out_address(provider, metadata, return_address)


def _refusal(unverified_error: str) -> UpstreamRefused | UpstreamUnavailable:
    if unverified_error in _OUT_OF_ORDER:
        return UpstreamUnavailable(f"the provider says {unverified_error}", Fault.SAID_SO)
    return UpstreamRefused(unverified_error if _ERROR_CODE.fullmatch(unverified_error) else "error")


def _check_issuer(unverified_iss: str | None, metadata: UpstreamMetadata) -> None:
    """That the answer is this provider's and not another's, mixed up (RFC 9207 §2.4)."""
    if unverified_iss is None and not metadata.answers_with_iss:
        return
    if unverified_iss != metadata.issuer:
        raise UpstreamAnswerInvalid("the answer names another issuer")
