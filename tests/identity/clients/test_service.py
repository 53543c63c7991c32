"""Registering clients (RFC 7591 §2)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from identity.clients.errors import InvalidClientMetadata
from identity.clients.models import Client, ClientSecret
from identity.clients.registry import ClientRegistry, find_client
from identity.clients.service import hash_secret
from profiles.audit.models import AuditEntry
from tests.factories.clients import REDIRECT_URI, make_client
from tests.factories.organisations import make_organisation


def test_a_secret_is_kept_only_as_its_hash(session: Session, now: datetime) -> None:
    credentials = make_client(session, now, make_organisation(session, now))
    secret = session.exec(select(ClientSecret)).one()
    assert secret.secret_hash == hash_secret(credentials.client_secret)
    assert credentials.client_secret not in secret.model_dump_json()


def test_two_clients_have_different_ids_and_secrets(session: Session, now: datetime) -> None:
    organisation = make_organisation(session, now)
    one, other = (make_client(session, now, organisation) for _ in range(2))
    assert one.client_id != other.client_id
    assert one.client_secret != other.client_secret


@pytest.mark.parametrize(
    ("metadata", "field"),
    [
        ({"redirect_uris": []}, "redirect_uris"),
        ({"redirect_uris": ["http://casework.example/cb"]}, "redirect_uris"),
        ({"post_logout_redirect_uris": ["https://*.example/"]}, "post_logout_redirect_uris"),
        ({"backchannel_logout_uri": "http://casework.example/"}, "backchannel_logout_uri"),
        ({"token_endpoint_auth_method": "client_secret_jwt"}, "token_endpoint_auth_method"),
        ({"id_token_signed_response_alg": "none"}, "id_token_signed_response_alg"),
        ({"scopes": ["openid", "admin"]}, "scope"),
        ({"name": "  "}, "client_name"),
    ],
)
def test_bad_metadata_is_refused_by_the_name_of_its_field(
    session: Session, now: datetime, metadata: dict[str, Any], field: str
) -> None:
    organisation = make_organisation(session, now)
    with pytest.raises(InvalidClientMetadata) as refused:
        make_client(session, now, organisation, **metadata)
    assert refused.value.field == field


def test_a_registration_is_audited_without_the_secret(session: Session, now: datetime) -> None:
    credentials = make_client(session, now, make_organisation(session, now))
    session.flush()
    entry = session.exec(select(AuditEntry).where(AuditEntry.event == "client.registered")).one()
    assert entry.details["client_id"] == credentials.client_id
    assert credentials.client_secret not in str(entry.details)


def test_a_client_is_found_as_it_was_registered(session: Session, now: datetime) -> None:
    credentials = make_client(session, now, make_organisation(session, now), scopes=["email"])
    found = find_client(session, credentials.client_id)
    assert found is not None
    assert found.redirect_uris == (REDIRECT_URI,)
    assert found.scopes == {"openid", "email"}
    assert found.sector == "casework.hmrc.gov.uk"


def test_a_disabled_client_is_not_found_once_the_registry_forgets(session: Session, now: datetime) -> None:
    credentials = make_client(session, now, make_organisation(session, now))
    registry = ClientRegistry(kept_for=timedelta(seconds=5))
    assert registry.find(session, credentials.client_id, now) is not None
    session.exec(select(Client)).one().disabled_at = now
    session.flush()
    assert registry.find(session, credentials.client_id, now + timedelta(seconds=4)) is not None
    assert registry.find(session, credentials.client_id, now + timedelta(seconds=5)) is None


def test_a_client_registered_after_a_miss_is_found_at_once(session: Session, now: datetime) -> None:
    organisation, registry = make_organisation(session, now), ClientRegistry()
    assert registry.find(session, "late", now) is None
    make_client(session, now, organisation, client_id="late")
    assert registry.find(session, "late", now) is not None
