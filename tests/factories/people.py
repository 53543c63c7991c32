"""People for tests."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from profiles.employments import service as employments
from profiles.employments.models import Posting
from profiles.employments.service import Post
from profiles.organisations.service import OrganisationView
from profiles.people import service as people
from profiles.people.models import IdentityConfidence, IdentityEvidence, IdentityProofing
from profiles.roles import service as roles
from profiles.roles.models import Role, RoleAssignment
from profiles.temporal import history, record
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE


def make_person(session: Session, now: datetime, address: str = "priya.patel@hmrc.gov.uk") -> UUID:
    """A person named after the address, without any post; return the id."""
    given, _, family = address.partition("@")[0].partition(".")
    person = people.create_person(
        session,
        now,
        PROVENANCE,
        INITIATOR,
        given_names=given.title(),
        family_name=(family or "Example").title(),
        address=address,
        organisation_id=None,
        valid_from=LONG_AGO,
    )
    return person.id


def make_employee(
    session: Session,
    now: datetime,
    organisation: OrganisationView,
    name: str = "priya.patel",
    *,
    local_grade: str = "Higher Officer",
    since: date = date(2020, 4, 1),
    profession: str = "Operational Delivery",
) -> Posting:
    """A person employed and posted at home in the organisation since a day; return the posting."""
    person_id = make_person(session, now, f"{name}@{organisation.code.lower()}.gov.uk")
    _, posting = employments.appoint(
        session,
        now,
        PROVENANCE,
        INITIATOR,
        person_id=person_id,
        organisation_id=organisation.id,
        number=f"{organisation.code}-{name}",
        starts_on=since,
        continuous_service_from=since,
        post=Post(local_grade=local_grade, job_title="Caseworker", profession=profession),
    )
    return posting


def employ_too(
    session: Session, now: datetime, person_id: UUID, organisation: OrganisationView, job_title: str = "Tutor"
) -> Posting:
    """One more employment of somebody, with its post; return that."""
    _, posting = employments.appoint(
        session,
        now,
        PROVENANCE,
        INITIATOR,
        person_id=person_id,
        organisation_id=organisation.id,
        number=f"{organisation.code}-too",
        starts_on=date(2021, 4, 1),
        continuous_service_from=date(2021, 4, 1),
        post=Post(local_grade="Higher Officer", job_title=job_title, profession="Operational Delivery"),
    )
    return posting


def give_role(
    session: Session,
    now: datetime,
    person_id: UUID,
    role: Role,
    organisation_id: UUID | None,
    *,
    include_subtree: bool = False,
    operator_id: UUID | None = None,
) -> None:
    """Let somebody hold a role in Lanyard since long ago, or since they had it last; not twice at once."""
    same = history(session, RoleAssignment, now, person_id=person_id, role=role)
    held = [one for one in same if (one.organisation_id, one.deputy_of) == (organisation_id, None)]
    if any(one.valid_to is None and one.include_subtree == include_subtree for one in held):
        return
    roles.assign(
        session,
        now,
        PROVENANCE,
        INITIATOR,
        person_id=person_id,
        role=role,
        organisation_id=organisation_id,
        valid_from=max((one.valid_to for one in held if one.valid_to is not None), default=LONG_AGO),
        include_subtree=include_subtree,
        operator_id=operator_id,
    )


def make_deputy(
    session: Session, now: datetime, deputy_id: UUID, officer_id: UUID, role: Role, organisation_id: UUID
) -> None:
    """Let somebody stand in for an officer, from now on and for five days."""
    roles.assign(
        session,
        now,
        PROVENANCE,
        INITIATOR,
        person_id=deputy_id,
        role=role,
        organisation_id=organisation_id,
        deputy_of=officer_id,
        valid_from=now,
        valid_to=now + timedelta(days=5),
    )


def check_identity(
    session: Session,
    now: datetime,
    person_id: UUID,
    confidence: IdentityConfidence,
    since: datetime = LONG_AGO,
    until: datetime | None = None,
) -> IdentityProofing:
    """Record that a person's identity was checked this far."""
    return record(
        session,
        IdentityProofing(
            person_id=person_id,
            confidence=confidence,
            evidence=IdentityEvidence.PASSPORT,
            checked_by="HMRC HR shared services",
            **PROVENANCE.stamp(now, since, until),
        ),
    )
