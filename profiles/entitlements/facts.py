"""What a decision is made from: a person's facts and an app's rules, held in memory with their valid times.

They hold past, present and future, so that one reading answers for any instant, and a move that is only
planned is the same facts with some ended and some added.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from profiles.apps.models import LawfulBasis
from profiles.clearances.policy import CaveatFact, ClearanceFact, LimitFact, SponsorshipFact
from profiles.employments.models import PostingKind
from profiles.organisations.grades import CommonGrade
from profiles.roles.models import Role
from profiles.temporal import Span

Made = TypeVar("Made")


@dataclass(frozen=True, kw_only=True)
class OrganisationFact(Span):
    """An organisation's name and its place in the tree; ``code`` never changes."""

    organisation_id: UUID
    name: str
    parent_id: UUID | None
    code: str = ""


@dataclass(frozen=True, kw_only=True)
class GradeFact(Span):
    """The common grade that an organisation's own label stands for; None where it has no equal."""

    organisation_id: UUID
    label: str
    common_grade: CommonGrade | None


@dataclass(frozen=True, kw_only=True)
class PostingFact(Span):
    """A post held by the person."""

    employment_id: UUID
    organisation_id: UUID
    kind: PostingKind
    local_grade: str
    job_title: str
    profession: str = ""


@dataclass(frozen=True, kw_only=True)
class GrantFact(Span):
    """A role of an app given by hand."""

    app_id: UUID
    role_name: str


@dataclass(frozen=True, kw_only=True)
class SuspensionFact(Span):
    """The person's account is suspended: they use no app, whatever the rules say."""


@dataclass(frozen=True, kw_only=True)
class EmploymentFact(Span):
    """An employment by an organisation, wherever the person is posted."""

    organisation_id: UUID


@dataclass(frozen=True, kw_only=True)
class RoleFact(Span):
    """A role in Lanyard, for an organisation; the platform's own roles are for none."""

    organisation_id: UUID | None
    role: Role


@dataclass(frozen=True, kw_only=True)
class AddressFact(Span):
    """A work address, and the organisation that gives it."""

    organisation_id: UUID | None
    address: str


@dataclass(frozen=True, kw_only=True)
class NameFact(Span):
    """A legal name, and the given name that the person is known by."""

    given_names: str
    middle_names: str
    family_name: str
    known_as: str


@dataclass(frozen=True, kw_only=True)
class RuleFact(Span):
    """A rule of an app: every condition that is given must hold (see ``profiles.apps.models.AccessRule``)."""

    rule_id: UUID
    role_name: str
    organisation_id: UUID | None = None
    include_subtree: bool = True
    grade_from: CommonGrade | None = None
    grade_to: CommonGrade | None = None
    profession: str | None = None
    posting_kind: str | None = None
    least_clearance: str | None = None


@dataclass(frozen=True, kw_only=True)
class AgreementFact(Span):
    """A version of an app's data-sharing agreement; ``agreement_id`` is the version's own id."""

    agreement_id: UUID
    purpose: str
    lawful_basis: LawfulBasis
    claims: tuple[str, ...]
    retention: str
    contact: str
    dpia_reference: str = ""
    suppliers: str = ""
    acknowledge_within_seconds: int = 60
    stop_tokens_when_overdue: bool = False


@dataclass(frozen=True)
class Surroundings:
    """The organisations that facts or rules speak of, those above them, and what their grades stand for.

    ``limits`` are those of the organisations themselves.
    """

    organisations: tuple[OrganisationFact, ...] = ()
    grades: tuple[GradeFact, ...] = ()
    limits: tuple[LimitFact, ...] = ()

    def name_of(self, organisation_id: UUID, at: datetime) -> str:
        """The name at ``at``, or the last one known where there is none then."""
        facts = self._organisations_by_id.get(organisation_id, ())
        for fact in facts:
            if fact.holds(at):
                return fact.name
        return facts[-1].name if facts else "an unknown organisation"

    def code_of(self, organisation_id: UUID) -> str:
        """The short public code, such as HMRC; empty for an organisation that is unknown here."""
        return next((fact.code for fact in self._organisations_by_id.get(organisation_id, ())), "")

    def ancestors_of(self, organisation_id: UUID, at: datetime) -> tuple[UUID, ...]:
        """The organisation itself and those above it at ``at``, nearest first; a loop ends the walk."""
        found: list[UUID] = []
        above: UUID | None = organisation_id
        while above is not None and above not in found:
            found.append(above)
            facts = self._organisations_by_id.get(above, ())
            above = next((fact.parent_id for fact in facts if fact.holds(at)), None)
        return tuple(found)

    def common_grade_of(self, organisation_id: UUID, label: str, at: datetime) -> CommonGrade | None:
        """What an organisation's own label stands for at ``at``; None where it has no equal or is unknown."""
        for fact in self.grades:
            if fact.label == label and fact.organisation_id == organisation_id and fact.holds(at):
                return fact.common_grade
        return None

    def joined(self, other: "Surroundings") -> "Surroundings":
        """Both together, each fact once."""
        return Surroundings(
            tuple(dict.fromkeys(self.organisations + other.organisations)),
            tuple(dict.fromkeys(self.grades + other.grades)),
            tuple(dict.fromkeys(self.limits + other.limits)),
        )

    @cached_property
    def _organisations_by_id(self) -> Mapping[UUID, list[OrganisationFact]]:
        by_id: dict[UUID, list[OrganisationFact]] = {}
        for fact in sorted(self.organisations, key=lambda fact: fact.valid_from):
            by_id.setdefault(fact.organisation_id, []).append(fact)
        return by_id


