"""A rule of an app is added, changed or ended from a day on."""

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlmodel import Session

from profiles.access_policy.foreseen import Foreseen, compare, people_to_come, posts_to_come, turning_points
from profiles.access_policy.models import Action, PolicyKind
from profiles.apps import service as apps
from profiles.apps.models import AccessRule
from profiles.audit.service import Initiator
from profiles.entitlements.facts import AppRules, RuleFact
from profiles.entitlements.service import rules_of
from profiles.entitlements.users_seen import asks_for_clearance, asks_for_high_clearance
from profiles.errors import Conflict, Invalid
from profiles.organisations import service as organisations
from profiles.organisations.grades import CommonGrade
from profiles.temporal import Provenance, civil_date, end_of_day, is_recorded_day, start_of_day


@dataclass(frozen=True)
class Conditions:
    """Who gets which role (see ``profiles.apps.models.AccessRule``)."""

    role_name: str
    organisation_id: UUID | None = None
    include_subtree: bool = True
    grade_from: CommonGrade | None = None
    grade_to: CommonGrade | None = None
    profession: str | None = None
    posting_kind: str | None = None
    least_clearance: str | None = None


@dataclass(frozen=True)
class RuleWanted:
    """What an officer wants of a rule.

    It begins with ``first_day``, or at once if that has begun, and holds through ``last_day``; without a last
    day it has no end, and one that is to end does so at once. ``version_id`` is what the officer saw.
    """

    kind: ClassVar[PolicyKind] = PolicyKind.RULE

    app_id: UUID
    action: Action
    conditions: Conditions | None = None
    first_day: date | None = None
    last_day: date | None = None
    version_id: UUID | None = None

    def organisation_id(self, session: Session) -> UUID:
        """Whose officers decide: those of the organisation whose app it is."""
        return apps.get(session, self.app_id).organisation_id

    @property
    def person_id(self) -> UUID | None:
        """It is about nobody alone."""
        return None

    def check(self, session: Session, now: datetime, asked_at: datetime) -> None:
        """Whether it can be done; days are judged as of when it was asked for.

        Raises Invalid, naming the field, and Conflict when somebody has changed the rule meanwhile.
        """
        held = self.held(session)
        if self.last_day is not None and not is_recorded_day(self.last_day):
            raise Invalid("The last day must be a real date.", field="last_day")
        if self.action is Action.END:
            ends_at = self.ends_at(now)
            if held is None or ends_at is None or (held.valid_to is not None and ends_at >= held.valid_to):
                raise Invalid("It ends before that day already.", field="last_day")
            if self.last_day is not None and self.last_day < civil_date(asked_at):
                raise Invalid(
                    "The last day must be today or later. Leave it empty to end the rule at once.",
                    field="last_day",
                )
            return
        if self.first_day is None or self.conditions is None or self.first_day < civil_date(asked_at):
            raise Invalid("The first day must be today or later.", field="first_day")
        if self.last_day is not None and self.last_day < self.first_day:
            raise Invalid("The last day must be on or after the first.", field="last_day")
        if held is not None and held.valid_to is not None and self.begins_at(now) >= held.valid_to:
            raise Invalid("The rule ends before that day. Add another instead.", field="first_day")
        said = asdict(self.conditions)
        place = said.pop("organisation_id")
        if place is not None and place not in organisations.tree(session, now).organisations:
            raise Invalid("This organisation is closed. Choose another.", field="organisation_id")
        for name in ("include_subtree", "profession"):
            said.pop(name)
        apps.check_conditions(session, self.app_id, **said)

    def foresee(self, session: Session, now: datetime) -> Foreseen:
        """Whose access it would turn, wherever the rules that are and would be differ.

        An agreement is supposed to be in force: without one nobody gets in today, but one may come.
        """
        held, is_now = self.held(session), rules_of(session, self.app_id, now)
        begins_at, ends_at = self.begins_at(now), self.ends_at(now)
        instants = [begins_at if self.action is not Action.END else ends_at or now]
        instants += [one for one in (ends_at, held.valid_to if held else None) if one and one > now]
        would_be, last = self._supposed(is_now, held, now), self._differs_until(held)
        instants += turning_points(session, (is_now, would_be), min(instants), last, now)
        turns = compare(session, is_now, would_be, instants, now)
        unnamed = any(asks_for_high_clearance(rules, *instants) for rules in (is_now, would_be))
        by_clearance = any(asks_for_clearance(rules, *instants) for rules in (is_now, would_be))
        to_come, coming = 0, frozenset[UUID]()
        if self.conditions is not None:
            place, below = self.conditions.organisation_id, self.conditions.include_subtree
            to_come = posts_to_come(session, place, below, begins_at, now)
            coming = people_to_come(session, place, below, begins_at, now)
        return Foreseen(tuple(turns), to_come, unnamed, by_clearance, coming=coming)

    def record(
        self, session: Session, now: datetime, provenance: Provenance, initiator: Initiator, _approver: UUID
    ) -> None:
        """Let it be so. Raises Conflict when its last day is over."""
        held, ends_at = self.held(session), self.ends_at(now)
        if self.action is Action.END:
            if held is not None and ends_at is not None:
                apps.end_rule(session, now, provenance, initiator, held, ends_at)
            return
        begins_at = self.begins_at(now)
        if ends_at is not None and ends_at <= begins_at:
            raise Conflict("Its last day is over. Refuse it, and ask for another.")
        if held is not None:
            apps.end_rule(session, now, provenance, initiator, held, begins_at)
        if self.conditions is not None:
            apps.add_rule(
                session,
                now,
                provenance,
                initiator,
                app_id=self.app_id,
                valid_from=begins_at,
                valid_to=ends_at,
                **asdict(self.conditions),
            )

    def held(self, session: Session) -> AccessRule | None:
        """The version that the officer saw; None for a new rule. Raises Conflict when it is said no more."""
        if self.version_id is None:
            return None
        found = session.get(AccessRule, self.version_id)
        if found is None or found.app_id != self.app_id or found.superseded_at is not None:
            raise Conflict("This rule was changed meanwhile. Look at it again before you change it.")
        return found

    def begins_at(self, now: datetime) -> datetime:
        """The instant with which it is otherwise."""
        return now if self.first_day is None else max(now, start_of_day(self.first_day))

    def ends_at(self, now: datetime) -> datetime | None:
        """The instant at which the rule ends."""
        if self.last_day is not None:
            return (
                max(now, end_of_day(self.last_day))
                if self.action is Action.END
                else end_of_day(self.last_day)
            )
        return now if self.action is Action.END else None

    def _differs_until(self, held: AccessRule | None) -> datetime | None:
        """When the rules are again what they would have been; None for never."""
        ends = [held.valid_to] if held else []
        if self.action is not Action.END:
            ends.append(end_of_day(self.last_day) if self.last_day else None)
        said = [one for one in ends if one is not None]
        return max(said) if said and len(said) == len(ends) else None

    def _supposed(self, is_now: AppRules, held: AccessRule | None, now: datetime) -> AppRules:
        begins_at, ends_at = self.begins_at(now), self.ends_at(now)
        stops_at = ends_at if self.action is Action.END else begins_at
        rules: list[RuleFact] = []
        for rule in is_now.rules:
            if held is None or (rule.rule_id, rule.valid_from) != (held.fact_id, held.valid_from):
                rules.append(rule)
            elif stops_at is not None and rule.valid_from < stops_at:
                rules.append(replace(rule, valid_to=stops_at))
        if self.conditions is not None:
            said = asdict(self.conditions)
            rules.append(RuleFact(rule_id=self.app_id, valid_from=begins_at, valid_to=ends_at, **said))
        return replace(is_now, rules=tuple(rules))
