"""The first keys and their successors."""

import json
from datetime import timedelta

import pytest
from joserfc.jwk import JWKRegistry
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from identity.keys.encryption import KeyEncryption, new_encryption_key
from identity.keys.errors import CannotDecrypt, NoActiveKey, RotationPending, UnknownKey, UnsupportedAlgorithm
from identity.keys.model import SigningKey
from identity.keys.rotation import create_initial_keys, rotate, rotate_when_due
from identity.keys.service import active_signer, get_public_key, published_keys

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


@pytest.fixture
def first(session, encryption, now):
    """The initial ES256 key (the RS256 one is made beside it)."""
    return next(key for key in create_initial_keys(session, encryption, now) if key.algorithm == "ES256")


def active_kid(session, encryption, now, algorithm="ES256"):
    return active_signer(session, encryption, algorithm, now).kid


def published_kids(session, now):
    return [jwk["kid"] for jwk in published_keys(session, now)]


def test_the_first_keys_sign_at_once(session, encryption, now):
    made = create_initial_keys(session, encryption, now)
    assert {key.algorithm: active_kid(session, encryption, now, key.algorithm) for key in made} == {
        key.algorithm: key.kid for key in made
    }


def test_there_is_one_first_key_for_each_algorithm(session, encryption, now):
    assert [key.algorithm for key in create_initial_keys(session, encryption, now)] == [
        *("RS256", "PS256", "ES256", "EdDSA")
    ]


def test_the_first_keys_are_made_once(session, encryption, now, first):
    assert create_initial_keys(session, encryption, now + DAY) == []


def test_times_come_back_aware(session, first, now):
    session.commit()
    assert session.exec(select(SigningKey.activates_at)).first() == now


def test_the_kid_is_the_thumbprint(session, first, now):
    """RFC 7638 §3."""
    assert all(JWKRegistry.import_key(jwk).thumbprint() == jwk["kid"] for jwk in published_keys(session, now))


def test_only_the_public_part_is_published(session, first, now):
    members = {jwk["kty"]: set(jwk) for jwk in published_keys(session, now)}
    common = {"kty", "kid", "alg", "use"}
    assert members == {
        "RSA": common | {"n", "e"},
        "EC": common | {"crv", "x", "y"},
        "OKP": common | {"crv", "x"},
    }


def test_the_private_part_rests_encrypted(session, first):
    with pytest.raises(ValueError):
        json.loads(first.private_key_encrypted)


def test_a_private_key_copied_to_another_row_is_refused(session, encryption, first, now):
    other = session.exec(select(SigningKey).where(SigningKey.algorithm == "RS256")).one()
    first.private_key_encrypted = other.private_key_encrypted
    with pytest.raises(CannotDecrypt):
        active_kid(session, encryption, now)


def test_a_process_with_another_encryption_key_cannot_sign(session, first, now):
    with pytest.raises(CannotDecrypt):
        active_kid(session, KeyEncryption.from_base64(new_encryption_key()), now)


def test_no_key_signs_before_there_is_one(session, encryption, now):
    with pytest.raises(NoActiveKey):
        active_kid(session, encryption, now)


def test_a_successor_is_published_before_it_signs(session, encryption, first, now):
    [second] = rotate(session, encryption, now + DAY, "ES256")
    assert second.kid in published_kids(session, now + DAY)
    assert active_kid(session, encryption, now + DAY) == first.kid


def test_the_successor_signs_from_the_very_instant_that_the_old_key_stops(session, encryption, first, now):
    [second] = rotate(session, encryption, now, "ES256", publish_ahead=DAY)
    kids = [active_kid(session, encryption, at) for at in (now + DAY - TICK, now + DAY)]
    assert kids == [first.kid, second.kid]


def test_a_retired_key_stays_published_for_30_days(session, encryption, first, now):
    rotate(session, encryption, now, "ES256", publish_ahead=DAY)
    gone = now + DAY + 30 * DAY
    assert [first.kid in published_kids(session, at) for at in (gone - TICK, gone)] == [True, False]


def test_a_key_that_is_no_longer_published_is_still_found_for_old_signatures(session, encryption, first, now):
    rotate(session, encryption, now, "ES256", publish_ahead=timedelta(0))
    assert first.kid not in published_kids(session, now + 60 * DAY)
    assert get_public_key(session, first.kid).kid == first.kid


def test_an_unknown_kid_is_told_so(session, first):
    with pytest.raises(UnknownKey):
        get_public_key(session, "nobody")


def test_rotation_at_once(session, encryption, first, now):
    [second] = rotate(session, encryption, now + DAY, "ES256", publish_ahead=timedelta(0))
    assert active_kid(session, encryption, now + DAY) == second.kid


def test_all_algorithms_rotate_together_when_none_is_named(session, encryption, first, now):
    assert [key.algorithm for key in rotate(session, encryption, now)] == [
        *("RS256", "PS256", "ES256", "EdDSA")
    ]


def test_the_newest_key_is_published_first(session, encryption, first, now):
    [second] = rotate(session, encryption, now, "ES256")
    assert published_kids(session, now)[0] == second.kid


