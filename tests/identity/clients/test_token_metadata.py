"""Which tokens a client may be registered for."""

from datetime import datetime
from typing import Any

import pytest
from sqlmodel import Session, select

from identity.clients.errors import InvalidClientMetadata
from identity.clients.models import Client, Resource
from identity.clients.registry import find_client
from identity.clients.token_metadata import TokenMetadata, is_resource
from profiles.audit.models import AuditEntry
from tests.factories.clients import make_client
from tests.factories.organisations import make_organisation

API = "https://api.hmrc.example/cases"
REFRESHING = ("authorization_code", "refresh_token")


def register(session: Session, now: datetime, name: str = "Casework", **asked: Any) -> Client:
    organisation = make_organisation(session, now, code=name.upper())
    chosen = {key: asked.pop(key) for key in ("scopes", "redirect_uris") if key in asked}
    made = make_client(session, now, organisation, name, tokens=TokenMetadata(**asked), **chosen)
    return session.get_one(Client, made.client_id)


def test_who_says_nothing_gets_codes_for_jwts(session: Session, now: datetime) -> None:
    client = register(session, now)
    assert (client.grant_types, client.access_token_format) == (["authorization_code"], "jwt")
    assert "offline_access" not in client.scope


def test_refresh_tokens_bring_the_scope_that_asks_for_them(session: Session, now: datetime) -> None:
    """OpenID Connect Core §11."""
    client = register(session, now, grant_types=REFRESHING)
    found = find_client(session, client.client_id)
    assert found is not None
    assert "offline_access" in found.scopes
    assert found.grant_types == set(REFRESHING)


def test_a_service_needs_no_redirect_uri(session: Session, now: datetime) -> None:
    """RFC 7591 §2: only for flows with redirection."""
    client = register(
        session, now, grant_types=["client_credentials"], service_scopes=["people.read"], redirect_uris=[]
    )
    assert (client.redirect_uris, client.service_scope) == ([], "people.read")


@pytest.mark.parametrize(
    ("field", "asked"),
    [
        ("grant_types", {"grant_types": ()}),
        ("grant_types", {"grant_types": ("implicit",)}),
        ("grant_types", {"grant_types": ("refresh_token",)}),
        ("scope", {"scopes": ("openid", "offline_access")}),
        ("access_token_format", {"access_token_format": "paseto"}),
        ("service_scopes", {"grant_types": ("client_credentials",)}),
        ("service_scopes", {"service_scopes": ("people.read",)}),
        ("service_scopes", {"grant_types": ("client_credentials",), "service_scopes": ("openid",)}),
        ("service_scopes", {"grant_types": ("client_credentials",), "service_scopes": ("a b",)}),
        ("redirect_uris", {"redirect_uris": []}),
        ("resources", {"resources": (API,)}),
        ("resources", {"serves": ("/relative",)}),
    ],
)
def test_what_does_not_fit_together_is_refused(
    session: Session, now: datetime, field: str, asked: dict[str, Any]
) -> None:
    """RFC 7591 §3.2.2."""
    with pytest.raises(InvalidClientMetadata) as refusal:
        register(session, now, **asked)
    assert refusal.value.field == field


def test_a_resource_has_one_server(session: Session, now: datetime) -> None:
    server = register(session, now, "Server", serves=[API])
    assert session.exec(select(Resource.client_id)).all() == [server.client_id]
    assert register(session, now, "Caller", resources=[API]).resources == [API]
    with pytest.raises(InvalidClientMetadata):
        register(session, now, "Pretender", serves=[API])


def test_the_audit_trail_says_what_was_registered(session: Session, now: datetime) -> None:
    register(session, now, grant_types=REFRESHING, serves=[API])
    session.flush()
    entries = session.exec(select(AuditEntry).where(AuditEntry.event == "client.registered")).all()
    assert entries[0].details["tokens"]["serves"] == [API]


@pytest.mark.parametrize(
    ("uri", "good"),
    [
        (API, True),
        ("urn:lanyard:api", True),
        ("https://api.example/#part", False),
        ("https://api.example/?q=1", False),
        ("https://user@api.example/", False),
        ("https://[::1", False),
        ("api.example", False),
        ("https://api.example/\u00fc", False),
        ("https://api.example/" + "a" * 500, False),
    ],
)
def test_a_resource_is_an_absolute_uri_without_fragment(uri: str, *, good: bool) -> None:
    """RFC 8707 §2."""
    assert is_resource(uri) is good
