"""Each task is done by who it belongs to, and by nobody else: every task, by everybody who takes part."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest
from sqlmodel import select

from profiles.audit.models import AuditEntry
from profiles.employments.service import current_postings
from profiles.errors import Conflict, Invalid, NotPermitted, ProfileError
from profiles.outbox.models import OutboxMessage
from profiles.roles.models import Role
from profiles.transfers import clearance, dates, employees_part, managers, owners, tasks
from profiles.transfers.models import Side, TaskKind, Transfer, TransferState
from tests.factories.people import give_role
from tests.factories.transfer_tasks import decide_clearance
from tests.factories.transfers import Move

Do = Callable[[Move, Transfer, UUID], object]


def confirm_details(move: Move, transfer: Transfer, who: UUID) -> object:
    return employees_part.confirm_details(move.session, move.now, transfer_id=transfer.id, person_id=who)


def accept_terms(move: Move, transfer: Transfer, who: UUID) -> object:
    return employees_part.accept_terms(move.session, move.now, transfer_id=transfer.id, person_id=who)


def confirm_as_manager(move: Move, transfer: Transfer, who: UUID) -> object:
    return managers.confirm(move.session, move.now, transfer_id=transfer.id, person_id=who)


def release(move: Move, transfer: Transfer, who: UUID) -> object:
    decide_clearance(move.session, move.now, transfer, who, released=True)
    return transfer


DOING: dict[TaskKind, tuple[Do, str]] = {
    TaskKind.EMPLOYEE_DETAILS: (confirm_details, "employee"),
    TaskKind.TERMS: (accept_terms, "employee"),
    TaskKind.LINE_MANAGER: (confirm_as_manager, "manager"),
    TaskKind.CLEARANCE: (release, "security_officer"),
}
EVERYBODY = (
    "employee",
    "manager",
    "security_officer",
    "hmrc_officer",
    "preparer",
    "home_office_officer",
    "stranger",
)


def person(move: Move, who: str) -> UUID:
    found = getattr(move, who)
    return found() if callable(found) else found


def begun(move: Move) -> Transfer:
    """A transfer in which nobody has done anything, and HMRC has named the line manager."""
    move.security_officer()
    transfer = move.begin()
    name_manager(move, transfer, "beth.morgan", move.manager())
    return transfer


def name_manager(move: Move, transfer: Transfer, name: str, expected: UUID | None = None) -> None:
    named = managers.name_manager(
        move.session,
        move.now,
        transfer_id=transfer.id,
        officer_id=move.hmrc_officer,
        permissions=move.permissions(move.hmrc_officer),
        unverified_address=f"{name}@hmrc.gov.uk",
    )
    assert expected in (None, named)


@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize("kind", list(DOING))
def test_a_task_is_done_by_its_owner_alone(move: Move, kind: TaskKind, who: str) -> None:
    transfer = begun(move)
    do, owner = DOING[kind]
    if who == owner:
        do(move, transfer, person(move, who))
        task = tasks.get(move.session, transfer, kind)
        assert task.done_by == person(move, who)
        done = move.session.exec(select(AuditEntry).where(AuditEntry.event == "transfer.task_done")).all()
        assert [one.details["task"] for one in done] == [kind.value]
        return
    with pytest.raises(ProfileError):
        do(move, transfer, person(move, who))
    assert tasks.get(move.session, transfer, kind).done_at is None


@pytest.mark.parametrize("kind", [TaskKind.EMPLOYEE_DETAILS, TaskKind.TERMS, TaskKind.LINE_MANAGER])
def test_what_is_done_is_not_done_twice(move: Move, kind: TaskKind) -> None:
    transfer = begun(move)
    do, owner = DOING[kind]
    do(move, transfer, person(move, owner))
    with pytest.raises(Conflict):
        do(move, transfer, person(move, owner))


@pytest.mark.parametrize("kind", list(DOING))
def test_nobody_approves_while_one_is_open(move: Move, kind: TaskKind) -> None:
    transfer = move.prepare()
    tasks.reopen(move.session, transfer, kind)
    for side, officer in ((Side.IMPORTING, move.home_office_officer), (Side.EXPORTING, move.hmrc_officer)):
        with pytest.raises(Conflict, match="yet"):
            move.approve(transfer, side, officer)


@pytest.mark.parametrize("kind", [TaskKind.LINE_MANAGER, TaskKind.CLEARANCE])
def test_who_decided_on_a_part_does_not_approve(move: Move, kind: TaskKind) -> None:
    transfer = begun(move)
    officer = person(move, DOING[kind][1])
    give_role(move.session, move.now, officer, Role.HR_OFFICER, move.hmrc.id)
    move.do_tasks(transfer)
    with pytest.raises(NotPermitted, match="decided on a part"):
        move.approve(transfer, Side.EXPORTING, officer)


def test_the_manager_on_record_is_asked_without_anybody(move: Move) -> None:
    (posting,) = current_postings(move.session, move.employee, move.now)
    posting.line_manager_id = move.manager()
    move.session.add(posting)
    move.session.flush()
    transfer = move.begin()
    assert tasks.get(move.session, transfer, TaskKind.LINE_MANAGER).owner_id == move.manager()
    asked = [one.person_id for one in move.session.exec(select(OutboxMessage))]
    assert move.manager() in asked


@pytest.mark.parametrize("name", ["olivia.ward", "nobody", "priya.patel", "\0"])
def test_only_a_colleague_of_the_old_department_is_named(move: Move, name: str) -> None:
    transfer = move.begin()
    with pytest.raises(Invalid) as refused:
        name_manager(move, transfer, name)
    assert refused.value.field == "address"


def test_the_new_departments_hr_names_nobody(move: Move) -> None:
    transfer = move.begin()
    with pytest.raises(NotPermitted):
        managers.name_manager(
            move.session,
            move.now,
            transfer_id=transfer.id,
            officer_id=move.preparer,
            permissions=move.permissions(move.preparer),
            unverified_address="beth.morgan@hmrc.gov.uk",
        )


def test_what_waits_is_found_by_its_owner(move: Move) -> None:
    transfer = begun(move)
    found = {
        who: [
            task.kind
            for _, task in owners.waiting_for(
                move.session, person(move, who), move.permissions(person(move, who)), move.now
            )
        ]
        for who in EVERYBODY
    }
    assert {who: kinds for who, kinds in found.items() if kinds} == {
        "manager": [TaskKind.LINE_MANAGER],
        "security_officer": [TaskKind.CLEARANCE],
    }
    move.do_tasks(transfer)
    manager = move.manager()
    assert owners.waiting_for(move.session, manager, move.permissions(manager), move.now) == []


def test_where_there_is_no_clearance_nobody_is_asked(move: Move) -> None:
    transfer = move.begin()
    task = tasks.get(move.session, transfer, TaskKind.CLEARANCE)
    assert task.done_at is None
    move.hmrc, hmrc = move.home_office, move.hmrc
    transfer.exporting_organisation_id, transfer.importing_organisation_id = move.hmrc.id, hmrc.id
    clearance.look(move.session, transfer, move.now)
    assert (task.done_by, task.outcome) == (None, clearance.NOTHING)


def test_a_decision_on_the_clearance_stands_once_somebody_approved(move: Move) -> None:
    transfer = move.prepare()
    officer = move.security_officer()
    decide_clearance(move.session, move.now, transfer, officer, released=False)
    assert transfer.clearance_released is False
    decide_clearance(move.session, move.now, transfer, officer, released=True)
    move.approve(transfer, Side.IMPORTING, move.home_office_officer)
    with pytest.raises(Conflict, match="approved this transfer already"):
        decide_clearance(move.session, move.now, transfer, officer, released=False)


def test_other_dates_are_accepted_and_agreed_anew(move: Move) -> None:
    transfer = move.schedule()
    dates.move_start(
        move.session,
        move.now,
        transfer_id=transfer.id,
        officer_id=move.preparer,
        permissions=move.permissions(move.preparer),
        start_date=date(2026, 4, 1),
        last_day=None,
    )
    waiting = {one.kind for one in tasks.of_transfer(move.session, transfer.id) if one.done_at is None}
    assert {TaskKind.TERMS, TaskKind.LINE_MANAGER} <= waiting
    assert transfer.state is TransferState.IN_PROGRESS


def test_a_wrong_detail_is_answered_before_the_details_are_confirmed(move: Move) -> None:
    transfer = move.begin()
    own = {"transfer_id": transfer.id, "person_id": move.employee}
    employees_part.ask_correction(move.session, move.now, **own, what="My middle name is Anjali.")
    with pytest.raises(Conflict, match="looks at what you said"):
        confirm_details(move, transfer, move.employee)
    with pytest.raises(Conflict):
        employees_part.ask_correction(move.session, move.now, **own, what="And more")
    answer(move, transfer, move.hmrc_officer)
    confirm_details(move, transfer, move.employee)
    asked = [one.reason for one in move.session.exec(select(OutboxMessage))]
    assert "Details to correct before a move" in asked
    assert "HR have answered about your details" in asked


@pytest.mark.parametrize("who", ["employee", "preparer", "home_office_officer", "stranger"])
def test_only_hr_of_the_old_department_answers(move: Move, who: str) -> None:
    transfer = move.begin()
    employees_part.ask_correction(
        move.session, move.now, transfer_id=transfer.id, person_id=move.employee, what="My name"
    )
    with pytest.raises(ProfileError):
        answer(move, transfer, getattr(move, who))


def answer(move: Move, transfer: Transfer, officer: UUID) -> None:
    employees_part.answer_correction(
        move.session,
        move.now,
        transfer_id=transfer.id,
        officer_id=officer,
        permissions=move.permissions(officer),
        answer="The passport has it too: corrected.",
    )


def test_an_older_move_that_names_no_new_manager_is_approved_all_the_same(move: Move) -> None:
    transfer = move.prepare()
    move.approve(transfer, Side.IMPORTING, move.home_office_officer)
    first_day = tasks.get(move.session, transfer, TaskKind.FIRST_DAY)
    first_day.owner_id, first_day.done_at, first_day.outcome = None, move.now, "Not asked."
    move.session.add(first_day)
    assert tasks.is_ready(move.session, transfer)
    move.approve(transfer, Side.EXPORTING, move.hmrc_officer)
    assert transfer.state is TransferState.SCHEDULED
