"""What the worker does about dates of transfers, loans and bulk moves: it reminds, escalates, settles one."""

from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from app.database import open_session, transaction
from app.logs import log
from profiles.bulk_moves import reminding as bulk_reminding
from profiles.bulk_moves import steps as bulk_steps
from profiles.errors import ProfileError
from profiles.loans import reminding as loan_reminding
from profiles.loans import steps as loan_steps
from profiles.transfers import policy_date, reminding, steps
from profiles.transfers.timetable import Timetable

AT_ONCE = 20
"""Transfers of one transaction, where each is about a mail or two."""


def remind_of_transfers(engine: Engine, now: datetime, timetable: Timetable) -> None:
    """Settle dates, then send what was not sent yet, a transaction for each transfer.

    Of two workers that look at one transfer at once, one sends; the other finds it sent the next time.
    """
    more = True
    while more:
        with transaction(engine) as session:
            more = bool(policy_date.settle_due(session, now, timetable, limit=AT_ONCE))
    with open_session(engine, writes=False) as session:
        unsent = reminding.unsent(session, now, timetable)
    for transfer_id in unsent:
        try:
            with transaction(engine) as session:
                reminding.look(session, steps.get(session, transfer_id), now, timetable)
        except (ProfileError, IntegrityError) as error:
            log.warning("reminder not sent", transfer=str(transfer_id), error=type(error).__name__)


def remind_of_loans(engine: Engine, now: datetime, timetable: Timetable) -> None:
    """The same of every loan in which something is due; their dates are settled by nobody's silence."""
    with open_session(engine, writes=False) as session:
        concerned = loan_reminding.concerned(session, now, timetable)
    for loan_id in concerned:
        try:
            with transaction(engine) as session:
                loan_reminding.look(session, loan_steps.get(session, loan_id), now, timetable)
        except (ProfileError, IntegrityError) as error:
            log.warning("reminder not sent", loan=str(loan_id), error=type(error).__name__)


def remind_of_bulk_moves(
    engine: Engine, now: datetime, timetable: Timetable, confirm_within: timedelta
) -> None:
    """The same of every bulk move that waits for officers, or for payroll."""
    with open_session(engine, writes=False) as session:
        unsent = bulk_reminding.unsent(session, now, timetable, confirm_within)
    for move_id in unsent:
        try:
            with transaction(engine) as session:
                move = bulk_steps.get(session, move_id)
                bulk_reminding.look(session, move, now, timetable, confirm_within)
        except (ProfileError, IntegrityError) as error:
            log.warning("reminder not sent", bulk_move=str(move_id), error=type(error).__name__)
