"""The worker: lets access changes take effect at their instants, delivers the outbox, seals the audit trail.

Several at once are harmless; with none, access turns all the same and only the telling waits.
"""

import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import PurePath

from sqlalchemy import Engine
from sqlmodel import Session

from app import identity_context, mail
from app.access_changes import LATEST_COMMIT, advance_loans, advance_transfers, settle_recorded, sweep
from app.audit.checkpoint_keys import signer_of
from app.bulk_move_worker import BulkMoving
from app.config import Settings
from app.database import checkpoint_wal, open_session, transaction
from app.deliveries import Deliveries
from app.forgetting import Forgetting
from app.import_worker import Importing
from app.loan_watch import watch_loans
from app.logs import log
from app.pay_watch import watch_pay
from app.retention.deleting import delete_decided
from app.transfer_reminders import remind_of_bulk_moves, remind_of_loans, remind_of_transfers
from app.transfer_watch import tell_of_unwatched, watch_transfers
from app.transfers.dates_of_parts import timetable_of
from app.unhurried import unhurried_transaction
from identity.clients.registry import find_client
from identity.context import Context
from identity.keys.encryption import KeyEncryption
from identity.keys.errors import RotationPending
from identity.keys.rotation import rotate_when_due
from identity.sessions import backchannel_logout
from profiles.access_requests import service as access_requests
from profiles.agreements import answering
from profiles.appointments import looking_again, task_reminding
from profiles.appointments import reminding as appointment_reminding
from profiles.appointments import service as appointments
from profiles.audit.sealing import add_seals, checkpoint, next_seals, seal
from profiles.concerns import service as concerns
from profiles.figures.first_days import look_at_first_days
from profiles.imports.records.checking import in_batches
from profiles.outbox.models import MessageKind, OutboxMessage
from profiles.portable_profile import break_reminders
from profiles.questions import service as questions
from profiles.transfers import invitations as move_invitations

TICK_SECONDS = 1.0
AFTER_FAILURE_SECONDS = 5.0
SEAL_BATCH = 5000
SEALED_AT_ONCE = 100
"""Entries of one transaction: on SQLite sign-ins wait for it."""
SEAL_BATCHES = 20
"""Most batches of one turn, so that a flood of entries does not hold up access changes."""
RECORDED_LATE = timedelta(seconds=10)
"""So long after the moment it is dated a change may be committed, and is still seen between two batches."""
LOOK_AT_KEYS_EVERY = timedelta(hours=1)
LOOK_AT_TRANSFERS_EVERY = timedelta(minutes=1)
LOOK_AT_EVERY_ENTRY = timedelta(hours=1)
REMIND_EVERY = timedelta(minutes=10)
REMINDED_AT_ONCE = 20
"""Reminders of one transaction, where each is a mail or two."""


