"""What a change of who may use an app says, in words."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from app.apps.rules import rule_in_words
from app.display_formats import civil_date
from app.portable_profile.words import role_words
from app.translation import gettext as _
from profiles.access_policy.delegations import DelegationWanted
from profiles.access_policy.domains import DomainWanted
from profiles.access_policy.grades import GradeWanted
from profiles.access_policy.grants import GrantWanted
from profiles.access_policy.models import Action
from profiles.access_policy.officers import RoleWanted
from profiles.access_policy.places import PlaceWanted
from profiles.access_policy.reinstating import ReinstatementWanted
from profiles.access_policy.rules import Conditions, RuleWanted
from profiles.access_policy.service import Wanted
from profiles.access_policy.successions import SuccessionWanted
from profiles.apps.models import AccessRule
from profiles.entitlements.facts import AppRules, RuleFact
from profiles.entitlements.service import rules_of, surroundings_of
from profiles.organisations import reading
from profiles.organisations import service as organisations
from profiles.organisations.grades import CommonGrade
from profiles.organisations.models import LocalGrade, Succession
from profiles.people.service import display_name, name_of
from profiles.suspensions.models import OrganisationSuspension

Rows = list[tuple[str, str]]


def title_of(wanted: Wanted) -> str:
    """What is done."""
    return _titles()[type(wanted), wanted.action]


def summary_of(session: Session, wanted: Wanted, now: datetime) -> Rows:
    """What would be recorded, and what it takes the place of."""
    return _SUMMARIES[type(wanted)](session, wanted, now)


def conditions_of(held: AccessRule) -> Conditions:
    """What a rule says."""
    return Conditions(**held.model_dump(include=set(Conditions.__dataclass_fields__)))


def conditions_in_words(session: Session, app: AppRules, conditions: Conditions, now: datetime) -> Rows:
    """The role, and whom it is for."""
    fact = RuleFact(rule_id=app.app_id, valid_from=now, **vars(conditions))
    place = [] if conditions.organisation_id is None else [conditions.organisation_id]
    around = app.surroundings.joined(surroundings_of(session, place, now, labels=()))
    return [
        (_("Role"), app.label_of(conditions.role_name)),
        (_("Is for"), rule_in_words(fact, replace(app, surroundings=around), now)),
    ]


def _rule(session: Session, wanted: RuleWanted, now: datetime) -> Rows:
    app = rules_of(session, wanted.app_id, now)
    held = session.get(AccessRule, wanted.version_id) if wanted.version_id else None
    rows: Rows = [(_("App"), app.app_name)]
    if held is not None:
        said = conditions_in_words(session, app, conditions_of(held), now)
        rows.append((_("The rule now"), ": ".join(text for _name, text in said)))
    if wanted.conditions is not None:
        rows += conditions_in_words(session, app, wanted.conditions, now)
    if wanted.first_day is not None:
        rows.append((_("First day"), civil_date(wanted.first_day)))
    if wanted.last_day is not None:
        return [*rows, (_("Last day"), civil_date(wanted.last_day))]
    return [*rows, (_("Last day"), _("At once") if wanted.action is Action.END else _("No end date"))]


def _grant(session: Session, wanted: GrantWanted, now: datetime) -> Rows:
    app = rules_of(session, wanted.app_id, now)
    rows: Rows = [
        (_("Who"), display_name(name_of(session, wanted.person_id, now))),
        (_("App"), app.app_name),
        (_("Role"), app.label_of(wanted.role_name)),
    ]
    if wanted.first_day is not None:
        rows.append((_("First day"), civil_date(wanted.first_day)))
    return [*rows, (_("Last day"), civil_date(wanted.last_day) if wanted.last_day else _("At once"))]


def _delegation(session: Session, wanted: DelegationWanted, now: datetime) -> Rows:
    app = rules_of(session, wanted.app_id, now)
    name = organisations.get(session, wanted.to_id, now).name
    below = _("%(organisation)s and below it", organisation=name) if wanted.include_subtree else name
    role = _("Any role of the app") if wanted.role_name is None else app.label_of(wanted.role_name)
    until = civil_date(wanted.last_day) if wanted.last_day else _("At once")
    return [(_("App"), app.app_name), (_("To officers of"), below), (_("Role"), role), (_("Last day"), until)]


def _grade(session: Session, wanted: GradeWanted, now: datetime) -> Rows:
    held = session.get(LocalGrade, wanted.version_id)
    return [
        (_("Organisation"), organisations.get(session, wanted.at_id, now).name),
        (_("Grade"), wanted.label),
        (_("Stands for now"), common_grade_in_words(held.common_grade if held else None)),
        (_("Would stand for"), common_grade_in_words(wanted.common_grade)),
        (_("First day"), civil_date(wanted.first_day)),
    ]


def _place(session: Session, wanted: PlaceWanted, now: datetime) -> Rows:
    none = _("No other")
    return [
        (_("Organisation"), _name_of(session, wanted.moved_id, none, now)),
        (_("Is under"), _name_of(session, wanted.from_id, none, now)),
        (_("Would be under"), _name_of(session, wanted.parent_id, none, now)),
        (_("First day"), civil_date(wanted.first_day)),
    ]


def _domain(session: Session, wanted: DomainWanted, now: datetime) -> Rows:
    nobody = _("Nobody")
    rows = [
        (_("E-mail domain"), wanted.domain),
        (_("Is that of"), _name_of(session, wanted.from_id, nobody, now)),
        (_("Would be that of"), _name_of(session, wanted.to_id, nobody, now)),
        (_("First day"), civil_date(wanted.first_day)),
    ]
    if wanted.above_id is not None:
        rows.append((_("The domain above it is that of"), _name_of(session, wanted.above_id, nobody, now)))
    return rows


def _succession(session: Session, wanted: SuccessionWanted, now: datetime) -> Rows:
    held = session.get(Succession, wanted.version_id) if wanted.version_id else None
    rows = [
        (_("Took over"), _name_of(session, wanted.successor_id, "", now)),
        (_("From"), _name_of(session, wanted.predecessor_id, "", now)),
    ]
    if held is not None:
        rows.append((_("Recorded day"), civil_date(held.valid_from)))
    return [*rows, (_("Day"), civil_date(wanted.since) if wanted.since else _("It never did"))]


def _role(session: Session, wanted: RoleWanted, now: datetime) -> Rows:
    where = _name_of(session, wanted.at_id, "", now)
    if wanted.include_subtree:
        where = _("%(organisation)s and below it", organisation=where)
    rows = [
        (_("Who"), display_name(name_of(session, wanted.person_id, now))),
        (_("Role"), role_words()[wanted.role]),
        (_("Where"), where),
        (_("First day"), civil_date(wanted.first_day)),
        (_("Last day"), civil_date(wanted.last_day) if wanted.last_day else _("No end date")),
    ]
    if wanted.operator_id is not None:
        rows.append((_("Through the shared service"), _name_of(session, wanted.operator_id, "", now)))
    return rows


def _reinstatement(session: Session, wanted: ReinstatementWanted, now: datetime) -> Rows:
    held = session.get(OrganisationSuspension, wanted.suspension_id)
    rows = [(_("Organisation"), _name_of(session, wanted.suspended_id, "", now))]
    if held is not None:
        rows += [
            (_("Suspended since"), civil_date(held.valid_from)),
            (_("Why it was suspended"), held.reason),
        ]
    return rows


def _name_of(session: Session, organisation_id: UUID | None, none: str, now: datetime) -> str:
    return none if organisation_id is None else reading.entry_of(session, organisation_id, now, now).name


def common_grade_in_words(grade: CommonGrade | None) -> str:
    """A common grade, or that there is none."""
    return _("No common grade") if grade is None else grade.value


_SUMMARIES: Mapping[type[Any], Callable[[Session, Any, datetime], Rows]] = {
    RuleWanted: _rule,
    GrantWanted: _grant,
    DelegationWanted: _delegation,
    GradeWanted: _grade,
    PlaceWanted: _place,
    DomainWanted: _domain,
    SuccessionWanted: _succession,
    RoleWanted: _role,
    ReinstatementWanted: _reinstatement,
}


def _titles() -> Mapping[tuple[type[Any], Action], str]:
    return {
        (RuleWanted, Action.ADD): _("Add a rule"),
        (RuleWanted, Action.CHANGE): _("Change a rule"),
        (RuleWanted, Action.END): _("End a rule"),
        (GrantWanted, Action.ADD): _("Give a role by hand"),
        (GrantWanted, Action.CHANGE): _("Prolong a role given by hand"),
        (GrantWanted, Action.END): _("End a role given by hand"),
        (DelegationWanted, Action.ADD): _("Delegate to another organisation"),
        (DelegationWanted, Action.END): _("End a delegation"),
        (GradeWanted, Action.CHANGE): _("Change what a grade stands for"),
        (PlaceWanted, Action.CHANGE): _("Change the place of an organisation"),
        (DomainWanted, Action.ADD): _("Give an organisation an e-mail domain"),
        (DomainWanted, Action.CHANGE): _("Hand over an e-mail domain"),
        (DomainWanted, Action.END): _("End an e-mail domain"),
        (SuccessionWanted, Action.ADD): _("Record that an organisation took over"),
        (SuccessionWanted, Action.CHANGE): _("Correct the day on which an organisation took over"),
        (SuccessionWanted, Action.END): _("Take back that an organisation took over"),
        (RoleWanted, Action.ADD): _("Give a role in Lanyard"),
        (ReinstatementWanted, Action.END): _("Lift the suspension of an organisation"),
    }
