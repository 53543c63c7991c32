"""An account that is to be recovered, and the officers of its person's organisation."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from identity.recovery import codes, service
from identity.recovery.models import IdentityCheck, Recovery
from profiles.organisations.service import OrganisationView
from profiles.roles.models import Role
from profiles.roles.service import permissions_of
from tests.factories.organisations import make_organisation
from tests.factories.people import give_role, make_employee

WAIT = timedelta(hours=24)
ISSUER = "http://localhost"
STOP = "/recovery/stop/token"


@dataclass
class Case:
    """An employee of HMRC, two HR officers and a security officer there, and HR of another department."""

    session: Session
    now: datetime
    hmrc: OrganisationView
    person: UUID
    first: UUID
    second: UUID
    security: UUID
    stranger: UUID

    def request(self, *, officer: UUID | None = None, person: UUID | None = None) -> Recovery:
        officer = officer or self.first
        return service.request(
            self.session,
            self.now,
            person_id=person or self.person,
            organisation_id=self.hmrc.id,
            officer_id=officer,
            permissions=permissions_of(self.session, officer, self.now),
            check=IdentityCheck.CALLED_BACK,
        )

    def confirm(self, recovery: Recovery, *, officer: UUID | None = None) -> Recovery:
        officer = officer or self.second
        service.confirm(
            self.session,
            self.now,
            recovery,
            officer_id=officer,
            permissions=permissions_of(self.session, officer, self.now),
            check=IdentityCheck.MET_WITH_DOCUMENT,
            wait=WAIT,
            issuer=ISSUER,
            stop_path=STOP,
        )
        return recovery

    def cancel(self, recovery: Recovery, *, officer: UUID | None = None) -> None:
        officer = officer or self.first
        permissions = permissions_of(self.session, officer, self.now)
        service.cancel(self.session, self.now, recovery, officer_id=officer, permissions=permissions)

    def code(self, recovery: Recovery, officer: UUID) -> str:
        return codes.issue(
            self.session,
            self.now,
            recovery,
            officer_id=officer,
            permissions=permissions_of(self.session, officer, self.now),
            issuer=ISSUER,
            stop_path=STOP,
        )

    def wait(self, duration: timedelta = WAIT) -> None:
        self.now += duration

    def both_codes(self, recovery: Recovery) -> tuple[str, str]:
        """What the two officers hand over once the waiting time is over."""
        self.wait()
        return self.code(recovery, self.first), self.code(recovery, self.second)


def make_case(session: Session, now: datetime) -> Case:
    hmrc, other = make_organisation(session, now, "HMRC"), make_organisation(session, now, "DWP")

    def officer(organisation: OrganisationView, name: str, role: Role) -> UUID:
        person_id = make_employee(session, now, organisation, name).person_id
        give_role(session, now, person_id, role, organisation.id)
        return person_id

    return Case(
        session=session,
        now=now,
        hmrc=hmrc,
        person=make_employee(session, now, hmrc).person_id,
        first=officer(hmrc, "harriet.khan", Role.HR_OFFICER),
        second=officer(hmrc, "hugo.lane", Role.HR_OFFICER),
        security=officer(hmrc, "sita.stone", Role.SECURITY_OFFICER),
        stranger=officer(other, "dan.price", Role.HR_OFFICER),
    )
