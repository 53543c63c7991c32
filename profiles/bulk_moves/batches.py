"""What is asked once for all batches of a bulk move, and what is written of one batch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, update
from sqlmodel import Session

from profiles.bulk_moves.facts import Moving, Recording
from profiles.bulk_moves.grades import GradeMapping, mapping_of
from profiles.bulk_moves.looking import WaysIn
from profiles.bulk_moves.models import BulkMove, BulkMoveMember
from profiles.bulk_moves.numbers import Numbers
from profiles.organisations import service as organisations

AT_ONCE = 100
"""People who are read at once, and of whom only the state is written in one transaction."""
WRITTEN_AT_ONCE = 10
"""People whose facts are written in one: on SQLite whoever signs in waits for it, some milliseconds."""


@dataclass
class Known:
    """What is asked once for all batches: the organisations that people leave, grades, numbers."""

    places: frozenset[UUID]
    grades: GradeMapping
    numbers: Numbers

    @classmethod
    def of(cls, session: Session, move: BulkMove, now: datetime) -> "Known":
        """As it is now."""
        places = frozenset(
            place
            for at in (min(now, move.created_at), now)
            for place in organisations.tree(session, at).subtree_of(move.exporting_organisation_id)
        )
        return cls(
            places | {move.exporting_organisation_id}, mapping_of(session, move, now), Numbers(session, move)
        )

    def recording(self, session: Session, move: BulkMove, now: datetime) -> Recording:
        """What reads or writes the facts of this move in a session."""
        return Recording(session, move, self.places, self.grades, now, move.confirmed_by)


@dataclass(frozen=True)
class Application:
    """What only the application knows: credentials, and settings.

    ``hand_over`` gives the sign-in providers of the old organisation to the new one. A list that nobody
    confirms ``confirm_within`` so long after it was looked at ends.
    """

    ways_in: WaysIn
    hand_over: Callable[[Session, BulkMove, datetime], object]
    confirm_within: timedelta


Write = Callable[[Session, BulkMove], object]
"""What is done in one transaction, with the move as it is in it."""


def note_new(session: Session, moving: Sequence[Moving]) -> None:
    """Keep the new employment beside each person."""
    table = BulkMoveMember.__table__  # type: ignore[attr-defined]
    session.connection().execute(
        update(table)
        .where(table.c.id == bindparam("member_key"))
        .values(new_number=bindparam("number_there"), new_employment_id=bindparam("employment_there")),
        [
            {
                "member_key": one.member_id,
                "number_there": one.new_number,
                "employment_there": one.new_employment_id,
            }
            for one in moving
        ],
    )
