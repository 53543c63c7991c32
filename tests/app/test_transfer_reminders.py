"""The worker reminds of transfers, once for each date, on its own connection."""

from datetime import UTC, datetime

from flask import Flask
from sqlmodel import select

from app.transfer_reminders import remind_of_loans, remind_of_transfers
from profiles.loans.models import LoanReminder
from profiles.outbox.models import OutboxMessage
from profiles.transfers.models import TaskKind, Transfer, TransferReminder
from profiles.transfers.timetable import Timetable
from tests.factories.loans import make_loan
from tests.factories.transfers import Move

SOON = datetime(2026, 3, 10, 9, tzinfo=UTC)
LOAN_SOON = datetime(2026, 3, 6, 9, tzinfo=UTC)


def test_the_worker_settles_dates_and_reminds_once(app: Flask, move: Move) -> None:
    transfer = move.begin()
    move.do_tasks(transfer, but=[TaskKind.LINE_MANAGER])
    move.session.commit()
    engine = app.extensions["engine"]
    for _turn in range(2):
        remind_of_transfers(engine, SOON, Timetable(policy_days=5, policy_working_days=1))
    move.session.expire_all()
    assert move.session.get_one(Transfer, transfer.id).date_settled_at == SOON
    reminded = move.session.exec(select(TransferReminder)).all()
    assert [one.act for one in reminded] == ["name_manager"]
    mails = [one.payload["subject"] for one in move.session.exec(select(OutboxMessage))]
    assert mails.count("A move waits for you") == 1
    move.session.rollback()


def test_the_worker_reminds_of_loans_once(app: Flask, move: Move) -> None:
    loan = make_loan(move)
    move.session.commit()
    for _turn in range(2):
        remind_of_loans(app.extensions["engine"], LOAN_SOON, Timetable())
    reminded = move.session.exec(select(LoanReminder).where(LoanReminder.loan_id == loan.id)).all()
    assert [one.act for one in reminded] == ["describe_post"]
    move.session.rollback()
