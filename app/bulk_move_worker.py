"""Bulk moves in the worker: one at a time, in a thread beside everything else that it does.

Access turns without it, by the facts with future dates that it has recorded; it records them, follows them in
the state of the move, and goes on where another worker was killed.
"""

from collections import deque
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from app.database import open_session, transaction
from app.job_thread import JobThread
from app.logs import log
from app.unhurried import LONG, unhurried_transaction, until_somebody_waits
from identity.federation import handing_over
from identity.federation.lasting import with_lasting_ways
from identity.sign_in_policy.policy import Platform
from profiles.audit.service import Initiator
from profiles.bulk_moves import looking, working
from profiles.bulk_moves.batches import AT_ONCE, TAKEN_BACK_AT_ONCE, Application, Known
from profiles.bulk_moves.expiring import CONFIRM_WITHIN
from profiles.bulk_moves.looking import AnotherWorker
from profiles.bulk_moves.models import BulkMove, BulkMoveMember, BulkMoveState, MemberState
from profiles.bulk_moves.steps import get, go_on, looked_at
from profiles.errors import ProfileError
from profiles.imports.records.checking import in_batches

LOOKING = (BulkMoveState.VALIDATED, BulkMoveState.SCHEDULED)


class BulkMoving(JobThread):
    """Goes on with bulk moves. ``platform`` is what is asked of everybody's sign-in.

    A list that nobody confirms ``confirm_within`` so long after it was looked at ends.
    """

    kind = "bulk move"

    def __init__(
        self,
        engine: Engine,
        clock: Callable[[], datetime],
        platform: Platform,
        confirm_within: timedelta = CONFIRM_WITHIN,
    ) -> None:
        self._engine, self._clock, self._platform = engine, clock, platform
        self._application = Application(self._ways_in, _hand_over, confirm_within)

    def _claim(self) -> UUID | None:
        now = self._clock()
        with open_session(self._engine, writes=False) as session:
            move_id = working.find_due(session, now, self._application.confirm_within)
        if move_id is None:
            return None
        with transaction(self._engine) as session:
            claimed = session.execute(
                update(BulkMove)
                .where(col(BulkMove.id) == move_id, working.is_due(now, self._application.confirm_within))
                .values(busy_until=now + working.BUSY_FOR)
                .execution_options(synchronize_session=False)
            )
        return move_id if claimed.rowcount == 1 else None  # type: ignore[attr-defined]

    def _work(self, move_id: UUID) -> None:
        try:
            self._look(move_id)
            known: Known | None = None
            more = True
            while more:
                try:
                    more, known = self._one_batch(move_id, known)
                except AnotherWorker:
                    raise
                except (ProfileError, IntegrityError):
                    more, known = self._one_by_one(move_id, known)
            self._let_go(move_id)
        except (ProfileError, IntegrityError) as error:
            # Somebody acted at the same moment: it is looked at again when the minute is over.
            log.warning("bulk move waits", bulk_move=str(move_id), error=type(error).__name__)
        except Exception as error:
            # Not the error's text: it may hold somebody's values. It is tried again a minute later.
            log.error("bulk move failed", bulk_move=str(move_id), error=type(error).__name__)

    def _one_by_one(self, move_id: UUID, known: Known | None) -> tuple[bool, Known | None]:
        """The same batch, a person at a time: who cannot be moved keeps up nobody else."""
        more = True
        for _ in range(AT_ONCE):
            try:
                more, known = self._one_batch(move_id, known, 1)
            except AnotherWorker:
                raise
            except (ProfileError, IntegrityError):
                with transaction(self._engine) as session:
                    if not working.set_apart_next(session, get(session, move_id), self._clock()):
                        raise
            if not more:
                break
        return more, known

    def _one_batch(self, move_id: UUID, known: Known | None, at_once: int = AT_ONCE) -> tuple[bool, Known]:
        now = self._clock()
        with open_session(self._engine, writes=False) as session:
            move = get(session, move_id)
            known = known or Known.of(session, move, now)
            writes = working.prepare(session, move, known, now, self._application, at_once)
        pieces = deque(writes)
        while pieces:
            with unhurried_transaction(self._engine, LONG) as session:
                if not go_on(session, move, self._clock() + working.BUSY_FOR):
                    return True, known  # an officer has cancelled it meanwhile
                for write in until_somebody_waits(self._engine, pieces):
                    write(session, move)
        return bool(writes), known

    def _look(self, move_id: UUID) -> None:
        """Look again at people of a move that is waiting for its day; only what has changed is written.

        With the rests between them that may take minutes: where an officer has taken the move another step
        meanwhile the rest is left, because what follows looks for itself.
        """
        now = self._clock()
        with open_session(self._engine, writes=False) as session:
            move = get(session, move_id)
            if move.state not in LOOKING or move.starts_at <= now:
                return
            findings = working.look_at_all(session, move, now, self._ways_in)
            known = Known.of(session, move, now)
        has_told = False
        for batch in in_batches(findings, TAKEN_BACK_AT_ONCE):
            with unhurried_transaction(self._engine) as session:
                if not go_on(session, move, self._clock() + working.BUSY_FOR):
                    return
                recording = known.recording(session, move, now)
                has_told |= looking.write(session, move, batch, recording, now, tells_payroll=not has_told)
        with transaction(self._engine) as session:
            looked_at(session, move, now)

    def _let_go(self, move_id: UUID) -> None:
        with transaction(self._engine) as session:
            move = get(session, move_id)
            move.busy_until = None
            session.add(move)

    def _ways_in(self, session: Session, move: BulkMove, person_ids: Collection[UUID]) -> Collection[UUID]:
        return with_lasting_ways(
            session,
            person_ids,
            move.importing_organisation_id,
            move.starts_at,
            self._platform,
            taken_over_from=move.exporting_organisation_id if move.providers_go_along else None,
        )


def _hand_over(session: Session, move: BulkMove, now: datetime) -> None:
    """The old organisation's sign-in providers become the new one's, with the accounts of whoever moves."""
    handing_over.hand_over(
        session,
        now,
        Initiator.system("time"),
        organisation_id=move.exporting_organisation_id,
        successor_id=move.importing_organisation_id,
        going_along=select(col(BulkMoveMember.person_id))
        .join(BulkMove, col(BulkMove.id) == col(BulkMoveMember.bulk_move_id))
        .where(
            col(BulkMove.exporting_organisation_id) == move.exporting_organisation_id,
            col(BulkMove.importing_organisation_id) == move.importing_organisation_id,
            col(BulkMoveMember.state) != MemberState.CANCELLED,
        ),
    )
