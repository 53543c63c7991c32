"""The level that is held with the old department is granted anew for the new one before the last day."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from profiles.audit.service import Initiator
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import (
    Clearance,
    ClearanceLimit,
    ClearanceStatus,
    Sponsorship,
    SponsorshipKind,
)
from profiles.clearances.service import set_status
from profiles.entitlements.preview import Change
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.roles.models import Role
from profiles.temporal import current, history, record, replace
from profiles.transfers import clearance, required, tasks, watching
from profiles.transfers.clearance_answers import Answer
from profiles.transfers.ending import withdraw
from profiles.transfers.models import Side, TaskKind, Transfer, TransferState
from profiles.transfers.preview import preview_move
from tests.factories.apps import make_app, make_rule
from tests.factories.organisations import PROVENANCE, make_organisation
from tests.factories.people import give_role
from tests.factories.transfer_tasks import decide_clearance
from tests.factories.transfers import Move
from tests.profiles.transfers.test_required import BEFORE, JOIN, approve_both, held, say, sponsored

SC, ACTIVE = ClearanceLevel.SC, ClearanceStatus.ACTIVE
DECIDED = date(2026, 3, 1)


@pytest.fixture
def refused(move: Move) -> Transfer:
    """The old department lets SC lapse, and the new post needs it."""
    transfer = move.begin()
    move.do_tasks(transfer, released=False)
    return transfer


def grant(move: Move, transfer: Transfer, decided_on: date | None = DECIDED) -> None:
    say(move, transfer, Answer.GRANTED, decided_on=decided_on)


def decisions(move: Move) -> list[tuple[date | None, UUID]]:
    """When what they hold was decided, before the last day and from the start date on."""
    return [
        (one.decided_on, one.fact_id)
        for at in (BEFORE, JOIN)
        for one in current(move.session, Clearance, at, move.now, person_id=move.employee)
        if one.status is ACTIVE
    ]


def test_the_new_one_begins_with_the_start_and_the_old_one_is_theirs_until_the_last_day(
    move: Move, refused: Transfer
) -> None:
    grant(move, refused)
    assert held(move, JOIN) == {SC: ACTIVE}, "nothing is recorded before both have approved"
    assert tasks.get(move.session, refused, TaskKind.CLEARANCE_READY).outcome == required.ANEW
    approve_both(move, refused)
    (old, old_id), (new, new_id) = decisions(move)
    assert (old, new) == (date(2020, 1, 1), DECIDED)
    assert old_id != new_id
    assert sponsored(move, JOIN) == {SC}
    assert sponsored(move, BEFORE) == set()
    (there,) = current(move.session, Clearance, JOIN, move.now, person_id=move.employee)
    assert there.expires_on == date(2036, 2, 29)


def test_the_preview_counts_with_it(move: Move, refused: Transfer) -> None:
    vault = make_app(move.session, move.now, move.home_office, "Vault")
    make_rule(move.session, move.now, vault, organisation_id=move.home_office.id, least_clearance="SC")

    def begins() -> bool:
        changes = preview_move(move.session, refused, move.now, {move.home_office.id}).changes
        return (vault.id, Change.BEGINS) in [(one.app_id, one.change) for one in changes]

    assert not begins()
    grant(move, refused)
    assert begins()


@pytest.mark.parametrize("day", [None, date(2020, 1, 1), date(2026, 3, 3)])
def test_it_is_a_new_decision_and_one_that_was_made(move: Move, refused: Transfer, day: date | None) -> None:
    with pytest.raises(Invalid) as error:
        grant(move, refused, day)
    assert error.value.field == "decided_on"


def test_it_lasts_by_the_limit_of_the_new_department(move: Move, refused: Transfer) -> None:
    stamp = PROVENANCE.stamp(move.now, move.now)
    record(move.session, ClearanceLimit(organisation_id=move.home_office.id, level=SC, years=5, **stamp))
    with pytest.raises(Invalid, match="before the start date"):
        grant(move, refused, date(2021, 3, 1))
    grant(move, refused)


def test_the_old_department_decides_first_and_releases_nothing_afterwards(move: Move) -> None:
    transfer = move.begin()
    with pytest.raises(Conflict, match="has not decided yet"):
        grant(move, transfer)
    move.do_tasks(transfer, released=False)
    grant(move, transfer)
    with pytest.raises(Conflict, match="granted anew"):
        decide_clearance(move.session, move.now, transfer, move.security_officer(), released=True)


def test_one_that_is_over_before_the_start_is_granted_anew_too(move: Move) -> None:
    (old,) = current(move.session, Clearance, move.now, move.now, person_id=move.employee)
    replace(move.session, old, move.now, PROVENANCE, expires_on=date(2026, 3, 14))
    transfer = move.begin()
    move.do_tasks(transfer, released=True)
    grant(move, transfer)
    approve_both(move, transfer)
    assert [decided for decided, _id in decisions(move)] == [date(2020, 1, 1), DECIDED]


def become(move: Move, status: ClearanceStatus) -> None:
    """What a security officer records at the old department."""
    (old,) = current(move.session, Clearance, move.now, move.now, person_id=move.employee)
    by = Initiator.person(move.security_officer())
    set_status(move.session, move.now, PROVENANCE, by, clearance_id=old.fact_id, status=status)


@pytest.mark.parametrize("status", [ClearanceStatus.SUSPENDED, ClearanceStatus.WITHDRAWN])
def test_what_is_cut_at_the_old_department_holds_the_new_one(
    move: Move, refused: Transfer, status: ClearanceStatus
) -> None:
    grant(move, refused)
    approve_both(move, refused)
    move.now += timedelta(hours=1)
    become(move, status)
    watching.look(move.session, refused, move.now)
    assert refused.state is TransferState.BLOCKED
    for at in (move.now, BEFORE, JOIN):
        assert held(move, at) == {SC: status}
    if status is ClearanceStatus.SUSPENDED:
        move.now += timedelta(hours=1)
        become(move, ACTIVE)
        watching.look(move.session, refused, move.now)
        assert refused.state is TransferState.SCHEDULED
        assert [decided for decided, _id in decisions(move)] == [date(2020, 1, 1), DECIDED]


def test_who_recorded_it_does_not_approve_though_it_was_in_doubt_meanwhile(
    move: Move, refused: Transfer
) -> None:
    grant(move, refused)
    give_role(move.session, move.now, move.stranger, Role.HR_OFFICER, move.home_office.id)
    for status in (ClearanceStatus.SUSPENDED, ACTIVE):
        move.now += timedelta(hours=1)
        (old,) = current(move.session, Clearance, move.now, move.now, person_id=move.employee)
        replace(move.session, old, move.now, PROVENANCE, status=status)
        watching.look(move.session, refused, move.now)
        done = tasks.get(move.session, refused, TaskKind.CLEARANCE_READY).done_at is not None
        assert done == (status is ACTIVE)
    with pytest.raises(NotPermitted, match="decided on a part"):
        move.approve(refused, Side.IMPORTING, move.stranger)


def test_who_recorded_it_does_not_approve_after_another_answer_meanwhile(
    move: Move, refused: Transfer
) -> None:
    grant(move, refused)
    give_role(move.session, move.now, move.stranger, Role.HR_OFFICER, move.home_office.id)
    for status in (ClearanceStatus.SUSPENDED, ACTIVE):
        move.now += timedelta(hours=1)
        become(move, status)
        watching.look(move.session, refused, move.now)
        if status is not ACTIVE:
            say(move, refused, Answer.APPLIED)
    with pytest.raises(NotPermitted, match="decided on a part"):
        move.approve(refused, Side.IMPORTING, move.stranger)


def test_what_others_sponsor_too_stays_theirs(move: Move, refused: Transfer) -> None:
    (old,) = current(move.session, Clearance, move.now, move.now, person_id=move.employee)
    college = make_organisation(move.session, move.now, "COLLEGE")
    third = {"organisation_id": college.id, "kind": SponsorshipKind.SHARED}
    stamp = PROVENANCE.stamp(move.now, move.now)
    shared = Sponsorship(clearance_id=old.fact_id, person_id=move.employee, **third, **stamp)
    record(move.session, shared)
    with pytest.raises(Conflict, match="elsewhere too"):
        grant(move, refused)


def test_where_the_move_ends_nothing_of_it_is_left(move: Move, refused: Transfer) -> None:
    grant(move, refused)
    approve_both(move, refused)
    move.now += timedelta(hours=1)
    withdraw(move.session, move.now, transfer_id=refused.id, person_id=move.employee)
    assert (refused.granted_on, refused.granted_until) == (None, None)
    (kept,) = history(move.session, Clearance, move.now, person_id=move.employee)
    assert (kept.decided_on, kept.status, kept.valid_to) == (date(2020, 1, 1), ACTIVE, None)
    assert clearance.releasable(move.session, refused, move.now)
