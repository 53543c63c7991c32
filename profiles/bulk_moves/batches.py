"""What is asked once for all batches of a bulk move, and what is written of one batch."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from profiles.bulk_moves.facts import Recording
from profiles.bulk_moves.grades import GradeMapping, mapping_of
from profiles.bulk_moves.looking import WaysIn
from profiles.bulk_moves.models import BulkMove
from profiles.bulk_moves.numbers import Numbers
from profiles.bulk_moves.places import places_of
from profiles.bulk_moves.steps import get

AT_ONCE = 200
"""People who are read at once, and of whom only the state is written in one transaction."""
WRITTEN_AT_ONCE = {"sqlite": 20, "postgresql": 50}
"""People whose facts are written as one piece; on SQLite several are one transaction, while nobody waits."""
TAKEN_BACK_AT_ONCE = 10
"""People whose facts are taken back in one, which is not made ahead."""


@dataclass
class Known:
    """What is asked once for all batches: the organisations that people leave, grades, numbers."""

    places: frozenset[UUID]
    grades: GradeMapping
    numbers: Numbers

    @classmethod
    def of(cls, session: Session, move: BulkMove, now: datetime) -> "Known":
        """As it is now."""
        places = places_of(session, move, now)
        grades = mapping_of(session, move, now)
        return cls(places, grades, Numbers(session, move, grades.had))

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
"""What is done as a whole in a transaction, with the move as it was read: it is in the same state still."""


def with_the_move(write: Write) -> Write:
    """The same, with the move as it is in the transaction, for what changes it."""
    return lambda session, as_read: write(session, get(session, as_read.id))
