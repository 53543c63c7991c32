"""A move from HMRC to the Home Office, with everybody who takes part."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session

from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import Clearance, ClearanceStatus, Sponsorship, SponsorshipKind
from profiles.organisations.service import OrganisationView
from profiles.roles.models import Role
from profiles.roles.service import Permissions, permissions_of
from profiles.sign_in.service import find_person_by_address
from profiles.temporal import record
from profiles.transfers import codes, service
from profiles.transfers.models import Side, TaskKind, Transfer
from profiles.transfers.preparing import prepare
from profiles.transfers.terms import Terms
from tests.factories.organisations import LONG_AGO, PROVENANCE, make_organisation
from tests.factories.people import give_role, make_employee
from tests.factories.transfer_tasks import WAY_IN, do_tasks, name_way_in
from tests.support.replays import replayed


@dataclass(frozen=True)
class Release:
    """What the old department's people say: the line manager, HR, and the security officer."""

    line_manager_confirmed: bool
    records_released: bool
    clearance_released: bool | None


RELEASE = Release(line_manager_confirmed=True, records_released=True, clearance_released=True)

TERMS = Terms(
    start_date=date(2026, 3, 16),
    last_day=date(2026, 3, 13),
    local_grade="Senior Officer",
    job_title="Senior Caseworker",
    profession="Operational Delivery",
    unit="Visas",
    location="Croydon",
    employment_number="HO-1",
    work_address="priya.patel@ho.gov.uk",
    salary_pence=4_100_000,
    bpss_checked_on=date(2026, 2, 20),
    required_level=ClearanceLevel.SC,
)
"""What the Home Office offers, from Monday 16 March 2026."""


@dataclass
class Move:
    """Who takes part: the employee, two HR officers of each organisation, and a third organisation's."""

    session: Session
    now: datetime
    hmrc: OrganisationView
    home_office: OrganisationView
    employee: UUID
    hmrc_officer: UUID
    preparer: UUID
    home_office_officer: UUID
    stranger: UUID
    terms: Terms

    def permissions(self, person_id: UUID) -> Permissions:
        return permissions_of(self.session, person_id, self.now)

    def code(self) -> str:
        return codes.make_code(self.session, self.employee, self.now, timedelta(hours=72))[0]

    def begin(self, *, code: str | None = None, officer: UUID | None = None, **changes: object) -> Transfer:
        """The offer alone: everybody has their part still to do."""
        officer = officer or self.preparer
        terms = replace(self.terms, **changes)  # type: ignore[arg-type]

        def begin() -> UUID:
            return prepare(
                self.session,
                self.now,
                officer_id=officer,
                permissions=self.permissions(officer),
                importing_organisation_id=self.home_office.id,
                unverified_code=code or self.code(),
                terms=terms,
            ).id

        step = "begin", self.now, officer, code, terms, self.everybody()
        return self._transfer(replayed(self.session, step, begin))

    def prepare(self, **changes: Any) -> Transfer:
        """A transfer that waits for approval: everybody has done what comes before."""
        transfer = self.begin(**changes)
        self.do_tasks(transfer)
        return transfer

    def new_manager(self) -> UUID:
        """Somebody of the Home Office who will be the line manager."""
        return self.preparer

    def do_tasks(self, transfer: Transfer, *, released: bool = True, but: Collection[TaskKind] = ()) -> None:
        """Everybody but HR does their part that is open, except these."""

        def do() -> None:
            do_tasks(
                self.session,
                self.now,
                transfer,
                manager_id=self.manager(),
                new_manager_id=self.new_manager(),
                security_id=self.security_officer(),
                released=released,
                but=but,
            )

        replayed(self.session, ("do", self.now, transfer.id, released, frozenset(but), self.everybody()), do)
        self.session.refresh(transfer)

    def name_way_in(self, transfer: Transfer, way_in: str = WAY_IN) -> None:
        name_way_in(self.session, self.now, transfer, way_in)

    def manager(self) -> UUID:
        """Somebody of HMRC who is the employee's line manager, hired when first asked for."""
        return self._hire("beth.morgan", None)

    def security_officer(self) -> UUID:
        """HMRC's security officer, hired when first asked for."""
        return self._hire("callum.reid", Role.SECURITY_OFFICER)

    def payroll_officer(self) -> UUID:
        """The Home Office's payroll officer, hired when first asked for."""
        return self._hire("nadia.brook", Role.PAYROLL_OFFICER, self.home_office)

    def _hire(self, name: str, role: Role | None, place: OrganisationView | None = None) -> UUID:
        place = place or self.hmrc
        address = f"{name}@{place.code.lower()}.gov.uk"
        found = find_person_by_address(self.session, address, self.now)
        if found is None:
            found = make_employee(self.session, self.now, place, name).person_id
            if role is not None:
                give_role(self.session, self.now, found, role, place.id)
        return found

    def approve(
        self,
        transfer: Transfer,
        side: Side,
        officer: UUID,
        release: Release | None = RELEASE,
        ways_in: list[str] | None = None,
    ) -> Transfer:
        return service.approve(
            self.session,
            self.now,
            transfer_id=transfer.id,
            side=side,
            officer_id=officer,
            permissions=self.permissions(officer),
            ways_in=[transfer.way_in] if ways_in is None else ways_in,
            records_released=release is not None and release.records_released,
        )

    def schedule(self, release: Release = RELEASE, **changes: object) -> Transfer:
        released = release.clearance_released is not False
        asked = {} if released else {"required_level": None}
        transfer = self.begin(**asked | changes)
        self.do_tasks(transfer, released=released)
        return self.approve_both(transfer, release)

    def approve_both(self, transfer: Transfer, release: Release = RELEASE) -> Transfer:
        def approve() -> None:
            self.approve(transfer, Side.IMPORTING, self.home_office_officer)
            self.approve(transfer, Side.EXPORTING, self.hmrc_officer, release)

        replayed(self.session, ("approve", self.now, transfer.id, release, self.everybody()), approve)
        self.session.refresh(transfer)
        return transfer

    def everybody(self) -> tuple[UUID, ...]:
        """Who takes part, as far as a move says."""
        officers = self.hmrc_officer, self.preparer, self.home_office_officer
        return self.hmrc.id, self.home_office.id, self.employee, *officers

    def _transfer(self, transfer_id: UUID) -> Transfer:
        found = self.session.get(Transfer, transfer_id)
        assert found is not None
        return found


