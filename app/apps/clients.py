"""The clients of an app, as its owner sees them: how each speaks OpenID Connect and what proves it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import render_template
from flask_babel import ngettext
from sqlmodel import Session

from app.apps.blueprint import blueprint
from app.apps.kinds import kind_in_words, method_in_words, signs_in
from app.apps.managing import managed_client
from app.display_formats import civil_datetime
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from identity.clients import client_secrets
from identity.clients import service as clients
from identity.clients.error_log import counts_of, errors_of
from identity.clients.models import Client, ClientSecret
from identity.clients.uses import uses_of
from profiles.roles.permissions import Permission, requires

LAST_DAY = timedelta(days=1)


@dataclass(frozen=True)
class ClientRow:
    """One client in the list of an app's clients."""

    client_id: str
    name: str
    kind: str
    proof: str
    errors: int
    disabled: bool


@dataclass(frozen=True)
class SecretRow:
    """A secret that is good now; nobody can show more of it than its fingerprint."""

    fingerprint: str
    made: str
    age: str
    used: str
    ends: str
    has_end: bool


def client_rows(session: Session, app_id: UUID, now: datetime) -> list[ClientRow]:
    """Every client of an app; those that are disabled come last."""
    found = clients.list_for_app(session, app_id)
    errors = counts_of(session, [client.client_id for client in found], now - LAST_DAY)
    return [
        ClientRow(
            client_id=client.client_id,
            name=client.client_name,
            kind=kind_in_words(client),
            proof=_proof(session, client, now),
            errors=errors.get(client.client_id, 0),
            disabled=client.disabled_at is not None,
        )
        for client in found
    ]


@blueprint.get("/apps/<uuid:app_id>/clients/<client_id>")
@requires(Permission.MANAGE_CLIENTS)
def client(app_id: UUID, client_id: str) -> str:
    """One client: its addresses, what proves it, and what its owner can do with it."""
    session, now = request_session(), request_time()
    app, found = managed_client(app_id, client_id)
    return render_template(
        "apps/client.html",
        app=app,
        client=found,
        kind=kind_in_words(found),
        method=method_in_words(found.token_endpoint_auth_method),
        secrets=secret_rows(session, found, now),
        has_secret=clients.metadata_of(found).has_secret,
        keys=key_rows(found),
        signs_in=signs_in(found),
        used=last_used(max(uses_of(session, client_id).values(), default=None)),
        errors=sum(one.count for one in errors_of(session, client_id, now - LAST_DAY)),
    )


def secret_rows(session: Session, client: Client, now: datetime) -> list[SecretRow]:
    """The secrets that are good now, the newest first."""
    used = uses_of(session, client.client_id)
    return [secret_row(one, used, now) for one in client_secrets.live_secrets(session, client.client_id, now)]


def secret_row(secret: ClientSecret, used: Mapping[str, datetime], now: datetime) -> SecretRow:
    """One secret, in words."""
    fingerprint = client_secrets.fingerprint(secret.secret_hash)
    ends = secret.expires_at
    return SecretRow(
        fingerprint=fingerprint,
        used=last_used(used.get(fingerprint)),
        made=civil_datetime(secret.created_at),
        age=_age(now - secret.created_at),
        ends=civil_datetime(ends) if ends else _("When you end it"),
        has_end=ends is not None,
    )


def last_used(at: datetime | None) -> str:
    """When something was last used: noted once an hour, so this may be an hour ago."""
    return _("about %(moment)s", moment=civil_datetime(at)) if at is not None else _("Never")


def key_rows(client: Client) -> list[tuple[str, str]]:
    """Each registered public key: its ``kid`` and what it is."""
    keys: list[dict[str, Any]] = (client.jwks or {}).get("keys", [])
    return [(str(key.get("kid", _("without a name"))), _key_in_words(key)) for key in keys]


def _key_in_words(key: dict[str, Any]) -> str:
    return " ".join(str(key[member]) for member in ("kty", "crv", "alg") if member in key)


def _proof(session: Session, client: Client, now: datetime) -> str:
    if clients.metadata_of(client).has_secret:
        count = len(client_secrets.live_secrets(session, client.client_id, now))
        return str(ngettext("%(num)s secret", "%(num)s secrets", count))
    return method_in_words(client.token_endpoint_auth_method)


def _age(age: Any) -> str:
    if age.days == 0:
        return _("today")
    return str(ngettext("%(num)s day old", "%(num)s days old", age.days))
