"""The issuer's keys are fetched when they are needed and not more often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from examples.department_app.signing_keys import KeysUnavailable, SigningKeys


class KeyServer:
    """Publishes keys by `kid`, counts how often it is asked, and keeps the time."""

    def __init__(self, *kids: str) -> None:
        self.kids = list(kids)
        self.fetches = 0
        self.down = False
        self.time = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)

    def fetch(self) -> dict[str, Any]:
        self.fetches += 1
        if self.down:
            raise KeysUnavailable("down")
        return {"keys": [{"kid": kid} for kid in self.kids]}

    def keys(self) -> SigningKeys:
        return SigningKeys(self.fetch, lambda: self.time)


def test_a_known_key_is_fetched_once() -> None:
    server = KeyServer("a")
    keys = server.keys()
    assert keys.find("a") == keys.find("a") == {"kid": "a"}
    assert server.fetches == 1


def test_a_new_key_is_found_by_fetching_again() -> None:
    server = KeyServer("a")
    keys = server.keys()
    keys.find("a")
    server.kids.append("b")
    server.time += timedelta(minutes=1)
    assert keys.find("b") == {"kid": "b"}


def test_unknown_kids_cause_one_fetch_a_minute_at_most() -> None:
    server = KeyServer("a")
    keys = server.keys()
    keys.find("a")
    for seconds in (1, 58, 1, 1, 58):
        server.time += timedelta(seconds=seconds)
        assert keys.find("made-up") is None
    assert server.fetches == 2


def test_a_failed_fetch_counts_too_while_keys_are_known() -> None:
    server = KeyServer("a")
    keys = server.keys()
    keys.find("a")
    server.down, server.time = True, server.time + timedelta(minutes=1)
    with pytest.raises(KeysUnavailable):
        keys.find("made-up")
    assert keys.find("made-up") is None
    assert keys.find("a") == {"kid": "a"}


def test_a_first_fetch_that_failed_is_tried_again_at_once() -> None:
    server = KeyServer("a")
    server.down = True
    keys = server.keys()
    with pytest.raises(KeysUnavailable):
        keys.find("a")
    server.down = False
    assert keys.find("a") == {"kid": "a"}


def test_a_withdrawn_key_is_forgotten_after_an_hour() -> None:
    server = KeyServer("a", "b")
    keys = server.keys()
    keys.find("a")
    server.kids.remove("a")
    server.time += timedelta(hours=1)
    assert keys.find("a") is None


def test_old_keys_are_not_trusted_when_they_cannot_be_confirmed() -> None:
    server = KeyServer("a")
    keys = server.keys()
    keys.find("a")
    server.down, server.time = True, server.time + timedelta(hours=1)
    for _ in range(2):
        with pytest.raises(KeysUnavailable):
            keys.find("a")


def test_a_kid_that_two_keys_share_names_none() -> None:
    assert KeyServer("a", "a").keys().find("a") is None


@pytest.mark.parametrize("document", [{}, {"keys": None}, {"keys": "a"}])
def test_what_is_no_key_set_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(KeysUnavailable):
        SigningKeys(lambda: document, lambda: datetime(2026, 11, 23, tzinfo=UTC)).find("a")
