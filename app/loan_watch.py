"""What the worker does for loans beside their instants: gates, leavers, dates that passed, reviews."""

from datetime import datetime, timedelta

from sqlalchemy import Engine

from app.database import open_session, transaction
from app.logs import log
from profiles.errors import ProfileError
from profiles.loans import advancing, interruptions, notices, steps

AT_ONCE = 20
"""Loans of one transaction, where each is a mail or two."""


def watch_loans(engine: Engine, now: datetime, expiry: timedelta) -> None:
    """Look at every loan that something recorded meanwhile concerns, one transaction each.

    One that cannot go on, because records were changed by hand, stays where it is and keeps up nobody.
    """
    with open_session(engine, writes=False) as session:
        concerned = advancing.concerned(session, now)
    for loan_id in concerned:
        try:
            with transaction(engine) as session:
                advancing.look(session, steps.get(session, loan_id), now)
        except ProfileError as error:
            log.warning("loan stays", loan=str(loan_id), error=type(error).__name__)
    ended = True
    while ended:
        with transaction(engine) as session:
            ended = bool(advancing.expire_due(session, now, expiry, limit=AT_ONCE))
    asked = True
    while asked:
        with transaction(engine) as session:
            due = interruptions.due_for_review(session, now, AT_ONCE)
            for loan in due:
                owner_id = loan.hold_owner_id if loan.reminded_at is None else None
                loan.reminded_at = now
                session.add(loan)
                notices.review_due(session, loan, owner_id, now)
            asked = bool(due)
