"""The strictest of what holds for a person, and whether a sign-in meets it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from identity.sign_in_policy.policy import Limits, Platform, Proof, method_of, policy_of
from identity.sign_in_policy.service import check_terms, read_aaguids
from profiles.errors import Invalid
from profiles.sign_in.models import Attestation, Method, SignInPolicy
from profiles.sign_in.standing import AppliedPolicy, Standing
from tests.factories.organisations import LONG_AGO, PROVENANCE
from tests.factories.policies import MFA, PHR, PHRH, SFA, terms

LIMITS = Limits(timedelta(minutes=60), timedelta(hours=12))
PLATFORM = Platform(SFA, PHR, LIMITS)
PASSWORD, CODE = Proof(Method.PASSWORD, SFA), Proof(Method.PASSWORD_AND_CODE, MFA)
PASSKEY, HARDWARE = Proof(Method.PASSKEY, PHR), Proof(Method.PASSKEY, PHRH, "model-a")
DEPARTMENT = Proof(Method.DEPARTMENT, MFA)


def applied(since: datetime = LONG_AGO, **changes: Any) -> AppliedPolicy:
    stamp = PROVENANCE.stamp(since, since)
    policy = SignInPolicy(organisation_id=uuid4(), **terms(**changes).model_dump(), **stamp)
    return AppliedPolicy(policy, since)


def standing(*policies: AppliedPolicy, is_officer: bool = False) -> Standing:
    return Standing(may_sign_in=True, is_suspended=False, is_officer=is_officer, policies=policies)


def met(standing: Standing, platform: Platform = PLATFORM) -> set[Proof]:
    policy = policy_of(standing, platform)
    return {one for one in (PASSWORD, CODE, PASSKEY, HARDWARE, DEPARTMENT) if policy.met_by(one)}


def test_without_a_policy_the_platform_asks_nothing_of_an_employee() -> None:
    assert met(standing()) == {PASSWORD, CODE, PASSKEY, HARDWARE, DEPARTMENT}


def test_an_officer_signs_in_with_a_passkey_unless_the_platform_says_otherwise() -> None:
    assert met(standing(is_officer=True)) == {PASSKEY, HARDWARE}
    assert PASSWORD in met(standing(is_officer=True), Platform(SFA, SFA, LIMITS))


def test_a_policy_cannot_let_officers_below_the_platform() -> None:
    assert met(standing(applied(officer_level=SFA), is_officer=True)) == {PASSKEY, HARDWARE}


def test_the_least_level_of_the_platform_holds_for_everybody() -> None:
    assert met(standing(applied()), Platform(MFA, PHR, LIMITS)) == {CODE, PASSKEY, HARDWARE, DEPARTMENT}


@pytest.mark.parametrize(
    ("changes", "accepted"),
    [
        ({"methods": ["password_and_code", "passkey"]}, {CODE, PASSKEY, HARDWARE}),
        ({"methods": ["department", "passkey"]}, {DEPARTMENT, PASSKEY, HARDWARE}),
        ({"least_level": MFA}, {CODE, PASSKEY, HARDWARE, DEPARTMENT}),
        ({"least_level": PHR}, {PASSKEY, HARDWARE}),
        ({"least_level": PHRH}, {HARDWARE}),
        ({"methods": ["passkey"], "attestation": "hardware"}, {HARDWARE}),
        ({"methods": ["password_and_code", "passkey"], "attestation": "hardware"}, {CODE, HARDWARE}),
        ({"methods": []}, {PASSKEY, HARDWARE}),
    ],
)
def test_what_a_policy_accepts(changes: dict[str, Any], accepted: set[Proof]) -> None:
    assert met(standing(applied(**changes))) == accepted


def test_of_two_organisations_the_strictest_holds_and_a_passkey_always_remains() -> None:
    both = standing(
        applied(methods=["department", "passkey"], idle_minutes=30),
        applied(methods=["password_and_code", "passkey"], absolute_minutes=240),
    )
    assert met(both) == {PASSKEY, HARDWARE}
    assert policy_of(both, PLATFORM).limits == Limits(timedelta(minutes=30), timedelta(hours=4))


def test_no_policy_lengthens_the_limits_of_the_platform() -> None:
    longer = standing(applied(idle_minutes=600, absolute_minutes=6000))
    assert policy_of(longer, PLATFORM).limits == LIMITS


class TestModels:
    def accepts(self, aaguid: str, *lists: list[str]) -> bool:
        policies = [applied(attestation="hardware", accepted_aaguids=one) for one in lists]
        return policy_of(standing(*policies), PLATFORM).accepts_passkey(aaguid, hardware_bound=True)

    def test_without_a_list_every_attested_model_does(self) -> None:
        assert self.accepts("model-a", [])

    def test_a_list_leaves_out_the_others(self) -> None:
        assert self.accepts("model-a", ["model-a"])
        assert not self.accepts("model-b", ["model-a"])

    def test_of_two_lists_what_they_have_in_common(self) -> None:
        assert self.accepts("model-b", ["model-a", "model-b"], ["model-b"])
        assert not self.accepts("model-a", ["model-a", "model-b"], ["model-b"])

    def test_lists_with_nothing_in_common_ask_for_no_model_that_does_not_exist(self) -> None:
        assert self.accepts("model-a", ["model-a"], ["model-b"])
        assert not self.accepts("model-c", ["model-a"], ["model-b"])

    def test_a_key_that_is_not_attested_is_of_no_model(self) -> None:
        policy = policy_of(standing(applied(attestation="hardware")), PLATFORM)
        assert not policy.accepts_passkey("model-a", hardware_bound=False)


class TestSettingUp:
    def allows(self, now: datetime, *policies: AppliedPolicy, since: datetime | None = None) -> bool:
        return policy_of(standing(*policies), PLATFORM).allows_set_up(PASSWORD, now, since)

    def test_for_the_days_that_the_policy_gives(self, now: datetime) -> None:
        policy = applied(now, least_level=PHR, set_up_days=30)
        assert self.allows(now + timedelta(days=30, seconds=-1), policy)
        assert not self.allows(now + timedelta(days=30), policy)

    def test_a_password_that_was_just_given_out_says_enough(self, now: datetime) -> None:
        policy = applied(least_level=PHR, set_up_days=0)
        assert not self.allows(now, policy)
        assert self.allows(now, policy, since=now - timedelta(hours=23))
        assert not self.allows(now, policy, since=now - timedelta(hours=24))

    def test_a_policy_that_is_met_does_not_end_the_time_of_another(self, now: datetime) -> None:
        assert self.allows(now, applied(set_up_days=0), applied(now, least_level=PHR))

    def test_what_the_platform_asks_for_can_always_be_set_up(self, now: datetime) -> None:
        policy = policy_of(standing(is_officer=True), PLATFORM)
        assert policy.allows_set_up(PASSWORD, now, None)


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({}, SFA),
        ({"methods": ["password_and_code", "passkey"]}, MFA),
        ({"methods": ["passkey"]}, PHR),
        ({"methods": ["passkey"], "attestation": "hardware"}, PHRH),
        ({"least_level": MFA}, MFA),
    ],
)
def test_who_confirms_is_asked_for_what_the_weakest_accepted_way_reaches(
    changes: dict[str, Any], level: str
) -> None:
    assert policy_of(standing(applied(**changes)), PLATFORM).entry_level == level


@pytest.mark.parametrize(
    ("amr", "vouched", "method"),
    [
        (("pwd",), False, Method.PASSWORD),
        (("pwd", "otp", "mfa"), False, Method.PASSWORD_AND_CODE),
        (("pop", "user", "mfa"), False, Method.PASSKEY),
        (("pop", "hwk", "user", "mfa"), False, Method.PASSKEY),
        (("pop", "mfa", "fed"), True, Method.DEPARTMENT),
    ],
)
def test_the_method_follows_from_what_was_proven(amr: tuple[str, ...], vouched: bool, method: Method) -> None:
    assert method_of(amr, vouched=vouched) is method


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"methods": ["password"]}, "methods"),
        ({"methods": ["passkey", "telepathy"]}, "methods"),
        ({"officer_level": MFA}, "officer_level"),
        ({"least_level": "gold"}, "least_level"),
        ({"least_level": PHRH, "officer_level": PHRH}, "attestation"),
        ({"attestation": Attestation.HARDWARE}, "attestation"),
        ({"accepted_aaguids": ["00000000-0000-0000-0000-000000000000"]}, "accepted_aaguids"),
        ({"idle_minutes": 4}, "idle_minutes"),
        ({"idle_minutes": 61}, "idle_minutes"),
        ({"absolute_minutes": 721}, "absolute_minutes"),
        ({"idle_minutes": 60, "absolute_minutes": 30}, "absolute_minutes"),
        ({"set_up_days": 366}, "set_up_days"),
    ],
)
def test_a_policy_that_cannot_be_is_refused_by_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_terms(terms(**({"officer_level": PHR} | changes)), PLATFORM, has_roots=False)
    assert refused.value.field == field


def test_models_are_read_one_to_a_line() -> None:
    assert read_aaguids(" AB-1 \n\nab-1\ncd-2") == ["ab-1", "cd-2"]


def test_a_model_is_named_as_authenticators_do() -> None:
    hardware = {"officer_level": PHR, "attestation": Attestation.HARDWARE}
    model = "cb69481e-8ff7-4039-93ec-0a2729a154a8"
    check_terms(terms(accepted_aaguids=[model], **hardware), PLATFORM, has_roots=True)
    with pytest.raises(Invalid):
        check_terms(terms(accepted_aaguids=["yubikey"], **hardware), PLATFORM, has_roots=True)
