"""An e-mail domain goes from one organisation to another, ends, or begins below one that somebody has.

A domain says by whose provider people are led to sign in, and whose files may bring addresses of it, so that
taking another's is an attack. One side asks and another approves, whatever the number is (see the decision on
e-mail domains in docs/adr).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session, col

from profiles.access_policy.foreseen import Foreseen
from profiles.access_policy.models import Action, PolicyKind
from profiles.audit.service import Initiator
from profiles.errors import Conflict, Invalid
from profiles.organisations import domains
from profiles.organisations.changing import versions_from
from profiles.organisations.service import check_domain, hold_tree
from profiles.people.models import WorkAddress
from profiles.temporal import Provenance, as_of, is_recorded_day, start_of_day


@dataclass(frozen=True)
class DomainWanted:
    """That a domain is ``to_id``'s from ``first_day`` on, or nobody's; until then it is ``from_id``'s.

    One that nobody has is below a domain of ``above_id``, whose officers decide.
    """

    kind: ClassVar[PolicyKind] = PolicyKind.DOMAIN

    domain: str
    first_day: date
    from_id: UUID | None = None
    to_id: UUID | None = None
    above_id: UUID | None = None

    @property
    def action(self) -> Action:
        """What is done to it."""
        if self.from_id is None:
            return Action.ADD
        return Action.END if self.to_id is None else Action.CHANGE

    def organisation_id(self, _session: Session) -> UUID:
        """Whose officers decide: those who get it, who have the domain above it, or whose own ends."""
        found = self.above_id or self.to_id or self.from_id
        if found is None:
            raise Invalid("Say whose the domain is.", field="to")
        return found

    @property
    def person_id(self) -> UUID | None:
        """It is about nobody alone."""
        return None

    def check(self, session: Session, now: datetime, _asked_at: datetime) -> None:
        """Whether it can be done. Raises Invalid, naming the field, and Conflict."""
        if not is_recorded_day(self.first_day):
            raise Invalid("The first day must be a real date.", field="first_day")
        at = start_of_day(self.first_day)
        if self.from_id == self.to_id:
            raise Invalid("It is theirs already.", field="to")
        if self.from_id is None:
            self._check_new(session, at, now)
        elif domains.holder(session, self.domain, at, now) != self.from_id:
            raise Invalid("The domain is not theirs on that day.", field="first_day")
        else:
            domains.check_can_go(session, self.domain, at, now)
        if self.to_id is not None:
            versions_from(session, self.to_id, "organisation_id", self.first_day, now)

    def foresee(self, session: Session, now: datetime) -> Foreseen:
        """How many people's work addresses are of the domain when it turns: they are led elsewhere."""
        at = max(now, start_of_day(self.first_day))
        address = col(WorkAddress.address)
        query = select(func.count(col(WorkAddress.person_id).distinct())).where(
            as_of(WorkAddress, at, now), address.endswith(f"@{self.domain}", autoescape=True)
        )
        return Foreseen(needs_two=True, addresses=session.execute(query).scalar_one())

    def record(
        self,
        session: Session,
        now: datetime,
        provenance: Provenance,
        initiator: Initiator,
        _approver: UUID | None,
    ) -> None:
        """Let it be so. Raises Conflict where it was changed meanwhile, also at this very moment."""
        hold_tree(session)
        self.check(session, now, now)
        said = {"domain": self.domain}
        if self.from_id is not None:
            eve = self.first_day - timedelta(days=1)
            domains.take(
                session, now, provenance, initiator, organisation_id=self.from_id, last_day=eve, **said
            )
        if self.to_id is not None:
            domains.give(
                session,
                now,
                provenance,
                initiator,
                organisation_id=self.to_id,
                first_day=self.first_day,
                **said,
            )

    def _check_new(self, session: Session, at: datetime, now: datetime) -> None:
        check_domain(self.domain)
        if domains.is_anybodys(session, self.domain, at, now):
            raise Invalid(
                "The domain is another organisation's then or later. Its administrators hand it over.",
                field="domain",
            )
        above_id = who_vouches(session, self.domain, self.first_day, now)
        if above_id is None:
            raise Invalid(
                "Nobody has a domain above this one. The operator of this service gives it, once it is known "
                "whose it is.",
                field="domain",
            )
        if above_id != self.above_id:
            raise Conflict("The domain above it was changed meanwhile. Look at it again.")


def who_vouches(session: Session, domain: str, first_day: date, now: datetime) -> UUID | None:
    """Whose officers decide on a domain that nobody has: who has the nearest one above it on the first day.

    Of a day that is past it is who has it now, or whoever had it once could go on cutting pieces from it.
    """
    if not is_recorded_day(first_day):
        return None
    return domains.holder_above(session, domain, max(now, start_of_day(first_day)), now)
