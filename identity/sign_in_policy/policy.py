"""The strictest of everything that holds for a person, and whether a sign-in meets it: pure functions.

Policies add up: what one of them does not allow is not allowed, of two levels the higher counts and of two
limits the shorter. Because every policy allows passkeys, something always remains.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from identity.acr import (
    LADDER,
    MULTI_FACTOR,
    PHISHING_RESISTANT,
    PHISHING_RESISTANT_HARDWARE,
    SINGLE_FACTOR,
    meets,
)
from profiles.sign_in.models import Attestation, Method, SignInPolicy
from profiles.sign_in.standing import AppliedPolicy, Standing

_BEST = {
    Method.PASSWORD: SINGLE_FACTOR,
    Method.PASSWORD_AND_CODE: MULTI_FACTOR,
    Method.PASSKEY: PHISHING_RESISTANT_HARDWARE,
    Method.DEPARTMENT: PHISHING_RESISTANT_HARDWARE,
}
"""The highest level that each may reach; a department's account as far as its provider is believed."""
_ALL_METHODS = frozenset(Method)


@dataclass(frozen=True)
class Limits:
    """How long a session lives unused, and how long in any case."""

    idle: timedelta
    absolute: timedelta

    def shortest(self, other: "Limits") -> "Limits":
        """The shorter of both, each."""
        return Limits(min(self.idle, other.idle), min(self.absolute, other.absolute))


@dataclass(frozen=True)
class Platform:
    """What the platform asks of everybody; no organisation goes below it."""

    least_level: str
    officer_level: str
    """Of HR, security officers and administrators."""
    limits: Limits


@dataclass(frozen=True)
class Proof:
    """How somebody proved who they are; ``aaguid`` is the model of a passkey's authenticator, if known."""

    method: Method
    acr: str
    aaguid: str | None = None


def method_of(amr: Collection[str], *, vouched: bool) -> Method:
    """Which method it was that these words of RFC 8176 tell of; ``vouched`` says by a department."""
    if vouched:
        return Method.DEPARTMENT
    if "pop" in amr:
        return Method.PASSKEY
    return Method.PASSWORD_AND_CODE if "mfa" in amr else Method.PASSWORD


@dataclass(frozen=True)
class Demand:
    """What one policy, or the platform, asks of a person.

    ``set_up_until``: who has only what is not allowed may set up what is, by themselves, before then; None is
    without end.
    """

    methods: frozenset[Method]
    least_level: str
    attestation: Attestation
    accepted_aaguids: frozenset[str]
    set_up_until: datetime | None

    def met_by(self, proof: Proof) -> bool:
        """Whether this sign-in is one that is allowed, and strong enough."""
        if proof.method not in self.methods or not meets(proof.acr, self.least_level):
            return False
        if proof.method is not Method.PASSKEY or self.attestation is Attestation.NONE:
            return True
        if not meets(proof.acr, PHISHING_RESISTANT_HARDWARE):
            return False
        return not self.accepted_aaguids or proof.aaguid is None or proof.aaguid in self.accepted_aaguids


@dataclass(frozen=True)
class PersonsPolicy:
    """Everything that holds for a person at a moment."""

    demands: tuple[Demand, ...]
    limits: Limits

    def met_by(self, proof: Proof) -> bool:
        """Whether a sign-in opens the account."""
        return all(demand.met_by(proof) for demand in self.demands)

    def allows_set_up(self, proof: Proof, now: datetime, credential_since: datetime | None) -> bool:
        """Whether somebody whose sign-in does not open the account may set up by it what does.

        A password that HR or the service desk has just let them choose says enough, however long ago the
        policy began.
        """
        if credential_since is not None and now < credential_since + NEW_CREDENTIAL:
            return True
        untils = [demand.set_up_until for demand in self.demands if not demand.met_by(proof)]
        return all(until is None or now < until for until in untils)

    @property
    def least_level(self) -> str:
        """The level that a sign-in must reach."""
        return max((demand.least_level for demand in self.demands), key=LADDER.index)

    @property
    def entry_level(self) -> str:
        """The level that the weakest of the accepted ways in reaches."""
        passkey = PHISHING_RESISTANT_HARDWARE if self.wants_attestation else PHISHING_RESISTANT
        reached = {
            Method.PASSWORD: SINGLE_FACTOR,
            Method.PASSWORD_AND_CODE: MULTI_FACTOR,
            Method.PASSKEY: passkey,
        }
        weakest = min((reached[one] for one in self.methods if one in reached), key=LADDER.index)
        return highest([weakest, self.least_level])

    @property
    def wants_attestation(self) -> bool:
        """Whether a passkey must prove what keeps it."""
        return self.least_level == PHISHING_RESISTANT_HARDWARE or any(
            demand.attestation is Attestation.HARDWARE for demand in self.demands
        )

    @property
    def methods(self) -> frozenset[Method]:
        """The ways in that can be good enough, passkeys always among them."""
        allowed = _ALL_METHODS.intersection(*(demand.methods for demand in self.demands))
        return frozenset(one for one in allowed if meets(_BEST[one], self.least_level))

    def accepts_passkey(self, aaguid: str, *, hardware_bound: bool) -> bool:
        """Whether a passkey of this kind would open the account."""
        acr = PHISHING_RESISTANT_HARDWARE if hardware_bound else PHISHING_RESISTANT
        return self.met_by(Proof(Method.PASSKEY, acr, aaguid))


NEW_CREDENTIAL = timedelta(days=1)


def policy_of(standing: Standing, platform: Platform) -> PersonsPolicy:
    """What holds for a person who stands like this."""
    demands = [_of_platform(standing, platform)]
    limits = platform.limits
    accepted = _accepted([applied.policy for applied in standing.policies])
    for applied in standing.policies:
        demands.append(_of_policy(applied, accepted, is_officer=standing.is_officer))
        limits = limits.shortest(limits_of(applied.policy, platform.limits))
    return PersonsPolicy(tuple(demands), limits)


def limits_of(policy: SignInPolicy, otherwise: Limits) -> Limits:
    """A policy's own limits, and the platform's where it has none."""
    idle, absolute = policy.idle_minutes, policy.absolute_minutes
    return Limits(
        otherwise.idle if idle is None else timedelta(minutes=idle),
        otherwise.absolute if absolute is None else timedelta(minutes=absolute),
    )


def _of_platform(standing: Standing, platform: Platform) -> Demand:
    level = highest([platform.least_level, *([platform.officer_level] if standing.is_officer else [])])
    return Demand(_ALL_METHODS, level, Attestation.NONE, frozenset(), None)


def _of_policy(applied: AppliedPolicy, accepted: frozenset[str], *, is_officer: bool) -> Demand:
    policy = applied.policy
    return Demand(
        frozenset(Method(one) for one in policy.methods) | {Method.PASSKEY},
        highest([policy.least_level, *([policy.officer_level] if is_officer else [])]),
        policy.attestation,
        accepted,
        applied.since + timedelta(days=policy.set_up_days),
    )


def highest(levels: Iterable[str]) -> str:
    """The highest of some levels."""
    return max(levels, key=LADDER.index)


def _accepted(policies: Collection[SignInPolicy]) -> frozenset[str]:
    """The models that all lists have in common, where there are lists.

    Two organisations of somebody on loan may have bought from different makers. Then the models of either do:
    each is attested hardware, and nobody is asked for what does not exist.
    """
    lists = [frozenset(one.accepted_aaguids) for one in policies if one.accepted_aaguids]
    if not lists:
        return frozenset()
    return frozenset.intersection(*lists) or frozenset.union(*lists)
