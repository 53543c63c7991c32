"""Refresh tokens (RFC 6749 §6, OpenID Connect Core §11 and §12, RFC 9700 §4.14.2)."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import Session, col, select
from werkzeug.test import TestResponse

from app.database import transaction
from identity.clients.token_metadata import TokenMetadata
from identity.sessions.models import SessionClient
from identity.sessions.service import end, end_own, list_for_person
from identity.sessions.session_clients import end_client
from identity.tokens.expiry import forget_expired
from identity.tokens.models import RefreshToken
from profiles.apps.models import AccessRule
from profiles.audit.models import AuditEntry
from tests.identity.endpoints.provider import ISSUER, SCOPE, Provider, basic, refused_token

REFRESHING = TokenMetadata(grant_types=("authorization_code", "refresh_token"))
OFFLINE = f"{SCOPE} offline_access"


@pytest.fixture(autouse=True)
def refreshing(provider: Provider) -> None:
    """Somebody is signed in, and the client is one that may have refresh tokens."""
    provider.client = provider.another_client(tokens=REFRESHING)
    provider.sign_in()


@pytest.fixture
def first(provider: Provider) -> dict[str, Any]:
    """What the code gave."""
    return provider.tokens(scope=OFFLINE)


def rotate(provider: Provider, token: str, **changes: str | None) -> dict[str, Any]:
    response = provider.refresh(token, **changes)
    assert response.status_code == 200, response.text
    return dict(response.json or {})


def at_once(provider: Provider, token: str) -> list[TestResponse]:
    """The same refresh token a hundred times."""

    def post(_: int) -> TestResponse:
        browser = provider.app.test_client(use_cookies=False)
        body = {"grant_type": "refresh_token", "refresh_token": token}
        return browser.post("/token", data=body, headers=basic(provider.client), base_url=ISSUER)

    with ThreadPoolExecutor(20) as threads:
        return list(threads.map(post, range(100)))


def end_at_client(provider: Provider) -> None:
    with transaction(provider.engine) as session:
        end_client(session, session.exec(select(SessionClient)).one(), provider.now, "access ended")


def test_offline_access_gives_a_refresh_token(first: dict[str, Any]) -> None:
    """OpenID Connect Core §11; RFC 6749 §10.10: 256 random bits."""
    assert first["scope"] == OFFLINE
    assert len(first["refresh_token"]) == 43


def test_without_offline_access_there_is_none(provider: Provider) -> None:
    """OpenID Connect Core §11."""
    assert "refresh_token" not in provider.tokens()


def test_a_client_that_was_registered_without_gets_none(provider: Provider) -> None:
    """RFC 7591 §2; an unknown scope is ignored."""
    client = provider.another_client()
    tokens = provider.redeem(provider.code(client_id=client.client_id, scope=OFFLINE), client).json
    assert "refresh_token" not in tokens
    assert "offline_access" not in tokens["scope"]


def test_prompt_consent_is_welcome(provider: Provider) -> None:
    """OpenID Connect Core §11: clients send it with offline_access."""
    assert provider.tokens(scope=OFFLINE, prompt="consent")["refresh_token"]


def test_only_its_hash_is_kept(provider: Provider, first: dict[str, Any]) -> None:
    with Session(provider.engine) as session:
        kept = session.exec(select(RefreshToken.token_hash)).all()
    assert kept == [hashlib.sha256(first["refresh_token"].encode()).hexdigest()]


def test_a_refresh_gives_new_tokens(provider: Provider, first: dict[str, Any]) -> None:
    """RFC 6749 §6 and §5.1."""
    response = provider.refresh(first["refresh_token"])
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    body = response.json
    assert set(body) == set(first)
    assert body["scope"] == first["scope"]
    assert body["refresh_token"] != first["refresh_token"]
    assert body["access_token"] != first["access_token"]
    assert provider.userinfo(body["access_token"]).status_code == 200


def test_the_refreshed_id_token_is_about_the_same_sign_in(provider: Provider, first: dict[str, Any]) -> None:
    """OpenID Connect Core §12.2; checklist 15."""
    provider.clock.forward(minutes=5)
    before = provider.verified(first["id_token"], provider.client.client_id)
    after = provider.verified(rotate(provider, first["refresh_token"])["id_token"], provider.client.client_id)
    for name in ("iss", "sub", "aud", "auth_time", "sid", "acr", "amr"):
        assert after[name] == before[name], name
    assert after["iat"] == int(provider.now.timestamp())
    assert "nonce" not in after


def test_scope_may_narrow(provider: Provider, first: dict[str, Any]) -> None:
    """RFC 6749 §6: the access token is narrower, the refresh token is not."""
    narrow = rotate(provider, first["refresh_token"], scope="email openid")
    assert narrow["scope"] == "openid email"
    assert set(provider.userinfo(narrow["access_token"]).json) == {"sub", "email"}
    assert rotate(provider, narrow["refresh_token"])["scope"] == OFFLINE


def test_without_openid_there_is_no_id_token_and_no_userinfo(
    provider: Provider, first: dict[str, Any]
) -> None:
    """OpenID Connect Core §5.3 and §12.2; RFC 6750 §3.1."""
    narrow = rotate(provider, first["refresh_token"], scope="email")
    assert "id_token" not in narrow
    refusal = provider.userinfo(narrow["access_token"])
    assert refusal.status_code == 403
    assert refusal.json["error"] == "insufficient_scope"


@pytest.mark.parametrize("scope", ["openid admin", "  ", f"{OFFLINE} clearance x"])
def test_scope_may_not_grow(provider: Provider, first: dict[str, Any], scope: str) -> None:
    """RFC 6749 §6; the token stays good."""
    refused_token(provider.refresh(first["refresh_token"], scope=scope), "invalid_scope")
    assert rotate(provider, first["refresh_token"])


def test_a_scope_that_the_client_may_ask_for_but_was_not_granted_is_refused(provider: Provider) -> None:
    """RFC 6749 §6."""
    token = provider.tokens(scope="openid offline_access")["refresh_token"]
    refused_token(provider.refresh(token, scope="openid email"), "invalid_scope")


def test_another_clients_token_is_refused_and_stays_good(provider: Provider, first: dict[str, Any]) -> None:
    """RFC 6749 §6 and §10.4: token substitution between clients; a thief changes nothing."""
    thief = provider.another_client(tokens=REFRESHING)
    refused_token(provider.refresh(first["refresh_token"], thief), "invalid_grant")
    assert rotate(provider, first["refresh_token"])


@pytest.mark.parametrize("token", ["unknown", "\x00", "\u00fc", "a" * 8000])
def test_an_unknown_token_is_refused(provider: Provider, token: str) -> None:
    """RFC 6749 §5.2."""
    refused_token(provider.refresh(token), "invalid_grant")


def test_the_token_is_required(provider: Provider) -> None:
    """RFC 6749 §6."""
    refused_token(provider.refresh(""), "invalid_request")


def test_neither_a_code_nor_an_access_token_is_a_refresh_token(provider: Provider) -> None:
    refused_token(provider.refresh(provider.code(scope=OFFLINE)), "invalid_grant")
    refused_token(provider.refresh(provider.tokens(scope=OFFLINE)["access_token"]), "invalid_grant")


def test_a_token_that_comes_back_revokes_the_family(provider: Provider, first: dict[str, Any]) -> None:
    """RFC 9700 §4.14.2; checklist 15: as a whole, access tokens too."""
    second = rotate(provider, first["refresh_token"])
    provider.clock.forward(seconds=10)
    refused_token(provider.refresh(first["refresh_token"]), "invalid_grant")
    refused_token(provider.refresh(second["refresh_token"]), "invalid_grant")
    for tokens in (first, second):
        assert provider.userinfo(tokens["access_token"]).status_code == 401


def test_a_token_from_before_the_last_is_never_repeated(provider: Provider, first: dict[str, Any]) -> None:
    """Whoever used the successor has had the answer: there is no grace for what came before."""
    second = rotate(provider, first["refresh_token"])
    third = rotate(provider, second["refresh_token"])
    refused_token(provider.refresh(first["refresh_token"]), "invalid_grant")
    refused_token(provider.refresh(third["refresh_token"]), "invalid_grant")


def test_a_lost_answer_is_repeated(provider: Provider, first: dict[str, Any]) -> None:
    """Checklist 15: the same successor, so that the family never branches."""
    lost = rotate(provider, first["refresh_token"])
    provider.clock.forward(seconds=9)
    repeated = rotate(provider, first["refresh_token"])
    assert repeated["refresh_token"] == lost["refresh_token"]
    assert rotate(provider, repeated["refresh_token"])


def test_the_database_forgets_how_to_repeat_an_answer(provider: Provider, first: dict[str, Any]) -> None:
    """Once the successor is spent, an old token and the database say nothing about the good one."""
    second = rotate(provider, first["refresh_token"])
    rotate(provider, second["refresh_token"])
    with Session(provider.engine) as session:
        seeds = session.exec(select(RefreshToken.successor_seed).order_by(col(RefreshToken.spent_at)))
        assert sorted(seed is None for seed in seeds) == [False, True, True]


def test_a_replay_is_audited_once(provider: Provider, first: dict[str, Any]) -> None:
    rotate(provider, first["refresh_token"])
    provider.clock.forward(seconds=10)
    for _ in range(3):
        provider.refresh(first["refresh_token"])
    with transaction(provider.engine) as session:
        replays = select(AuditEntry).where(AuditEntry.event == "refresh_token.replayed")
        assert len(session.exec(replays).all()) == 1


def test_a_hundred_at_once_have_one_successor(provider: Provider, first: dict[str, Any]) -> None:
    """RFC 9700 §4.14.2: spent by one conditional UPDATE; the others are answers repeated."""
    responses = at_once(provider, first["refresh_token"])
    assert {response.status_code for response in responses} == {200}
    successors = {response.json["refresh_token"] for response in responses}
    assert len(successors) == 1
    with Session(provider.engine) as session:
        assert len(session.exec(select(RefreshToken)).all()) == 2
    assert rotate(provider, successors.pop())


def test_a_hundred_replays_at_once_are_all_refused(provider: Provider, first: dict[str, Any]) -> None:
    second = rotate(provider, first["refresh_token"])
    provider.clock.forward(seconds=10)
    for response in at_once(provider, first["refresh_token"]):
        refused_token(response, "invalid_grant")
    refused_token(provider.refresh(second["refresh_token"]), "invalid_grant")


def test_a_replayed_code_revokes_its_refresh_token(provider: Provider) -> None:
    """RFC 6749 §4.1.2; checklist 13."""
    code = provider.code(scope=OFFLINE)
    token = provider.redeem(code).json["refresh_token"]
    provider.redeem(code)
    refused_token(provider.refresh(token), "invalid_grant")


def test_access_is_decided_again(provider: Provider, first: dict[str, Any]) -> None:
    with transaction(provider.engine) as session:
        session.execute(update(AccessRule).values(superseded_at=provider.now))
    refused_token(provider.refresh(first["refresh_token"]), "invalid_grant")


def test_a_refusal_spends_nothing(provider: Provider, first: dict[str, Any]) -> None:
    with transaction(provider.engine) as session:
        session.execute(update(AccessRule).values(superseded_at=provider.now))
    provider.refresh(first["refresh_token"])
    with Session(provider.engine) as session:
        assert session.exec(select(RefreshToken.spent_at)).all() == [None]


def test_it_ends_with_the_sign_out(provider: Provider, first: dict[str, Any]) -> None:
    """OpenID Connect RP-Initiated Logout; the person ended the session."""
    with transaction(provider.engine) as session:
        end(session, session.exec(select(SessionClient.session_id)).one(), provider.now, "Signed out")
    refused_token(provider.refresh(first["refresh_token"]), "invalid_grant")


def test_it_ends_with_the_session_at_the_client(provider: Provider, first: dict[str, Any]) -> None:
    """What a transfer ends, and what back-channel logout tells."""
    end_at_client(provider)
    refused_token(provider.refresh(first["refresh_token"]), "invalid_grant")


def test_it_does_not_live_on_in_a_session_that_was_joined_again(
    provider: Provider, first: dict[str, Any]
) -> None:
    end_at_client(provider)
    provider.code(scope=OFFLINE)
    refused_token(provider.refresh(first["refresh_token"]), "invalid_grant")


def test_it_outlives_the_sign_in_that_merely_expired(provider: Provider, first: dict[str, Any]) -> None:
    """OpenID Connect Core §11: access while nobody is there."""
    provider.clock.forward(days=2)
    assert rotate(provider, first["refresh_token"])


def test_it_never_outlives_the_next_known_change(provider: Provider) -> None:
    """The rule that lets the person in ends in an hour; refreshing does not prolong it."""
    change = provider.now + timedelta(hours=1)
    with transaction(provider.engine) as session:
        session.execute(update(AccessRule).values(valid_to=change))
    token = rotate(provider, provider.tokens(scope=OFFLINE)["refresh_token"])["refresh_token"]
    with Session(provider.engine) as session:
        assert set(session.exec(select(RefreshToken.expires_at))) == {change}
    with transaction(provider.engine) as session:
        session.execute(update(AccessRule).values(valid_to=None))
    provider.clock.forward(hours=1)
    refused_token(provider.refresh(token), "invalid_grant")


def test_it_ends_when_it_is_not_used(provider: Provider, first: dict[str, Any]) -> None:
    """RFC 9700 §4.14.2."""
    provider.clock.forward(days=7)
    refused_token(provider.refresh(first["refresh_token"]), "invalid_grant")


def test_nothing_prolongs_the_family_beyond_its_limit(provider: Provider, first: dict[str, Any]) -> None:
    """Refreshed every five days, it ends after thirty all the same."""
    token = first["refresh_token"]
    for _ in range(5):
        provider.clock.forward(days=5)
        token = rotate(provider, token)["refresh_token"]
    provider.clock.forward(days=5)
    refused_token(provider.refresh(token), "invalid_grant")


def test_a_spent_token_is_remembered_for_as_long_as_its_family_can_live(
    provider: Provider, first: dict[str, Any]
) -> None:
    """Else reuse could no longer be noticed: the worker forgets it later."""
    rotate(provider, first["refresh_token"])
    for day, kept in ((36, 2), (37, 0)):
        with transaction(provider.engine) as session:
            moment = provider.now + timedelta(days=day)
            forget_expired(session, moment, refresh_lifetime=timedelta(days=30), limit=10)
            assert len(session.exec(select(RefreshToken)).all()) == kept


def test_the_person_sees_and_ends_what_acts_without_them(provider: Provider, first: dict[str, Any]) -> None:
    """The sign-in has expired; its session stays in the person's list for as long as an app can refresh."""
    provider.clock.forward(days=2)
    with transaction(provider.engine) as session:
        shown = list_for_person(session, provider.person_id, provider.now)
        assert [one.is_signed_in for one in shown] == [False]
        end_own(session, provider.person_id, shown[0].session_id, provider.now, "Signed out")
    refused_token(provider.refresh(first["refresh_token"]), "invalid_grant")


def test_a_session_that_nothing_uses_any_more_leaves_the_list(
    provider: Provider, first: dict[str, Any]
) -> None:
    for days, shown in ((2, 1), (5, 0)):
        provider.clock.forward(days=days)
        with transaction(provider.engine) as session:
            assert len(list_for_person(session, provider.person_id, provider.now)) == shown


def test_a_revoked_family_leaves_the_list(provider: Provider, first: dict[str, Any]) -> None:
    provider.ask_about("/revoke", first["refresh_token"])
    provider.clock.forward(days=2)
    with transaction(provider.engine) as session:
        assert list_for_person(session, provider.person_id, provider.now) == []
