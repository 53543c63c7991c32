"""Organisations that have ended: what each stood below at its end, and who took over from it."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.organisations.models import OrganisationDetail, Succession
from profiles.organisations.service import OrganisationTree, tree
from profiles.temporal import as_of, known


@dataclass(frozen=True)
class Ended:
    """Those that there are no more at a moment, beside the tree of those that there are.

    ``above`` has each of them, and what was above it; ``successors`` who took over directly.
    """

    living: OrganisationTree
    above: Mapping[UUID, UUID | None]
    successors: Mapping[UUID, Set[UUID]]

    def answered_for(self, held: Set[UUID], with_below: Set[UUID]) -> frozenset[UUID]:
        """Those for which who holds something at these answers, at the last with what is below them.

        Whoever took over does and, as before its end, who holds it above with what is below.
        """
        places, whole, grew = set(held), set(with_below), True
        while grew:
            before = len(places) + len(whole)
            for one, above in self.above.items():
                heirs = self.successors.get(one, frozenset())
                if above in whole or not whole.isdisjoint(heirs):
                    whole.add(one)
                if one in whole or not places.isdisjoint(heirs):
                    places.add(one)
            grew = len(places) + len(whole) > before
        return frozenset(places & self.above.keys())

    def places_of(self, organisation_id: UUID) -> frozenset[UUID]:
        """It and all that is or was below it; of one that has ended also where its people went."""
        found: set[UUID] = set()
        waiting = [organisation_id]
        while waiting:
            one = waiting.pop()
            if one in found:
                continue
            found.add(one)
            if one in self.above and organisation_id in self.above:
                waiting += self.successors.get(one, ())
            waiting += self.living.subtree_of(one)
            waiting += (below for below, above in self.above.items() if above == one)
        return frozenset(found)


def ended(session: Session, now: datetime) -> Ended:
    """The organisations that have ended by now."""
    living = tree(session, now)
    above: dict[UUID, UUID | None] = {}
    past = select(OrganisationDetail).where(
        known(OrganisationDetail, now), col(OrganisationDetail.valid_to) <= now
    )
    for one in session.exec(past.order_by(col(OrganisationDetail.valid_from))):
        if one.organisation_id not in living.organisations:
            above[one.organisation_id] = one.parent_id
    successors: dict[UUID, set[UUID]] = {}
    if above:
        for pair in session.exec(select(Succession).where(as_of(Succession, now, now))):
            successors.setdefault(pair.predecessor_id, set()).add(pair.successor_id)
    return Ended(living, above, successors)
