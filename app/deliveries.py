"""Delivers the outbox from a few threads, each app in its own lane, so that a slow one delays no other.

A thread tries several messages to a quick app one after the other, and what became of them is written
together: each transaction costs those who sign in more than what is written in it (ADR 47).
"""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine

from app.database import open_session, transaction
from app.logs import log
from app.unhurried import LONGER, unhurried_transaction, wait_until_written
from profiles.agreements import answering
from profiles.outbox.delivery import Lane, acknowledge, claim, due_lanes, fail, give_back, try_again
from profiles.outbox.models import MessageKind, OutboxMessage

THREADS = 16
THREADS_PER_LANE = 2
AT_ONCE = 50
"""Messages that a thread takes at most."""
TAKES_AT_MOST = timedelta(seconds=1)
"""What it has not tried then it gives back: what goes first does not wait for a slow app's others."""
LEASE = timedelta(seconds=60)
"""Longer than all of that and one more attempt may take; what a dead worker held is tried again after it."""
HURRY_EVERY = timedelta(minutes=1)
"""How often at most everything that an app has not acknowledged is tried at once."""

Deliver = Callable[[OutboxMessage], str]
"""One attempt; returns what went wrong in a few words of ours, or nothing."""


@dataclass(frozen=True)
class _Tried:
    """An attempt that ended ``at`` this moment, with what went wrong."""

    message: OutboxMessage
    error: str
    at: datetime


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
                messages = claim(session, now, lane=lane, limit=free * AT_ONCE, lease=LEASE)
            for first in range(min(free, len(messages))):
                self._start(lane, messages[first::free])
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

    def _start(self, lane: Lane, messages: Sequence[OutboxMessage]) -> None:
        with self._lock:
            self._busy[lane] += 1

        def ended(_attempts: Future[None]) -> None:
            with self._idle:
                self._busy[lane] -= 1
                self._idle.notify_all()
            self._wake.set()

        self._pool.submit(self._attempts, messages).add_done_callback(ended)

    def _attempts(self, messages: Sequence[OutboxMessage]) -> None:
        tried: list[_Tried] = []
        until = self._clock() + TAKES_AT_MOST
        for message in messages:
            wait_until_written()
            tried.append(self._attempt(message))
            if tried[-1].at >= until:
                break
        untried = messages[len(tried) :]
        try:
            self._record(tried, untried)
        except Exception:
            # One of them may be at fault: the others do not wait for its lease to run out.
            for one in tried:
                self._record_by_itself([one], [])
            self._record_by_itself([], untried)
        self._may_have_tokens(tried)

    def _attempt(self, message: OutboxMessage) -> _Tried:
        try:
            error = self._deliver(message)
        except Exception as unexpected:
            error = f"could not be tried ({type(unexpected).__name__})"
        if error:
            log.warning("delivery failed", message_id=str(message.id), kind=message.kind, error=error)
        return _Tried(message, error, self._clock())

    def _record_by_itself(self, tried: Sequence[_Tried], untried: Sequence[OutboxMessage]) -> None:
        try:
            self._record(tried, untried)
        except Exception as unexpected:
            # The lease runs out, and the message is tried again.
            ids = [str(message.id) for message in (*(one.message for one in tried), *untried)]
            log.error("delivery not recorded", message_ids=ids, error=type(unexpected).__name__)

    def _record(self, tried: Sequence[_Tried], untried: Sequence[OutboxMessage]) -> None:
        with unhurried_transaction(self._engine, LONGER) as session:
            for one in tried:
                if one.error:
                    fail(session, one.message, one.at, one.error)
                else:
                    forget = self._forget_mail and one.message.kind is MessageKind.MAIL
                    acknowledge(session, one.message.id, one.at, forget_payload=forget)
            give_back(session, untried)
            answered = [one for one in tried if not one.error]
            had_missed = (one.message.app_id for one in answered if one.message.attempts)
            app_id = next(had_missed, None)
            if app_id is not None and self._may_hurry(app_id, answered[-1].at):
                try_again(session, app_id, answered[-1].at)

    def _may_have_tokens(self, tried: Sequence[_Tried]) -> None:
        """What stopped an app's tokens may be over; apart from its answer, which is kept in any case."""
        app_id = tried[0].message.app_id
        overdue = (one.message.overdue_at for one in tried if not one.error)
        if app_id is None or not any(moment is not None and moment <= tried[-1].at for moment in overdue):
            return
        try:
            with transaction(self._engine) as session:
                answering.look(session, app_id, tried[-1].at)
        except Exception as unexpected:
            # The worker looks at every such app in its next turn.
            log.error("stopped app not looked at", app_id=str(app_id), error=type(unexpected).__name__)

    def _may_hurry(self, app_id: UUID, now: datetime) -> bool:
        """Once in a while, so that a message that the app always refuses does not come with every other."""
        with self._lock:
            last = self._hurried.get(app_id)
            if last is not None and now - last < HURRY_EVERY:
                return False
            self._hurried[app_id] = now
            return True
