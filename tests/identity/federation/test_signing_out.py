"""Signing out at the department ends what that opened here, and here people may sign out there too."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session, col, select
from werkzeug.test import TestResponse

from app.database import transaction
from identity.federation.gate import SmallGate
from identity.federation.models import SpentLogoutToken, UpstreamProvider
from identity.federation.openid import logout_token
from identity.federation.openid.metadata import WELL_KNOWN
from identity.federation.upstreams import EXTENSION, Upstreams
from identity.sessions import service as sessions
from identity.sessions.backchannel_logout import EVENT
from identity.sessions.models import LoginSession
from identity.sessions.service import Limits
from profiles.outbox.models import MessageKind, OutboxMessage
from tests.app.page_checks import check_page
from tests.factories.client_keys import ClientKey
from tests.factories.upstreams import CLIENT_ID, ISSUER
from tests.identity.endpoints.provider import ISSUER as LANYARD
from tests.identity.endpoints.provider import Clock, Provider
from tests.identity.federation.department import KEY, Department


@pytest.fixture
def provider(database_url: str, now: Any) -> Provider:
    return Provider(database_url, Clock(now))


@pytest.fixture
def linked(provider: Provider) -> Department:
    department = Department(provider, claims={"sid": "session-1"})
    department.link(provider.person_id)
    return department


def claims(department: Department, **changes: Any) -> dict[str, Any]:
    """A good logout token of the department; None leaves a claim out."""
    now = department.provider.now
    chosen = {
        "iss": ISSUER,
        "aud": CLIENT_ID,
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(minutes=2)).timestamp()),
        "jti": uuid4().hex,
        "sub": "account-1",
        "sid": "session-1",
        "events": {EVENT: {}},
        **changes,
    }
    return {name: value for name, value in chosen.items() if value is not None}


def tell(department: Department, token: str | None = None, **changes: Any) -> TestResponse:
    sent = token or KEY.sign(claims(department, **changes), typ="logout+jwt")
    path = f"/sign-in/departments/{department.provider_id}/logout"
    return department.provider.new_browser().post(path, data={"logout_token": sent}, base_url=LANYARD)


def live(session: Session) -> list[UUID]:
    found = session.exec(select(LoginSession.id).where(col(LoginSession.ended_at).is_(None)))
    return list(found.all())


def are_signed_in(provider: Provider) -> int:
    with transaction(provider.engine) as session:
        return len(live(session))


def test_signing_out_there_ends_the_session_here_and_tells_its_apps(
    provider: Provider, linked: Department
) -> None:
    linked.sign_in()
    provider.code()
    answer = tell(linked)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert provider.get("/profile").headers["Location"].startswith("/sign-in")
    with transaction(provider.engine) as session:
        assert live(session) == []
        told = session.exec(select(OutboxMessage).where(col(OutboxMessage.kind) != MessageKind.MAIL)).all()
        assert len(told) == 1


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ({}, 1),
        ({"sub": None}, 1),
        ({"sid": None}, 0),
        ({"sid": "another"}, 2),
        ({"sub": "another"}, 2),
    ],
    ids=[
        "this session",
        "by sid alone",
        "every session of the account",
        "another session",
        "another account",
    ],
)
def test_it_ends_that_session_or_all_of_the_account(
    provider: Provider, linked: Department, said: dict[str, Any], left: int
) -> None:
    """Back-Channel Logout 1.0 §2.7."""
    linked.sign_in()
    provider.browser = provider.new_browser()
    linked.claims = {"sid": "session-2"}
    linked.sign_in()
    assert tell(linked, **said).status_code == 200
    assert are_signed_in(provider) == left


def test_what_the_person_opened_here_stays(provider: Provider, linked: Department) -> None:
    provider.sign_in()
    tell(linked, sid=None)
    assert are_signed_in(provider) == 1


def test_a_session_that_was_proved_here_again_still_ends(provider: Provider, linked: Department) -> None:
    linked.sign_in()
    cookie = provider.browser.get_cookie("__Host-lanyard_session", domain="id.example")
    assert cookie is not None
    with transaction(provider.engine) as session:
        signed_in = sessions.find_signed_in(session, cookie.value, provider.now)
        assert signed_in is not None
        limits = Limits(timedelta(hours=1), timedelta(hours=8))
        assert sessions.confirm(session, signed_in, provider.now, limits)
    tell(linked)
    assert are_signed_in(provider) == 0


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"iss": "https://login.attacker.example"}, id="another issuer"),
        pytest.param({"iss": None}, id="no issuer"),
        pytest.param({"aud": "another-client"}, id="another audience"),
        pytest.param({"aud": None}, id="no audience"),
        pytest.param({"iat": None}, id="issued at no time"),
        pytest.param({"iat": 1}, id="issued long ago"),
        pytest.param({"iat": -(10**400)}, id="issued at no moment"),
        pytest.param({"iat": "now"}, id="issued at a word"),
        pytest.param({"exp": 1}, id="expired"),
        pytest.param({"exp": None}, id="no expiry"),
        pytest.param({"jti": None}, id="no jti"),
        pytest.param({"jti": 1}, id="a jti that is no text"),
        pytest.param({"sub": None, "sid": None}, id="nobody"),
        pytest.param({"sub": ""}, id="an empty account"),
        pytest.param({"sid": 1}, id="a sid that is no text"),
        pytest.param({"nonce": "a-nonce"}, id="a nonce"),
        pytest.param({"events": None}, id="no event"),
        pytest.param({"events": {}}, id="not this event"),
        pytest.param({"events": {EVENT: "yes"}}, id="an event that is no object"),
        pytest.param({"events": EVENT}, id="events that are no object"),
    ],
)
def test_a_logout_token_with_a_wrong_claim_ends_nothing(
    provider: Provider, linked: Department, changes: dict[str, Any]
) -> None:
    """Back-Channel Logout 1.0 §2.6."""
    linked.sign_in()
    answer = tell(linked, **changes)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert answer.headers["Cache-Control"] == "no-store"
    assert are_signed_in(provider) == 1


@pytest.mark.parametrize(
    "sign",
    [
        pytest.param(lambda said: ClientKey.make("ES256", "department-key").sign(said), id="another key"),
        pytest.param(lambda said: ClientKey("department-key", "none", KEY.key).sign(said), id="nobody"),
        pytest.param(lambda said: ClientKey.make("HS256", "department-key").sign(said), id="a secret"),
        pytest.param(lambda said: KEY.sign(said, typ="at+jwt"), id="an access token"),
        pytest.param(lambda said: KEY.sign(said, typ="secevent+jwt"), id="another event"),
        pytest.param(lambda _said: "no token", id="no token"),
    ],
)
def test_a_logout_token_that_the_department_did_not_sign_ends_nothing(
    provider: Provider, linked: Department, sign: Callable[[dict[str, Any]], str]
) -> None:
    linked.sign_in()
    assert tell(linked, sign(claims(linked))).status_code == 400
    assert are_signed_in(provider) == 1


@pytest.mark.parametrize(
    "garbage",
    [
        "no token",
        {"iss": "https://login.attacker.example"},
        {"aud": "another-client"},
        {"iat": 1},
        {"events": {}},
        {"sub": None, "sid": None},
    ],
    ids=str,
)
def test_nothing_is_fetched_for_what_could_prove_nothing(
    provider: Provider, linked: Department, garbage: str | dict[str, Any]
) -> None:
    answer = tell(linked, garbage) if isinstance(garbage, str) else tell(linked, **garbage)
    assert answer.status_code == 400
    assert linked.fetched == []


def test_made_up_keys_make_us_look_once_a_minute(provider: Provider, linked: Department) -> None:
    for number in range(5):
        stranger = ClientKey.make("ES256", f"made-up-{number}")
        assert tell(linked, stranger.sign(claims(linked))).status_code == 400
    assert linked.fetched == [ISSUER + WELL_KNOWN, f"{ISSUER}/keys"]


def test_while_strangers_hold_the_gate_a_known_key_is_believed_and_people_sign_in(
    provider: Provider, linked: Department
) -> None:
    """Else a slow department, asked for made-up tokens, would keep every other one from being heard."""
    upstreams: Upstreams = provider.app.extensions[EXTENSION]
    linked.sign_in()
    with upstreams.logout_gate.passing():
        stranger = ClientKey.make("ES256", "made-up")
        assert tell(linked, stranger.sign(claims(linked))).status_code == 400
        assert tell(linked).status_code == 200
        assert are_signed_in(provider) == 0
        linked.sign_in()
    assert are_signed_in(provider) == 1


def test_while_people_wait_for_a_slow_department_sign_outs_are_heard(
    provider: Provider, linked: Department
) -> None:
    linked.sign_in()
    provider.clock.forward(minutes=11)
    upstreams = replace(provider.app.extensions[EXTENSION], gate=SmallGate(waiting=1, seconds=0))
    provider.app.extensions[EXTENSION] = upstreams
    with upstreams.asking():
        assert tell(linked).status_code == 200
    assert are_signed_in(provider) == 0


def test_a_logout_token_counts_once(provider: Provider, linked: Department) -> None:
    token = KEY.sign(claims(linked))
    assert tell(linked, token).status_code == 200
    linked.sign_in()
    assert tell(linked, token).status_code == 400
    assert are_signed_in(provider) == 1


def test_what_was_spent_is_forgotten_when_its_age_refuses_it(provider: Provider, linked: Department) -> None:
    token = KEY.sign(claims(linked, exp=int(provider.now.timestamp()) + 86_400))
    tell(linked, token)
    provider.clock.forward(minutes=11, seconds=1)
    with transaction(provider.engine) as session:
        logout_token.forget_expired(session, provider.now)
        assert session.exec(select(SpentLogoutToken)).all() == []
    assert tell(linked, token).status_code == 400


def test_another_department_signs_nobody_out(provider: Provider, linked: Department) -> None:
    linked.sign_in()
    linked.provider_id = uuid4()
    assert tell(linked).status_code == 400
    assert are_signed_in(provider) == 1


def test_while_its_keys_cannot_be_read_nothing_ends(provider: Provider, linked: Department) -> None:
    """The department tries again, as its own outbox has it."""
    linked.keys_are_down = True
    assert tell(linked).status_code == 400


@pytest.mark.looks_at("sign_in/leaving_to_sign_out.html")
def test_who_signed_out_here_is_led_on_to_sign_out_there(provider: Provider, linked: Department) -> None:
    linked.metadata = {"end_session_endpoint": f"{ISSUER}/session/end?x=1"}
    with transaction(provider.engine) as session:
        session.get_one(UpstreamProvider, linked.provider_id).offers_sign_out = True
    linked.sign_in()
    page = provider.get("/signed-out")
    check_page(page.text)
    on = provider.submit(page, to="/sign-out")
    check_page(on.text)
    assert "HMRC account" not in provider.get("/signed-out", {"state": "department"}).text
    assert f"{ISSUER}/session/end?x=1&amp;client_id={CLIENT_ID}&amp;post_logout_redirect_uri=https" in on.text


def test_where_that_is_not_offered_nobody_is_told_to(provider: Provider, linked: Department) -> None:
    linked.sign_in()
    assert "Sign out of HMRC account too" not in provider.get("/signed-out").text
    with transaction(provider.engine) as session:
        session.get_one(UpstreamProvider, linked.provider_id).offers_sign_out = True
    answer = provider.submit(provider.get("/signed-out"), to="/sign-out")
    assert "You cannot sign out of HMRC account from here" in answer.text
