"""Which loans wait for a clearance: to be shared by a security officer of home, or for the post at the host.

``loans.clearance`` says the same of one loan; here it is read of all of them in two statements.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlmodel import Session, and_, col

from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import Clearance, Sponsorship, SponsorshipKind
from profiles.clearances.states import USABLE
from profiles.loans.models import Loan, LoanAgreement, LoanState
from profiles.organisations import service as organisations
from profiles.organisations.service import OrganisationTree
from profiles.temporal import as_of

States = dict[UUID, LoanState]


@dataclass
class _Clearance:
    """One that may be used, and by whose sponsorship."""

    level: ClearanceLevel
    expires_on: date | None
    sponsors: list[tuple[UUID, SponsorshipKind]] = field(default_factory=list)


@dataclass
class _Asked:
    """A loan of home's, and the clearances that its employee holds."""

    state: LoanState
    home: UUID
    host: UUID
    start_date: date
    agreed: list[str]
    required: ClearanceLevel | None
    held: dict[UUID, _Clearance] = field(default_factory=dict)

    def is_open(self, tree: OrganisationTree) -> bool:
        """Whether a security officer still has to agree, to one clearance at least."""
        asked = (one for one in self.held if self._is_shareable(one, tree) and self._is_asked(one))
        return any(str(one) not in self.agreed for one in asked)

    def lacks_required(self, tree: OrganisationTree) -> bool:
        """Whether nothing that may be used at the host is enough for the post there."""
        required = self.required
        if self.state is not LoanState.AGREEMENT_SIGNED or required is None:
            return False
        return not any(
            clearance.level.satisfies(required) and self._lasts(clearance) and self._is_there(one, tree)
            for one, clearance in self.held.items()
        )

    def _is_shareable(self, clearance_id: UUID, tree: OrganisationTree) -> bool:
        sponsors = self.held[clearance_id].sponsors
        return any(
            kind is SponsorshipKind.PRIMARY and self.home in tree.ancestors_of(one) for one, kind in sponsors
        )

    def _is_asked(self, clearance_id: UUID) -> bool:
        """Of an extension what is shared already."""
        shared = (self.host, SponsorshipKind.SHARED)
        return self.state is not LoanState.EXTENSION_PENDING or shared in self.held[clearance_id].sponsors

    def _is_there(self, clearance_id: UUID, tree: OrganisationTree) -> bool:
        if str(clearance_id) in self.agreed and self._is_shareable(clearance_id, tree):
            return True
        return any(self.host in tree.ancestors_of(one) for one, _kind in self.held[clearance_id].sponsors)

    def _lasts(self, clearance: _Clearance) -> bool:
        return clearance.expires_on is None or clearance.expires_on >= self.start_date


def late_clearances(
    session: Session, late: ColumnElement[bool], homes: ColumnElement[bool], now: datetime
) -> tuple[States, States]:
    """Of the late loans of home's those of which a clearance is not agreed to, and those that lack one.

    That the host allows a clearance of the level for a shorter time is not looked at: such a loan waits for
    something to be settled.
    """
    asked = _read(session, and_(late, homes), now)
    if not asked:
        return {}, {}
    tree = organisations.tree(session, now)
    open_ = {loan_id: one.state for loan_id, one in asked.items() if one.is_open(tree)}
    lacking = {
        loan_id: one.state
        for loan_id, one in asked.items()
        if loan_id not in open_ and one.lacks_required(tree)
    }
    return open_, lacking


def _read(session: Session, which: ColumnElement[bool], now: datetime) -> dict[UUID, _Asked]:
    required = (
        select(col(LoanAgreement.required_level))
        .where(col(LoanAgreement.loan_id) == col(Loan.id))
        .order_by(col(LoanAgreement.number).desc())
        .limit(1)
        .scalar_subquery()
    )
    held = and_(
        col(Clearance.person_id) == col(Loan.person_id),
        col(Clearance.status).in_(USABLE),
        as_of(Clearance, now, now),
    )
    sponsored = and_(
        col(Sponsorship.person_id) == col(Loan.person_id),
        col(Sponsorship.clearance_id) == col(Clearance.fact_id),
        as_of(Sponsorship, now, now),
    )
    query = (
        select(Loan, required, Clearance, Sponsorship)
        .select_from(Loan)
        .outerjoin(Clearance, held)
        .outerjoin(Sponsorship, sponsored)
        .where(which)
    )
    found: dict[UUID, _Asked] = {}
    for loan, level, clearance, sponsorship in session.execute(query):
        one = found.setdefault(
            loan.id,
            _Asked(
                loan.state,
                loan.home_organisation_id,
                loan.host_organisation_id,
                loan.start_date,
                loan.agreed_clearances,
                level,
            ),
        )
        if clearance is not None:
            kept = one.held.setdefault(clearance.fact_id, _Clearance(clearance.level, clearance.expires_on))
            if sponsorship is not None:
                kept.sponsors.append((sponsorship.organisation_id, sponsorship.kind))
    return found
