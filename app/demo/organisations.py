"""The organisations of the demonstration, under one that employs nobody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, col, select

from app.demo import INITIATOR, PROVENANCE
from profiles.imports.organograms.mappings import mapping_of
from profiles.organisations import service
from profiles.organisations.grades import CommonGrade
from profiles.organisations.models import Office, Organisation, OrganisationKind
from profiles.organisations.offices import add_office
from profiles.temporal import start_of_day

SINCE = start_of_day(date(1990, 1, 1))
"""As far back as the demonstration's records go."""

TOP = "HMG"


@dataclass(frozen=True)
class DemoOrganisation:
    """A department, its e-mail domains and its own grades; the top has neither."""

    code: str
    name: str
    domains: tuple[str, ...] = ()
    grades: Mapping[str, CommonGrade | None] | None = None
    offices: tuple["DemoOffice", ...] = ()


@dataclass(frozen=True)
class DemoOffice:
    """A public building, as its department publishes the address."""

    name: str
    street_address: str
    locality: str
    postal_code: str


ORGANISATIONS = (
    DemoOrganisation(TOP, "HM Government"),
    DemoOrganisation(
        "CO",
        "Cabinet Office",
        ("cabinetoffice.gov.uk",),
        {
            "Band B": CommonGrade.EO,
            "Band B2": CommonGrade.HEO,
            "Band B2+": CommonGrade.SEO,
            "Band A": CommonGrade.G7,
            "Band A+": CommonGrade.G6,
        },
        (DemoOffice("70 Whitehall", "70 Whitehall", "London", "SW1A 2AS"),),
    ),
    DemoOrganisation(
        "HMRC",
        "HM Revenue & Customs",
        ("hmrc.gov.uk",),
        mapping_of("HMRC"),
        (
            DemoOffice("100 Parliament Street", "100 Parliament Street", "London", "SW1A 2BQ"),
            DemoOffice("Ruskin Square", "1 Ruskin Square\nDingwall Road", "Croydon", "CR0 2WF"),
        ),
    ),
    DemoOrganisation(
        "HO",
        "Home Office",
        ("homeoffice.gov.uk",),
        mapping_of("HO"),
        (DemoOffice("2 Marsham Street", "2 Marsham Street", "London", "SW1P 4DF"),),
    ),
    DemoOrganisation("DWP", "Department for Work and Pensions", ("dwp.gov.uk",), mapping_of("DWP")),
    DemoOrganisation("DECC", "Department of Energy and Climate Change", ("decc.gov.uk",), mapping_of("DECC")),
)


def load_organisations(session: Session, now: datetime) -> int:
    """Make the organisations that are not there yet, and say how many."""
    ids = organisation_ids(session)
    made = [wanted for wanted in ORGANISATIONS if wanted.code not in ids]
    for wanted in made:
        organisation = service.create(
            session,
            now,
            PROVENANCE,
            INITIATOR,
            code=wanted.code,
            name=wanted.name,
            kind=OrganisationKind.DEPARTMENT,
            valid_from=SINCE,
            parent_id=ids.get(TOP),
            domains=wanted.domains,
        )
        ids[wanted.code] = organisation.id
        service.add_grades(session, now, PROVENANCE, organisation.id, wanted.grades or {}, SINCE)
        for office in wanted.offices:
            add_office(
                session,
                now,
                PROVENANCE,
                INITIATOR,
                organisation_id=organisation.id,
                valid_from=SINCE,
                **vars(office),
            )
    return len(made)


def organisation_ids(session: Session) -> dict[str, UUID]:
    """Every organisation's id by its code."""
    return {code: id for id, code in session.exec(select(Organisation.id, col(Organisation.code)))}


def find_office_id(session: Session, organisation_id: UUID, name: str) -> UUID | None:
    """The id of an organisation's office with this name."""
    query = select(Office.fact_id).where(col(Office.organisation_id) == organisation_id)
    return session.exec(query.where(col(Office.name) == name)).first()
