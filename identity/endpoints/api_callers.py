"""Who calls our own API for whom, and whether the person signed in strongly and newly enough (RFC 9470)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.rfc6750 import InsufficientScopeError, InvalidTokenError
from sqlmodel import Session

from identity.acr import FEDERATED, meets
from identity.authorization_server import token_issuer
from identity.clients.registry import RegisteredClient
from identity.context import Context
from identity.endpoints import error_notes
from identity.endpoints.presented_tokens import PresentedToken
from identity.grants.access_token import find_with_grant, is_live_service
from identity.tokens import access_tokens


class InsufficientUserAuthenticationError(OAuth2Error):  # type: ignore[misc]
    """The person must sign in again, more strongly or more newly, before the app asks once more (§3)."""

    error = "insufficient_user_authentication"
    status_code = 401

    def __init__(self, acr: str, max_age: timedelta) -> None:
        super().__init__(description="a stronger or a newer sign-in is required")
        self.challenge = {"acr_values": acr, "max_age": str(int(max_age.total_seconds()))}


@dataclass(frozen=True)
class PersonAtClient:
    """A person who is there at a client, as the client's token says, and how and when they signed in."""

    person_id: UUID
    client: RegisteredClient
    sub: str
    sid: str
    acr: str
    amr: tuple[str, ...]
    auth_time: datetime

    def demand(self, acr: str, max_age: timedelta, now: datetime) -> None:
        """Raise InsufficientUserAuthenticationError unless they signed in at this level, so recently, to us.

        That a department's provider vouches for somebody opens nothing here.
        """
        if FEDERATED in self.amr or not meets(self.acr, acr) or now - self.auth_time > max_age:
            raise InsufficientUserAuthenticationError(acr, max_age)


@dataclass(frozen=True)
class ServiceCalling:
    """A service that acts for itself, in the organisation of its app."""

    client: RegisteredClient
    token_id: str


def service_calling(
    context: Context, session: Session, presented: PresentedToken, scope: str
) -> ServiceCalling:
    """The service behind a token for our API that has this scope; a person's token is none.

    Raises InvalidTokenError and InsufficientScopeError.
    """
    now, issuer = context.now(), token_issuer(context)
    token = access_tokens.find(session, issuer, presented.unverified_token, now)
    client = context.clients.find(session, token.client_id, now) if token else None
    error_notes.note_client(client)
    if token is None or token.audience != issuer.api or client is None:
        raise InvalidTokenError("the access token is not valid")
    if not is_live_service(session, token):
        raise InvalidTokenError("the access token was revoked, or is not a service's own")
    presented.check(context, token, client)
    if scope not in token.scope.split():
        raise InsufficientScopeError(f"the access token lacks the scope {scope}")
    return ServiceCalling(client, token.token_id)


def person_calling(
    context: Context, session: Session, presented: PresentedToken, scope: str
) -> PersonAtClient:
    """The person behind a token for our API that has this scope, judged as at userinfo.

    Raises InvalidTokenError, also when the token or its session was ended, and InsufficientScopeError.
    """
    now, issuer = context.now(), token_issuer(context)
    token, grant = find_with_grant(session, issuer, presented.unverified_token, now)
    client = context.clients.find(session, token.client_id, now) if token else None
    error_notes.note_client(client)
    if token is None or token.audience != issuer.api:
        raise InvalidTokenError("the access token is not valid")
    if grant is None or client is None:
        raise InvalidTokenError("the access token was revoked, or no person is there")
    presented.check(context, token, client)
    if scope not in token.scope.split():
        raise InsufficientScopeError(f"the access token lacks the scope {scope}")
    return PersonAtClient(
        grant.person_id, client, grant.sub, grant.sid, grant.acr, grant.amr, grant.auth_time
    )