def make_move(session: Session, now: datetime) -> Move:
    """Two departments, an employee of HMRC with SC, and officers; the start date is Monday 16 March 2026."""
    hmrc = make_organisation(session, now, "HMRC")
    home_office = make_organisation(session, now, "HO")
    third = make_organisation(session, now, "DWP")

    def officer(organisation: OrganisationView, name: str) -> UUID:
        person_id = make_employee(session, now, organisation, name).person_id
        give_role(session, now, person_id, Role.HR_OFFICER, organisation.id)
        return person_id

    employee = make_employee(session, now, hmrc).person_id
    give_clearance(session, now, employee, hmrc.id)
    return Move(
        session=session,
        now=now,
        hmrc=hmrc,
        home_office=home_office,
        employee=employee,
        hmrc_officer=officer(hmrc, "harriet.khan"),
        preparer=officer(home_office, "omar.hughes"),
        home_office_officer=officer(home_office, "olivia.ward"),
        stranger=officer(third, "dan.price"),
        terms=TERMS,
    )


def give_clearance(
    session: Session,
    now: datetime,
    person_id: UUID,
    sponsor_id: UUID,
    *,
    level: ClearanceLevel = ClearanceLevel.SC,
) -> Clearance:
    """An active clearance, SC unless said otherwise, sponsored by one organisation."""
    stamp = PROVENANCE.stamp(now, LONG_AGO) | {"person_id": person_id}
    clearance = record(
        session,
        Clearance(
            level=level,
            status=ClearanceStatus.ACTIVE,
            decided_on=date(2020, 1, 1),
            expires_on=date(2029, 12, 31),
            **stamp,
        ),
    )
    sponsorship = Sponsorship(
        clearance_id=clearance.fact_id, organisation_id=sponsor_id, kind=SponsorshipKind.PRIMARY, **stamp
    )
    record(session, sponsorship)
    return clearance
