"""Registration of clients and its management (RFC 7591, RFC 7592, OpenID Connect Registration §3 and §4)."""

import hmac
import re
import secrets
from typing import Any

from authlib.oauth2.rfc6750 import InvalidTokenError
from flask import Response, request

from identity.clients import initial_access, registration
from identity.clients import service as clients
from identity.clients.client_secrets import ClientCredentials
from identity.clients.errors import InvalidClientMetadata, UnknownClient
from identity.clients.logos import fetch_logo, keep
from identity.clients.metadata import ClientMetadata
from identity.clients.models import Client
from identity.clients.uris import home_of
from identity.context import Context, current
from identity.endpoints.answers import bearer_error, private_json
from identity.exchange import Answer
from identity.sessions.disabled_clients import disable_client
from profiles.audit.service import Initiator
from profiles.roles.permissions import public

MAX_BYTES = 64 * 1024
# RFC 7592 §2.2: what the server says of a client, the client must not send back.
_OURS = (
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
)
# RFC 6749 §5.2: what may stand in an error_description.
_NOT_DESCRIPTIVE = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")


@public
def register() -> Answer:
    """Register a client and its app, which is told nothing while it has no agreement.

    Every attempt with a good token counts; without one, nothing begins to write. What must be fetched is
    fetched before anything is written.
    """
    context, now = current(), current().now()
    if not _bearer():
        return _unauthorised()
    with context.reading() as session:
        if not initial_access.is_good(session, _bearer(), now):
            return _unauthorised()
    with context.own_transaction() as own:
        allowed = initial_access.use(own, _bearer(), now)
        if allowed is None:
            return _unauthorised()
        organisation_id, contact, token_id = allowed.organisation_id, allowed.contact, allowed.id
    try:
        metadata = _read(context)
        image = fetch_logo(metadata.logo_uri, context.fetch_image)
        initiator = Initiator.system(f"registration:{token_id}")
        session, token = context.session(writes=True), secrets.token_urlsafe(32)
        app_id = context.make_app(
            session,
            now,
            initiator,
            organisation_id=organisation_id,
            name=metadata.client_name,
            home_url=home_of(metadata),
            contact=metadata.contacts[0] if metadata.contacts else contact,
        )
        credentials = clients.add(
            session,
            now,
            initiator,
            metadata,
            app_id=app_id,
            development=context.settings.development,
            registration_token_hash=initial_access.hash_token(token),
        )
    except InvalidClientMetadata as refusal:
        return _refused(refusal)
    keep(session, credentials.client_id, metadata.logo_uri, image, now)
    answer = _described(context, clients.get(session, credentials.client_id), credentials, token)
    answer.status_code = 201
    return answer


@public
def read_registration(client_id: str) -> Answer:
    """What is registered (RFC 7592 §2.1)."""
    context = current()
    client = _owned(context, client_id)
    if client is None:
        return _unauthorised()
    return _described(context, client, ClientCredentials(client_id, ""), _bearer())


@public
def change_registration(client_id: str) -> Answer:
    """Replace what is registered as a whole (RFC 7592 §2.2)."""
    context, now = current(), current().now()
    with context.reading() as session:
        if _owned(context, client_id, session) is None:
            return _unauthorised()
    try:
        document = _document()
        if document.get("client_id") != client_id or any(name in document for name in _OURS):
            raise InvalidClientMetadata("client_id", "must be sent, and nothing that only we say")
        metadata = _read(context)
        image = fetch_logo(metadata.logo_uri, context.fetch_image)
        session = context.session(writes=True)
        metadata = clients.keeping_grants(session, client_id, metadata)
        initiator = Initiator.client(client_id)
        development = context.settings.development
        credentials = clients.change(session, now, initiator, client_id, metadata, development=development)
    except InvalidClientMetadata as refusal:
        context.roll_back()
        return _refused(refusal)
    except UnknownClient:
        return _unauthorised()
    keep(session, client_id, metadata.logo_uri, image, now)
    context.clients.forget(client_id)
    return _described(context, clients.get(session, client_id), credentials, _bearer())


@public
def delete_registration(client_id: str) -> Answer | Response:
    """Let the client do nothing any more (RFC 7592 §2.3)."""
    context = current()
    with context.reading() as session:
        if _owned(context, client_id, session) is None:
            return _unauthorised()
    try:
        disable_client(context.session(), context.now(), Initiator.client(client_id), client_id)
    except UnknownClient:  # disabled meanwhile
        return _unauthorised()
    context.clients.forget(client_id)
    return Response(status=204, headers={"Cache-Control": "no-store"})


def _read(context: Context) -> ClientMetadata:
    metadata = registration.read(_document())
    metadata.check(development=context.settings.development)
    registration.check_sector(metadata, context.fetch_document)
    return metadata


def _document() -> dict[str, Any]:
    if request.mimetype != "application/json" or (request.content_length or 0) > MAX_BYTES:
        raise InvalidClientMetadata("request", f"must be application/json of at most {MAX_BYTES} bytes")
    try:
        document = request.get_json(silent=True)
    except RecursionError:
        document = None
    if not isinstance(document, dict):
        raise InvalidClientMetadata("request", "must be a JSON object")
    return document


def _owned(context: Context, client_id: str, session: Any = None) -> Client | None:
    """The client, if the token is the one that manages it; an unknown client and a wrong token look alike."""
    if not _bearer():
        return None
    try:
        client = clients.get(session or context.session(), client_id)
    except UnknownClient:
        return None
    presented, kept = initial_access.hash_token(_bearer()), client.registration_token_hash or ""
    return client if hmac.compare_digest(presented, kept) else None


def _bearer() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _described(context: Context, client: Client, credentials: ClientCredentials, token: str) -> Answer:
    """RFC 7591 §3.2.1; a secret is there only when it is new, because we keep but its hash."""
    answer = registration.describe(client) | {
        "registration_access_token": token,
        "registration_client_uri": f"{context.settings.issuer}/register/{client.client_id}",
    }
    if credentials.client_secret:
        answer |= {"client_secret": credentials.client_secret, "client_secret_expires_at": 0}
    return private_json(answer)


def _refused(refusal: InvalidClientMetadata) -> Answer:
    """RFC 7591 §3.2.2."""
    error = "invalid_redirect_uri" if refusal.field == "redirect_uris" else "invalid_client_metadata"
    answer = private_json(
        {"error": error, "error_description": _NOT_DESCRIPTIVE.sub("?", f"{refusal.field}: {refusal.reason}")}
    )
    answer.status_code = 400
    return answer


def _unauthorised() -> Answer:
    return bearer_error(InvalidTokenError("the token is not valid here") if _bearer() else None)
