"""`lanyard keys`."""

from datetime import timedelta

import click
import pytest

from app.commands.keys import describe, rotate_keys, state_of
from identity.keys.encryption import KeyEncryption, new_encryption_key
from identity.keys.model import SigningKey
from identity.keys.rotation import create_initial_keys
from identity.keys.service import active_signer

DAY = timedelta(days=1)


@pytest.fixture
def encryption():
    return KeyEncryption.from_base64(new_encryption_key())


@pytest.fixture
def initial(session, encryption, now):
    return create_initial_keys(session, encryption, now)


def test_it_says_when_each_new_key_begins_to_sign(session, encryption, initial, now):
    lines = rotate_keys(session, now, encryption)
    assert [(line.split()[0], line.split("from ")[1]) for line in lines] == [
        (algorithm, "2026-03-03 09:00:00Z") for algorithm in ("RS256", "PS256", "ES256", "EdDSA")
    ]


def test_now_means_at_once(session, encryption, initial, now):
    [line] = rotate_keys(session, now, encryption, "ES256", at_once=True)
    assert active_signer(session, encryption, "ES256", now).kid in line


def test_a_pending_rotation_is_explained(session, encryption, initial, now):
    rotate_keys(session, now, encryption, "ES256")
    with pytest.raises(click.ClickException, match=r"Nothing was changed: a newer ES256 key .* --force"):
        rotate_keys(session, now, encryption, "ES256")


def test_force_replaces_a_key_that_waits(session, encryption, initial, now):
    rotate_keys(session, now, encryption, "ES256")
    assert rotate_keys(session, now, encryption, "ES256", at_once=True, force=True)


@pytest.mark.parametrize(
    ("days", "state"),
    [(-1, "waiting"), (0, "active"), (9, "active"), (10, "retired"), (39, "retired"), (40, "expired")],
)
def test_the_state_follows_the_moments(now, days, state):
    key = SigningKey(activates_at=now, retires_at=now + 10 * DAY, expires_at=now + 40 * DAY)
    assert state_of(key, now + days * DAY) == state


def test_a_key_in_use_is_described(initial, now):
    assert describe(initial[0], now) == (
        f"RS256 {initial[0].kid}\n    active; signs from 2026-03-02 09:00:00Z"
    )


def test_a_key_that_was_replaced_shows_its_end(session, encryption, initial, now):
    rotate_keys(session, now, encryption, "RS256", at_once=True)
    assert describe(initial[0], now).endswith(
        "retired; signs from 2026-03-02 09:00:00Z until 2026-03-02 09:00:00Z;"
        " published until 2026-04-01 09:00:00Z"
    )