class Worker:
    """One worker process. ``clock`` gives the moment, aware and in UTC."""

    def __init__(self, settings: Settings, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._engine = engine
        self._clock = clock
        self._context = _context(settings, engine)
        self._wake = threading.Event()
        # A plain flag: an Event must not be set from a signal handler, which may interrupt its own wait.
        self._stopping = False
        self._deliveries = Deliveries(
            engine, self._deliver, clock, self._wake, forget_mail=not settings.development
        )
        self._importing = Importing(engine, clock, settings.second_officer_above)
        self._bulk_moving = BulkMoving(
            engine, clock, self._context.settings.platform, settings.bulk_move_confirm_within
        )
        self._forgetting = Forgetting(
            engine,
            self._context.settings.refresh_lifetime,
            timedelta(days=settings.network_address_days),
        )
        self._next_between = 0.0
        self._settled_until: datetime | None = None
        self._looked_at_every_entry: datetime | None = None
        self._looked_at_keys: datetime | None = None
        self._looked_at_transfers: datetime | None = None
        self._reminded: datetime | None = None

    def run(self) -> None:
        """Work until ``stop`` is called; what is under way then is finished."""
        log.info("worker started")
        next_turn = time.monotonic()
        while not self._stopping:
            self._wake.clear()
            if time.monotonic() >= next_turn:
                pause = TICK_SECONDS if self._turn() else AFTER_FAILURE_SECONDS
                next_turn = time.monotonic() + pause
            else:
                self._step("deliveries", self._deliveries.start_due)
            # In short waits, because a signal only sets the flag.
            self._wake.wait(min(TICK_SECONDS, max(0.0, next_turn - time.monotonic())))
        self._deliveries.close()
        log.info("worker stopped")

    def once(self) -> bool:
        """Do everything that is due, to the end; False when a step failed."""
        succeeded = self._changes()
        succeeded &= self._step("imports", self._importing.everything)
        succeeded &= self._step("bulk moves", self._bulk_moving.everything)
        succeeded &= self._step("deletions", self._delete_everything)
        succeeded &= self._step("deliveries", self._deliver_everything)
        succeeded &= self._step("apps that do not answer", self._look_at_apps)
        succeeded &= self._step("deliveries", self._deliver_everything)
        succeeded &= self._sealing()
        self._deliveries.close()
        return succeeded

    def stop(self) -> None:
        """End ``run`` within some seconds, in the middle of a long step too.

        May be called from a signal handler or another thread.
        """
        self._stopping = True

    def _turn(self) -> bool:
        self._next_between = time.monotonic() + TICK_SECONDS
        self._step("journal", lambda: checkpoint_wal(self._engine))
        succeeded = self._changes()
        succeeded &= self._step("apps that do not answer", self._look_at_apps)
        succeeded &= self._step("deliveries", self._deliveries.start_due)
        succeeded &= self._step("imports", self._importing.start_due)
        succeeded &= self._step("bulk moves", self._bulk_moving.start_due)
        return self._sealing() and succeeded

    def _changes(self) -> bool:
        now = self._clock()
        limits, between = self._settings.loan_limits, self._between
        succeeded = self._step("transfers unwatched", lambda: tell_of_unwatched(self._engine, now))
        succeeded &= self._step("transfers", lambda: advance_transfers(self._engine, now, between))
        succeeded &= self._step("loans", lambda: advance_loans(self._engine, now, limits, between))
        succeeded &= self._step("transfers standing still", lambda: self._watch_transfers(now))
        succeeded &= self._step("access", lambda: sweep(self._engine, now, between))
        succeeded &= self._step("keys", lambda: self._rotate_keys(now))
        succeeded &= self._step("reminders", lambda: self._remind(now))
        succeeded &= self._step("deletions", lambda: self._delete(now))
        return self._step("expired", lambda: self._forgetting.turn(now)) and succeeded

    def _between(self) -> bool:
        """Between two batches of a long step: what nobody has planned goes first. False once we are to stop.

        Of thousands who move at one instant each batch rests (``app.unhurried``), so that all take minutes.
        """
        is_time = time.monotonic() >= self._next_between
        if is_time:
            self._step("unplanned", self._settle_recorded)
            self._next_between = time.monotonic() + TICK_SECONDS
        if is_time or self._wake.is_set():
            self._wake.clear()
            self._step("deliveries", self._deliveries.start_due)
        return not self._stopping

    def _settle_recorded(self) -> None:
        now, last = self._clock(), self._settled_until
        earliest = now - LATEST_COMMIT
        since = earliest if last is None else max(last - RECORDED_LATE, earliest)
        settle_recorded(self._engine, since, now)
        self._settled_until = now

    def _delete(self, now: datetime) -> bool:
        return delete_decided(self._engine, self._settings.retention_periods, now)

    def _delete_everything(self) -> None:
        while self._delete(self._clock()):
            pass

    def _sealing(self) -> bool:
        return self._step("sealing", self._seal) and self._step("checkpoint", self._checkpoint)

    def _deliver_everything(self) -> None:
        while self._deliveries.start_due():
            self._deliveries.wait()

    def _deliver(self, message: OutboxMessage) -> str:
        """One attempt at a message of any kind, outside any transaction."""
        if message.kind is MessageKind.MAIL:
            return mail.deliver(self._settings, message)
        now = self._clock()
        with open_session(self._engine, writes=False) as session:
            client = find_client(session, message.payload["client_id"], even_disabled=True)
        if client is None:
            return "the client is not registered any more"
        result = backchannel_logout.deliver(message.payload, client, now, self._context)
        return "" if result.acknowledged else result.error

    def _look_at_apps(self) -> None:
        """Stop apps' tokens, or let them have some again; one with which that fails keeps up no other."""
        now = self._clock()
        with open_session(self._engine, writes=False) as session:
            to_change = answering.to_change(session, now)
        failed = []
        for app_id in to_change:
            try:
                with transaction(self._engine) as session:
                    answering.look(session, app_id, now)
            except Exception as error:
                log.warning("app stays", app=str(app_id), error=type(error).__name__)
                failed.append(error)
        if failed:
            raise failed[0]

    def _watch_transfers(self, now: datetime) -> None:
        last = self._looked_at_transfers
        if last is not None and now - last < LOOK_AT_TRANSFERS_EVERY:
            return
        expiry = timedelta(days=self._settings.transfer_expiry_days)
        watch_transfers(self._engine, now, expiry, self._context.settings.platform)
        watch_loans(self._engine, now, expiry)
        watch_pay(self._engine, now)
        self._looked_at_transfers = now

    def _remind(self, now: datetime) -> None:
        last = self._reminded
        if last is not None and now - last < REMIND_EVERY:
            return
        remind_of_transfers(self._engine, now, timetable_of(self._settings))
        remind_of_loans(self._engine, now, timetable_of(self._settings))
        confirm_within = self._settings.bulk_move_confirm_within
        remind_of_bulk_moves(self._engine, now, timetable_of(self._settings), confirm_within)
        soon = timedelta(days=self._settings.transfer_reminder_days)

        def invitations(session: Session, now: datetime, limit: int) -> bool:
            return move_invitations.remind(session, now, soon, limit)

        def remind_of_appointments(session: Session, now: datetime, limit: int) -> bool:
            return appointment_reminding.remind(session, now, timetable_of(self._settings), limit)

        def remind_after_appointments(session: Session, now: datetime, limit: int) -> bool:
            return task_reminding.remind(session, now, timetable_of(self._settings), limit)

        def expire_appointments(session: Session, now: datetime, limit: int) -> bool:
            return appointments.expire(session, now, limit, self._settings.transfer_backdate_days)

        steps = (
            invitations,
            questions.remind,
            concerns.hand_on,
            concerns.remind,
            access_requests.remind,
            access_requests.expire,
            looking_again.look_again,
            remind_of_appointments,
            remind_after_appointments,
            expire_appointments,
            break_reminders.remind,
            look_at_first_days,
        )
        for step in steps:
            more = True
            while more:
                with transaction(self._engine) as session:
                    more = step(session, now, REMINDED_AT_ONCE)
                more = more and self._between()
        self._reminded = now

    def _rotate_keys(self, now: datetime) -> None:
        every, last = timedelta(days=self._settings.key_rotation_days), self._looked_at_keys
        if not every or (last is not None and now - last < LOOK_AT_KEYS_EVERY):
            return
        # Of several workers one is first; the others find its key the next time.
        with suppress(RotationPending), transaction(self._engine) as session:
            rotate_when_due(session, KeyEncryption(self._settings.encryption_keys), now, every)
        self._looked_at_keys = now

    def _seal(self) -> None:
        now, last = self._clock(), self._looked_at_every_entry
        everything = last is None or now - last >= LOOK_AT_EVERY_ENTRY
        for _batch in range(SEAL_BATCHES):
            if not self._between():
                return
            with open_session(self._engine, writes=False) as session:
                seals = next_seals(session, now, limit=SEAL_BATCH, everything=everything)
            for some in in_batches(seals, SEALED_AT_ONCE):
                with unhurried_transaction(self._engine) as session:
                    if not add_seals(session, some):  # another worker was first: a few from the new end
                        seal(session, now, limit=SEALED_AT_ONCE)
                        return
            if len(seals) < SEAL_BATCH:
                self._looked_at_every_entry = now if everything else last
                break

    def _checkpoint(self) -> None:
        now = self._clock()
        with transaction(self._engine) as session:
            checkpoint(session, now, signer_of(self._context.key_ring, session, now))

    def _step(self, name: str, work: Callable[[], object]) -> bool:
        """Do one part of a turn. A failure is logged and tried again next time; it stops nothing else."""
        try:
            work()
        except Exception as error:
            # Not the error's text: a database's holds the values of the statement.
            where = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{PurePath(where.filename).name}:{where.lineno}"
            log.error("worker step failed", step=name, error=type(error).__name__, at=place)
            return False
        return True


def _context(settings: Settings, engine: Engine) -> Context:
    """What identity needs of a process that answers no requests."""
    return replace(identity_context(settings), reading=lambda: open_session(engine, writes=False))
