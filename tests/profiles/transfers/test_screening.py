"""The new department's BPSS check, and its line manager: who records what, and what waits for it."""

from datetime import date

import pytest
from sqlmodel import select

from profiles.audit.models import AuditEntry
from profiles.employments.models import Posting
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted, ProfileError
from profiles.temporal import history
from profiles.transfers import dates, managers, screening, tasks
from profiles.transfers.models import Side, TaskKind, Transfer
from tests.factories.transfers import Move

YESTERDAY = date(2026, 3, 1)


def record(move: Move, transfer: Transfer, who: str, *, passed: bool, on: date = YESTERDAY) -> None:
    officer = getattr(move, who)
    screening.record_check(
        move.session,
        move.now,
        transfer_id=transfer.id,
        officer_id=officer,
        permissions=move.permissions(officer),
        passed=passed,
        checked_on=on,
    )


def name(move: Move, transfer: Transfer, address: str, who: str = "preparer") -> object:
    officer = getattr(move, who)
    return managers.name_manager(
        move.session,
        move.now,
        transfer_id=transfer.id,
        officer_id=officer,
        permissions=move.permissions(officer),
        unverified_address=address,
        side=Side.IMPORTING,
    )


def test_nobody_approves_before_the_check_is_passed(move: Move) -> None:
    transfer = move.begin(bpss_checked_on=None)
    move.do_tasks(transfer)
    with pytest.raises(Conflict, match="BPSS"):
        move.approve(transfer, Side.EXPORTING, move.hmrc_officer)
    record(move, transfer, "preparer", passed=False)
    assert transfer.bpss_checked_on is None
    with pytest.raises(Conflict, match="BPSS"):
        move.approve(transfer, Side.IMPORTING, move.home_office_officer)
    record(move, transfer, "preparer", passed=True)
    task = tasks.get(move.session, transfer, TaskKind.BPSS)
    assert (task.done_by, task.outcome) == (move.preparer, "Passed on 1 March 2026.")
    move.approve(transfer, Side.IMPORTING, move.home_office_officer)
    with pytest.raises(Conflict, match="approved"):
        record(move, transfer, "preparer", passed=False)


def test_what_the_check_came_to_is_in_no_audit_entry(move: Move) -> None:
    record(move, move.begin(bpss_checked_on=None), "preparer", passed=True)
    done = move.session.exec(select(AuditEntry).where(AuditEntry.event == "transfer.task_done")).one()
    assert "assed" not in str(done.details)


@pytest.mark.parametrize("who", ["employee", "hmrc_officer", "stranger"])
def test_only_hr_of_the_new_department_records_it(move: Move, who: str) -> None:
    transfer = move.begin(bpss_checked_on=None)
    with pytest.raises(ProfileError) as refused:
        record(move, transfer, who, passed=True)
    assert isinstance(refused.value, NotFound | NotPermitted)
    assert tasks.get(move.session, transfer, TaskKind.BPSS).done_at is None


def test_who_made_the_check_does_not_approve(move: Move) -> None:
    transfer = move.begin(bpss_checked_on=None)
    record(move, transfer, "home_office_officer", passed=True)
    move.do_tasks(transfer)
    with pytest.raises(NotPermitted, match="decided on a part"):
        move.approve(transfer, Side.IMPORTING, move.home_office_officer)


def test_a_check_of_tomorrow_is_refused(move: Move) -> None:
    transfer = move.begin(bpss_checked_on=None)
    with pytest.raises(Invalid) as refused:
        record(move, transfer, "preparer", passed=True, on=date(2026, 3, 3))
    assert refused.value.field == "checked_on"


def test_nobody_approves_before_the_new_line_manager_is_named(move: Move) -> None:
    transfer = move.begin()
    move.do_tasks(transfer, but=[TaskKind.FIRST_DAY])
    with pytest.raises(Conflict, match="line manager"):
        move.approve(transfer, Side.IMPORTING, move.home_office_officer)
    name(move, transfer, "omar.hughes@ho.gov.uk")
    move.approve(transfer, Side.IMPORTING, move.home_office_officer)


def test_the_new_line_manager_is_recorded_with_the_new_post(move: Move) -> None:
    transfer = move.begin(line_manager="Olivia.Ward@ho.gov.uk")
    move.do_tasks(transfer)
    move.approve(transfer, Side.EXPORTING, move.hmrc_officer)
    move.approve(transfer, Side.IMPORTING, move.home_office_officer)
    (post,) = history(
        move.session, Posting, move.now, person_id=move.employee, organisation_id=move.home_office.id
    )
    assert post.line_manager_id == move.home_office_officer


@pytest.mark.parametrize("address", ["harriet.khan@hmrc.gov.uk", "nobody@ho.gov.uk", "\0"])
def test_only_a_colleague_of_the_new_department_is_named(move: Move, address: str) -> None:
    with pytest.raises(Invalid) as refused:
        move.begin(line_manager=address)
    assert refused.value.field == "line_manager"
    transfer = move.begin()
    with pytest.raises(Invalid):
        name(move, transfer, address)
    with pytest.raises(NotPermitted):
        name(move, transfer, "omar.hughes@ho.gov.uk", who="hmrc_officer")


def test_only_the_named_manager_arranges_the_first_day_once(move: Move) -> None:
    transfer = move.prepare()
    for who in (move.home_office_officer, move.manager(), move.employee):
        with pytest.raises(NotFound):
            managers.arrange_first_day(move.session, move.now, transfer_id=transfer.id, person_id=who)
    managers.arrange_first_day(move.session, move.now, transfer_id=transfer.id, person_id=move.new_manager())
    with pytest.raises(Conflict):
        managers.arrange_first_day(
            move.session, move.now, transfer_id=transfer.id, person_id=move.new_manager()
        )


def test_another_start_date_is_arranged_anew(move: Move) -> None:
    transfer = move.prepare()
    managers.arrange_first_day(move.session, move.now, transfer_id=transfer.id, person_id=move.new_manager())
    dates.move_start(
        move.session,
        move.now,
        transfer_id=transfer.id,
        officer_id=move.preparer,
        permissions=move.permissions(move.preparer),
        start_date=date(2026, 4, 1),
        last_day=None,
    )
    task = tasks.get(move.session, transfer, TaskKind.FIRST_DAY)
    assert (task.done_at, task.due_on) == (None, date(2026, 3, 31))
