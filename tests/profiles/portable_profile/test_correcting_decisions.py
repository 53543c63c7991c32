"""A decision on a clearance that was recorded wrongly is corrected, and the history keeps what was said."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from profiles.clearances import aftercare, service
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import Clearance, ClearanceStatus
from profiles.entitlements.service import access_of
from profiles.errors import Conflict, Invalid, InvalidTransition
from profiles.portable_profile.changes import decide, foresee, submit
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action, ChangeState, RecordChange
from profiles.portable_profile.wanted import Wanted
from profiles.temporal import civil_date, current, end, history, start_of_day
from tests.factories.organisations import INITIATOR, PROVENANCE
from tests.factories.people import make_employee
from tests.factories.transfers import Move, give_clearance
from tests.profiles.portable_profile.test_vetting import an_app_for

DAY = timedelta(days=1)


def held(move: Move) -> Clearance:
    (found,) = [
        one
        for one in current(move.session, Clearance, move.now, move.now, person_id=move.employee)
        if one.status is not ClearanceStatus.WITHDRAWN
    ]
    return found


def colleague(move: Move, name: str) -> UUID:
    return make_employee(move.session, move.now, move.hmrc, name).person_id


def right(move: Move, **changes: Any) -> Wanted:
    """The decision as it is recorded, but for the changes."""
    one = held(move)
    values = {"level": one.level, "decided_on": one.decided_on}
    return Wanted(
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        kind=Kind.CLEARANCE,
        action=Action.CORRECT,
        values=values | {"expires_on": None, "review_due_on": None} | changes,
        reason="The letter says another day",
        source="page:UKSV 2026/1",
        version_id=one.id,
    )


def correct(move: Move, **changes: Any) -> RecordChange:
    officer = colleague(move, f"sam.{uuid4().hex}")
    return submit(move.session, right(move, **changes), move.now, officer, alone_up_to=0)


def decided(move: Move, later: int = 10) -> date:
    return held(move).decided_on + timedelta(days=later)  # type: ignore[operator]


def test_the_day_and_what_follows_from_it_are_corrected_and_the_history_stays(move: Move) -> None:
    said = held(move).model_dump()
    changed = correct(move, decided_on=decided(move, -31), review_due_on=date(2027, 1, 1))
    after = held(move)
    assert changed.state is ChangeState.RECORDED
    assert (after.fact_id, after.status) == (said["fact_id"], ClearanceStatus.ACTIVE)
    assert after.decided_on == said["decided_on"] - timedelta(days=31)
    assert after.expires_on < said["expires_on"]  # type: ignore[operator]
    assert (after.review_due_on, after.source) == (date(2027, 1, 1), "page:UKSV 2026/1")
    then = move.session.get(Clearance, said["id"])
    assert then is not None
    assert then.model_dump() == said | {"superseded_at": move.now, "superseded_by": changed.proposed_by}


def test_a_level_that_opens_an_app_waits_for_a_second_officer(move: Move) -> None:
    an_app_for(move, ClearanceLevel.DV)
    wanted = right(move, level=ClearanceLevel.DV)
    effect = foresee(move.session, wanted, move.now, [move.hmrc.id])
    assert [one.change.value for one in effect.changes] == ["begins"]
    change = submit(move.session, wanted, move.now, colleague(move, "sam.stone"), alone_up_to=0)
    assert (change.state, held(move).level) == (ChangeState.WAITING, ClearanceLevel.SC)
    decide(move.session, change, move.now, colleague(move, "sue.second"), approved=True)
    assert held(move).level is ClearanceLevel.DV
    assert any(one.allowed for _rules, one in access_of(move.session, move.employee, move.now))


def test_all_the_time_that_rests_on_it_is_corrected_and_what_was_before_keeps_its_day(move: Move) -> None:
    first_day = held(move).decided_on
    at = move.now - 20 * DAY
    for status, when in (
        (ClearanceStatus.RENEWAL_IN_PROGRESS, at),
        (ClearanceStatus.ACTIVE, at + 5 * DAY),
        (ClearanceStatus.SUSPENDED, at + 10 * DAY),
    ):
        service.set_status(
            move.session,
            move.now,
            PROVENANCE,
            INITIATOR,
            clearance_id=held(move).fact_id,
            status=status,
            at=when,
        )
    correct(move, level=ClearanceLevel.CTC, decided_on=decided(move, -1))
    found = history(move.session, Clearance, move.now, fact_id=held(move).fact_id)
    days = [one.decided_on for one in found]
    assert days == [first_day, first_day, civil_date(at + 4 * DAY), civil_date(at + 4 * DAY)]
    assert {one.level for one in found} == {ClearanceLevel.CTC}
    assert held(move).status is ClearanceStatus.SUSPENDED


def test_a_later_decision_lets_it_begin_later_but_not_before_a_renewal_began(move: Move) -> None:
    day = civil_date(held(move).valid_from) + timedelta(days=3)
    correct(move, decided_on=day)
    assert held(move).valid_from == start_of_day(day)
    for status in (ClearanceStatus.RENEWAL_IN_PROGRESS, ClearanceStatus.ACTIVE):
        at = move.now - (3 * DAY if status is ClearanceStatus.RENEWAL_IN_PROGRESS else 2 * DAY)
        fact_id = held(move).fact_id
        service.set_status(
            move.session, move.now, PROVENANCE, INITIATOR, clearance_id=fact_id, status=status, at=at
        )
    with pytest.raises(Invalid) as refused:
        correct(move, decided_on=civil_date(move.now))
    assert refused.value.field == "decided_on"


def test_an_extension_goes_on_where_it_is_still_the_later(move: Move) -> None:
    until = held(move).expires_on + timedelta(days=100)  # type: ignore[operator]
    fact_id = held(move).fact_id
    aftercare.extend(move.session, move.now, PROVENANCE, INITIATOR, clearance_id=fact_id, until=until)
    correct(move, expires_on=until - timedelta(days=400))
    assert (held(move).expires_on, held(move).extended_from) == (until, until - timedelta(days=400))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"decided_on": date(2099, 1, 1)}, "decided_on"),
        ({"expires_on": date(2199, 1, 1)}, "expires_on"),
        ({"expires_on": date(1999, 1, 1)}, "expires_on"),
    ],
)
def test_what_cannot_have_been_decided_is_refused(move: Move, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        correct(move, **changes)
    assert refused.value.field == field


def test_only_the_sponsor_corrects_and_nothing_that_is_over_or_about_to_change(move: Move) -> None:
    wanted = right(move)
    officer = colleague(move, "sam.stone")
    elsewhere = Wanted(**(vars(wanted) | {"organisation_id": move.home_office.id}))
    with pytest.raises(Conflict, match="not the sponsor"):
        submit(move.session, elsewhere, move.now, officer, alone_up_to=0)
    end(move.session, held(move), move.now + DAY, move.now, PROVENANCE)
    with pytest.raises(Conflict, match="a day to come"):
        correct(move)
    move.session.rollback()


def test_two_clearances_of_one_level_are_not_made_by_a_correction(move: Move) -> None:
    give_clearance(move.session, move.now, move.employee, move.hmrc.id, level=ClearanceLevel.DV)
    (one,) = [
        row
        for row in current(move.session, Clearance, move.now, move.now, person_id=move.employee)
        if row.level is ClearanceLevel.SC
    ]
    wanted = Wanted(
        move.employee,
        move.hmrc.id,
        Kind.CLEARANCE,
        Action.CORRECT,
        {"level": ClearanceLevel.DV, "decided_on": one.decided_on},
        "Wrong",
        "page:UKSV",
        one.id,
    )
    with pytest.raises((Conflict, InvalidTransition)):
        submit(move.session, wanted, move.now, colleague(move, "sam.stone"), alone_up_to=0)
