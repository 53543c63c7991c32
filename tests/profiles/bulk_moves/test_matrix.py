"""Separation of duties, generated: every deed of a bulk move, in every state, by everybody who could try."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from app.database import transaction
from profiles.bulk_moves import agreeing, leaving_out, paying, redating, restarting
from profiles.bulk_moves.models import BulkMoveState
from profiles.errors import ProfileError
from profiles.roles.models import Role
from profiles.temporal import start_of_day
from tests.factories.bulk_moves import EXPORTING, IMPORTING, START, Moving, make_mover, make_moving
from tests.factories.organisations import make_organisation
from tests.factories.people import give_role, make_deputy, make_employee

PICKED = {"picked", "picked_deputy"}
"""An HR officer of the old organisation who is on the list, and who stands in for them."""
OLD_HR = {"preparer", "preparer_deputy", "old_hr", "both"} | PICKED
NEW_HR = {"new_hr", "both"}
"""``both`` is HR of the two organisations."""
HR = OLD_HR | NEW_HR
PEOPLE = sorted(HR | {"mover", "payroll", "stranger"})
EARLY = {"drafted", "agreed", "validated", "scheduled", "asked"}
DEEDS: dict[str, tuple[set[str], set[str]]] = {
    "agree_old": ({"drafted"}, {"old_hr", "both"}),
    "agree_new": ({"drafted"}, {"new_hr", "both"}),
    "refuse_old": ({"drafted"}, OLD_HR),
    "refuse_new": ({"drafted"}, NEW_HR),
    "confirm": ({"validated"}, HR - PICKED),
    "cancel": (EARLY, HR),
    "move_start": (EARLY, HR - PICKED),
    "look_again": ({"validated", "scheduled", "asked"}, HR),
    "leave_out": ({"drafted", "validated", "scheduled"}, HR),
    "leave_out_themselves": (set(), PICKED),
    "decide_on_leaving_out": ({"asked"}, HR - {"old_hr"}),
    "let_them_move": ({"asked"}, HR),
    "say_pay_is_right": ({"reconciling", "start_asked"}, {"payroll"}),
    "say_all_pay_is_right": ({"reconciling", "start_asked"}, {"payroll"}),
    "say_another_start": ({"reconciling", "completed"}, NEW_HR),
    "agree_to_start": ({"start_asked"}, OLD_HR - PICKED - {"both"}),
    "leave_start": ({"start_asked"}, OLD_HR - PICKED | NEW_HR),
}
"""In which state each is done, and by whom of PEOPLE; in any other by nobody.

