"""What a bulk move changes at apps: by which rules, and of each person as it comes about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.database import open_session, transaction
from profiles.apps.models import App
from profiles.bulk_moves import foreseen, preview
from profiles.bulk_moves.models import BulkMoveMember
from profiles.bulk_moves.preview import AppPreview, Turn
from profiles.bulk_moves.steps import get
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import ClearanceLimit
from profiles.entitlements.models import Entitlement
from profiles.entitlements.preview import Change
from profiles.entitlements.reasons import Granted, RuleMatched
from profiles.organisations.grades import CommonGrade
from profiles.temporal import current, end, record, start_of_day
from tests.factories.apps import make_app, make_rule
from tests.factories.bulk_moves import START, Moving, make_moving
from tests.factories.clearances import make_clearance
from tests.factories.organisations import LONG_AGO, PROVENANCE

T = start_of_day(START)


@pytest.fixture
def moving(engine: Engine, now: datetime) -> Moving:
    """DECC with three people who move beside its officers, and BEIS with an officer."""
    return make_moving(engine, now)


def previews(moving: Moving, move_id: UUID) -> dict[str, AppPreview]:
    with open_session(moving.engine, writes=False) as session:
        both = {moving.decc.id, moving.beis.id}
        found = preview.preview(session, get(session, move_id), moving.now, both)
        return {one.rules.app_name: one for one in found}


def told(one: AppPreview) -> list[tuple[str, Turn, int, bool]]:
    return [(line.role_name, line.turn, len(line.people), line.by_hand) for line in one.lines]


def of_each(moving: Moving, move_id: UUID) -> Mapping[UUID, Mapping[str, tuple[Change, frozenset[str]]]]:
    """For each person what is decided on the facts that the move would record, by app."""
    with open_session(moving.engine, writes=False) as session:
        move = get(session, move_id)
        query = select(BulkMoveMember).where(col(BulkMoveMember.bulk_move_id) == move_id)
        members = session.exec(query).all()
        changes = foreseen.changes_of(session, move, members, moving.now)
        return {
            one.person_id: {
                change.app_name: (change.change, frozenset(change.roles_after)) for change in changes[one.id]
            }
            for one in members
        }


def give_by_hand(session: Session, moving: Moving, person_id: UUID, app: App) -> None:
    stamp = PROVENANCE.stamp(moving.now, LONG_AGO)
    record(
        session,
        Entitlement(
            person_id=person_id, app_id=app.id, role_name="manager", approved_by=moving.preparer, **stamp
        ),
    )


def make_apps(moving: Moving) -> None:
    """At both organisations apps by rule, by hand, for everybody, and for who is cleared."""
    with transaction(moving.engine) as session:
        now, (one, two, _three) = moving.now, moving.people
        ending = make_app(session, now, moving.decc, "Ending")
        make_rule(session, now, ending, organisation_id=moving.decc.id)
        give_by_hand(session, moving, one, ending)
        begins = make_app(session, now, moving.beis, "Begins")
        graded = {"grade_from": CommonGrade.HEO, "grade_to": CommonGrade.G7}
        make_rule(session, now, begins, organisation_id=moving.beis.id, **graded)
        everybody = make_app(session, now, moving.beis, "Everybody’s")
        make_rule(session, now, everybody)
        cleared = make_app(session, now, moving.beis, "Cleared")
        make_rule(session, now, cleared, organisation_id=moving.beis.id, least_clearance=ClearanceLevel.SC)
        limited = make_app(session, now, moving.decc, "Limited")
        make_rule(session, now, limited, least_clearance=ClearanceLevel.CTC)
        make_clearance(session, now, one, moving.decc, level=ClearanceLevel.SC)
        make_clearance(session, now, two, moving.decc, level=ClearanceLevel.CTC)


def test_each_role_is_told_with_the_rules_that_give_or_gave_it(moving: Moving) -> None:
    make_apps(moving)
    found = previews(moving, moving.draft())
    assert told(found["Ending"]) == [
        ("manager", Turn.LOSES, 1, True),
        ("caseworker", Turn.LOSES, 5, False),
    ]
    [gains] = found["Begins"].lines
    assert (gains.turn, len(gains.people), gains.rules[0].grade_to) == (Turn.GAINS, 5, CommonGrade.G7)
    assert told(found["Everybody’s"]) == [("caseworker", Turn.KEEPS, 5, False)]
    assert told(found["Cleared"]) == [("caseworker", Turn.GAINS, 1, False)]
    assert found["Ending"].numbers == {Turn.LOSES: 5}


def test_two_rules_for_one_role_count_each_person_once(moving: Moving) -> None:
    with transaction(moving.engine) as session:
        app = make_app(session, moving.now, moving.beis, "Twice")
        make_rule(session, moving.now, app, organisation_id=moving.beis.id)
        make_rule(session, moving.now, app, organisation_id=moving.beis.id, grade_from=CommonGrade.EO)
    [line] = previews(moving, moving.draft())["Twice"].lines
    assert (len(line.rules), len(line.people)) == (2, 5)


@pytest.mark.parametrize("ends", [True, False])
def test_of_each_person_the_same_is_decided_before_it_is_recorded_and_after(
    moving: Moving, ends: bool
) -> None:
    make_apps(moving)
    move_id = moving.validated(ends_exporter=ends)
    foretold, numbers = of_each(moving, move_id), previews(moving, move_id)
    moving.confirm(move_id)
    moving.work()
    assert of_each(moving, move_id) == foretold
    recorded = previews(moving, move_id)
    assert {name: told(one) for name, one in recorded.items()} == {
        name: told(one) for name, one in numbers.items()
    }
    one = moving.people[0]
    assert foretold[one]["Cleared"] == (Change.BEGINS, {"Caseworker"})
    assert (foretold[one]["Ending"][0] is Change.ENDS) is not ends


@pytest.mark.parametrize("recorded", [False, True])
def test_lists_hold_whom_the_decision_lets_in_or_shuts_out(moving: Moving, recorded: bool) -> None:
    make_apps(moving)
    with transaction(moving.engine) as session:
        stamp = PROVENANCE.stamp(moving.now, LONG_AGO)
        limit = ClearanceLimit(organisation_id=moving.beis.id, level=ClearanceLevel.SC, years=1, **stamp)
        record(session, limit)
    move_id = moving.scheduled() if recorded else moving.draft()
    found = previews(moving, move_id)
    turns = {Turn.GAINS: Change.BEGINS, Turn.LOSES: Change.ENDS, Turn.KEEPS: Change.STAYS}
    by_lists = {
        (person_id, name): turns[line.turn]
        for name, one in found.items()
        for line in one.lines
        if line.role_name == "caseworker"
        for person_id in line.people
    }
    decided = {
        (person_id, name): change
        for person_id, changes in of_each(moving, move_id).items()
        for name, (change, _roles) in changes.items()
    }
    assert by_lists == decided


def test_the_rule_and_the_fact_of_each_are_given(moving: Moving) -> None:
    make_apps(moving)
    move_id = moving.draft()
    with open_session(moving.engine, writes=False) as session:
        move = get(session, move_id)
        query = select(BulkMoveMember).where(col(BulkMoveMember.person_id) == moving.people[0])
        member = session.exec(query).one()
        changes = foreseen.changes_of(session, move, [member], moving.now)[member.id]
        by_app = {one.app_name: one for one in changes}
    [begins] = by_app["Begins"].reasons
    assert isinstance(begins, RuleMatched)
    assert begins.place.posting.organisation_id == moving.beis.id
    assert {type(one) for one in by_app["Ending"].reasons_before} == {Granted, RuleMatched}
    assert by_app["Ending"].at == T


def test_nobody_of_another_list_is_counted(moving: Moving) -> None:
    make_apps(moving)
    number = moving.member(moving.draft(), moving.people[2]).number
    found = previews(moving, moving.draft(numbers=[number]))
    assert told(found["Begins"]) == [("caseworker", Turn.GAINS, 1, False)]


def test_what_turns_before_the_start_is_not_said_of_the_move_by_either(moving: Moving) -> None:
    one = moving.people[0]
    with transaction(moving.engine) as session:
        app = make_app(session, moving.now, moving.decc, "Over before")
        make_rule(session, moving.now, app, organisation_id=moving.decc.id)
        give_by_hand(session, moving, one, app)
        [entitlement] = current(session, Entitlement, moving.now, moving.now, person_id=one)
        end(session, entitlement, T - timedelta(days=10), moving.now, PROVENANCE)
        gone = make_app(session, moving.now, moving.decc, "Gone before")
        give_by_hand(session, moving, one, gone)
        [entitlement] = current(session, Entitlement, moving.now, moving.now, person_id=one, app_id=gone.id)
        end(session, entitlement, T - timedelta(days=10), moving.now, PROVENANCE)
    move_id = moving.draft()
    assert told(previews(moving, move_id)["Over before"]) == [("caseworker", Turn.LOSES, 5, False)]
    assert "Gone before" not in previews(moving, move_id)
    assert of_each(moving, move_id)[one] == {"Over before": (Change.ENDS, frozenset())}
