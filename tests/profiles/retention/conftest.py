"""Two data protection officers of an organisation, and somebody with records that are due."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session

from profiles.columns import new_id
from profiles.organisations.service import OrganisationView
from profiles.retention import deletions
from profiles.retention.deleting import delete_batch
from profiles.retention.due import count_due
from profiles.retention.models import Deletion
from profiles.retention.records import Retained
from profiles.retention.rules import YEARS
from profiles.temporal import civil_date
from tests.factories.organisations import make_organisation
from tests.factories.people import make_employee, make_person
from tests.factories.retained import make_fact, retained

LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
RULES = [retained(table) for table in ("leave_balances", "absence_summaries", "clearances")]


@dataclass
class Office:
    """Two officers of an organisation, and what they decide."""

    session: Session
    now: datetime
    organisation: OrganisationView
    proposer: UUID
    confirmer: UUID
    employee: UUID
    rules: list[Retained]

    def keep(self, table: str, person_id: UUID | None = None, *, lasts: bool = False) -> UUID:
        """Record something that is due, or goes on, of the employee or somebody else; return its id."""
        ends = None if lasts else LONG_AGO + DAY
        whose, employment_id = person_id or self.employee, new_id()
        made = make_fact(
            self.session,
            table,
            whose,
            self.organisation.id,
            LONG_AGO,
            ends,
            employment_id=employment_id,
        )
        fact_id: UUID = made.fact_id
        return fact_id

    def propose(self) -> Deletion:
        counts = count_due(
            self.session,
            self.rules,
            YEARS,
            {self.organisation.id},
            civil_date(self.now),
            self.now,
            except_of={self.proposer},
        )
        return deletions.propose(
            self.session,
            self.now,
            organisation_id=self.organisation.id,
            counts=counts,
            years=YEARS,
            officer_id=self.proposer,
        )

    def confirm(self, deletion: Deletion) -> None:
        deletions.confirm(
            self.session, self.now, deletion=deletion, records=self.rules, officer_id=self.confirmer
        )

    def batch(self, limit: int = 500) -> bool:
        """One batch of the worker's, in the session of the test."""
        done = delete_batch(self.session, self.rules, YEARS, lambda *_: 0, self.now, limit)
        self.session.expire_all()
        return done


@pytest.fixture
def office(session: Session, now: datetime) -> Office:
    organisation = make_organisation(session, now, "HMRC")
    employee = make_employee(session, now, organisation).person_id
    proposer, confirmer = (
        make_person(session, now, f"{one}@hmrc.gov.uk") for one in ("dora.data", "dan.data")
    )
    return Office(session, now, organisation, proposer, confirmer, employee, RULES)
