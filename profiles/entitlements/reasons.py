"""Why access was given or refused, as data; ``explanation.py`` makes sentences of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.policy import Judgement
from profiles.employments.models import PostingKind
from profiles.entitlements.facts import PostingFact, RuleFact
from profiles.organisations.grades import CommonGrade


@dataclass(frozen=True)
class Place:
    """A posting as it is at one instant, with what surrounds it.

    ``sleeps`` says that the person is on loan elsewhere from it: only a rule for home postings sees it then.
    """

    posting: PostingFact
    organisation_name: str
    organisation_code: str
    ancestors: frozenset[UUID]
    common_grade: CommonGrade | None
    judged: tuple[Judgement, ...]
    sleeps: bool


@dataclass(frozen=True)
class RuleMatched:
    """A rule gave a role, because of this place and, where one is needed, this clearance."""

    role: str
    role_label: str
    rule: RuleFact
    rule_organisation_name: str | None
    place: Place
    level: ClearanceLevel | None


@dataclass(frozen=True)
class Granted:
    """Somebody gave a role by hand, until ``expires_at`` if that is set."""

    role: str
    role_label: str
    expires_at: datetime | None


@dataclass(frozen=True)
class Suspended:
    """The person's account is suspended."""


@dataclass(frozen=True)
class NoAgreement:
    """No data-sharing agreement is in force, so the app may be told nothing and let nobody in."""


@dataclass(frozen=True)
class NoPosting:
    """The person works nowhere at that instant."""


@dataclass(frozen=True)
class NoRules:
    """No rule is in force; roles are given by hand only."""


@dataclass(frozen=True)
class WrongOrganisation:
    """The rule is for another organisation; ``posted_in`` says where the person works."""

    organisation_name: str
    posted_in: tuple[str, ...]


@dataclass(frozen=True)
class OnLoan:
    """Access through a home posting sleeps while the person is on loan."""

    organisation_name: str


@dataclass(frozen=True)
class WrongKind:
    """The rule is for home postings and the person is on loan there, or the other way round."""

    role_label: str
    wanted: PostingKind
    organisation_name: str


@dataclass(frozen=True)
class WrongGrade:
    """The grade lies outside the range."""

    role_label: str
    lowest: CommonGrade | None
    highest: CommonGrade | None
    place: Place


@dataclass(frozen=True)
class WrongProfession:
    """The rule is for another profession."""

    role_label: str
    wanted: str
    place: Place


@dataclass(frozen=True)
class NoUsableClearance:
    """The rule needs a clearance. ``nearest`` is the one held that would do, were it usable."""

    role_label: str
    required: str
    place: Place
    nearest: Judgement | None


Basis = RuleMatched | Granted
Refusal = (
    Suspended
    | NoAgreement
    | NoPosting
    | NoRules
    | WrongOrganisation
    | OnLoan
    | WrongKind
    | WrongGrade
    | WrongProfession
    | NoUsableClearance
)
Reason = Basis | Refusal
