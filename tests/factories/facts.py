"""Facts and rules made in memory, for tests of decisions."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid5

from profiles.apps.models import LawfulBasis
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import ClearanceStatus, SponsorshipKind
from profiles.clearances.policy import ClearanceFact, SponsorshipFact
from profiles.employments.models import PostingKind
from profiles.entitlements.facts import (
    AgreementFact,
    AppRules,
    GradeFact,
    OrganisationFact,
    PostingFact,
    RoleView,
    RuleFact,
    Surroundings,
)
from profiles.organisations.grades import CommonGrade
from tests.factories.organisations import GRADES, LONG_AGO
from tests.factories.planned_facts import PlannedFacts

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_NAMES = UUID("2f0e8b5c-5c9c-4d7e-9d0a-0c6f6f3f6b11")


def id_of(name: str) -> UUID:
    """An id that is always the same for a name."""
    return uuid5(_NAMES, name)


HMRC, HOME_OFFICE, PASSPORT_OFFICE = id_of("hmrc"), id_of("home office"), id_of("passport office")
APP = id_of("app")

ORGANISATIONS = tuple(
    OrganisationFact(organisation_id=one, name=name, parent_id=parent, valid_from=LONG_AGO)
    for one, name, parent in (
        (HMRC, "HM Revenue & Customs", None),
        (HOME_OFFICE, "Home Office", None),
        (PASSPORT_OFFICE, "HM Passport Office", HOME_OFFICE),
    )
)
SURROUNDINGS = Surroundings(
    ORGANISATIONS,
    tuple(
        GradeFact(organisation_id=one, label=label, common_grade=grade, valid_from=LONG_AGO)
        for one in (HMRC, HOME_OFFICE, PASSPORT_OFFICE)
        for label, grade in GRADES.items()
    ),
)


def posting(organisation_id: UUID = HMRC, **more: Any) -> PostingFact:
    """A home posting of a Higher Officer since long ago."""
    values: dict[str, Any] = {
        "employment_id": id_of("employment"),
        "kind": PostingKind.HOME,
        "local_grade": "Higher Officer",
        "job_title": "Caseworker",
        "profession": "Operational Delivery",
        "valid_from": LONG_AGO,
    }
    return PostingFact(organisation_id=organisation_id, **(values | more))


def clearance(level: ClearanceLevel = ClearanceLevel.SC, **more: Any) -> ClearanceFact:
    """An active clearance since long ago, to be used through 31 May 2030."""
    values: dict[str, Any] = {
        "clearance_id": id_of(level),
        "status": ClearanceStatus.ACTIVE,
        "expires_on": date(2030, 5, 31),
        "valid_from": LONG_AGO,
    }
    return ClearanceFact(level=level, **(values | more))


def sponsorship(
    organisation_id: UUID = HMRC, level: ClearanceLevel = ClearanceLevel.SC, **more: Any
) -> SponsorshipFact:
    """A primary sponsorship of the clearance of this level since long ago."""
    values: dict[str, Any] = {"kind": SponsorshipKind.PRIMARY, "valid_from": LONG_AGO}
    return SponsorshipFact(clearance_id=id_of(level), organisation_id=organisation_id, **(values | more))


def person(*postings: PostingFact, **more: Any) -> PlannedFacts:
    """A person with these postings, the three organisations around them."""
    return PlannedFacts(id_of("person"), postings=postings, surroundings=SURROUNDINGS, **more)


def rule(role_name: str = "caseworker", **more: Any) -> RuleFact:
    """A rule since long ago."""
    return RuleFact(rule_id=id_of("rule"), role_name=role_name, **({"valid_from": LONG_AGO} | more))


def agreement(**more: Any) -> AgreementFact:
    """An agreement since long ago."""
    values: dict[str, Any] = {
        "agreement_id": id_of("agreement"),
        "purpose": "to open your cases",
        "lawful_basis": LawfulBasis.PUBLIC_TASK,
        "claims": ("name",),
        "retention": "two years",
        "contact": "dpo@example.gov.uk",
        "valid_from": LONG_AGO,
    }
    return AgreementFact(**(values | more))


def app(*rules: RuleFact, **more: Any) -> AppRules:
    """HMRC's app, with caseworkers and managers, these rules and an agreement."""
    values: dict[str, Any] = {
        "app_id": APP,
        "app_name": "Casework",
        "home_url": "https://casework.example/",
        "contact": "desk@hmrc.gov.uk",
        "organisation_id": HMRC,
        "roles": (
            RoleView(name="manager", label="Manager", rank=2),
            RoleView(name="caseworker", label="Caseworker", rank=1),
        ),
        "agreements": (agreement(),),
        "surroundings": Surroundings(ORGANISATIONS),
    }
    return AppRules(rules=rules, **(values | more))


EO_TO_SEO = {"grade_from": CommonGrade.EO, "grade_to": CommonGrade.SEO}
