"""What a kind of department's provider does for us, whatever it speaks.

``identity.federation.openid`` is the one kind there is; docs/adr/0021 says where another goes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from identity.federation.models import UpstreamProvider
from identity.sessions.upstream_session import UpstreamSession


@dataclass(frozen=True)
class UpstreamIdentity:
    """Who signed in at the provider, and how it says that they did; ``claims`` are all that it said."""

    issuer: str
    subject: str
    acr: str | None
    amr: tuple[str, ...]
    auth_time: datetime | None
    there: UpstreamSession
    """Its session at the provider, by which that says later that it is over."""
    claims: Mapping[str, Any]


@dataclass(frozen=True)
class Arrived:
    """Somebody who came back from the provider, and whether people can be sent there to sign out too."""

    identity: UpstreamIdentity
    offers_sign_out: bool


class WayThere(Protocol):
    """Where a provider is asked; found out before anything is written."""

    def address(
        self,
        provider: UpstreamProvider,
        *,
        return_address: str,
        state: str,
        login_hint: str | None,
        again: bool,
    ) -> str:
        """Where the person's browser goes; ``again`` makes them sign in there anew."""
        ...


class UpstreamKind(Protocol):
    """How people are sent to a provider of this kind, and what their coming back proves.

    Each raises UpstreamUnavailable when the provider cannot be asked. None is called while a transaction is
    open, because each may ask.
    """

    def begin(self, provider: UpstreamProvider, now: datetime) -> WayThere:
        """Find out where people are sent."""
        ...

    def finish(
        self,
        provider: UpstreamProvider,
        unverified_answer: Mapping[str, str],
        return_address: str,
        now: datetime,
    ) -> Arrived:
        """Who signed in there, proved by the answer to the attempt whose ``state`` it holds, which is spent.

        Raises UpstreamRefused, AnotherAccount, UpstreamAnswerInvalid.
        """
        ...

    def way_out(self, provider: UpstreamProvider, return_address: str, now: datetime) -> str | None:
        """Where people sign out there too; None where that is not offered."""
        ...
