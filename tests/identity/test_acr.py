"""The ladder of levels, and what an app is told of it."""

import pytest

from identity.acr import ACR_VALUES, LADDER, answer, can_be_reached, level_of, meets, meets_one, reachable

SFA, MFA, PHR, PHRH = LADDER


def test_the_published_names_stay() -> None:
    """Apps have them in their configuration; phr and phrh are those of OpenID EAP ACR Values §2."""
    assert LADDER == ("urn:lanyard:acr:sfa", "urn:lanyard:acr:mfa", "phr", "phrh")


@pytest.mark.parametrize(
    ("amr", "level"),
    [
        (("pwd",), SFA),
        (("pwd", "otp", "mfa"), MFA),
        (("pop", "user", "mfa"), PHR),
        (("pop", "hwk", "user", "mfa"), PHRH),
        (("pop", "hwk", "user"), SFA),
        (("pop", "user"), SFA),
        ((), SFA),
    ],
)
def test_methods_prove_a_level(amr: tuple[str, ...], level: str) -> None:
    """RFC 8176 §2: a key without verification of its holder is one factor."""
    assert level_of(amr) == level


@pytest.mark.parametrize("held", LADDER)
@pytest.mark.parametrize("wanted", LADDER)
def test_a_level_meets_itself_and_those_below(held: str, wanted: str) -> None:
    assert meets(held, wanted) is (LADDER.index(held) >= LADDER.index(wanted))


@pytest.mark.parametrize(("held", "wanted"), [("gold", "gold"), (PHRH, "gold"), ("gold", SFA), (PHR, "")])
def test_what_is_not_on_the_ladder_meets_nothing(held: str, wanted: str) -> None:
    assert not meets(held, wanted)


@pytest.mark.parametrize(
    ("held", "asked", "told"),
    [
        (PHR, (), PHR),
        (PHR, (MFA,), MFA),
        (PHR, ("gold", MFA, PHR), MFA),
        (PHR, (PHRH, SFA), SFA),
        (SFA, (PHR, MFA), SFA),
        (SFA, ("gold",), SFA),
    ],
)
def test_the_app_is_told_the_first_that_it_asked_for_and_that_is_met(
    held: str, asked: tuple[str, ...], told: str
) -> None:
    """OpenID Connect Core §5.5.1.1: it must match what was asked for, where it can."""
    assert answer(held, asked) == told


def test_one_of_several_is_enough() -> None:
    assert meets_one(MFA, (PHR, MFA))
    assert not meets_one(SFA, (PHR, MFA))


def test_only_what_somebody_can_reach_is_published() -> None:
    assert can_be_reached(("gold", ACR_VALUES[-1]))
    assert not can_be_reached(("gold",))
    assert list(ACR_VALUES) == [level for level in LADDER if can_be_reached((level,))]
    without_roots = reachable(proves_hardware=False)
    assert not can_be_reached(("gold", PHRH), without_roots)
    assert without_roots == LADDER[:-1]
