"""Moves a bulk move from state to state by a conditional UPDATE, and keeps its history and audit."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, update
from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append, append_ahead
from profiles.bulk_moves import states
from profiles.bulk_moves.models import BulkMove, BulkMoveState, BulkMoveStep
from profiles.errors import Conflict, NotFound
from profiles.made_ahead import MadeAhead
from profiles.prepared import Prepared


def get(session: Session, move_id: UUID) -> BulkMove:
    """The bulk move with this id, as it stands. Raises NotFound."""
    found = session.exec(select(BulkMove).where(col(BulkMove.id) == move_id)).first()
    if found is None:
        raise NotFound("There is no such bulk move.")
    return found


_GO_ON = Prepared(
    update(BulkMove)
    .where(col(BulkMove.id) == bindparam("move"), col(BulkMove.state) == bindparam("seen"))
    .values(busy_until=bindparam("until"))
)


def go_on(session: Session, move: BulkMove, until: datetime) -> bool:
    """Say that somebody works on the move ``until`` then; False when it is in another state by now."""
    return _GO_ON.run(session, {"move": move.id, "seen": move.state, "until": until}) == 1


def looked_at(session: Session, move: BulkMove, now: datetime) -> None:
    """Everybody was looked at, unless an officer has asked meanwhile that they be looked at again."""
    session.execute(
        update(BulkMove)
        .where(col(BulkMove.id) == move.id, col(BulkMove.version) == move.version)
        .values(looked_at=now)
        .execution_options(synchronize_session=False)
    )


def claim(session: Session, move: BulkMove) -> None:
    """Make sure that nobody has changed the move since it was read. Raises Conflict otherwise."""
    claimed = session.execute(
        update(BulkMove)
        .where(col(BulkMove.id) == move.id, col(BulkMove.version) == move.version)
        .values(version=move.version + 1)
        .execution_options(synchronize_session="fetch")
    )
    if claimed.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("Somebody else changed this bulk move meanwhile. Look at it again.")


def move_to(
    session: Session,
    move: BulkMove,
    following: BulkMoveState,
    now: datetime,
    by: UUID | None,
    *,
    reason: str = "",
) -> None:
    """Take one step of the state machine. Raises InvalidTransition, Conflict."""
    present = move.state
    states.check(move.regime, present, following)
    claim(session, move)
    move.state = following
    session.add(move)
    session.add(
        BulkMoveStep(
            bulk_move_id=move.id, from_state=present, to_state=following, at=now, by=by, reason=reason
        )
    )
    session.flush()


def audit(
    session: Session,
    event: Event,
    move: BulkMove,
    by: UUID | None,
    now: datetime,
    *,
    organisation_id: UUID | None = None,
    **details: Any,
) -> None:
    """Note what happened to a move; without ``by``, time or the worker did it."""
    append(
        session,
        event,
        Initiator.person(by) if by else Initiator.system("time"),
        now,
        organisation_id=organisation_id or move.exporting_organisation_id,
        details=_details(move) | details,
    )


def audit_person(
    session: Session, event: Event, move: BulkMove, person_id: UUID, by: UUID | None, now: datetime
) -> None:
    """Note what happened to one person of it, for both organisations' sake under the person's name."""
    append(
        session,
        event,
        Initiator.person(by) if by else Initiator.system("time"),
        now,
        person_id=person_id,
        organisation_id=move.exporting_organisation_id,
        details=_details(move),
    )


def audit_people_ahead(
    session: Session, event: Event, move: BulkMove, person_ids: Sequence[UUID], by: UUID | None, now: datetime
) -> MadeAhead:
    """The same for many, made before the transaction that writes it; there is one at least."""
    return append_ahead(
        session.get_bind().dialect,
        event,
        Initiator.person(by) if by else Initiator.system("time"),
        now,
        person_ids=person_ids,
        organisation_id=move.exporting_organisation_id,
        details=_details(move),
    )


def _details(move: BulkMove) -> dict[str, Any]:
    return {"bulk_move": str(move.id), "state": move.state.value}
