"""The facts of somebody who moves that would go on after *leave*, and which of them rest on what moves."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import Session, col, select

from profiles.apps.models import App
from profiles.clearances.models import Clearance, Dispensation, Sponsorship
from profiles.employments.models import Employment, Posting
from profiles.entitlements.models import Entitlement
from profiles.leave.models import AbsenceSummary, LeaveBalance
from profiles.pay.models import PayAllowance, PayRecord, PensionMembership
from profiles.people.models import WorkAddress, WorkPhone, WorkPlace
from profiles.roles.models import RoleAssignment
from profiles.temporal import known
from profiles.transfers.models import Transfer

Carried = (
    Employment
    | Posting
    | PayRecord
    | PayAllowance
    | PensionMembership
    | LeaveBalance
    | AbsenceSummary
    | WorkAddress
    | WorkPhone
    | WorkPlace
    | Sponsorship
    | Clearance
    | Dispensation
    | Entitlement
    | RoleAssignment
)
AnyCarried = TypeVar("AnyCarried", bound=Carried)


@dataclass(frozen=True)
class LivesOn:
    """Reads the person's facts of one kind that would be so after *leave* if nothing happened."""

    session: Session
    transfer: Transfer
    now: datetime

    def __call__(self, model: type[AnyCarried]) -> list[AnyCarried]:
        query = select(model).where(
            known(model, self.now),
            col(model.person_id) == self.transfer.person_id,
            or_(col(model.valid_to).is_(None), col(model.valid_to) > self.transfer.leave_at),
        )
        return list(self.session.exec(query.order_by(col(model.id))))

    def elsewhere(self) -> frozenset[UUID]:
        """Where they have another employment than the one that moves, which goes on as it is."""
        return frozenset(
            one.organisation_id
            for one in self(Employment)
            if one.fact_id != self.transfer.employment_id and one.valid_from < self.transfer.leave_at
        )

    def granted(self, exporter: Collection[UUID]) -> list[Entitlement]:
        """The roles given by hand that end: of who works elsewhere too those at the old department's apps."""
        given = self(Entitlement)
        if not given or not self.elsewhere():
            return given
        apps = select(App.id).where(col(App.organisation_id).in_(sorted(exporter)))
        theirs = set(self.session.exec(apps))
        return [one for one in given if one.app_id in theirs]