def test_a_second_rotation_waits_for_the_first(session, encryption, first, now):
    rotate(session, encryption, now, "ES256")
    with pytest.raises(RotationPending):
        rotate(session, encryption, now + DAY - TICK, "ES256")


def test_a_refused_rotation_of_all_changes_nothing(session, encryption, first, now):
    rotate(session, encryption, now, "ES256")
    session.commit()
    with pytest.raises(RotationPending):
        rotate(session, encryption, now)
    assert not session.new
    assert not session.dirty


def test_the_next_rotation_is_allowed_once_the_first_is_active(session, encryption, first, now):
    [second] = rotate(session, encryption, now, "ES256")
    [third] = rotate(session, encryption, now + DAY, "ES256")
    kids = [active_kid(session, encryption, at) for at in (now + DAY, now + 2 * DAY)]
    assert kids == [second.kid, third.kid]


def test_a_forced_rotation_at_once_passes_over_the_waiting_key(session, encryption, first, now):
    rotate(session, encryption, now, "ES256", publish_ahead=2 * DAY)
    [third] = rotate(session, encryption, now + DAY, "ES256", publish_ahead=timedelta(0), force=True)
    kids = {active_kid(session, encryption, now + DAY + at * DAY) for at in range(4)}
    assert kids == {third.kid}


def test_a_forced_rotation_to_a_later_time_leaves_no_gap(session, encryption, first, now):
    [second] = rotate(session, encryption, now, "ES256", publish_ahead=DAY)
    [third] = rotate(session, encryption, now, "ES256", publish_ahead=2 * DAY, force=True)
    kids = [active_kid(session, encryption, at) for at in (now, now + DAY, now + 2 * DAY)]
    assert kids == [first.kid, second.kid, third.kid]


def test_a_forced_rotation_does_not_prolong_a_key_that_already_retires(session, encryption, first, now):
    rotate(session, encryption, now, "ES256", publish_ahead=DAY)
    rotate(session, encryption, now, "ES256", publish_ahead=2 * DAY, force=True)
    assert first.retires_at == now + DAY


def test_an_algorithm_without_a_key_starts_at_once(session, encryption, now):
    [key] = rotate(session, encryption, now, "ES256")
    assert active_kid(session, encryption, now) == key.kid


def test_an_unknown_algorithm_is_refused(session, encryption, now):
    with pytest.raises(UnsupportedAlgorithm):
        rotate(session, encryption, now, "HS256")


def test_a_successor_cannot_have_been_published_in_the_past(session, encryption, now):
    with pytest.raises(ValueError):
        rotate(session, encryption, now, "ES256", publish_ahead=-DAY)


def copy_of(key, **changes):
    return SigningKey(**{**key.model_dump(exclude={"id"}), "kid": "copy", **changes})


def test_the_database_keeps_one_key_without_an_end_per_algorithm(session, first):
    session.add(copy_of(first))
    with pytest.raises(IntegrityError):
        session.flush()


@pytest.mark.parametrize(
    "days",
    [
        {"activates_at": -1, "retires_at": 1, "expires_at": 1},
        {"activates_at": 0, "retires_at": -1, "expires_at": 1},
        {"activates_at": 0, "retires_at": 2, "expires_at": 1},
        {"activates_at": 0, "retires_at": 1, "expires_at": None},
    ],
    ids=["used before published", "retired before used", "hidden while used", "retired for ever published"],
)
def test_the_database_refuses_a_life_out_of_order(session, first, now, days):
    moments = {name: now + day * DAY if day is not None else None for name, day in days.items()}
    session.add(copy_of(first, **moments))
    with pytest.raises(IntegrityError):
        session.flush()


def test_a_key_is_replaced_when_it_has_signed_for_long_enough(session, encryption, first, now):
    """Published a day before, so that on the ninetieth day the successor signs."""
    assert rotate_when_due(session, encryption, now + 89 * DAY - TICK, every=90 * DAY) == []
    made = rotate_when_due(session, encryption, now + 89 * DAY, every=90 * DAY)
    assert {key.algorithm: key.activates_at for key in made} == dict.fromkeys(
        ("RS256", "PS256", "ES256", "EdDSA"), now + 90 * DAY
    )
    assert active_kid(session, encryption, now + 90 * DAY - TICK) == first.kid
    assert active_kid(session, encryption, now + 90 * DAY) != first.kid


def test_the_schedule_makes_one_successor_at_a_time(session, encryption, first, now):
    rotate_when_due(session, encryption, now + 89 * DAY, every=90 * DAY)
    assert rotate_when_due(session, encryption, now + 89 * DAY, every=90 * DAY) == []
    assert rotate_when_due(session, encryption, now + 178 * DAY, every=90 * DAY) == []
    assert len(rotate_when_due(session, encryption, now + 179 * DAY, every=90 * DAY)) == 4


def test_a_rotation_by_command_starts_the_schedule_anew(session, encryption, first, now):
    rotate(session, encryption, now + 50 * DAY, publish_ahead=timedelta(0))
    assert rotate_when_due(session, encryption, now + 89 * DAY, every=90 * DAY) == []
