"""Whose part each task of a transfer is."""

from enum import StrEnum

from profiles.transfers.models import TaskKind


class Doer(StrEnum):
    """Who does something in a transfer; a task's ``side`` says in which department."""

    EMPLOYEE = "employee"
    HR = "hr"
    LINE_MANAGER = "line_manager"
    SECURITY_OFFICER = "security_officer"
    PAYROLL = "payroll"


DOES: dict[TaskKind, Doer] = {
    TaskKind.EMPLOYEE_DETAILS: Doer.EMPLOYEE,
    TaskKind.BPSS: Doer.HR,
    TaskKind.TERMS: Doer.EMPLOYEE,
    TaskKind.SIGN_IN: Doer.EMPLOYEE,
    TaskKind.LINE_MANAGER: Doer.LINE_MANAGER,
    TaskKind.RELEASE: Doer.HR,
    TaskKind.CLEARANCE: Doer.SECURITY_OFFICER,
    TaskKind.CLEARANCE_READY: Doer.SECURITY_OFFICER,
    TaskKind.FIRST_DAY: Doer.LINE_MANAGER,
    TaskKind.PAYROLL_DETAILS: Doer.PAYROLL,
    TaskKind.FIRST_PAY: Doer.PAYROLL,
}
