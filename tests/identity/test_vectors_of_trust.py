"""Vectors of trust: their form, what meets what, and how much is told (RFC 8485)."""

import json

import pytest
from authlib.oauth2.rfc6749 import InvalidRequestError

from identity.acr import FEDERATED, LADDER, UnmetAuthenticationRequirements
from identity.vectors_of_trust import (
    MAX_VECTORS,
    Vector,
    answer,
    find_vector,
    read_vectors,
    trust_in,
)

SFA, MFA, PHR, PHRH = LADDER


def vectors(*texts: str) -> tuple[Vector, ...]:
    return read_vectors(json.dumps(texts))


def vector(text: str) -> Vector:
    found = find_vector(text)
    assert found is not None
    return found


def test_a_request_without_it_accepts_anything() -> None:
    assert read_vectors(None) == ()


@pytest.mark.parametrize(
    "text",
    [
        "P1.C2",
        '"P1.C2"',
        '{"P1": "C2"}',
        "[]",
        "null",
        "[null]",
        "[1]",
        '[["P1"]]',
        '["P1.C2"',
        '[""]',
        '["P1."]',
        '["P1,C2"]',
        '["p1"]',
        '["P"]',
        '["P10"]',
        '["P1.C2 "]',
        '["P1\\n"]',
        '["P\\u0661"]',
        '["P1.P1"]',
        "[" * 600,
        json.dumps(["P1"] * (MAX_VECTORS + 1)),
        '["' + "P1." * 400 + 'C1"]',
    ],
)
def test_what_is_not_an_array_of_vectors_is_refused(text: str) -> None:
    """§3.1, §4.1; the same value twice in a vector too."""
    with pytest.raises(InvalidRequestError):
        read_vectors(text)


@pytest.mark.parametrize("text", ["P5", "C0", "C5", "Cc", "M2", "Ac", "X1", "P1.X1"])
def test_a_value_that_nobody_publishes_is_met_by_nobody(text: str) -> None:
    with pytest.raises(UnmetAuthenticationRequirements):
        vectors(text)
    assert [one.text for one in vectors(text, "P1")] == ["P1"]


def test_the_same_vector_twice_counts_once() -> None:
    assert [one.text for one in vectors("C1", "P1.C2", "C1")] == ["C1", "P1.C2"]


def test_the_order_within_a_vector_says_nothing() -> None:
    """§3.1."""
    assert vector("C2.P1").wanted == vector("P1.C2").wanted


def test_of_two_values_of_one_part_both_must_be_met() -> None:
    """§3.1: a part may stand there several times."""
    assert vector("C1.C3").level == PHR


@pytest.mark.parametrize(
    ("text", "is_met"),
    [
        ("P0", True),
        ("P2", True),
        ("P3", False),
        ("C1", True),
        ("C3", True),
        ("C4", False),
        ("M0", True),
        ("M1", True),
        ("A1", True),
        ("A2", False),
        ("P2.C3.M1.A1", True),
        ("P2.C4.M1.A1", False),
    ],
)
def test_each_value_is_at_least_this(text: str, *, is_met: bool) -> None:
    trust = trust_in(PHR, ("pop", "mfa"), is_public=True, identity=2)
    assert vector(text).met_by(trust) is is_met


@pytest.mark.parametrize("identity", [None, 0])
def test_of_an_identity_nothing_is_known_unless_it_is_recorded(identity: int | None) -> None:
    trust = trust_in(PHR, ("pop",), is_public=False, identity=identity)
    assert vector("P0").met_by(trust)
    assert not vector("P1").met_by(trust)


@pytest.mark.parametrize(("acr", "value"), [(SFA, "C1"), (MFA, "C2"), (PHR, "C3"), (PHRH, "C4")])
def test_each_level_has_its_value(acr: str, value: str) -> None:
    assert trust_in(acr, ()).text == f"{value}.M1"


def test_a_departments_account_is_looked_after_elsewhere() -> None:
    assert trust_in(MFA, ("pwd", FEDERATED)).text == "C2.M0"


def test_the_first_that_is_met_is_told_as_it_was_asked_for() -> None:
    """Whoever has P4 and is asked for P2 is told of as P2."""
    trust = trust_in(PHR, ("pop",), is_public=False, identity=4)
    assert answer(vectors("P2.C4", "C3.P2", "P4"), trust) == "C3.P2"


def test_when_none_is_met_any_more_the_answer_is_what_is_so() -> None:
    trust = trust_in(PHR, ("pop",), is_public=False, identity=1)
    assert answer(vectors("P2.C3"), trust) == "P1.C3.M1.A2"


def test_of_several_the_one_that_asks_least_is_known() -> None:
    easiest = min(vectors("C3", "M1.C2", "P1.C2", "C4"), key=lambda one: one.effort)
    assert (easiest.text, easiest.level, easiest.here) == ("P1.C2", MFA, False)
