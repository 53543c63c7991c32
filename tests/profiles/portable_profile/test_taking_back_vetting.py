"""What an officer recorded of a clearance by mistake is taken back by two, and the history keeps it."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from profiles.clearances import aftercare, service
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import (
    CaveatKind,
    Clearance,
    ClearanceCaveat,
    ClearanceEvent,
    ClearanceEventKind,
    ClearanceStatus,
    Sponsorship,
)
from profiles.employments.models import Employment
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.portable_profile.changes import decide, submit
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.leaving import leave
from profiles.portable_profile.models import Action, ChangeState, RecordChange
from profiles.temporal import Provenance, current, history
from profiles.temporal import replace as replace_fact
from tests.factories.organisations import INITIATOR, LONG_AGO
from tests.factories.people import make_employee
from tests.factories.transfers import Move
from tests.profiles.portable_profile.test_vetting import an_app_for, asked, may_open

HOUR = timedelta(hours=1)
TYPED = Provenance(None, "page:UKSV 2026/1", "As they wrote")


@pytest.fixture
def officers(move: Move) -> tuple[UUID, UUID]:
    found = [
        make_employee(move.session, move.now, move.hmrc, one).person_id for one in ("sam.one", "sue.two")
    ]
    return found[0], found[1]


def held(move: Move) -> Clearance:
    return current(move.session, Clearance, move.now, move.now, person_id=move.employee)[0]


def ask(move: Move, officers: tuple[UUID, UUID], kind: Kind, fact: Any) -> RecordChange:
    wanted = asked(move, kind, Action.TAKE_BACK, fact)
    return submit(move.session, wanted, move.now, officers[0], alone_up_to=10)


def take_back(move: Move, officers: tuple[UUID, UUID], kind: Kind, fact: Any) -> RecordChange:
    change = ask(move, officers, kind, fact)
    assert change.state is ChangeState.WAITING
    decide(move.session, change, move.now, officers[1], approved=True)
    return change


def stop(move: Move, status: ClearanceStatus) -> None:
    """An hour ago; the fixture's clearance is older."""
    said = held(move)
    service.set_status(
        move.session, move.now - HOUR, TYPED, INITIATOR, clearance_id=said.fact_id, status=status
    )


@pytest.mark.parametrize("status", [ClearanceStatus.WITHDRAWN, ClearanceStatus.SUSPENDED])
def test_a_stop_that_was_of_somebody_else_never_was_so(
    move: Move, officers: tuple[UUID, UUID], status: ClearanceStatus
) -> None:
    make_older(move)
    an_app_for(move, ClearanceLevel.SC)
    before = held(move).model_dump()
    stop(move, status)
    assert not may_open(move)
    stopped = held(move)
    take_back(move, officers, Kind.CLEARANCE, stopped)
    assert may_open(move)
    after = held(move)
    assert (after.fact_id, after.status) == (before["fact_id"], ClearanceStatus.ACTIVE)
    assert (after.valid_from, after.valid_to) == (before["valid_from"], None)
    assert len(history(move.session, Clearance, move.now, person_id=move.employee)) == 1
    then = history(move.session, Clearance, move.now - HOUR / 2, person_id=move.employee)
    assert [one.status for one in then] == [ClearanceStatus.ACTIVE, status]


def test_an_extension_goes_with_its_event(move: Move, officers: tuple[UUID, UUID]) -> None:
    make_older(move)
    aftercare.extend(
        move.session,
        move.now - HOUR,
        TYPED,
        INITIATOR,
        clearance_id=held(move).fact_id,
        until=date(2032, 1, 1),
    )
    event = current(move.session, ClearanceEvent, move.now, move.now, person_id=move.employee)[0]
    with pytest.raises(Invalid):
        ask(move, officers, Kind.CLEARANCE_EVENT, event)
    take_back(move, officers, Kind.CLEARANCE, held(move))
    assert (held(move).expires_on, held(move).extended_from) == (date(2029, 12, 31), None)
    assert history(move.session, ClearanceEvent, move.now, person_id=move.employee) == []


