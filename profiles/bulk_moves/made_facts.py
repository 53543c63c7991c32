"""What is planned for people, made ahead: the transaction that writes it works out nothing any more."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Dialect, bindparam, update
from sqlmodel import Session, col

from profiles.bulk_moves.facts import CARRIED, Recording, table_of
from profiles.bulk_moves.models import BulkMoveMember, MemberState
from profiles.bulk_moves.planned import Moving, Planned, as_plain
from profiles.bulk_rows import insert_ahead
from profiles.errors import Conflict
from profiles.made_ahead import MadeAhead, make_ahead
from profiles.prepared import Prepared
from profiles.temporal import Fact


def _supersede(model: type[Fact]) -> Prepared:
    table = table_of(model)
    return Prepared(
        update(table)
        .where(table.c.id == bindparam("version"), table.c.superseded_at.is_(None))
        .values(superseded_at=bindparam("now"), superseded_by=bindparam("by"))
    )


_SUPERSEDE = {model: _supersede(model) for model in CARRIED}


@dataclass(frozen=True)
class MadeFacts:
    """The facts of some people. ``statements`` are in their order, each with how many rows it must change."""

    statements: Sequence[tuple[MadeAhead, int]]

    def write(self, session: Session) -> None:
        """Record them. Raises Conflict when a record was changed since it was planned."""
        for statement, rows in self.statements:
            if statement.run(session) != rows:
                raise Conflict("A record was changed meanwhile. It is looked at again.")


def make_facts(recording: Recording, planned: Planned, person_ids: Collection[UUID]) -> MadeFacts:
    """Make what is planned for these people; nothing is written."""
    statements: list[tuple[MadeAhead, int]] = []
    dialect = recording.session.get_bind().dialect
    changed = {"now": recording.now, "by": recording.by}
    for model in CARRIED:
        of_each = planned.changes.get(model, {})
        those = [of_each[one] for one in person_ids if one in of_each]
        ending = [changed | {"version": version} for one in those for version in one.ending]
        rows = [as_plain(row) for one in those for row in one.rows]
        if ending:
            statements.append((make_ahead(_SUPERSEDE[model], dialect, ending), len(ending)))
        if rows:
            statements.append((insert_ahead(table_of(model), rows, dialect), len(rows)))
    return MadeFacts(statements)


_NOTE = update(BulkMoveMember).where(col(BulkMoveMember.id) == bindparam("member_key"))
_NEW: dict[str, Any] = {
    "new_number": bindparam("number_there"),
    "new_employment_id": bindparam("employment_there"),
}
_NOTE_NEW = Prepared(_NOTE.values(**_NEW))
_TAKE_STEP = Prepared(
    _NOTE.where(col(BulkMoveMember.state) == MemberState.READY).values(
        state=MemberState.SCHEDULED, scheduled_at=bindparam("now"), in_flight=True, **_NEW
    )
)


def make_step(dialect: Dialect, moving: Sequence[Moving], now: datetime) -> MadeAhead:
    """The step by which these people's moves are recorded, each once: of another state nobody is changed."""
    return make_ahead(_TAKE_STEP, dialect, [_new_of(one) | {"now": now} for one in moving])


def note_new(session: Session, moving: Sequence[Moving]) -> None:
    """Keep the new employment beside each person."""
    make_ahead(_NOTE_NEW, session.get_bind().dialect, [_new_of(one) for one in moving]).run(session)


def _new_of(moving: Moving) -> dict[str, Any]:
    return {
        "member_key": moving.member_id,
        "number_there": moving.new_number,
        "employment_there": moving.new_employment_id,
    }
