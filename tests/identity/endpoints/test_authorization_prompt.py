"""prompt, max_age and id_token_hint (OpenID Connect Core §3.1.2.1; checklist 8 and 9)."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from werkzeug.test import TestResponse

from tests.identity.endpoints.provider import ISSUER, Provider, answer


def way_back(response: TestResponse, *, fresh: bool) -> str:
    """Where the sign-in page is told to come back to; ``fresh`` makes it ask even who is signed in."""
    assert response.status_code == 303
    location = urlsplit(response.headers["Location"])
    assert location.path == "/sign-in"
    query = dict(parse_qsl(location.query))
    assert query.get("fresh") == ("1" if fresh else None)
    return query["next"]


def test_prompt_none_with_nobody_signed_in_is_login_required(provider: Provider) -> None:
    assert answer(provider.authorize(prompt="none"))["error"] == "login_required"


def test_prompt_none_shows_no_page_and_gives_the_same_sub_and_auth_time(provider: Provider) -> None:
    provider.sign_in()
    first = provider.id_token_claims()
    provider.clock.forward(minutes=3)
    silent = provider.id_token_claims(prompt="none")
    assert (silent["sub"], silent["auth_time"]) == (first["sub"], first["auth_time"])


@pytest.mark.parametrize("prompt", ["login", "select_account", "login consent"])
def test_prompt_login_asks_even_who_is_signed_in_and_auth_time_advances(
    provider: Provider, prompt: str
) -> None:
    provider.sign_in()
    before = provider.id_token_claims()["auth_time"]
    provider.clock.forward(minutes=1)
    back = way_back(provider.authorize(prompt=prompt), fresh=True)
    provider.clock.forward(minutes=1)
    provider.sign_in()
    code = answer(provider.get(back))["code"]
    token = provider.redeem(code).json["id_token"]
    assert provider.verified(token, provider.client.client_id)["auth_time"] == before + 120


def test_coming_back_without_having_signed_in_asks_again(provider: Provider) -> None:
    """Whoever skips the sign-in page gains nothing."""
    provider.sign_in()
    provider.clock.forward(minutes=1)
    back = way_back(provider.authorize(prompt="login"), fresh=True)
    way_back(provider.get(back), fresh=True)


def test_the_note_of_another_request_does_not_count(provider: Provider) -> None:
    """The note is signed for one request: it cannot be moved to another, or made up."""
    back = way_back(provider.authorize(prompt="login"), fresh=False)
    provider.clock.forward(minutes=1)
    provider.sign_in()
    provider.clock.forward(minutes=1)
    note = dict(parse_qsl(urlsplit(back).query))["lanyard_first_seen"]
    for forged in (note, note[:-2], "e30.x", "", "1"):
        response = provider.authorize(prompt="login", state="another", lanyard_first_seen=forged)
        way_back(response, fresh=True)


def test_a_note_is_good_for_an_hour(provider: Provider) -> None:
    back = way_back(provider.authorize(prompt="login"), fresh=False)
    provider.sign_in()
    provider.clock.forward(minutes=59)
    assert answer(provider.get(back))["code"]
    provider.clock.forward(minutes=1)
    provider.sign_in()
    provider.clock.forward(seconds=1)
    way_back(provider.get(back), fresh=True)


def test_max_age_is_kept(provider: Provider) -> None:
    provider.sign_in()
    provider.clock.forward(seconds=10)
    assert answer(provider.authorize(max_age="10000"))["code"]
    assert answer(provider.authorize(max_age="10"))["code"]
    way_back(provider.authorize(max_age="9"), fresh=True)


@pytest.mark.parametrize("max_age", ["0", "1"])
def test_a_max_age_shorter_than_typing_a_password_does_not_ask_for_ever(
    provider: Provider, max_age: str
) -> None:
    provider.sign_in()
    provider.clock.forward(seconds=5)
    back = way_back(provider.authorize(max_age=max_age), fresh=True)
    provider.clock.forward(seconds=20)
    provider.sign_in()
    provider.clock.forward(seconds=3)
    assert answer(provider.get(back))["code"]


def test_max_age_with_prompt_none_is_login_required(provider: Provider) -> None:
    provider.sign_in()
    provider.clock.forward(seconds=5)
    assert answer(provider.authorize(max_age="1", prompt="none"))["error"] == "login_required"


def test_a_hint_of_the_same_person_works_with_prompt_none(provider: Provider) -> None:
    provider.sign_in()
    hint = provider.tokens()["id_token"]
    provider.clock.forward(minutes=30)
    assert answer(provider.authorize(prompt="none", id_token_hint=hint))["code"]


def test_a_hint_of_somebody_else_is_login_required(provider: Provider) -> None:
    provider.sign_in()
    hint = provider.tokens()["id_token"]
    provider.sign_in(provider.another_person())
    sent_back = answer(provider.authorize(prompt="none", id_token_hint=hint))
    assert sent_back["error"] == "login_required"


def test_a_hint_of_somebody_else_asks_once_and_then_gives_up(provider: Provider) -> None:
    """OpenID Connect Core §3.1.2.2."""
    provider.sign_in()
    hint = provider.tokens()["id_token"]
    other = provider.another_person()
    provider.sign_in(other)
    provider.clock.forward(seconds=1)
    back = way_back(provider.authorize(id_token_hint=hint), fresh=True)
    provider.sign_in(other)
    assert answer(provider.get(back))["error"] == "login_required"


def test_a_hint_given_to_another_client_is_refused(provider: Provider) -> None:
    other = provider.another_client()
    provider.sign_in()
    hint = provider.redeem(provider.code(client_id=other.client_id), other).json["id_token"]
    assert answer(provider.authorize(id_token_hint=hint))["error"] == "invalid_request"


@pytest.mark.parametrize("forgery", ["none", "altered", "access token"])
def test_a_hint_that_we_did_not_sign_is_refused(provider: Provider, forgery: str) -> None:
    """``alg`` none, a changed signature, and a token of ours that is no ID token (RFC 8725 §3.1, §3.11)."""
    provider.sign_in()
    tokens = provider.tokens()
    header, payload, signature = tokens["id_token"].split(".")
    hint = {
        "none": f"eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}.",
        "altered": f"{header}.{payload}.{signature[:-4]}AAAA",
        "access token": tokens["access_token"],
    }[forgery]
    assert answer(provider.authorize(id_token_hint=hint))["error"] == "invalid_request"


def test_the_way_back_stays_on_this_site(provider: Provider) -> None:
    back = way_back(provider.authorize(), fresh=False)
    assert back.startswith("/authorize?")
    assert ISSUER not in back.partition("?")[0]
