"""ID tokens that come back as hints after the keys were rotated by the schedule (checklist 9 and 19)."""

from datetime import timedelta

import pytest
from jose import jwt

from app.database import transaction
from identity.keys.encryption import KeyEncryption
from identity.keys.rotation import PUBLISHED_AFTER_RETIREMENT, rotate_when_due
from tests.identity.endpoints.provider import AFTER_LOGOUT, ENCRYPTION_KEY, Provider, answer

EVERY = timedelta(days=90)


def work(provider: Provider) -> int:
    """What the worker does about keys in one turn; how many it made."""
    with transaction(provider.engine) as session:
        encryption = KeyEncryption.from_base64(ENCRYPTION_KEY)
        return len(rotate_when_due(session, encryption, provider.now, EVERY))


def kid(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


@pytest.fixture
def hint(provider: Provider) -> str:
    """An ID token of the session in the browser; while the session lasts the next key begins to sign."""
    provider.clock.forward(days=89)
    assert work(provider) == 4
    provider.clock.forward(hours=23, minutes=30)
    provider.sign_in()
    token: str = provider.tokens()["id_token"]
    provider.clock.forward(minutes=40)
    assert kid(provider.tokens()["id_token"]) != kid(token)
    return token


def test_the_old_key_is_published_still(provider: Provider, hint: str) -> None:
    assert kid(hint) in {key["kid"] for key in provider.get("/jwks.json").json["keys"]}


def test_a_hint_signs_in_silently_after_the_rotation(provider: Provider, hint: str) -> None:
    """OpenID Connect Core §3.1.2.1."""
    assert "code" in answer(provider.authorize(prompt="none", id_token_hint=hint))


def test_a_hint_of_somebody_else_is_noticed_after_the_rotation(provider: Provider, hint: str) -> None:
    provider.sign_in(provider.another_person())
    refused = answer(provider.authorize(prompt="none", id_token_hint=hint))
    assert refused["error"] == "login_required"


def test_a_hint_signs_out_after_the_rotation(provider: Provider, hint: str) -> None:
    """RP-Initiated Logout §2."""
    response = provider.get("/end-session", {"id_token_hint": hint, "post_logout_redirect_uri": AFTER_LOGOUT})
    assert (response.status_code, response.headers["Location"]) == (303, AFTER_LOGOUT)
    assert answer(provider.authorize(prompt="none"))["error"] == "login_required"


def test_a_hint_is_good_until_its_key_is_withdrawn(provider: Provider, hint: str) -> None:
    """Thirty days after the key stopped signing; from then on nobody can tell who signed it."""
    provider.clock.forward(seconds=(PUBLISHED_AFTER_RETIREMENT - timedelta(hours=1)).total_seconds())
    work(provider)
    provider.sign_in()
    assert "code" in answer(provider.authorize(prompt="none", id_token_hint=hint))
    provider.clock.forward(hours=2)
    provider.sign_in()
    refused = answer(provider.authorize(prompt="none", id_token_hint=hint))
    assert refused["error"] == "invalid_request"
