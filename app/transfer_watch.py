"""What the worker does for transfers beside the two instants: gates, leavers, dates that passed, reviews."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session

from app.database import open_session, transaction
from app.first_morning import look_at_ways_in
from app.logs import log
from identity.sign_in_policy.policy import Platform
from profiles.errors import ProfileError
from profiles.transfers import ending, interruptions, notices, steps, unwatched, watching
from profiles.transfers.models import Transfer

AT_ONCE = 20
"""Transfers of one transaction, where each is about a mail or two."""


def watch_transfers(engine: Engine, now: datetime, expiry: timedelta, platform: Platform) -> None:
    """Look at every transfer that something recorded meanwhile concerns, one transaction each.

    One that cannot go on, because records were changed by hand, stays where it is and keeps up nobody.
    ``platform`` is what is asked of everybody's sign-in.
    """
    look_at_ways_in(engine, now, platform)
    with open_session(engine, writes=False) as session:
        concerned = watching.concerned(session, now)
    _do_for_each(engine, concerned, now, watching.look)
    ended = True
    while ended:
        with transaction(engine) as session:
            ended = bool(ending.expire_due(session, now, expiry, limit=AT_ONCE))
    asked = True
    while asked:
        with transaction(engine) as session:
            due = interruptions.due_for_review(session, now, AT_ONCE)
            for stopped in due:
                owner_id = stopped.owner_id if stopped.reminded_at is None else None
                stopped.reminded_at = now
                session.add(stopped)
                if stopped.side is not None:
                    transfer = steps.get(session, stopped.transfer_id)
                    notices.review_due(session, transfer, stopped.side, owner_id, now)
            asked = bool(due)


def tell_of_unwatched(engine: Engine, now: datetime) -> None:
    """Tell of what took effect while nothing looked, though a gate fails; before the states follow."""
    with open_session(engine, writes=False) as session:
        late = unwatched.find_late(session, now)
    _do_for_each(engine, late, now, unwatched.tell)


def _do_for_each(
    engine: Engine, ids: Iterable[UUID], now: datetime, do: Callable[[Session, Transfer, datetime], bool]
) -> None:
    """One transaction each; what a record that was changed by hand does not allow is left out."""
    for transfer_id in ids:
        try:
            with transaction(engine) as session:
                do(session, steps.get(session, transfer_id), now)
        except ProfileError as error:
            log.warning("transfer stays", transfer=str(transfer_id), error=type(error).__name__)