``old_hr`` asked in *asked*, and ``both`` in *start_asked*.
"""
STATES = (
    *("drafted", "agreed", "validated", "scheduled", "asked"),
    *("reconciling", "start_asked", "completed", "refused"),
)


@pytest.fixture
def moving(engine: Engine, now: datetime) -> Moving:
    return make_moving(engine, now, people=1)


def people_of(moving: Moving) -> dict[str, UUID]:
    """Everybody, hired and with their roles; ``picked`` and the one mover are the list."""
    found = {
        "preparer": moving.preparer,
        "old_hr": moving.decc_officer,
        "new_hr": moving.beis_officer,
        "mover": moving.people[0],
    }
    with transaction(moving.engine) as session:
        at = (session, moving.now)
        elsewhere = make_organisation(*at, "DFT")
        hires = {
            "picked": (moving.decc, (Role.HR_OFFICER, moving.decc)),
            "both": (moving.decc, (Role.HR_OFFICER, moving.decc), (Role.HR_OFFICER, moving.beis)),
            "payroll": (moving.beis, (Role.PAYROLL_OFFICER, moving.beis)),
            "stranger": (elsewhere, (Role.HR_OFFICER, elsewhere)),
        }
        for name, (place, *roles) in hires.items():
            make = make_mover if name == "picked" else _employee
            found[name] = make(*at, place, f"{name}.x")
            for role, where in roles:
                give_role(*at, found[name], role, where.id)
        for name in ("preparer", "picked"):
            deputy = found[f"{name}_deputy"] = _employee(*at, moving.decc, f"deputy.{name}")
            make_deputy(*at, deputy, found[name], Role.HR_OFFICER, moving.decc.id)
    return found


def _employee(session: Session, now: datetime, place: Any, name: str) -> UUID:
    return make_employee(session, now, place, name).person_id


def come_to(moving: Moving, people: dict[str, UUID], state: str) -> UUID:
    move_id = moving.draft(start_date=SOON, numbers=["DECC-picked.x", "DECC-mover.number0"])
    if state == "refused":
        do(moving, people, move_id, "refuse_old", people["old_hr"])
    if state in ("drafted", "refused"):
        return move_id
    for side in (EXPORTING, IMPORTING):
        moving.agree(move_id, side)
    if state == "agreed":
        return move_id
    moving.work()
    if state == "validated":
        return move_id
    moving.confirm(move_id)
    moving.work()
    assert moving.state(move_id) is BulkMoveState.SCHEDULED
    if state == "asked":
        do(moving, people, move_id, "leave_out", people["old_hr"])
    if state in ("reconciling", "start_asked", "completed"):
        moving.now = start_of_day(SOON) + timedelta(hours=9)
        moving.work()
    if state == "start_asked":
        do(moving, people, move_id, "say_another_start", people["both"])
    if state == "completed":
        do(moving, people, move_id, "say_all_pay_is_right", people["payroll"])
        assert moving.state(move_id) is BulkMoveState.COMPLETED
    return move_id


SOON = START.replace(month=3, day=4)
"""While deputies stand in."""


class _TakenBack(Exception):
    pass


def do(
    moving: Moving, people: dict[str, UUID], move_id: UUID, deed: str, who: UUID, *, only_try: bool = False
) -> None:
    whom = {
        name: {"move_id": move_id, "member_id": moving.member(move_id, people[name]).id}
        for name in ("mover", "picked")
    }
    mover = moving.member(move_id, people["mover"])
    with transaction(moving.engine) as session:
        at, by = (session, moving.now), moving.as_officer(session, who)
        of_move, why = {"move_id": move_id, **by}, {"reason": "Why"}
        out = {"words": "Why", "alone_up_to": 0}
        deeds: dict[str, Callable[[], object]] = {
            "agree_old": lambda: agreeing.agree(*at, **of_move, side=EXPORTING),
            "agree_new": lambda: agreeing.agree(*at, **of_move, side=IMPORTING),
            "refuse_old": lambda: agreeing.refuse(*at, **of_move, side=EXPORTING, **why),
            "refuse_new": lambda: agreeing.refuse(*at, **of_move, side=IMPORTING, **why),
            "confirm": lambda: agreeing.confirm(*at, **of_move),
            "cancel": lambda: agreeing.cancel(*at, **of_move, **why),
            "move_start": lambda: redating.move_start(*at, **of_move, start_date=START),
            "look_again": lambda: agreeing.look_again(*at, **of_move),
            "leave_out": lambda: leaving_out.leave_out(*at, **whom["mover"], **by, **out),
            "leave_out_themselves": lambda: leaving_out.leave_out(*at, **whom["picked"], **by, **out),
            "decide_on_leaving_out": lambda: leaving_out.decide(*at, **whom["mover"], **by, leaves_out=True),
            "let_them_move": lambda: leaving_out.decide(*at, **whom["mover"], **by, leaves_out=False),
            "say_pay_is_right": lambda: paying.record_pay(*at, **whom["mover"], **by, right=paying.ALL_RIGHT),
            "say_all_pay_is_right": lambda: paying.record_rest_right(*at, **of_move),
            "say_another_start": lambda: restarting.ask(
                *at, **whom["mover"], **by, start_date=SOON - timedelta(days=1)
            ),
            "agree_to_start": lambda: restarting.answer(
                *at, **whom["mover"], **by, agreed=True, seen=restarting.shown(mover)
            ),
            "leave_start": lambda: restarting.answer(
                *at, **whom["mover"], **by, agreed=False, seen=restarting.shown(mover)
            ),
        }
        deeds[deed]()
        if only_try:
            raise _TakenBack


def who_can(
    moving: Moving, people: dict[str, UUID], move_id: UUID, deed: str, who: Collection[str]
) -> set[str]:
    """Who of these does the deed; each is taken back."""
    done = set()
    for name in who:
        with suppress(ProfileError):
            try:
                do(moving, people, move_id, deed, people[name], only_try=True)
            except _TakenBack:
                done.add(name)
    return done


@pytest.mark.parametrize("state", STATES)
def test_each_deed_is_done_by_its_owners_in_its_states_alone(moving: Moving, state: str) -> None:
    people = people_of(moving)
    move_id = come_to(moving, people, state)
    done = {
        deed: who_can(moving, people, move_id, deed, PEOPLE if state in states else owners)
        for deed, (states, owners) in DEEDS.items()
    }
    assert done == {deed: owners if state in states else set() for deed, (states, owners) in DEEDS.items()}
