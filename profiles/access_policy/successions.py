"""That one organisation took over from another is said by both sides: one asks, the other approves.

It opens nothing, but everybody reads it, and it is said of two.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlmodel import Session

from profiles.access_policy.foreseen import Foreseen
from profiles.access_policy.models import Action, PolicyKind
from profiles.audit.service import Initiator
from profiles.errors import Conflict, Invalid
from profiles.organisations import successions
from profiles.organisations.models import Succession
from profiles.organisations.service import hold_tree
from profiles.temporal import Provenance, is_recorded_day, start_of_day


@dataclass(frozen=True)
class SuccessionWanted:
    """That one took over from the other on a day, that it was another day, or that it never was so.

    ``decides_id`` is the other side than the one that asks; its own where the other has ended. ``version_id``
    is what is recorded, without which it is said for the first time.
    """

    kind: ClassVar[PolicyKind] = PolicyKind.SUCCESSION

    predecessor_id: UUID
    successor_id: UUID
    decides_id: UUID
    since: date | None = None
    version_id: UUID | None = None

    @property
    def action(self) -> Action:
        """What is done to it."""
        if self.version_id is None:
            return Action.ADD
        return Action.END if self.since is None else Action.CHANGE

    def organisation_id(self, _session: Session) -> UUID:
        """Whose officers decide."""
        return self.decides_id

    @property
    def person_id(self) -> UUID | None:
        """It is about nobody alone."""
        return None

    def check(self, session: Session, now: datetime, _asked_at: datetime) -> None:
        """Whether it can be done. Raises Invalid, naming the field, and Conflict."""
        held = self._held(session)
        if self.since is None:
            if held is None:
                raise Invalid("Enter the first day.", field="since")
            return
        if not is_recorded_day(self.since):
            raise Invalid("The day must be a real date.", field="since")
        at = start_of_day(self.since)
        if held is None:
            successions.check(session, self.predecessor_id, self.successor_id, at, now)
        else:
            successions.check_corrected(session, held, at, now)

    def foresee(self, _session: Session, _now: datetime) -> Foreseen:
        """It turns nobody's access, and two sides say it."""
        return Foreseen(needs_two=True)

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
        held = self._held(session)
        if held is None and self.since is not None:
            successions.succeed(
                session,
                now,
                provenance,
                initiator,
                predecessor_id=self.predecessor_id,
                successor_id=self.successor_id,
                since=start_of_day(self.since),
            )
        elif held is not None and self.since is not None:
            successions.correct(session, now, provenance, initiator, held, start_of_day(self.since))
        elif held is not None:
            successions.take_back(session, now, provenance, initiator, held)

    def _held(self, session: Session) -> Succession | None:
        if self.version_id is None:
            return None
        found = session.get(Succession, self.version_id)
        both = (self.predecessor_id, self.successor_id)
        if (
            found is None
            or (found.predecessor_id, found.successor_id) != both
            or found.superseded_at is not None
        ):
            raise Conflict("This was changed meanwhile. Look at it again before you change it.")
        return found
