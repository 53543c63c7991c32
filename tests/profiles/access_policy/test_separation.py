"""Who approves a change of who may use an app: every officer, every kind of change, few or many who gain."""

from collections.abc import Callable, Mapping
from itertools import product
from uuid import UUID

import pytest
from sqlmodel import select

from profiles.access_policy.grades import GradeWanted
from profiles.access_policy.models import Action, PolicyState
from profiles.access_policy.rules import Conditions, RuleWanted
from profiles.access_policy.service import Wanted, refuse
from profiles.apps.models import AccessRule
from profiles.errors import NotPermitted
from profiles.organisations.grades import CommonGrade
from profiles.organisations.models import LocalGrade
from profiles.outbox.models import OutboxMessage
from profiles.roles.models import Role
from profiles.temporal import current
from tests.factories.people import give_role, make_deputy
from tests.profiles.access_policy.conftest import Owned
from tests.profiles.access_policy.test_rules import LATER, TODAY, add

GAIN = 4
"""How many people get access by each of the changes: whoever is an Officer, of HMRC."""


def _rule_for_officers(owned: Owned) -> Wanted:
    return add(owned, conditions={"grade_from": CommonGrade.EO, "grade_to": CommonGrade.EO})


def _rule_changed(owned: Owned) -> Wanted:
    to_all = Conditions("caseworker", owned.hmrc.id, grade_from=CommonGrade.EO)
    return RuleWanted(owned.app_id, Action.CHANGE, to_all, TODAY, version_id=owned.rule.id)


def _grade_stands_for_more(owned: Owned) -> Wanted:
    at = {"organisation_id": owned.hmrc.id, "label": "Officer"}
    held = current(owned.session, LocalGrade, owned.now, owned.now, **at)[0]
    return GradeWanted(owned.hmrc.id, "Officer", CommonGrade.HEO, LATER, held.id)


CHANGES: Mapping[str, Callable[[Owned], Wanted]] = {
    "a rule is added": _rule_for_officers,
    "a rule is changed": _rule_changed,
    "a grade stands for more": _grade_stands_for_more,
}
OFFICERS = {
    "who asked for it": "never",
    "the deputy of who asked for it": "never",
    "an owner who gains": "where many gain",
    "the deputy of one who gains": "where many gain",
    "one whose deputy gains": "where many gain",
    "an owner who gains nothing": "always",
    "a security officer who gains nothing": "always",
}


def _officer(owned: Owned, who: str) -> UUID:
    """Their grade gains nothing, unless they are to gain."""
    if who == "who asked for it":
        return owned.owner
    if who == "an owner who gains":
        return owned.second
    officer = owned.employ("hugh.higher").person_id
    role = Role.SECURITY_OFFICER if "security" in who else Role.APP_OWNER
    if who == "the deputy of who asked for it":
        make_deputy(owned.session, owned.now, officer, owned.owner, role, owned.hmrc.id)
    elif who == "the deputy of one who gains":
        make_deputy(owned.session, owned.now, officer, owned.second, role, owned.hmrc.id)
    else:
        give_role(owned.session, owned.now, officer, role, owned.hmrc.id)
    if who == "one whose deputy gains":
        make_deputy(owned.session, owned.now, owned.people[1], officer, role, owned.hmrc.id)
    return officer


@pytest.fixture
def gaining(owned: Owned) -> Owned:
    owned.employ("olive.officer", local_grade="Officer")
    return owned


@pytest.mark.parametrize(("what", "who", "few"), list(product(CHANGES, OFFICERS, (True, False))))
def test_whoever_is_one_of_few_who_gain_does_not_approve(
    gaining: Owned, what: str, who: str, few: bool
) -> None:
    officer, wanted = _officer(gaining, who), CHANGES[what](gaining)
    assert len(gaining.foresee(wanted).gaining) == GAIN
    waits, above = gaining.submit(wanted), GAIN if few else GAIN - 1
    assert waits.state is PolicyState.WAITING
    may = OFFICERS[who] == "always" or (OFFICERS[who] == "where many gain" and not few)
    if may:
        gaining.approve(waits, officer, gaining_above=above)
    else:
        with pytest.raises(NotPermitted):
            gaining.approve(waits, officer, gaining_above=above)
    assert (waits.state is PolicyState.RECORDED) == may


@pytest.mark.parametrize("few", [True, False])
def test_only_who_may_approve_it_is_told(gaining: Owned, few: bool) -> None:
    calm = _officer(gaining, "an owner who gains nothing")
    gaining.submit(_rule_for_officers(gaining), gaining_above=GAIN if few else GAIN - 1)
    told = {one.person_id for one in gaining.session.exec(select(OutboxMessage))}
    assert told == ({calm} if few else {calm, gaining.second})


def test_whoever_gains_may_refuse_it(gaining: Owned) -> None:
    waits = gaining.submit(_rule_for_officers(gaining), gaining_above=99)
    refuse(gaining.session, waits, gaining.now, gaining.second)
    assert waits.state is PolicyState.REFUSED


def test_whoever_loses_a_role_first_and_gains_one_later_counts_as_gaining(owned: Owned) -> None:
    """They lose the caseworker's at once, and keep the manager's when the rule for it has ended."""
    managers = {"grade_from": CommonGrade.HEO}
    owned.approve(owned.submit(add(owned, last_day=LATER, conditions=managers)), owned.second)
    of_app = {"app_id": owned.app_id, "role_name": "caseworker"}
    held = current(owned.session, AccessRule, owned.now, owned.now, **of_app)[0]
    instead = Conditions("manager", owned.hmrc.id, **managers)
    turns = owned.foresee(RuleWanted(owned.app_id, Action.CHANGE, instead, TODAY, version_id=held.id)).turns
    assert [(one.person_id, one.after, one.gains) for one in turns] == [(owned.people[0], ("manager",), True)]
