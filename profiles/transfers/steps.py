"""Moves a transfer from state to state by a conditional UPDATE: of two who act at once, one is told."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from profiles.columns import new_id
from profiles.errors import Conflict, NotFound, ProfileError
from profiles.made_ahead import make_ahead
from profiles.prepared import Prepared
from profiles.transfers import states
from profiles.transfers.models import Side, Transfer, TransferInterruption, TransferState, TransferStep

log = logging.getLogger(__name__)

AFTER_LEAVING = states.ENDED | {TransferState.LEFT, TransferState.JOINED, TransferState.RECONCILING}
"""Where the end of the old employment is what the transfer itself brought, or nothing to it any more."""


def get(session: Session, transfer_id: UUID) -> Transfer:
    """The transfer with this id, as it stands. Raises NotFound."""
    found = session.exec(select(Transfer).where(col(Transfer.id) == transfer_id)).first()
    if found is None:
        raise NotFound("There is no such transfer.")
    return found


def has_left(session: Session, transfer: Transfer) -> bool:
    """Whether a transfer is blocked between its two instants: then there is no way back."""
    halfway = select(TransferInterruption.id).where(
        col(TransferInterruption.transfer_id) == transfer.id,
        col(TransferInterruption.ended_at).is_(None),
        col(TransferInterruption.resumes_to) == TransferState.LEFT,
    )
    return session.exec(halfway).first() is not None


def move_to(
    session: Session,
    transfer: Transfer,
    following: TransferState,
    now: datetime,
    by: UUID | None,
    *,
    reason: str = "",
    reason_for: Side | None = None,
) -> None:
    """Take one step of the state machine and keep it in the history. Raises InvalidTransition, Conflict.

    ``reason_for`` is the one side that may read the reason.
    """
    present = transfer.state
    states.check(transfer.regime, present, following)
    claim(session, transfer)
    transfer.state = following
    transfer.in_flight = _is_in_flight(following)
    session.add(transfer)
    session.add(
        TransferStep(
            transfer_id=transfer.id,
            from_state=present,
            to_state=following,
            at=now,
            by=by,
            reason=reason,
            reason_for=reason_for,
        )
    )
    session.flush()


_MOVE = Prepared(
    update(Transfer)
    .where(col(Transfer.id) == bindparam("which"), col(Transfer.version) == bindparam("as_read"))
    .values(version=col(Transfer.version) + 1, state=bindparam("following"), in_flight=bindparam("flying"))
)
_KEEP = Prepared(insert(TransferStep))


def move_all(session: Session, some: Sequence[Transfer], following: TransferState, now: datetime) -> None:
    """Take the step that time has brought for all of them, in two statements. Raises as ``move_to``.

    They are as they were read, or none has moved.
    """
    if not some:
        return
    for one in some:
        states.check(one.regime, one.state, following)
    in_flight = _is_in_flight(following)
    dialect = session.get_bind().dialect
    session.flush()
    moves = [
        {"which": one.id, "as_read": one.version, "following": following, "flying": in_flight} for one in some
    ]
    if make_ahead(_MOVE, dialect, moves).run(session) != len(some):
        raise Conflict("Somebody else changed one of these transfers meanwhile.")
    taken = [
        {
            "id": new_id(),
            "transfer_id": one.id,
            "from_state": one.state,
            "to_state": following,
            "at": now,
            "by": None,
            "reason": "",
            "reason_for": None,
        }
        for one in some
    ]
    make_ahead(_KEEP, dialect, taken).run(session)
    for one in some:
        set_committed_value(one, "version", one.version + 1)
        set_committed_value(one, "state", following)
        set_committed_value(one, "in_flight", in_flight)


def claim(session: Session, transfer: Transfer) -> None:
    """Make sure that nobody has changed the transfer since it was read. Raises Conflict otherwise."""
    claimed = session.execute(
        update(Transfer)
        .where(col(Transfer.id) == transfer.id, col(Transfer.version) == transfer.version)
        .values(version=transfer.version + 1)
        .execution_options(synchronize_session="fetch")
    )
    if claimed.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("Somebody else changed this transfer meanwhile. Look at it again.")


def _is_in_flight(state: TransferState) -> bool:
    return state not in states.ENDED and state is not TransferState.RECONCILING


def each(
    session: Session, due: SelectOfScalar[Transfer], limit: int, deed: Callable[[Transfer], object]
) -> list[Transfer]:
    """``together`` for what is done to one at a time."""

    def one_by_one(some: Sequence[Transfer]) -> None:
        for one in some:
            deed(one)

    return together(session, due, limit, one_by_one)


def together(
    session: Session, due: SelectOfScalar[Transfer], limit: int, deed: Callable[[Sequence[Transfer]], object]
) -> list[Transfer]:
    """Do it to at most ``limit`` of the transfers that are due, and return them; none of them stays due.

    One that cannot go on, because records were changed by hand, stays as it is and keeps up nobody.
    """
    done: list[Transfer] = []
    stay = 0
    while len(done) < limit:
        some = session.exec(due.offset(stay).limit(limit - len(done))).all()
        if not some:
            break
        went = _tried(session, some, deed)
        stay += len(some) - len(went)
        done += went
    return done


def _tried(
    session: Session, some: Sequence[Transfer], deed: Callable[[Sequence[Transfer]], object]
) -> Sequence[Transfer]:
    """Those to which it could be done: all at once, or else each by itself."""
    try:
        with session.begin_nested():
            deed(some)
    except (ProfileError, IntegrityError) as error:
        for one in some:
            session.expire(one)
        if len(some) == 1:
            log.warning("transfer %s stays: %s", some[0].id, type(error).__name__)
            return ()
        return [went for one in some for went in _tried(session, [one], deed)]
    return some
