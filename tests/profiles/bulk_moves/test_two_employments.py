"""Somebody of a bulk move has another employment elsewhere: it stays, with what rests on it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from app.database import open_session, transaction
from profiles.apps.models import App
from profiles.bulk_moves import foreseen, preview
from profiles.bulk_moves.models import BulkMoveMember, MemberState, Reason
from profiles.bulk_moves.preview import Turn
from profiles.bulk_moves.steps import get
from profiles.employments.models import Employment, Posting
from profiles.entitlements.models import Entitlement
from profiles.entitlements.preview import Change
from profiles.organisations.service import OrganisationView
from profiles.roles.models import Role, RoleAssignment
from profiles.temporal import current, record, start_of_day
from tests.factories.apps import make_app
from tests.factories.bulk_moves import START, Moving, make_moving
from tests.factories.organisations import LONG_AGO, PROVENANCE, make_organisation
from tests.factories.people import employ_too, give_role

T = start_of_day(START)


@pytest.fixture
def moving(engine: Engine, now: datetime) -> Moving:
    return make_moving(engine, now)


@pytest.fixture
def college(moving: Moving) -> OrganisationView:
    with transaction(moving.engine) as session:
        return make_organisation(session, moving.now, "COLLEGE")


def give_by_hand(moving: Moving, place: OrganisationView, name: str, person_id: UUID) -> App:
    with transaction(moving.engine) as session:
        app = make_app(session, moving.now, place, name)
        given = {"person_id": person_id, "app_id": app.id, "role_name": "manager"}
        stamp = PROVENANCE.stamp(moving.now, LONG_AGO)
        record(session, Entitlement(**given, approved_by=moving.preparer, **stamp))
        session.flush()
        session.refresh(app)
        session.expunge(app)
        return app


def places(moving: Moving, model: Any, at: datetime) -> list[UUID]:
    with open_session(moving.engine, writes=False) as session:
        found = current(session, model, at, moving.now, person_id=moving.people[0])
        return sorted(one.organisation_id for one in found)


def by_hand(moving: Moving, at: datetime) -> set[UUID]:
    with open_session(moving.engine, writes=False) as session:
        found = current(session, Entitlement, at, moving.now, person_id=moving.people[0])
        return {one.app_id for one in found}


def test_it_moves_and_the_other_stays_with_what_rests_on_it(
    moving: Moving, college: OrganisationView
) -> None:
    one = moving.people[0]
    with transaction(moving.engine) as session:
        employ_too(session, moving.now, one, college)
        give_role(session, moving.now, one, Role.AUDITOR, college.id)
    lessons = give_by_hand(moving, college, "Lessons", one)
    register = give_by_hand(moving, moving.decc, "Register", one)
    move_id = moving.validated()
    assert moving.states(move_id)[one] is MemberState.READY
    with open_session(moving.engine, writes=False) as session:
        move = get(session, move_id)
        told = {
            app.rules.app_name: dict(app.numbers)
            for app in preview.preview(session, move, moving.now, {moving.decc.id, college.id})
        }
        assert told == {"Lessons": {Turn.KEEPS: 1}, "Register": {Turn.LOSES: 1}}
        member = session.exec(select(BulkMoveMember).where(BulkMoveMember.person_id == one)).one()
        changes = foreseen.changes_of(session, move, [member], moving.now)[member.id]
        assert {each.app_name: each.change for each in changes} == {
            "Lessons": Change.STAYS,
            "Register": Change.ENDS,
        }
    moving.confirm(move_id)
    moving.work()
    moving.now = T + timedelta(hours=9)
    moving.work()
    assert moving.states(move_id)[one] is MemberState.JOINED
    both = sorted((moving.beis.id, college.id))
    assert places(moving, Employment, T) == places(moving, Posting, T) == both
    assert places(moving, RoleAssignment, T) == [college.id]
    assert by_hand(moving, T) == {lessons.id}
    assert register.id not in by_hand(moving, T)


def test_it_is_as_it_was_when_the_move_is_cancelled(moving: Moving, college: OrganisationView) -> None:
    one = moving.people[0]
    with transaction(moving.engine) as session:
        employ_too(session, moving.now, one, college)
    apps = {give_by_hand(moving, place, place.code, one).id for place in (college, moving.decc)}
    move_id = moving.scheduled()
    moving.cancel(move_id)
    moving.work()
    assert places(moving, Posting, T) == sorted((moving.decc.id, college.id))
    assert by_hand(moving, T) == apps


@pytest.mark.parametrize("where", ["decc", "beis"])
def test_two_there_or_one_in_the_new_organisation_are_set_apart(moving: Moving, where: str) -> None:
    one = moving.people[0]
    with transaction(moving.engine) as session:
        employ_too(session, moving.now, one, getattr(moving, where))
    member = moving.member(moving.validated(), one)
    assert (member.state, member.reason) == (MemberState.SET_APART, Reason.NO_POST)
