"""Employment numbers in the new organisation: the same as before, told apart where somebody has it there.

Who goes back gets the number that they had there, unless somebody else has it since; nobody else gets it.
"""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.bulk_moves.before import Before
from profiles.bulk_moves.models import BulkMove, BulkMoveMember
from profiles.columns import is_among
from profiles.employments.models import Employment
from profiles.organisations.models import Organisation


class Numbers:
    """The numbers that are given in the new organisation; whose others are, is read for each batch anew."""

    def __init__(self, session: Session, move: BulkMove, had: Mapping[UUID, Before]) -> None:
        self._place = move.importing_organisation_id
        self._had = had
        self._kept = {one.number for one in had.values()}
        self._given: dict[UUID, str] = {}
        self._codes = dict(session.exec(select(Organisation.id, Organisation.code)).all())

    def give(self, session: Session, members: Iterable[BulkMoveMember]) -> dict[UUID, str]:
        """For each member, of whom nothing is recorded yet, the number of their new employment.

        Nobody else has it there. What was planned for them before, and not written, they keep, unless it has
        been taken meanwhile.
        """
        wishes = {one.id: self._wishes(one) for one in members}
        theirs = self._theirs(session, wishes)
        taken = theirs | set(self._given.values())
        for member_id, wished in wishes.items():
            if self._given.get(member_id) in theirs or member_id not in self._given:
                self._given[member_id] = next(wish for wish in wished if wish not in taken)
                taken.add(self._given[member_id])
        return {member_id: self._given[member_id] for member_id in wishes}

    def _wishes(self, one: BulkMoveMember) -> tuple[str, ...]:
        with_code = f"{self._codes[one.organisation_id]}-{one.number}"
        had = self._had.get(one.employment_id)
        before = (had.number,) if had else ()
        free = (wish for wish in (one.number, with_code) if wish not in self._kept)
        return *before, *free, f"{with_code}-{one.id.hex[-8:]}"

    def _theirs(self, session: Session, wishes: Mapping[UUID, Iterable[str]]) -> set[str]:
        every = {wish for wished in wishes.values() for wish in wished}
        own = {one.employment_id for one in self._had.values()}
        taken = select(Employment.number, Employment.fact_id).where(
            col(Employment.organisation_id) == self._place,
            col(Employment.superseded_at).is_(None),
            is_among(session, col(Employment.number), every),
        )
        return {number for number, employment_id in session.exec(taken) if employment_id not in own}
