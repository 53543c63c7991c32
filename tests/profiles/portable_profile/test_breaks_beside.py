"""A career break beside another employment, roles, imports, and moves that begin in the same instant."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from app.database import transaction
from profiles.clearances.models import Sponsorship
from profiles.employments import service as employments
from profiles.employments.models import CareerBreak, Posting
from profiles.employments.service import Post
from profiles.entitlements import grants
from profiles.entitlements.models import Entitlement
from profiles.errors import Conflict, Invalid
from profiles.portable_profile.models import Action, LeavingCause
from profiles.roles.models import Role, RoleAssignment
from profiles.roles.permissions import Permission
from profiles.roles.service import permissions_of, who_may
from profiles.temporal import INSTANT, end, end_of_day, record
from tests.factories.career_breaks import (
    BEGINS,
    EXPECTED,
    LAPSES,
    RETURNS,
    app_of,
    ask,
    begin,
    come_back,
    held,
    kept,
    leave,
    settle,
)
from tests.factories.loans import Lending, make_lending
from tests.factories.organisations import INITIATOR, PROVENANCE
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move

BY_HAND = (RoleAssignment, Entitlement)
SOON = BEGINS + timedelta(days=30)


@pytest.fixture
def second(move: Move) -> UUID:
    return make_employee(move.session, move.now, move.hmrc, "sue.second").person_id


@pytest.fixture
def settled(move: Move) -> Move:
    return settle(move)


def also_employed(move: Move) -> Posting:
    """The employee's second employment at the same organisation."""
    return employments.appoint(
        move.session,
        move.now,
        PROVENANCE,
        INITIATOR,
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        number="HMRC-other",
        starts_on=date(2024, 4, 1),
        continuous_service_from=date(2020, 4, 1),
        post=Post(local_grade="Higher Officer", job_title="Trainer"),
    )[1]


def test_roles_end_when_every_employment_pauses(settled: Move) -> None:
    (first,) = held(settled, Posting, settled.now)
    other = also_employed(settled)
    begin(settled, about=first)
    assert kept(settled, BY_HAND, SOON) == [True, True]
    begin(settled, about=other, valid_from=SOON)
    assert kept(settled, BY_HAND, SOON - INSTANT) == [True, True]
    assert kept(settled, BY_HAND, SOON) == [False, False]
    assert not held(settled, Sponsorship, LAPSES + timedelta(days=60))


def test_who_leaves_one_employment_and_is_on_a_break_from_the_other_keeps_no_role(
    settled: Move, second: UUID
) -> None:
    (first,) = held(settled, Posting, settled.now)
    other = also_employed(settled)
    begin(settled, about=first)
    ends_at = end_of_day(date(2026, 6, 30))
    leave(settled, second, other.employment_id, ends_at, LeavingCause.RESIGNED)
    assert kept(settled, BY_HAND, ends_at) == [False, False]
    assert held(settled, CareerBreak, ends_at)


def test_a_break_that_an_import_recorded_leaves_no_role_in_force(settled: Move) -> None:
    """Roles are given in Lanyard, so that no import ends them."""
    where = (settled.session, Permission.CHANGE_RECORDS, settled.hmrc.id)
    (post,) = held(settled, Posting, settled.now)
    assert settled.employee in who_may(*where, BEGINS)
    end(settled.session, post, BEGINS, settled.now, PROVENANCE)
    record(
        settled.session,
        CareerBreak(
            person_id=settled.employee,
            employment_id=post.employment_id,
            organisation_id=settled.hmrc.id,
            return_on=EXPECTED,
            **PROVENANCE.stamp(settled.now, BEGINS),
        ),
    )
    assert held(settled, RoleAssignment, BEGINS)
    assert permissions_of(settled.session, settled.employee, BEGINS - INSTANT).any
    assert not permissions_of(settled.session, settled.employee, BEGINS).any
    assert settled.employee not in who_may(*where, BEGINS)


def test_no_role_in_an_app_is_given_across_a_break(settled: Move, second: UUID) -> None:
    """It would sleep with the beginning and revive with the return."""
    begin(settled)
    come_back(settled, second)
    give_role(settled.session, settled.now, second, Role.APP_OWNER, settled.hmrc.id)
    with pytest.raises(Invalid, match="career break") as refused:
        grants.grant(
            settled.session,
            settled.now,
            PROVENANCE,
            INITIATOR,
            person_id=settled.employee,
            app_id=app_of(settled),
            role_name="manager",
            approved_by=second,
            valid_from=settled.now,
            valid_to=RETURNS + timedelta(days=30),
        )
    assert refused.value.field == "last_day"


@pytest.mark.parametrize(
    "deed",
    [lambda here: here.move.begin(), lambda here: here.draft()],
    ids=["move", "loan"],
)
def test_what_begins_in_the_instant_of_a_break_sees_it(
    engine: Engine, settled: Move, deed: Callable[[Lending], object]
) -> None:
    lending = make_lending(settled)
    settled.session.commit()

    def do() -> None:
        with transaction(engine) as session:
            deed(replace(lending, move=replace(settled, session=session)))

    with ThreadPoolExecutor(1) as threads:
        with transaction(engine) as session:
            here = replace(settled, session=session)
            ask(here, Action.BEGIN_BREAK, valid_from=BEGINS, return_on=EXPECTED)
            other = threads.submit(do)
            with suppress(TimeoutError):
                other.result(0.5)
        with pytest.raises(Conflict, match=r"break|back at work"):
            other.result()
    settled.session.rollback()
    assert settled.session.exec(select(CareerBreak)).first() is not None
