"""Imports in the worker: one at a time, beside everything else that it does."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, update
from sqlmodel import col

from app.database import open_session, transaction
from app.job_thread import JobThread
from app.logs import log
from app.record_import import RecordImport
from profiles.audit.service import Initiator
from profiles.imports.records import service
from profiles.imports.records.models import Import, ImportState

WORKER = Initiator.system("worker")


class Importing(JobThread):
    """Goes on with imports that need nobody, in a thread of its own, because a large one takes minutes."""

    kind = "import"

    def __init__(self, engine: Engine, clock: Callable[[], datetime], approval_above: int) -> None:
        self._engine, self._clock, self._approval_above = engine, clock, approval_above
        self._failed = set[UUID]()

    def _claim(self) -> UUID | None:
        now = self._clock()
        with open_session(self._engine, writes=False) as session:
            import_id = service.find_due(session, now)
        if import_id is None:
            return None
        with transaction(self._engine) as session:
            claimed = session.execute(
                update(Import)
                .where(col(Import.id) == import_id, service.is_free(now))
                .values(busy_until=now + service.BUSY_FOR)
            )
        return import_id if claimed.rowcount == 1 else None  # type: ignore[attr-defined]

    def _work(self, import_id: UUID) -> None:
        running = RecordImport(self._engine, import_id, clock=self._clock)
        try:
            with open_session(self._engine, writes=False) as session:
                one = service.get(session, import_id)
            if one.state is not ImportState.RECEIVED:
                running.publish(WORKER)
            elif one.by_itself:
                running.check_and_publish(self._approval_above, WORKER)
            else:
                running.check(self._approval_above)
            self._failed.discard(import_id)
        except Exception as error:
            # Not the error's text: it may hold somebody's values. It is tried again a minute later.
            log.error("import failed", import_id=str(import_id), error=type(error).__name__)
            self._after_failure(running)

    def _after_failure(self, running: RecordImport) -> None:
        """What fails again where it was half written gives way: others wait for it to be published."""
        if running.import_id not in self._failed:
            self._failed.add(running.import_id)
            return
        try:
            running.give_way()
            self._failed.discard(running.import_id)
        except Exception as error:
            log.error("import not taken back", import_id=str(running.import_id), error=type(error).__name__)
