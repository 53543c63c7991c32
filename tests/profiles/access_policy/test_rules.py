"""A rule is added, changed or ended from a day on: whose access turns is foreseen, and then it is so."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from profiles.access_policy.grants import GrantWanted
from profiles.access_policy.models import Action, PolicyState
from profiles.access_policy.rules import Conditions, RuleWanted
from profiles.access_policy.seen import seen_by
from profiles.access_policy.service import get_waiting, refuse, waiting
from profiles.apps.models import AccessRule
from profiles.audit.models import AuditEntry
from profiles.entitlements.preview import Change
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.organisations.grades import CommonGrade
from profiles.outbox.models import OutboxMessage
from profiles.people import sensitive
from profiles.roles.models import Role
from profiles.roles.service import assign
from profiles.temporal import history, start_of_day
from tests.factories.apps import make_app
from tests.factories.organisations import INITIATOR, PROVENANCE
from tests.factories.people import give_role
from tests.profiles.access_policy.conftest import Owned

TODAY, LATER = date(2026, 3, 2), date(2026, 4, 1)


def add(owned: Owned, **changes: Any) -> RuleWanted:
    said = {"role_name": "manager", "organisation_id": owned.hmrc.id} | changes.pop("conditions", {})
    days = {"first_day": TODAY} | changes
    return RuleWanted(owned.app_id, Action.ADD, Conditions(**said), **days)


def change(owned: Owned, first_day: date = LATER, **conditions: Any) -> RuleWanted:
    said = {"role_name": "caseworker", "organisation_id": owned.hmrc.id} | conditions
    return RuleWanted(
        owned.app_id, Action.CHANGE, Conditions(**said), first_day=first_day, version_id=owned.rule.id
    )


def end(owned: Owned, last_day: date | None = None) -> RuleWanted:
    return RuleWanted(owned.app_id, Action.END, last_day=last_day, version_id=owned.rule.id)


def test_a_changed_rule_holds_from_its_day_and_what_was_foreseen_happens(owned: Owned) -> None:
    higher, officer, _home = owned.people
    wanted = change(owned, grade_to=CommonGrade.EO)
    foreseen = owned.foresee(wanted)
    turns = {one.person_id: (one.at, one.change) for one in foreseen.turns}
    begins = start_of_day(LATER)
    assert turns == {
        higher: (begins, Change.ENDS),
        officer: (begins, Change.BEGINS),
        owned.owner: (begins, Change.BEGINS),
        owned.second: (begins, Change.BEGINS),
    }
    waits = owned.submit(wanted, alone_up_to=4)
    assert waits.state is PolicyState.WAITING  # the owner gains access
    owned.approve(waits, owned.second)
    assert set(owned.users(begins - timedelta(microseconds=1))) == {higher}
    assert set(owned.users(begins)) == {officer, owned.owner, owned.second}
    assert len(history(owned.session, AccessRule, owned.now, app_id=owned.app_id)) == 2


@pytest.mark.parametrize("last_day", [None, TODAY, LATER])
def test_an_ended_rule_opens_nothing_afterwards(owned: Owned, last_day: date | None) -> None:
    ends_at = owned.now if last_day is None else start_of_day(last_day + timedelta(days=1))
    wanted = end(owned, last_day)
    assert [(one.person_id, one.at) for one in owned.foresee(wanted).turns] == [(owned.people[0], ends_at)]
    owned.submit(wanted, alone_up_to=1)
    assert owned.users(ends_at) == {}
    if last_day is not None:
        assert set(owned.users(owned.now)) == {owned.people[0]}


def test_above_the_number_it_waits_for_another_owner_or_a_security_officer(owned: Owned) -> None:
    session, now = owned.session, owned.now
    waits = owned.submit(add(owned))
    assert (waits.state, waits.people) == (PolicyState.WAITING, 4)
    assert set(owned.users(now)) == {owned.people[0]}
    told = {one.person_id for one in session.exec(select(OutboxMessage))}
    assert told == {owned.second}
    for refused in (owned.owner, _deputy_of(owned)):
        with pytest.raises(NotPermitted):
            owned.approve(waits, refused)
    assert waits in waiting(session, {owned.hmrc.id}, now)
    with pytest.raises(NotFound):
        get_waiting(session, waits.id, {owned.home_office.id})
    owned.approve(waits, owned.second)
    assert owned.users(now)[owned.people[1]] == ("manager",)
    with pytest.raises(Conflict):
        refuse(owned.session, waits, now, owned.second)
    events = {one.event for one in session.exec(select(AuditEntry))}
    assert {"access_policy.proposed", "app.rule_added", "access_policy.changed"} <= events


def _deputy_of(owned: Owned) -> Any:
    deputy = owned.employ("dee.deputy").person_id
    assign(
        owned.session,
        owned.now,
        PROVENANCE,
        INITIATOR,
        person_id=deputy,
        role=Role.APP_OWNER,
        organisation_id=owned.hmrc.id,
        deputy_of=owned.owner,
        valid_from=owned.now,
        valid_to=owned.now + timedelta(days=5),
    )
    return deputy


def test_a_refused_change_changes_nothing_and_its_maker_may_take_it_back(owned: Owned) -> None:
    for officer in (owned.second, owned.owner):
        waits = owned.submit(add(owned))
        refuse(owned.session, waits, owned.now, officer)
        assert waits.state is PolicyState.REFUSED
        assert set(owned.users(owned.now)) == {owned.people[0]}


def test_people_whose_posts_begin_later_count_and_so_do_apps_without_an_agreement(owned: Owned) -> None:
    owned.employ("lena.later", owned.home_office, since=LATER)
    wanted = add(owned, conditions={"organisation_id": owned.home_office.id, "grade_from": CommonGrade.G6})
    foreseen = owned.foresee(wanted)
    assert (foreseen.turns, foreseen.to_come, foreseen.people) == ((), 1, 1)
    assert owned.submit(wanted).state is PolicyState.WAITING


def test_an_app_that_lets_nobody_in_for_want_of_an_agreement_is_foreseen_as_if_it_had_one(
    owned: Owned,
) -> None:
    other = make_app(owned.session, owned.now, owned.hmrc, "Not Agreed", claims=None)
    wanted = replace(add(owned), app_id=other.id)
    assert owned.foresee(wanted).people == 4


def test_what_somebody_else_changed_meanwhile_is_not_changed(owned: Owned) -> None:
    wanted = change(owned)
    waits = owned.submit(wanted)
    owned.submit(end(owned, LATER), alone_up_to=9)
    with pytest.raises(Conflict):
        owned.submit(wanted)
    with pytest.raises(Conflict):
        owned.approve(waits, owned.second)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"first_day": date(2026, 3, 1)}, "first_day"),
        ({"first_day": LATER, "last_day": TODAY}, "last_day"),
        ({"conditions": {"role_name": "king"}}, "role_name"),
        ({"conditions": {"grade_from": CommonGrade.G6, "grade_to": CommonGrade.EO}}, "grade_from"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(owned: Owned, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        owned.submit(add(owned, **changes))
    assert refused.value.field == field


def test_a_rule_is_not_ended_twice(owned: Owned) -> None:
    owned.submit(end(owned, TODAY), alone_up_to=9)
    with pytest.raises(Invalid) as refused:
        owned.submit(end(owned, LATER))
    assert refused.value.field == "last_day"


def test_names_are_of_ones_own_people_and_never_of_the_sensitive_or_the_highly_cleared(owned: Owned) -> None:
    session, now, higher = owned.session, owned.now, owned.people[0]
    everybody = owned.foresee(add(owned, conditions={"organisation_id": None}))
    assert len(everybody.turns) == 5
    ours = seen_by(session, everybody, {owned.home_office.id}, now)
    assert [one.turn.person_id for one in ours.named] == [owned.people[2]]
    assert {one: sum(counts.values()) for one, counts in ours.numbers.items()} == {
        owned.hmrc.id: 4,
        owned.home_office.id: 1,
    }
    assert seen_by(session, everybody, (), now).named == ()
    sensitive.mark(
        session,
        now,
        person_id=higher,
        organisation_id=owned.hmrc.id,
        officer_id=owned.owner,
        reason="threats",
    )
    named = seen_by(session, everybody, {owned.hmrc.id}, now).named
    assert higher not in {one.turn.person_id for one in named}
    assert len(named) == 3
    owned.submit(add(owned, conditions={"least_clearance": "DV"}), alone_up_to=99)
    again = owned.foresee(add(owned, conditions={"organisation_id": None}))
    assert (seen_by(session, again, {owned.hmrc.id}, now).named, len(again.turns)) == ((), 5)


@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32))
def test_what_is_foreseen_is_what_happens(owned: Owned, seed: int) -> None:
    chance = Random(seed)
    conditions = {
        "role_name": chance.choice(["manager", "caseworker"]),
        "organisation_id": chance.choice([owned.hmrc.id, owned.home_office.id, None]),
        "grade_from": chance.choice([None, CommonGrade.EO, CommonGrade.HEO]),
        "grade_to": chance.choice([None, CommonGrade.EO, CommonGrade.HEO]),
        "profession": chance.choice([None, None, "Policy"]),
    }
    first, last = chance.choice([(TODAY, None), (LATER, None), (TODAY, LATER), (LATER, LATER)])
    wanted = chance.choice(
        [
            add(owned, conditions=conditions, first_day=first, last_day=last),
            replace(change(owned, first, **conditions), last_day=last),
            end(owned, chance.choice([None, TODAY, LATER])),
        ]
    )
    moments = [owned.now, *(start_of_day(TODAY + timedelta(days=days)) for days in (1, 30, 31, 60))]
    with owned.session.begin_nested() as savepoint:
        try:
            wanted.check(owned.session, owned.now, owned.now)
        except Invalid:
            savepoint.rollback()
            return
        before = [owned.users(at) for at in moments]
        turns = {one.person_id: one for one in owned.foresee(wanted).turns}
        recorded = owned.submit(wanted, alone_up_to=1000)
        if recorded.state is PolicyState.WAITING:
            owned.approve(recorded, owned.second)
        after = [owned.users(at) for at in moments]
        for person_id in {one for users in (*before, *after) for one in users}:
            found = [
                (at, was.get(person_id, ()), becomes.get(person_id, ()))
                for at, was, becomes in zip(moments, before, after, strict=True)
                if was.get(person_id, ()) != becomes.get(person_id, ())
            ]
            turn = turns.get(person_id)
            expected = (turn.at, turn.before, turn.after) if turn else None
            assert (found[0] if found else None) == expected
        savepoint.rollback()
    owned.session.expire_all()


def test_a_rule_that_goes_on_when_another_has_ended_is_foreseen_then(owned: Owned) -> None:
    owned.submit(end(owned, LATER), alone_up_to=1)
    same = {"role_name": "caseworker", "grade_from": CommonGrade.HEO}
    ended = start_of_day(LATER + timedelta(days=1))
    waits = owned.submit(add(owned, conditions=same))
    assert (waits.state, waits.people) == (PolicyState.WAITING, 1)
    turns = owned.foresee(add(owned, conditions=same)).turns
    assert [(one.person_id, one.at) for one in turns] == [(owned.people[0], ended)]
    assert owned.submit(add(owned, last_day=LATER, conditions=same)).state is PolicyState.RECORDED


def test_a_role_by_hand_hides_nobody_whom_a_rule_would_give_it_for_good(owned: Owned) -> None:
    given = GrantWanted(
        owned.app_id, Action.ADD, owned.people[1], "manager", owned.hmrc.id, True, TODAY, LATER
    )
    owned.approve(owned.submit(given), owned.second)
    assert owned.people[1] in {one.person_id for one in owned.foresee(add(owned)).turns}


def test_whoever_gains_access_by_it_does_not_record_it_alone(owned: Owned) -> None:
    for_officers = add(owned, conditions={"grade_from": CommonGrade.EO, "grade_to": CommonGrade.EO})
    assert owned.submit(for_officers, alone_up_to=9).state is PolicyState.WAITING
    for_others = add(owned, conditions={"grade_from": CommonGrade.HEO})
    assert owned.submit(for_others, alone_up_to=9).state is PolicyState.RECORDED


def test_whoever_has_a_post_to_come_there_neither_records_it_alone_nor_approves_it(owned: Owned) -> None:
    comes = owned.employ("cora.comes", since=date(2026, 6, 1)).person_id
    give_role(owned.session, owned.now, comes, Role.APP_OWNER, owned.hmrc.id)
    there = add(owned, conditions={"organisation_id": owned.hmrc.id, "grade_from": CommonGrade.SCS2})
    assert owned.foresee(there).coming == {comes}
    assert owned.submit(there, alone_up_to=9, by=comes).state is PolicyState.WAITING
    waits = owned.submit(there)
    with pytest.raises(NotPermitted):
        owned.approve(waits, comes, gaining_above=9)
    owned.approve(waits, owned.second, gaining_above=9)


def test_what_waited_for_a_month_is_approved_no_more(owned: Owned) -> None:
    waits, month = owned.submit(add(owned, first_day=date(2026, 6, 1))), timedelta(days=30)
    with pytest.raises(Conflict):
        owned.approve(waits, owned.second, at=owned.now + month)
    assert waits not in waiting(owned.session, {owned.hmrc.id}, owned.now + month)
    refuse(owned.session, waits, owned.now + month, owned.second)
    assert waits.state is PolicyState.REFUSED
