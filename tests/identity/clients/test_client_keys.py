"""Clients' key sets (RFC 7517), registered or published (OpenID Connect Core §10.1)."""

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from typing import Any

import pytest

from identity.clients.client_keys import PublishedKeys, check_jwks, choose_key
from identity.clients.errors import DocumentUnavailable, InvalidClientKeys
from tests.factories.client_keys import ClientKey, jwks

ONE, OTHER = ClientKey.make("ES256", "one"), ClientKey.make("ES256", "other")
RSA = ClientKey.make("RS256", "rsa")
URI = "https://app.example/jwks.json"


class Site:
    """A client's site; it publishes ``document``, or nothing."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self.asked = 0

    def __call__(self, _uri: str) -> Any:
        self.asked += 1
        if self.document is None:
            raise DocumentUnavailable("answered 503")
        return self.document


@pytest.mark.parametrize(
    "bad",
    [
        *(None, [], "x", {}, {"keys": []}, {"keys": {}}, {"keys": ["x"]}, {"keys": [{}]}),
        {"keys": [ClientKey.make("HS256").key.as_dict(private=True)]},
        {"keys": [ONE.key.as_dict(private=True)]},
        {"keys": [RSA.key.as_dict(private=True)]},
        {"keys": [ONE.public, {**OTHER.public, "kid": "one"}]},
        {"keys": [{**ONE.public, "kid": 1}]},
        {"keys": [{**ONE.public, "use": "enc"}]},
        {"keys": [{**ONE.public, "x": "AAAA"}]},
        {"keys": [{**ONE.public, "x": 1}]},
        {"keys": [{**ONE.public, "crv": "P-521"}]},
        {"keys": [{"kty": "RSA", "n": "wQ", "e": "AQAB"}]},
        {"keys": [{"kty": "RSA", "n": "_" * 2000, "e": "AQAB"}]},
    ],
)
def test_a_bad_key_set_is_refused(bad: object) -> None:
    """Private, symmetric, weak, huge and malformed keys; RFC 7517 §4.5, FAPI 2.0 Security Profile §5.4.1."""
    with pytest.raises(InvalidClientKeys):
        check_jwks(bad)


@pytest.mark.parametrize("padding", [{"x5c": ["x" * 70_000]}, {"keys": 21}])
def test_an_oversized_key_set_is_refused(padding: dict[str, Any]) -> None:
    keys = [{**ONE.public, "kid": str(number)} for number in range(padding.pop("keys", 1))]
    with pytest.raises(InvalidClientKeys, match="may hold"):
        check_jwks({"keys": [{**key, **padding} for key in keys]})


def test_keys_of_other_uses_may_stand_beside() -> None:
    """RFC 7517 §5: what is not understood is left alone."""
    mixed = {"keys": [{"kty": "new"}, {**OTHER.public, "use": "enc"}, ONE.public]}
    found = choose_key(check_jwks(mixed), None, "ES256")
    assert found is not None
    assert found.kid == "one"


def test_a_kid_and_an_algorithm_name_one_key() -> None:
    both = jwks(ONE, OTHER, RSA)
    found = choose_key(both, "other", "ES256")
    assert found is not None
    assert found.kid == "other"
    assert choose_key(both, "rsa", "ES256") is None
    assert choose_key(both, None, "ES256") is None
    assert choose_key(both, None, "PS256") is not None


def test_a_published_key_is_fetched_once(now: datetime) -> None:
    site = Site(jwks(ONE))
    keys = PublishedKeys(site)
    for _ in range(3):
        assert keys.find_key("app", URI, "one", "ES256", now) is not None
    assert site.asked == 1


def test_an_unknown_kid_makes_us_look_again(now: datetime) -> None:
    """OpenID Connect Core §10.1.1: rotation; checklist 18."""
    site = Site(jwks(ONE))
    keys = PublishedKeys(site)
    keys.find_key("app", URI, "one", "ES256", now)
    site.document = jwks(OTHER)
    later = now + timedelta(minutes=1)
    assert keys.find_key("app", URI, "other", "ES256", later) is not None
    assert keys.find_key("app", URI, "one", "ES256", later) is None
    assert site.asked == 2


def test_nobody_makes_us_knock_more_than_once_a_minute(now: datetime) -> None:
    """Whoever sends unknown kids must not turn us against the client's site; a failure counts too."""
    site = Site(jwks(ONE))
    keys = PublishedKeys(site)
    for second in range(0, 60, 7):
        assert (
            keys.find_key("app", URI, f"unknown-{second}", "ES256", now + timedelta(seconds=second)) is None
        )
    assert site.asked == 1
    down = Site(None)
    keys = PublishedKeys(down)
    for second in range(0, 60, 7):
        assert keys.find_key("app", URI, "one", "ES256", now + timedelta(seconds=second)) is None
    assert down.asked == 1


