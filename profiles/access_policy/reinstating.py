"""The suspension of an organisation is lifted: its people may sign in again, and its apps wake.

One suspends it, at once. Lifting gives access back to many, so it is under the rule of every change that
does.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import func, select, union
from sqlmodel import Session, col

from profiles.access_policy.foreseen import Foreseen, Woken
from profiles.access_policy.models import Action, PolicyKind
from profiles.apps.models import App
from profiles.audit.service import Initiator
from profiles.employments.models import Employment, Posting
from profiles.errors import Conflict
from profiles.organisations.service import tree
from profiles.people.models import WorkAddress
from profiles.roles.models import RoleAssignment
from profiles.suspensions import service
from profiles.temporal import Provenance, as_of

_TIES = (Employment, Posting, RoleAssignment, WorkAddress)


@dataclass(frozen=True)
class ReinstatementWanted:
    """That one suspension of an organisation ends."""

    kind: ClassVar[PolicyKind] = PolicyKind.REINSTATEMENT
    action: ClassVar[Action] = Action.END

    suspended_id: UUID
    suspension_id: UUID

    def organisation_id(self, _session: Session) -> UUID:
        """Whose people it is about; administrators of the platform decide."""
        return self.suspended_id

    @property
    def person_id(self) -> UUID | None:
        """It is about nobody alone."""
        return None

    def check(self, session: Session, now: datetime, _asked_at: datetime) -> None:
        """Whether it can be done. Raises Conflict."""
        found = service.find_organisation_suspension(session, self.suspended_id, now)
        if found is None or found.id != self.suspension_id:
            raise Conflict("The organisation is not suspended any more, or is so anew.")

    def foresee(self, session: Session, now: datetime) -> Foreseen:
        """Everybody who is tied to it, or to what is below it; some may sign in for another meanwhile."""
        places = sorted(tree(session, now).subtree_of(self.suspended_id))
        tied = union(
            *(
                select(col(model.person_id)).where(
                    as_of(model, now, now), col(model.organisation_id).in_(places)
                )
                for model in _TIES
            )
        )
        people = session.execute(select(func.count()).select_from(tied.subquery())).scalar_one()
        owned = select(func.count(col(App.id))).where(col(App.organisation_id).in_(places))
        return Foreseen(woken=Woken(people, session.execute(owned).scalar_one()))

    def record(
        self,
        session: Session,
        now: datetime,
        provenance: Provenance,
        initiator: Initiator,
        _approver: UUID | None,
    ) -> None:
        """Let it be so. Raises Conflict where somebody was quicker."""
        self.check(session, now, now)
        service.lift_organisation_suspension(
            session, now, provenance, initiator, organisation_id=self.suspended_id
        )