def test_of_a_clearance_that_was_somebody_elses_nothing_is_left(
    move: Move, officers: tuple[UUID, UUID]
) -> None:
    made = service.record_decision(
        move.session,
        move.now - HOUR,
        TYPED,
        INITIATOR,
        person_id=move.employee,
        level=ClearanceLevel.DV,
        decided_on=date(2025, 1, 1),
        sponsor_id=move.hmrc.id,
        valid_from=LONG_AGO,
    )
    about = {"clearance_id": made.fact_id}
    aftercare.add_caveat(
        move.session, move.now, TYPED, INITIATOR, name="STRAP", kind=CaveatKind.ADDITION, **about
    )
    take_back(move, officers, Kind.CLEARANCE, made)
    for model in (Sponsorship, ClearanceCaveat):
        assert history(move.session, model, move.now, **about) == []
    assert [one.level for one in history(move.session, Clearance, move.now, person_id=move.employee)] == [
        ClearanceLevel.SC
    ]
    assert len(move.session.exec(select(Clearance).where(Clearance.fact_id == made.fact_id)).all()) == 1


def test_an_incident_or_a_caveat_of_somebody_else_is_taken_back(
    move: Move, officers: tuple[UUID, UUID]
) -> None:
    common: dict[str, Any] = {"clearance_id": held(move).fact_id}
    said = (move.session, move.now, TYPED, INITIATOR)
    event = aftercare.note(*said, kind=ClearanceEventKind.INCIDENT, **common)
    caveat = aftercare.add_caveat(*said, name="Not abroad", kind=CaveatKind.CONDITION, **common)
    an_app_for(move, ClearanceLevel.SC)
    assert not may_open(move)
    for kind, fact in ((Kind.CLEARANCE_EVENT, event), (Kind.CAVEAT, caveat)):
        take_back(move, officers, kind, fact)
        assert history(move.session, type(fact), move.now, **common) == []
    assert may_open(move)


def test_an_appraisal_of_somebody_else_goes_with_the_day_of_the_next(
    move: Move, officers: tuple[UUID, UUID]
) -> None:
    make_older(move)
    event = aftercare.note(
        move.session,
        move.now - HOUR,
        TYPED,
        INITIATOR,
        clearance_id=held(move).fact_id,
        kind=ClearanceEventKind.APPRAISAL,
        next_review_on=date(2027, 2, 2),
    )
    take_back(move, officers, Kind.CLEARANCE_EVENT, event)
    assert history(move.session, ClearanceEvent, move.now, person_id=move.employee) == []
    assert held(move).review_due_on is None


def test_nobody_takes_back_alone_and_not_their_own(move: Move, officers: tuple[UUID, UUID]) -> None:
    make_older(move)
    stop(move, ClearanceStatus.WITHDRAWN)
    change = ask(move, officers, Kind.CLEARANCE, held(move))
    for one in (officers[0], move.employee):
        with pytest.raises(NotPermitted):
            decide(move.session, change, move.now, one, approved=True)
    assert held(move).status is ClearanceStatus.WITHDRAWN


def test_what_a_move_or_a_system_recorded_is_not_taken_back_here(
    move: Move, officers: tuple[UUID, UUID]
) -> None:
    with pytest.raises(Conflict, match="where it was recorded"):
        ask(move, officers, Kind.CLEARANCE, held(move))
    wanted = asked(move, Kind.CLEARANCE, Action.TAKE_BACK, held(move))
    elsewhere = replace(wanted, organisation_id=move.home_office.id)
    with pytest.raises(Conflict, match="not the sponsor"):
        submit(move.session, elsewhere, move.now, officers[0], alone_up_to=10)


def test_what_lapses_with_a_last_day_of_hr_is_not_taken_back_here(
    move: Move, officers: tuple[UUID, UUID]
) -> None:
    (employment,) = current(move.session, Employment, move.now, move.now, person_id=move.employee)
    at, ends_at = move.now + HOUR, move.now + timedelta(days=30)
    leave(move.session, employment, ends_at, at, TYPED)
    replace_fact(move.session, employment, at, TYPED, valid_to=ends_at)
    later = replace(move, now=at + HOUR)
    with pytest.raises(Conflict, match="the employment"):
        ask(later, officers, Kind.CLEARANCE, held(later))


def make_older(move: Move) -> None:
    """What the fixture recorded now was recorded a day ago."""
    for model in (Clearance, Sponsorship):
        for one in move.session.exec(select(model).where(model.person_id == move.employee)):
            one.recorded_at = move.now - timedelta(days=1)
            move.session.add(one)
    move.session.flush()
