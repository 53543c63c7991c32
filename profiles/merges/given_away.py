"""Which versions in somebody's record are another's: they came with a union that was taken back since."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.merges.models import (
    Merge,
    MergeAction,
    MergedFact,
    MergeRequest,
    MergeState,
    RequestState,
)
from profiles.merges.moving import PARENTS
from profiles.merges.splitting import Owner
from profiles.temporal import Fact


@dataclass(frozen=True)
class _United:
    """One union that was taken back: from when until when, and whose an officer said that facts were."""

    since: datetime
    until: datetime
    owners: Mapping[UUID, Owner]

    def gave(self, fact: Fact) -> bool:
        if not self.since <= fact.recorded_at < self.until:
            return False
        parents = (getattr(fact, one, None) for one in PARENTS)
        said = (self.owners.get(one) for one in (fact.fact_id, *parents) if one is not None)
        return next(filter(None, said), Owner.SURVIVOR) is Owner.OTHER


@dataclass(frozen=True)
class GivenAway:
    """What splits gave away of the records of a person."""

    unions: Collection[_United]

    @classmethod
    def of(cls, session: Session, person_ids: Collection[UUID]) -> Self:
        """Of these records, which are one person's."""
        split = select(Merge).where(
            col(Merge.survivor_id).in_(person_ids), col(Merge.state) == MergeState.SPLIT
        )
        return cls(
            [
                _United(one.since, one.split_at, _owners(session, one))
                for one in session.exec(split).all()
                if one.split_at is not None
            ]
        )

    def has(self, fact: Fact) -> bool:
        """Whether this version was recorded in between, and went with the split as the other's.

        What belongs to an employment or a clearance went with it, unless an officer said otherwise.
        """
        return any(one.gave(fact) for one in self.unions)


def _owners(session: Session, merge: Merge) -> dict[UUID, Owner]:
    came = select(MergedFact.became).where(MergedFact.merge_id == merge.id, col(MergedFact.carried).is_(True))
    owners = dict.fromkeys(session.exec(came).all(), Owner.OTHER)
    asked = select(MergeRequest).where(
        MergeRequest.merge_id == merge.id,
        col(MergeRequest.action) == MergeAction.SPLIT,
        col(MergeRequest.state) == RequestState.DONE,
    )
    for request in session.exec(asked).all():
        owners |= {UUID(one): Owner(owner) for one, owner in request.content["owners"].items()}
    return owners
