"""Employment numbers in the new organisation: the same as before, told apart where somebody has it there."""

from collections.abc import Iterable
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.bulk_moves.models import BulkMove, BulkMoveMember
from profiles.employments.models import Employment
from profiles.organisations.models import Organisation


class Numbers:
    """The numbers that are taken in the new organisation: read once, and added to with each that is given."""

    def __init__(self, session: Session, move: BulkMove) -> None:
        taken = select(Employment.number).where(
            col(Employment.organisation_id) == move.importing_organisation_id,
            col(Employment.superseded_at).is_(None),
        )
        self._taken = set(session.exec(taken))
        self._given: dict[UUID, str] = {}
        self._codes = dict(session.exec(select(Organisation.id, Organisation.code)).all())

    def give(self, members: Iterable[BulkMoveMember]) -> dict[UUID, str]:
        """For each member the number that their new employment gets; nobody else there has it."""
        found: dict[UUID, str] = {}
        for one in members:
            if one.id in self._given:  # what was planned for them before was not written
                found[one.id] = self._given[one.id]
                continue
            with_code = f"{self._codes[one.organisation_id]}-{one.number}"
            wishes = (one.number, with_code, f"{with_code}-{one.id.hex[-8:]}")
            found[one.id] = next(wish for wish in wishes if wish not in self._taken)
            self._taken.add(found[one.id])
            self._given[one.id] = found[one.id]
        return found
