"""The clearance that the new post needs: same, lower, higher, refused, dispensed with, and the ways out."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import Clearance, ClearanceLimit, ClearanceStatus, Dispensation, Sponsorship
from profiles.clearances.service import set_status
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.roles.models import Role
from profiles.temporal import current, history, record, replace
from profiles.transfers import clearance, required, tasks, watching
from profiles.transfers.clearance_answers import Answer
from profiles.transfers.ending import withdraw
from profiles.transfers.models import Side, TaskKind, Transfer, TransferState
from profiles.transfers.service import advance_due, approvals_of
from tests.factories.organisations import INITIATOR, PROVENANCE
from tests.factories.people import give_role
from tests.factories.transfers import Move, give_clearance

BEFORE, JOIN = datetime(2026, 3, 13, 12, tzinfo=UTC), datetime(2026, 3, 16, 9, tzinfo=UTC)


def say(move: Move, transfer: Transfer, said: Answer, who: str = "stranger", **more: Any) -> None:
    """The third department's officer has become the Home Office's security officer."""
    give_role(move.session, move.now, move.stranger, Role.SECURITY_OFFICER, move.home_office.id)
    officer = getattr(move, who)
    required.answer(
        move.session,
        move.now,
        transfer_id=transfer.id,
        officer_id=officer,
        permissions=move.permissions(officer),
        said=said,
        **more,
    )


def held(move: Move, at: datetime) -> dict[ClearanceLevel, ClearanceStatus]:
    return {
        one.level: one.status
        for one in current(move.session, Clearance, at, move.now, person_id=move.employee)
    }


def sponsored(move: Move, at: datetime) -> set[ClearanceLevel]:
    """The levels that the Home Office sponsors."""
    known = {
        one.fact_id: one.level for one in history(move.session, Clearance, move.now, person_id=move.employee)
    }
    found = current(move.session, Sponsorship, at, move.now, person_id=move.employee)
    return {known[one.clearance_id] for one in found if one.organisation_id == move.home_office.id}


def approve_both(move: Move, transfer: Transfer) -> None:
    move.approve(transfer, Side.IMPORTING, move.home_office_officer)
    move.approve(transfer, Side.EXPORTING, move.hmrc_officer)


def dispense(move: Move, transfer: Transfer) -> None:
    say(move, transfer, Answer.DISPENSED, mitigations="Never alone", until=date(2026, 9, 30))


def test_the_same_level_goes_along(move: Move) -> None:
    move.schedule(required_level=ClearanceLevel.SC)
    assert held(move, JOIN) == {ClearanceLevel.SC: ClearanceStatus.ACTIVE}
    assert sponsored(move, JOIN) == {ClearanceLevel.SC}


def test_of_a_higher_level_the_lower_is_granted_and_the_higher_stays_behind(move: Move) -> None:
    move.schedule(required_level=ClearanceLevel.CTC)
    assert held(move, BEFORE) == {ClearanceLevel.SC: ClearanceStatus.ACTIVE}
    assert held(move, JOIN) == {
        ClearanceLevel.SC: ClearanceStatus.LAPSED,
        ClearanceLevel.CTC: ClearanceStatus.ACTIVE,
    }
    assert sponsored(move, JOIN) == {ClearanceLevel.CTC}
    (lower,) = [
        one
        for one in current(move.session, Clearance, JOIN, move.now, person_id=move.employee)
        if one.level is ClearanceLevel.CTC
    ]
    assert lower.expires_on == date(2029, 12, 31)


def test_a_higher_that_is_suspended_holds_the_lower(move: Move) -> None:
    transfer = move.schedule(required_level=ClearanceLevel.CTC)
    (one,) = current(move.session, Clearance, move.now, move.now, person_id=move.employee)
    replace(move.session, one, move.now, PROVENANCE, status=ClearanceStatus.SUSPENDED)
    watching.look(move.session, transfer, move.now)
    assert transfer.state is TransferState.BLOCKED
    assert ClearanceLevel.CTC not in held(move, JOIN)


def test_a_higher_level_is_applied_for_and_waited_for(move: Move) -> None:
    transfer = move.begin(required_level=ClearanceLevel.DV)
    move.do_tasks(transfer)
    assert tasks.get(move.session, transfer, TaskKind.CLEARANCE).done_at is not None
    for said in (Answer.APPLIED, Answer.REFUSED):
        say(move, transfer, said)
        with pytest.raises(Conflict, match="clearance that the new post needs"):
            move.approve(transfer, Side.IMPORTING, move.home_office_officer)
    with pytest.raises(Invalid) as refused:
        say(move, transfer, Answer.GRANTED)
    assert refused.value.field == "decided_on"
    say(move, transfer, Answer.GRANTED, decided_on=date(2026, 3, 1))
    approve_both(move, transfer)
    assert held(move, JOIN) == {
        ClearanceLevel.SC: ClearanceStatus.LAPSED,
        ClearanceLevel.DV: ClearanceStatus.ACTIVE,
    }
    assert sponsored(move, JOIN) == {ClearanceLevel.DV}


def test_a_level_that_was_left_suspended_is_not_granted_by_one_officer(move: Move) -> None:
    level = ClearanceLevel.DV
    left = {"person_id": move.employee, "level": level, "status": ClearanceStatus.SUSPENDED}
    stamp = PROVENANCE.stamp(move.now, datetime(2025, 3, 1, tzinfo=UTC))
    record(move.session, Clearance(**left, **stamp))
    transfer = move.begin(required_level=level)
    move.do_tasks(transfer)
    with pytest.raises(Conflict, match="a second officer"):
        say(move, transfer, Answer.GRANTED, decided_on=date(2026, 3, 1))
    assert held(move, BEFORE)[level] is ClearanceStatus.SUSPENDED


def test_what_is_not_asked_for_lapses(move: Move) -> None:
    transfer = move.begin(required_level=None)
    move.do_tasks(transfer)
    approve_both(move, transfer)
    assert held(move, JOIN) == {ClearanceLevel.SC: ClearanceStatus.LAPSED}
    assert sponsored(move, JOIN) == set()


def test_without_release_only_a_dispensation_lets_them_start(move: Move) -> None:
    transfer = move.begin()
    move.do_tasks(transfer, released=False)
    with pytest.raises(Conflict, match="dispensation"):
        move.approve(transfer, Side.IMPORTING, move.home_office_officer)
    for wrong, field in (({"until": date(2026, 9, 30)}, "mitigations"), ({"mitigations": "x"}, "until")):
        with pytest.raises(Invalid) as refused:
            say(move, transfer, Answer.DISPENSED, **wrong)
        assert refused.value.field == field
    dispense(move, transfer)
    approve_both(move, transfer)
    (given,) = current(move.session, Dispensation, JOIN, move.now, person_id=move.employee)
    assert (given.level, given.approved_by, given.mitigations) == (
        ClearanceLevel.SC,
        move.stranger,
        "Never alone",
    )
    assert current(move.session, Dispensation, BEFORE, move.now, person_id=move.employee) == []
    assert held(move, JOIN) == {ClearanceLevel.SC: ClearanceStatus.LAPSED}


def test_who_dispenses_does_not_approve(move: Move) -> None:
    transfer = move.begin()
    move.do_tasks(transfer, released=False)
    give_role(move.session, move.now, move.stranger, Role.HR_OFFICER, move.home_office.id)
    dispense(move, transfer)
    with pytest.raises(NotPermitted, match="decided on a part"):
        move.approve(transfer, Side.IMPORTING, move.stranger)


@pytest.mark.parametrize("who", ["employee", "hmrc_officer", "preparer", "home_office_officer"])
def test_only_a_security_officer_of_the_new_department_says_so(move: Move, who: str) -> None:
    transfer = move.begin(required_level=ClearanceLevel.DV)
    with pytest.raises(NotFound):
        say(move, transfer, Answer.APPLIED, who=who)


def test_nobody_decides_on_their_own(move: Move) -> None:
    give_role(move.session, move.now, move.employee, Role.SECURITY_OFFICER, move.home_office.id)
    transfer = move.begin(required_level=ClearanceLevel.DV)
    with pytest.raises(NotPermitted):
        say(move, transfer, Answer.APPLIED, who="employee")


def test_what_is_withdrawn_after_the_agreement_blocks_until_somebody_may_start_without(move: Move) -> None:
    transfer = move.schedule()
    (one,) = current(move.session, Clearance, move.now, move.now, person_id=move.employee)
    replace(move.session, one, move.now, PROVENANCE, status=ClearanceStatus.WITHDRAWN)
    assert transfer.id in watching.concerned(move.session, move.now)
    watching.look(move.session, transfer, move.now)
    assert transfer.state is TransferState.BLOCKED
    watching.look(move.session, transfer, move.now)
    dispense(move, transfer)
    watching.look(move.session, transfer, move.now)
    assert transfer.state is TransferState.IN_PROGRESS
    approve_both(move, transfer)
    assert transfer.state is TransferState.SCHEDULED


def test_at_an_exit_what_was_released_goes_back_and_what_was_granted_lapses(move: Move) -> None:
    transfer = move.begin(required_level=ClearanceLevel.DV)
    move.do_tasks(transfer)
    say(move, transfer, Answer.GRANTED, decided_on=date(2026, 3, 1))
    approve_both(move, transfer)
    withdraw(move.session, move.now, transfer_id=transfer.id, person_id=move.employee)
    assert not transfer.clearance_released
    assert held(move, JOIN) == {
        ClearanceLevel.SC: ClearanceStatus.ACTIVE,
        ClearanceLevel.DV: ClearanceStatus.LAPSED,
    }


def test_at_an_exit_what_was_granted_lapses_also_where_it_was_suspended_meanwhile(move: Move) -> None:
    transfer = move.begin(required_level=ClearanceLevel.DV)
    move.do_tasks(transfer)
    say(move, transfer, Answer.GRANTED, decided_on=date(2026, 3, 1))
    (dv,) = current(move.session, Clearance, move.now, move.now, level=ClearanceLevel.DV)
    for status in (ClearanceStatus.SUSPENDED, ClearanceStatus.ACTIVE):
        move.now += timedelta(minutes=1)
        at = (move.session, move.now, PROVENANCE, INITIATOR)
        set_status(*at, clearance_id=dv.fact_id, status=status)
    withdraw(move.session, move.now, transfer_id=transfer.id, person_id=move.employee)
    assert held(move, move.now)[ClearanceLevel.DV] is ClearanceStatus.LAPSED


def test_who_approved_does_not_dispense(move: Move) -> None:
    transfer = move.schedule()
    (one,) = current(move.session, Clearance, move.now, move.now, person_id=move.employee)
    replace(move.session, one, move.now, PROVENANCE, status=ClearanceStatus.WITHDRAWN)
    watching.look(move.session, transfer, move.now)
    watching.look(move.session, transfer, move.now)
    give_role(move.session, move.now, move.home_office_officer, Role.SECURITY_OFFICER, move.home_office.id)
    more = {"mitigations": "Never alone", "until": date(2026, 9, 30)}
    with pytest.raises(NotPermitted, match="have approved"):
        say(move, transfer, Answer.DISPENSED, who="home_office_officer", **more)


def test_what_is_too_old_for_the_new_department_on_the_start_date_covers_nothing(move: Move) -> None:
    transfer = move.prepare()
    assert required.find_cover(move.session, transfer, move.now) == required.COMES_ALONG
    limit = ClearanceLimit(
        organisation_id=move.home_office.id,
        level=ClearanceLevel.SC,
        years=5,
        **PROVENANCE.stamp(move.now, move.now),
    )
    record(move.session, limit)
    assert required.find_cover(move.session, transfer, move.now) is None


def test_one_too_old_for_the_new_department_gives_way_to_a_higher_one_that_lasts(move: Move) -> None:
    """SC of 2020 beside DV of 2025: the Home Office uses SC for five years, so it is granted from DV."""
    (old,) = current(move.session, Clearance, move.now, move.now, person_id=move.employee)
    higher = give_clearance(move.session, move.now, move.employee, move.hmrc.id, level=ClearanceLevel.DV)
    replace(move.session, higher, move.now, PROVENANCE, decided_on=date(2025, 6, 1))
    limit = ClearanceLimit(
        organisation_id=move.home_office.id,
        level=ClearanceLevel.SC,
        years=5,
        **PROVENANCE.stamp(move.now, move.now),
    )
    record(move.session, limit)
    transfer = move.begin(required_level=ClearanceLevel.SC)
    asked = clearance.find_asked(move.session, transfer, move.now)
    assert asked is not None
    assert asked.level is ClearanceLevel.DV
    move.do_tasks(transfer)
    approve_both(move, transfer)
    (there,) = [
        one
        for one in current(move.session, Clearance, JOIN, move.now, person_id=move.employee)
        if one.status is ClearanceStatus.ACTIVE
    ]
    assert (there.level, there.decided_on) == (ClearanceLevel.SC, date(2025, 6, 1))
    assert there.fact_id != old.fact_id
    assert sponsored(move, JOIN) == {ClearanceLevel.SC}


def test_between_the_instants_nobody_dispenses_alone(move: Move) -> None:
    transfer = move.schedule()
    move.now = datetime(2026, 3, 14, 9, tzinfo=UTC)
    advance_due(move.session, move.now)
    (one,) = [
        one
        for one in history(move.session, Clearance, move.now, person_id=move.employee)
        if one.valid_to is None
    ]
    suspended = replace(move.session, one, move.now, PROVENANCE, status=ClearanceStatus.SUSPENDED)
    watching.look(move.session, transfer, move.now)
    watching.look(move.session, transfer, move.now)
    assert transfer.state is TransferState.BLOCKED
    assert tasks.get(move.session, transfer, TaskKind.CLEARANCE_READY).done_at is not None
    with pytest.raises(Conflict, match="second officer"):
        dispense(move, transfer)
    assert len(approvals_of(move.session, transfer.id)) == 2
    replace(move.session, suspended, move.now, PROVENANCE, status=ClearanceStatus.ACTIVE)
    watching.look(move.session, transfer, move.now)
    assert transfer.state is TransferState.LEFT


def use_sc_for_five_years(move: Move) -> None:
    """What the Home Office decides after both have approved: SC of 2020 is too old for it."""
    move.now += timedelta(hours=1)
    stamp = PROVENANCE.stamp(move.now, move.now)
    limit = ClearanceLimit(organisation_id=move.home_office.id, level=ClearanceLevel.SC, years=5, **stamp)
    record(move.session, limit)


def test_a_limit_that_is_set_after_both_approved_stops_the_move(move: Move) -> None:
    transfer = move.schedule()
    assert watching.concerned(move.session, move.now) == []
    use_sc_for_five_years(move)
    assert watching.concerned(move.session, move.now) == [transfer.id]
    assert watching.look_at_joiners(move.session, move.hmrc.id, move.now) == []
    assert watching.look_at_joiners(move.session, move.home_office.id, move.now) == [move.employee]
    assert transfer.state is TransferState.BLOCKED


def test_a_limit_that_lets_the_clearance_be_used_concerns_no_move(move: Move) -> None:
    transfer = move.schedule()
    move.now += timedelta(hours=1)
    stamp = PROVENANCE.stamp(move.now, move.now)
    limit = ClearanceLimit(organisation_id=move.home_office.id, level=ClearanceLevel.SC, years=8, **stamp)
    record(move.session, limit)
    assert watching.concerned(move.session, move.now) == []
    assert watching.look_at_joiners(move.session, move.home_office.id, move.now) == []
    assert transfer.state is TransferState.SCHEDULED
