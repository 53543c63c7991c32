"""An organisation's own grade stands for another common grade from a day on."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session, col

from profiles.access_policy.foreseen import Foreseen, Turn, compare_grade, turning_points
from profiles.access_policy.models import Action, PolicyKind
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.employments.models import Posting
from profiles.entitlements.facts import AppRules, GradeFact
from profiles.entitlements.service import all_rules
from profiles.entitlements.users_seen import asks_for_clearance, asks_for_high_clearance
from profiles.errors import Conflict, Invalid
from profiles.organisations.grades import CommonGrade
from profiles.organisations.models import LocalGrade
from profiles.organisations.service import tree
from profiles.temporal import (
    Provenance,
    civil_date,
    end,
    is_recorded_day,
    known,
    record,
    start_of_day,
)


@dataclass(frozen=True)
class GradeWanted:
    """What an officer of the organisation ``at_id`` wants a grade to stand for; None is for no common grade.

    It is so from ``first_day`` on, or at once if that has begun, until the version ``version_id`` would end.
    """

    kind: ClassVar[PolicyKind] = PolicyKind.GRADE
    action: ClassVar[Action] = Action.CHANGE

    at_id: UUID
    label: str
    common_grade: CommonGrade | None
    first_day: date
    version_id: UUID

    def organisation_id(self, _session: Session) -> UUID:
        """Whose officers decide."""
        return self.at_id

    @property
    def person_id(self) -> UUID | None:
        """It is about nobody alone."""
        return None

    def check(self, session: Session, now: datetime, asked_at: datetime) -> None:
        """Whether it can be done. Raises Invalid, naming the field, and Conflict."""
        held = self._held(session)
        if not is_recorded_day(self.first_day) or self.first_day < civil_date(asked_at):
            raise Invalid("The first day must be today or later.", field="first_day")
        if held.valid_to is not None and self._begins_at(now) >= held.valid_to:
            raise Invalid("The grade ends before that day.", field="first_day")
        if held.common_grade == self.common_grade:
            raise Invalid("It stands for that already.", field="common_grade")

    def foresee(self, session: Session, now: datetime) -> Foreseen:
        """Whose access it would turn at every app that asks for a grade there."""
        at, until = self._begins_at(now), self._held(session).valid_to
        grade = GradeFact(
            organisation_id=self.at_id, label=self.label, common_grade=self.common_grade, valid_from=at
        )
        above = tree(session, at, now).ancestors_of(self.at_id)
        turns: list[Turn] = []
        unnamed = by_clearance = False
        for app in all_rules(session, now):
            if _looks_at_grades(app, above, at):
                instants = {at, *turning_points(session, (app,), at, until, now)}
                turns += compare_grade(session, app, grade, instants, now)
                unnamed |= asks_for_high_clearance(app, *instants)
                by_clearance |= asks_for_clearance(app, *instants)
        return Foreseen(tuple(turns), self._to_come(session, at, now), unnamed, by_clearance)

    def record(
        self, session: Session, now: datetime, provenance: Provenance, initiator: Initiator, _approver: UUID
    ) -> None:
        """Let it be so."""
        held, begins_at = self._held(session), self._begins_at(now)
        until = held.valid_to
        end(session, held, begins_at, now, provenance)
        stamp = provenance.stamp(now, begins_at, until)
        said = LocalGrade(
            organisation_id=self.at_id, label=self.label, common_grade=self.common_grade, **stamp
        )
        record(session, said)
        event, details = Event.GRADE_MEANING_CHANGED, {"label": self.label}
        append(session, event, initiator, now, organisation_id=self.at_id, details=details)

    def _held(self, session: Session) -> LocalGrade:
        found = session.get(LocalGrade, self.version_id)
        if (
            found is None
            or (found.organisation_id, found.label) != (self.at_id, self.label)
            or found.superseded_at
        ):
            raise Conflict("This grade was changed meanwhile. Look at it again before you change it.")
        return found

    def _begins_at(self, now: datetime) -> datetime:
        return max(now, start_of_day(self.first_day))

    def _to_come(self, session: Session, at: datetime, known_at: datetime) -> int:
        """How many people's posts of this grade begin later."""
        query = select(func.count(col(Posting.person_id).distinct())).where(
            known(Posting, known_at),
            col(Posting.valid_from) > at,
            col(Posting.organisation_id) == self.at_id,
            col(Posting.local_grade) == self.label,
        )
        found: int = session.execute(query).scalar_one()
        return found


def _looks_at_grades(app: AppRules, above: tuple[UUID, ...], at: datetime) -> bool:
    """Whether a rule of the app asks for a grade of people there, now or later."""
    return any(
        (rule.grade_from is not None or rule.grade_to is not None)
        and (rule.valid_to is None or rule.valid_to > at)
        and (rule.organisation_id is None or rule.organisation_id in above)
        for rule in app.rules
    )
