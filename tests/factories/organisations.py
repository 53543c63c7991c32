"""Organisations for tests."""

from datetime import UTC, datetime

from sqlmodel import Session

from profiles.audit.service import Initiator
from profiles.organisations import service
from profiles.organisations.grades import CommonGrade
from profiles.organisations.models import OrganisationKind
from profiles.organisations.service import OrganisationView
from profiles.temporal import Provenance

LONG_AGO = datetime(2010, 1, 1, tzinfo=UTC)
PROVENANCE = Provenance(recorded_by=None, source="test", reason="test")
INITIATOR = Initiator.system("test")

GRADES = {
    "Officer": CommonGrade.EO,
    "Higher Officer": CommonGrade.HEO,
    "Senior Officer": CommonGrade.SEO,
    "Contractor": None,
}


def make_organisation(
    session: Session,
    now: datetime,
    code: str = "HMRC",
    *,
    parent: OrganisationView | None = None,
    kind: OrganisationKind = OrganisationKind.DEPARTMENT,
) -> OrganisationView:
    """An organisation named after its code, with four grades and the domain ``<code>.gov.uk``."""
    organisation = service.create(
        session,
        now,
        PROVENANCE,
        INITIATOR,
        code=code,
        name=f"Department {code}",
        kind=kind,
        valid_from=LONG_AGO,
        parent_id=parent.id if parent else None,
        domains=(f"{code.lower()}.gov.uk",),
    )
    service.add_grades(session, now, PROVENANCE, organisation.id, GRADES, LONG_AGO)
    return organisation
