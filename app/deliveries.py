"""Delivers the outbox from a few threads, each app in its own lane, so that a slow one delays no other."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session

from app.database import open_session
from app.logs import log
from app.unhurried import unhurried_transaction
from profiles.agreements import answering
from profiles.outbox.delivery import Lane, acknowledge, claim, due_lanes, fail, try_again
from profiles.outbox.models import MessageKind, OutboxMessage

THREADS = 16
THREADS_PER_LANE = 2
LEASE = timedelta(seconds=60)
"""Longer than any one attempt may take; what a dead worker held is tried again after it."""
HURRY_EVERY = timedelta(minutes=1)
"""How often at most everything that an app has not acknowledged is tried at once."""

Deliver = Callable[[OutboxMessage], str]
"""One attempt; returns what went wrong in a few words of ours, or nothing."""


class Deliveries:
    """The attempts under way. ``wake`` is set whenever one has ended and a lane is free again."""

    def __init__(
        self,
        engine: Engine,
        deliver: Deliver,
        clock: Callable[[], datetime],
        wake: threading.Event,
        *,
        forget_mail: bool,
    ) -> None:
        self._engine = engine
        self._deliver = deliver
        self._clock = clock
        self._wake = wake
        self._forget_mail = forget_mail
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="delivery")
        self._lock = threading.Lock()
        self._busy: Counter[Lane] = Counter()
        self._hurried: dict[UUID, datetime] = {}
        self._idle = threading.Condition(self._lock)

    def start_due(self) -> int:
        """Begin an attempt at every due message for which a thread is free; return how many."""
        now = self._clock()
        with open_session(self._engine, writes=False) as session:
            lanes = due_lanes(session, now)
        started = 0
        for lane in lanes:
            free = self._free(lane)
            if free <= 0:
                continue
            with unhurried_transaction(self._engine) as session:
                messages = claim(session, now, lane=lane, limit=free, lease=LEASE)
            for message in messages:
                self._start(lane, message)
            started += len(messages)
        return started

    def wait(self) -> None:
        """Return when no attempt is under way; each takes some seconds at most."""
        with self._idle:
            self._idle.wait_for(lambda: not self._busy.total())

    def close(self) -> None:
        """Let the attempts under way end, and begin no more."""
        self._pool.shutdown(wait=True)

    def _free(self, lane: Lane) -> int:
        with self._lock:
            return min(THREADS_PER_LANE - self._busy[lane], THREADS - self._busy.total())

    def _start(self, lane: Lane, message: OutboxMessage) -> None:
        with self._lock:
            self._busy[lane] += 1

        def ended(_attempt: Future[None]) -> None:
            with self._idle:
                self._busy[lane] -= 1
                self._idle.notify_all()
            self._wake.set()

        self._pool.submit(self._attempt, message).add_done_callback(ended)

    def _attempt(self, message: OutboxMessage) -> None:
        try:
            error = self._deliver(message)
        except Exception as unexpected:
            error = f"could not be tried ({type(unexpected).__name__})"
        try:
            self._record(message, error)
        except Exception as unexpected:
            # The lease runs out, and the message is tried again.
            log.error("delivery not recorded", message_id=str(message.id), error=type(unexpected).__name__)
            return
        if error:
            log.warning("delivery failed", message_id=str(message.id), kind=message.kind, error=error)

    def _record(self, message: OutboxMessage, error: str) -> None:
        now = self._clock()
        with unhurried_transaction(self._engine) as session:
            if error:
                fail(session, message, now, error)
            else:
                forget = self._forget_mail and message.kind is MessageKind.MAIL
                acknowledge(session, message.id, now, forget_payload=forget)
                if message.app_id is not None:
                    self._has_answered(session, message, message.app_id, now)

    def _has_answered(self, session: Session, message: OutboxMessage, app_id: UUID, now: datetime) -> None:
        """What an app missed while it was down is tried at once, and what stopped its tokens may be over."""
        if message.attempts and self._may_hurry(app_id, now):
            try_again(session, app_id, now)
        if message.overdue_at is not None and message.overdue_at <= now:
            answering.look(session, app_id, now)

    def _may_hurry(self, app_id: UUID, now: datetime) -> bool:
        """Once in a while, so that a message that the app always refuses does not come with every other."""
        with self._lock:
            last = self._hurried.get(app_id)
            if last is not None and now - last < HURRY_EVERY:
                return False
            self._hurried[app_id] = now
            return True