@dataclass(frozen=True)
class PersonFacts:
    """Everything recorded of a person that bears on access."""

    person_id: UUID
    postings: tuple[PostingFact, ...] = ()
    clearances: tuple[ClearanceFact, ...] = ()
    sponsorships: tuple[SponsorshipFact, ...] = ()
    grants: tuple[GrantFact, ...] = ()
    surroundings: Surroundings = Surroundings()
    caveats: tuple[CaveatFact, ...] = ()
    suspensions: tuple[SuspensionFact, ...] = ()

    @cached_property
    def decided(self) -> dict[UUID, tuple["AppRules", datetime, Any]]:
        """The last decision on these very facts, by app: by which rules, since when."""
        return {}

    @cached_property
    def instants(self) -> tuple[datetime, ...]:
        """Every instant, in order, at which one of these facts begins or ends; grants apart."""
        spans: tuple[Span, ...] = (
            *self.postings,
            *self.clearances,
            *self.sponsorships,
            *self.suspensions,
            *self.caveats,
            *self.surroundings.organisations,
            *self.surroundings.grades,
            *self.surroundings.limits,
        )
        found = {instant for span in spans for instant in span.instants()}
        for limit in self.surroundings.limits:
            found.update(instant for clearance in self.clearances for instant in limit.ends(clearance))
        return tuple(sorted(found))


@dataclass(frozen=True, kw_only=True)
class RoleView:
    """A role that an app knows; the most powerful has the highest rank."""

    name: str
    label: str
    rank: int


@dataclass(frozen=True, kw_only=True)
class AppRules:
    """An app, its roles, rules and agreements; ``surroundings`` names the organisations they speak of.

    ``tokens_stopped_at`` is since when it gets no new tokens, because it has not confirmed in time that it
    ended old access.
    """

    app_id: UUID
    app_name: str
    home_url: str
    contact: str
    organisation_id: UUID
    roles: tuple[RoleView, ...] = ()
    rules: tuple[RuleFact, ...] = ()
    agreements: tuple[AgreementFact, ...] = ()
    surroundings: Surroundings = Surroundings()
    tokens_stopped_at: datetime | None = None

    def find_agreement(self, at: datetime) -> AgreementFact | None:
        """The agreement in force at ``at``."""
        return next((agreement for agreement in self.agreements if agreement.holds(at)), None)

    def organisation_name(self, at: datetime) -> str:
        """The name of the organisation whose app it is."""
        return self.surroundings.name_of(self.organisation_id, at)

    def label_of(self, role_name: str) -> str:
        """What people call a role."""
        return next((role.label for role in self.roles if role.name == role_name), role_name)

    def rank_of(self, role_name: str) -> int:
        """The rank of a role; one that the app does not know is the least."""
        return next((role.rank for role in self.roles if role.name == role_name), -1)

    def once(self, what: str, at: datetime, make: Callable[[], Made]) -> Made:
        """What follows at ``at`` from these rules alone: made once, until one of them begins or ends."""
        key = (what, bisect_right(self.instants, at))
        if key not in self._made:
            self._made[key] = make()
        made: Made = self._made[key]
        return made

    @cached_property
    def _made(self) -> dict[tuple[str, int], Any]:
        return {}

    @cached_property
    def instants(self) -> tuple[datetime, ...]:
        """Every instant, in order, at which one of these begins or ends."""
        spans: tuple[Span, ...] = (*self.rules, *self.agreements, *self.surroundings.organisations)
        return tuple(sorted({instant for span in spans for instant in span.instants()}))
