"""What clients are refused is counted for their owners, without anything that was sent."""

from datetime import timedelta

from app.database import open_session, transaction
from identity.clients.error_log import (
    KEPT_FOR,
    MOST_DESCRIPTIONS,
    MOST_OF_A_CLIENT,
    Refusal,
    errors_of,
    forget_old,
    note_error,
)
from identity.clients.service import disable
from tests.factories.organisations import INITIATOR, make_organisation
from tests.factories.people import make_employee
from tests.identity.endpoints.provider import REDIRECT_URI, Provider, basic


def refusals(provider: Provider, client_id: str | None = None) -> list[Refusal]:
    with open_session(provider.engine, writes=False) as session:
        since = provider.now - timedelta(days=1)
        return errors_of(session, client_id or provider.client.client_id, since)


def said(provider: Provider) -> list[tuple[str, str]]:
    return [(one.endpoint, one.error) for one in refusals(provider)]


def test_a_refused_code_is_noted_though_the_request_is_rolled_back(provider: Provider) -> None:
    assert provider.redeem("unknown").status_code == 400
    (noted,) = refusals(provider)
    assert (noted.endpoint, noted.error, noted.count) == ("token", "invalid_grant", 1)
    assert noted.last_at == provider.now
    assert noted.description


def test_the_same_error_is_one_line_with_a_count(provider: Provider) -> None:
    for _again in range(3):
        provider.redeem("unknown")
        provider.clock.forward(minutes=1)
    (noted,) = refusals(provider)
    assert noted.count == 3
    assert noted.last_at == provider.now - timedelta(minutes=1)


def test_errors_of_several_hours_are_added_up(provider: Provider) -> None:
    for _again in range(3):
        provider.redeem("unknown")
        provider.clock.forward(hours=10)
    (noted,) = refusals(provider)
    assert noted.count == 2  # the first is more than a day ago


def test_a_wrong_secret_is_noted_for_the_client_that_was_named(provider: Provider) -> None:
    wrong = type(provider.client)(provider.client.client_id, "wrong")
    provider.post("/token", {"grant_type": "authorization_code"}, headers=basic(wrong))
    assert said(provider) == [("token", "invalid_client")]


def test_an_error_that_goes_back_to_the_app_is_noted(provider: Provider) -> None:
    provider.authorize(response_type="token")
    assert said(provider) == [("authorization", "unsupported_response_type")]


def test_an_unregistered_redirect_uri_is_noted_and_not_kept(provider: Provider) -> None:
    provider.authorize(redirect_uri="https://evil.example/priya.patel")
    (noted,) = refusals(provider)
    assert (noted.endpoint, noted.error) == ("authorization", "unregistered_address")
    assert "evil" not in noted.description


def test_a_person_who_is_refused_is_counted(provider: Provider) -> None:
    with transaction(provider.engine) as session:
        elsewhere = make_organisation(session, provider.now, "HO")
        person_id = make_employee(session, provider.now, elsewhere, "alex.other").person_id
    provider.sign_in(person_id)
    assert provider.authorize().status_code == 403
    assert said(provider) == [("authorization", "access_denied")]


def test_a_silent_sign_in_that_needs_the_person_is_no_error(provider: Provider) -> None:
    provider.authorize(prompt="none")
    assert refusals(provider) == []


def test_a_token_that_has_expired_is_noted_for_its_client(provider: Provider) -> None:
    provider.sign_in()
    token = provider.tokens()["access_token"]
    provider.clock.forward(minutes=10)
    assert provider.userinfo(token).status_code == 401
    assert said(provider) == [("userinfo", "invalid_token")]


def test_an_unregistered_address_after_signing_out_is_noted(provider: Provider) -> None:
    provider.sign_in()
    hint = provider.tokens()["id_token"]
    query = {"id_token_hint": hint, "post_logout_redirect_uri": "https://other.example/"}
    assert provider.get("/end-session", query).status_code == 400
    assert said(provider) == [("end_session", "invalid_request")]


def test_clients_that_are_not_registered_are_not_noted(provider: Provider) -> None:
    with transaction(provider.engine) as session:
        disable(session, provider.now, INITIATOR, provider.client.client_id)
    provider.clock.forward(minutes=1)
    provider.authorize(client_id="unknown")
    provider.redeem("unknown")
    assert refusals(provider) == []
    assert refusals(provider, "unknown") == []


def test_a_good_request_leaves_no_note(provider: Provider) -> None:
    provider.sign_in()
    provider.tokens()
    assert refusals(provider) == []


def test_a_flood_writes_no_more_than_a_few_notes_a_second(provider: Provider) -> None:
    for _again in range(MOST_OF_A_CLIENT + 3):
        provider.authorize(redirect_uri=f"{REDIRECT_URI}/other")
    (noted,) = refusals(provider)
    assert noted.count == MOST_OF_A_CLIENT
    provider.clock.forward(seconds=1)
    provider.authorize(redirect_uri=f"{REDIRECT_URI}/other")
    assert refusals(provider)[0].count == MOST_OF_A_CLIENT + 1


def test_notes_are_forgotten(provider: Provider) -> None:
    provider.redeem("unknown")
    for age, left in ((KEPT_FOR, 1), (KEPT_FOR + timedelta(hours=1), 0)):
        with transaction(provider.engine) as session:
            forget_old(session, provider.now + age)
            since = provider.now - timedelta(days=1)
            assert len(errors_of(session, provider.client.client_id, since)) == left


def test_a_client_that_is_refused_in_ever_new_words_fills_no_table(provider: Provider) -> None:
    for number in range(MOST_DESCRIPTIONS + 10):
        with transaction(provider.engine) as session:
            note_error(
                session,
                provider.now,
                client_id=provider.client.client_id,
                endpoint="token",
                error="invalid_request",
                description=f"parameter {number}",
            )
    noted = refusals(provider)
    assert len(noted) == MOST_DESCRIPTIONS + 1
    assert sum(one.count for one in noted if not one.description) == 10
