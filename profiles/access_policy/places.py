"""An organisation comes under another from a day on: whose access that turns, and who decides.

Rules of apps and roles in Lanyard reach down the tree, so that the people of an organisation get into the
apps of those above it, and officers of those above it into its records. One side asks for it and the other
approves it, whatever the number is (see the decision on the place of an organisation in docs/adr).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.access_policy.foreseen import (
    Foreseen,
    Reach,
    Turn,
    compare_place,
    posts_to_come,
    turning_points,
)
from profiles.access_policy.models import Action, PolicyKind
from profiles.audit.service import Initiator
from profiles.entitlements.facts import AppRules
from profiles.entitlements.service import all_rules
from profiles.entitlements.users_seen import asks_for_clearance, asks_for_high_clearance
from profiles.entitlements.who_may_use import Placed
from profiles.errors import Conflict
from profiles.organisations import changing
from profiles.organisations.service import hold_tree, tree
from profiles.roles.models import RoleAssignment
from profiles.temporal import Provenance, as_of, start_of_day


@dataclass(frozen=True)
class PlaceWanted:
    """That an organisation comes under ``parent_id`` from ``first_day`` on, or under none.

    ``from_id`` is what was above it on that day when it was asked for.
    """

    kind: ClassVar[PolicyKind] = PolicyKind.PLACE
    action: ClassVar[Action] = Action.CHANGE

    moved_id: UUID
    parent_id: UUID | None
    first_day: date
    from_id: UUID | None

    def organisation_id(self, _session: Session) -> UUID:
        """Whose officers decide: those of the organisation that it comes under, or else leaves."""
        return self.parent_id or self.from_id or self.moved_id

    @property
    def person_id(self) -> UUID | None:
        """It is about nobody alone."""
        return None

    def check(self, session: Session, now: datetime, _asked_at: datetime) -> None:
        """Whether it can be done. Raises Invalid, naming the field, and Conflict."""
        concerned = changing.check_place(session, self.moved_id, self.parent_id, self.first_day, now)
        if concerned[0].parent_id != self.from_id:
            raise Conflict("Its place was changed meanwhile. Look at it again before you change it.")

    def foresee(self, session: Session, now: datetime) -> Foreseen:
        """Whose access it would turn at every app, and whose roles would reach the organisation or not."""
        concerned = changing.check_place(session, self.moved_id, self.parent_id, self.first_day, now)
        at, until = max(now, start_of_day(self.first_day)), concerned[-1].valid_to
        if until is not None and until <= at:
            return Foreseen(needs_two=True)
        instants = set(changing.turns_between(session, at, until, now))
        placed = Placed(self.moved_id, self.parent_id)
        before, after, below = self._around(session, instants, now)
        turns: list[Turn] = []
        unnamed = by_clearance = False
        concerned_apps = [
            app for app in all_rules(session, now) if _looks_at_place(app, before ^ after, below, at)
        ]
        for app in concerned_apps:
            of_app = instants | turning_points(session, (app,), at, until, now)
            turns += compare_place(session, app, placed, of_app, now)
            unnamed |= asks_for_high_clearance(app, *of_app)
            by_clearance |= asks_for_clearance(app, *of_app)
        to_come = posts_to_come(session, self.moved_id, True, at, now) if concerned_apps else 0
        officers = Reach(
            _reaching(session, after - before, at, now), _reaching(session, before - after, at, now)
        )
        return Foreseen(tuple(turns), to_come, unnamed, by_clearance, needs_two=True, officers=officers)

    def record(
        self,
        session: Session,
        now: datetime,
        provenance: Provenance,
        initiator: Initiator,
        _approver: UUID | None,
    ) -> None:
        """Let it be so. Raises Conflict where its place was changed meanwhile, also at this very moment."""
        hold_tree(session)
        self.check(session, now, now)
        changing.place(
            session,
            now,
            provenance,
            initiator,
            organisation_id=self.moved_id,
            parent_id=self.parent_id,
            first_day=self.first_day,
        )

    def record_as_foreseen(
        self,
        session: Session,
        now: datetime,
        provenance: Provenance,
        initiator: Initiator,
        foreseen: Foreseen,
    ) -> None:
        """Let it be so if it turns the access of those of whom somebody has read it. Raises Conflict."""
        hold_tree(session)
        self.check(session, now, now)
        again = self.foresee(session, now)
        if (again.touched, again.to_come) != (foreseen.touched, foreseen.to_come):
            raise Conflict("Whose access it turns has changed meanwhile. Nothing is recorded.")
        self.record(session, now, provenance, initiator, None)

    def _around(
        self, session: Session, instants: Collection[datetime], known_at: datetime
    ) -> tuple[set[UUID], set[UUID], set[UUID]]:
        """What is above the organisation at some of these instants, what would be, and what is below it."""
        before, after, below = set[UUID](), set[UUID](), {self.moved_id}
        for at in instants:
            is_now = tree(session, at, known_at)
            before |= set(is_now.ancestors_of(self.moved_id))
            after |= set(is_now.placed(self.moved_id, self.parent_id).ancestors_of(self.moved_id))
            below |= is_now.subtree_of(self.moved_id)
        return before, after, below


def _looks_at_place(app: AppRules, turned: set[UUID], below: set[UUID], at: datetime) -> bool:
    """Whether what an app gives rests on whether these are above those: by a rule, or by whose app it is."""
    return app.organisation_id in turned | below or any(
        rule.include_subtree
        and rule.organisation_id in turned
        and (rule.valid_to is None or rule.valid_to > at)
        for rule in app.rules
    )


def _reaching(
    session: Session, organisation_ids: Collection[UUID], at: datetime, known_at: datetime
) -> frozenset[UUID]:
    """Who holds a role at one of these organisations that reaches those below it."""
    query = select(RoleAssignment.person_id).where(
        as_of(RoleAssignment, at, known_at),
        col(RoleAssignment.include_subtree).is_(True),
        col(RoleAssignment.organisation_id).in_(sorted(organisation_ids)),
    )
    return frozenset(session.exec(query))
