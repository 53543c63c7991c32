"""The tasks with which a transfer begins, and who is asked at once."""

from datetime import datetime

from sqlmodel import Session

from profiles.roles.permissions import Permission
from profiles.roles.service import who_may
from profiles.temporal import civil_date
from profiles.transfers import clearance, cut_offs, managers, nobody, notices, policy, screening, tasks
from profiles.transfers.models import Side, TaskKind, Transfer, TransferTask
from profiles.transfers.timetable import Timetable


def add_tasks(session: Session, transfer: Transfer, timetable: Timetable, now: datetime) -> None:
    """Every part of everybody, with its due date; those who can act at once hear of it."""
    today = civil_date(now)
    timetable = cut_offs.timetable_at(session, timetable, transfer.importing_organisation_id, now)
    for kind, side in {
        TaskKind.EMPLOYEE_DETAILS: None,
        TaskKind.TERMS: None,
        TaskKind.SIGN_IN: None,
        TaskKind.BPSS: Side.IMPORTING,
        TaskKind.LINE_MANAGER: Side.EXPORTING,
        TaskKind.CLEARANCE: Side.EXPORTING,
        TaskKind.CLEARANCE_READY: Side.IMPORTING,
        TaskKind.RELEASE: Side.EXPORTING,
        TaskKind.FIRST_DAY: Side.IMPORTING,
        TaskKind.PAYROLL_DETAILS: Side.IMPORTING,
        TaskKind.FIRST_PAY: Side.IMPORTING,
    }.items():
        due_on = timetable.due_on(kind, transfer, today)
        session.add(TransferTask(transfer_id=transfer.id, kind=kind, side=side, due_on=due_on))
    session.flush()
    if transfer.bpss_checked_on is not None:
        passed = screening.outcome(transfer.bpss_checked_on, passed=True)
        tasks.finish(session, transfer, TaskKind.BPSS, transfer.prepared_by, now, passed)
    clearance.look(session, transfer, now)
    _ask_manager_and_security(session, transfer, now)
    nobody.tell_all(session, transfer, now)


def _ask_manager_and_security(session: Session, transfer: Transfer, now: datetime) -> None:
    manager_id = managers.find_on_record(session, transfer, now)
    if manager_id is not None and manager_id != transfer.person_id:
        managers.name(session, transfer, Side.EXPORTING, manager_id, now)
    for kind, side in ((TaskKind.CLEARANCE, Side.EXPORTING), (TaskKind.CLEARANCE_READY, Side.IMPORTING)):
        waits_for_release = kind is TaskKind.CLEARANCE_READY and clearance.find_asked(session, transfer, now)
        if tasks.get(session, transfer, kind).done_at is None and not waits_for_release:
            place = policy.organisation_of(transfer, side)
            security = who_may(session, Permission.MANAGE_CLEARANCES, place, now)
            notices.asked(session, transfer, security, now)
