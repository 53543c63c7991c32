"""Passwords: hashed at a cost, verified for nobody too, weak ones named."""

import time
from datetime import datetime
from importlib.resources import files

import pytest
from sqlmodel import Session

from identity.sign_in import passwords
from identity.sign_in.passwords import PasswordCost, PasswordHashing, Weakness, find_weakness
from tests.factories.people import make_person

CHEAP = PasswordCost(time=1, memory_kib=8)
PASSWORD = "otters swim at dawn"


def test_only_the_right_password_is_right() -> None:
    hashing = PasswordHashing(CHEAP)
    stored = hashing.hash(PASSWORD)
    assert hashing.verify(stored, PASSWORD)
    assert not hashing.verify(stored, PASSWORD + "!")


def test_a_hash_is_argon2id_with_its_own_salt_and_the_cost_asked_for() -> None:
    hashing = PasswordHashing(PasswordCost(time=2, memory_kib=64))
    first, second = hashing.hash(PASSWORD), hashing.hash(PASSWORD)
    assert first.startswith("$argon2id$v=19$m=64,t=2,p=1$")
    assert first != second


def test_without_a_hash_every_password_is_wrong() -> None:
    assert not PasswordHashing(CHEAP).verify(None, PASSWORD)


def test_a_password_is_the_same_however_it_is_composed() -> None:
    hashing = PasswordHashing(CHEAP)
    assert hashing.verify(hashing.hash("caf\u00e9 at the harbour"), "cafe\u0301 at the harbour")


def test_a_monstrous_password_is_wrong_without_being_read() -> None:
    """A megabyte of marks in the wrong order would keep the whole process busy for minutes."""
    monstrous = "a" + "\u0301\u0327" * 120_000
    hashing = PasswordHashing(CHEAP)
    began = time.process_time()
    assert not hashing.verify(hashing.hash(PASSWORD), monstrous)
    assert find_weakness(monstrous, ()) is Weakness.TOO_LONG
    assert time.process_time() - began < 2


def test_a_hash_at_another_cost_is_outdated() -> None:
    stored = PasswordHashing(CHEAP).hash(PASSWORD)
    assert not PasswordHashing(CHEAP).is_outdated(stored)
    assert PasswordHashing(PasswordCost(time=2, memory_kib=8)).is_outdated(stored)


@pytest.mark.parametrize(
    ("password", "weakness"),
    [
        ("elevenchars", Weakness.TOO_SHORT),
        ("twelve chars", None),
        ("x1 " * 60, Weakness.COMMON),
        ("long and never repeated " + "".join(chr(0x4E00 + i) for i in range(104)), None),
        ("".join(chr(0x4E00 + i) for i in range(257)), Weakness.TOO_LONG),
        ("password1234", Weakness.COMMON),
        ("PassWord1234", Weakness.COMMON),
        ("abcabcabcabc", Weakness.COMMON),
        ("priya.patel@hmrc.gov.uk", Weakness.OWN_ADDRESS),
        ("Priya.Patel2026", Weakness.OWN_ADDRESS),
        ("priya.patel swims at dawn", None),
        (PASSWORD, None),
    ],
)
def test_weak_passwords_are_named(password: str, weakness: Weakness | None) -> None:
    assert find_weakness(password, ["priya.patel@hmrc.gov.uk"]) is weakness


def test_every_listed_password_is_long_enough_to_matter_and_in_lower_case() -> None:
    listed = (
        files("identity.sign_in").joinpath("common_passwords.txt").read_text(encoding="utf-8").split("\n")
    )
    assert listed[-1] == ""
    assert [one for one in listed[:-1] if len(one) < passwords.SHORTEST or one != one.casefold()] == []


def test_setting_a_password_replaces_the_old_one(session: Session, now: datetime) -> None:
    person_id = make_person(session, now)
    passwords.set_password(session, person_id, "the first password", now, CHEAP)
    passwords.set_password(session, person_id, PASSWORD, now, CHEAP)
    stored = passwords.find_hash(session, person_id)
    assert PasswordHashing(CHEAP).verify(stored, PASSWORD)
    assert not PasswordHashing(CHEAP).verify(stored, "the first password")


def test_an_outdated_hash_does_not_replace_a_password_set_meanwhile(session: Session, now: datetime) -> None:
    person_id = make_person(session, now)
    passwords.set_password(session, person_id, PASSWORD, now, CHEAP)
    old_hash = passwords.find_hash(session, person_id)
    assert old_hash is not None
    passwords.set_password(session, person_id, "another password", now, CHEAP)
    passwords.replace_outdated_hash(session, person_id, old_hash, PasswordHashing(CHEAP).hash(PASSWORD))
    assert PasswordHashing(CHEAP).verify(passwords.find_hash(session, person_id), "another password")


def test_nobody_has_a_password_before_it_is_set(session: Session, now: datetime) -> None:
    assert passwords.find_hash(session, make_person(session, now)) is None
