"""What an authorization request asks for, wherever that stands: in itself, in a request object, at ``/par``.

Of a request that carries another, nothing but that other counts (RFC 9101 §6.3, RFC 9126 §4).
"""

from dataclasses import dataclass
from datetime import datetime

from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oidc.core.errors import InvalidRequestURIError
from sqlmodel import Session

from identity.authorization_request import CannotReturn, Obstacle
from identity.clients.authentication import is_client_id
from identity.clients.errors import DocumentUnavailable
from identity.clients.registry import RegisteredClient
from identity.context import Context
from identity.parameters import Parameters
from identity.pushed_requests import service as pushed_requests
from identity.pushed_requests.references import find_pushed, find_reference, first_seen_note
from identity.request_objects import service as request_objects
from identity.request_objects.service import RequestObject


@dataclass(frozen=True)
class UnfoldedRequest:
    """What is asked for. At most one of the other two is there."""

    parameters: Parameters
    reference: str | None = None
    """The ``request_uri`` of a request that was pushed."""
    request_object: RequestObject | None = None

    @property
    def counts_once(self) -> bool:
        """Whether it gives one code and no more."""
        return self.reference is not None or self.request_object is not None

    def check_way(self, client: RegisteredClient) -> None:
        """See that it came in the way that its client is bound to. Raises InvalidRequestError."""
        if client.must_push_requests and self.reference is None:
            raise InvalidRequestError("the client must push its requests")
        # What was pushed was looked at then.
        if client.require_signed_request_object and not self.counts_once:
            raise InvalidRequestError("the client must sign its requests")

    def spend(self, session: Session, now: datetime) -> bool:
        """Let it count; of any number of uses at once, one is told True."""
        if self.reference is not None:
            return pushed_requests.spend(session, self.reference, now)
        return self.request_object is None or request_objects.spend(session, self.request_object)


def unfold(context: Context, parameters: Parameters, now: datetime) -> UnfoldedRequest:
    """What is asked for by a request that carries it or refers to what was pushed.

    Raises CannotReturn when the reference or the object was used, or its client is unknown: no address is
    known to go back to. Raises Authlib's OAuth2Error when the object is refused. May fetch the client's keys.
    """
    unverified_jwt = parameters.find("request")
    reference = find_reference(parameters)
    if unverified_jwt is None:
        pushed = find_pushed(context, parameters, now)
        return UnfoldedRequest(parameters if pushed is None else pushed, reference)
    client = _client(context, parameters)
    _refuse_both(parameters)
    came_at = first_seen_note().read(parameters, now) or now
    signed = read_object(context, client, unverified_jwt, now, came_at)
    with context.reading() as session:
        if request_objects.is_spent(session, signed):
            raise CannotReturn(Obstacle.SPENT_REFERENCE)
    return UnfoldedRequest(signed.parameters, request_object=signed)


def read_object(
    context: Context,
    client: RegisteredClient,
    unverified_jwt: str,
    now: datetime,
    came_at: datetime,
    *,
    may_last: bool = False,
) -> RequestObject:
    """The request that the client signed. Raises InvalidRequestObjectError; may fetch the client's keys."""
    return request_objects.read(
        unverified_jwt,
        client,
        context.find_client_key,
        issuer=context.settings.issuer,
        came_at=came_at,
        now=now,
        may_last=may_last,
    )


def is_at_document(parameters: Parameters) -> bool:
    """Whether the request stands in a document of the client's own (OpenID Connect Core §6.2)."""
    return parameters.find("request_uri") is not None and find_reference(parameters) is None


def push_document(context: Context, parameters: Parameters, now: datetime) -> Parameters:
    """Fetch the request that stands elsewhere and keep it as if it had been pushed; return how to ask for it.

    So it is fetched once a visit, however long signing in takes. Only registered addresses are fetched, and
    before anything is written. Raises CannotReturn when the client is unknown, else Authlib's OAuth2Error.
    """
    client, request_uri = _client(context, parameters), parameters.find("request_uri") or ""
    _refuse_both(parameters)
    if client.must_push_requests:
        raise InvalidRequestError("the client must push its requests")
    if not client.may_refer_to(request_uri):
        raise InvalidRequestURIError("request_uri is not registered")
    try:
        unverified_jwt = context.fetch_request_object(request_uri.partition("#")[0])
    except DocumentUnavailable as reason:
        raise InvalidRequestURIError(f"the document at request_uri {reason}") from None
    signed = read_object(context, client, unverified_jwt, now, now, may_last=True)
    reference = pushed_requests.push(context.session(writes=True), client.client_id, signed.parameters, now)
    return Parameters([("client_id", client.client_id), ("request_uri", reference)])


def _client(context: Context, parameters: Parameters) -> RegisteredClient:
    """RFC 9101 §5: the client_id stands outside too. Raises CannotReturn."""
    if parameters.too_large:
        raise CannotReturn(Obstacle.MALFORMED)
    client_id = parameters.find("client_id")
    client = context.find_client(client_id) if client_id is not None and is_client_id(client_id) else None
    if client is None:
        raise CannotReturn(Obstacle.UNKNOWN_CLIENT)
    return client


def _refuse_both(parameters: Parameters) -> None:
    """RFC 9101 §5; and a parameter sent twice is not believed, even where it is not looked at."""
    if parameters.find("request") is not None and parameters.find("request_uri") is not None:
        raise InvalidRequestError("request and request_uri cannot be sent together")
    if parameters.repeated:
        raise InvalidRequestError("a parameter was sent more than once")