def test_a_key_that_is_no_longer_published_is_forgotten(now: datetime) -> None:
    site = Site(jwks(ONE, OTHER))
    keys = PublishedKeys(site)
    keys.find_key("app", URI, "one", "ES256", now)
    site.document = jwks(OTHER)
    assert keys.find_key("app", URI, "one", "ES256", now + timedelta(minutes=9)) is not None
    assert keys.find_key("app", URI, "one", "ES256", now + timedelta(minutes=10)) is None


def test_a_key_set_is_not_believed_for_ever(now: datetime) -> None:
    """Whoever keeps the address from answering does not keep a withdrawn key good."""
    site = Site(jwks(ONE))
    keys = PublishedKeys(site)
    keys.find_key("app", URI, "one", "ES256", now)
    site.document = None
    found = {
        minute
        for minute in range(1, 120)
        if keys.find_key("app", URI, "one", "ES256", now + timedelta(minutes=minute)) is not None
    }
    assert 59 in found
    assert max(found) < 60


def test_looking_for_keys_does_not_take_every_thread(now: datetime) -> None:
    """Anybody can name a client whose site is slow. Who is turned away may come again at once."""
    arrived, over = threading.Semaphore(0), threading.Event()

    def fetch(uri: str) -> Any:
        if uri != URI:
            arrived.release()
            over.wait(10)
        return jwks(ONE)

    keys = PublishedKeys(fetch)
    calls = [
        threading.Thread(target=keys.find_key, args=("slow", f"{URI}?{number}", "one", "ES256", now))
        for number in range(2)
    ]
    for one in calls:
        one.start()
        assert arrived.acquire(timeout=10)
    assert keys.find_key("app", URI, "one", "ES256", now) is None
    over.set()
    for one in calls:
        one.join()
    assert keys.find_key("app", URI, "one", "ES256", now) is not None


@pytest.mark.parametrize(("patience", "found"), [(10.0, True), (0.0, False)])
def test_who_comes_while_keys_are_fetched_waits_for_them(now: datetime, patience: float, found: bool) -> None:
    """Else all but one of those who come back from a department at once would be refused."""
    arrived, over = threading.Event(), threading.Event()

    def fetch(_uri: str) -> Any:
        arrived.set()
        assert over.wait(10)
        return jwks(ONE)

    keys = PublishedKeys(fetch, patience)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(keys.find_key, "app", URI, "one", "ES256", now)
        assert arrived.wait(10)
        others = [pool.submit(keys.find_key, "app", URI, "one", "ES256", now) for _ in range(3)]
        wait(others, 0.2)
        over.set()
        assert first.result(10) is not None
        assert [one.result(10) is not None for one in others] == [found] * 3


def test_each_client_has_its_own_published_keys(now: datetime) -> None:
    site = Site(jwks(ONE))
    keys = PublishedKeys(site)
    keys.find_key("app", URI, "one", "ES256", now)
    site.document = jwks(OTHER)
    assert keys.find_key("another", URI, "one", "ES256", now) is None
    assert keys.find_key("app", URI, "one", "ES256", now) is not None


def test_a_private_key_that_is_published_is_not_used(now: datetime) -> None:
    site = Site({"keys": [{**ONE.key.as_dict(private=True), "kid": "one"}]})
    assert PublishedKeys(site).find_key("app", URI, "one", "ES256", now) is None
