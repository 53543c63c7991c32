"""Makes one record two again: each fact goes to whom it belongs, and nothing that was known is lost.

What came with the merged record goes back with it, corrected as it was since; what the survivor had stays. To
whom belongs what was added or changed since, an officer says.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.employments.models import Employment
from profiles.imports.records.models import SourceRecord
from profiles.merges import moving
from profiles.merges.models import Merge, MergedFact, MergeState
from profiles.merges.moving import MARK, SUSPENSION, Carried
from profiles.temporal import INSTANT, Fact


class Origin(StrEnum):
    """Since when a fact is in the survivor's record."""

    OURS = "ours"
    """It was theirs before the union, and is as it was."""
    THEIRS = "theirs"
    """It came with the merged record."""
    LEFT_OUT = "left_out"
    """It was the merged record's, and the survivor's stood in its place."""
    CHANGED = "changed"
    """It was the survivor's before, and says something else since, or nothing."""
    SINCE = "since"
    """It was added since."""


class Owner(StrEnum):
    """Whose a fact is, as it stands now."""

    SURVIVOR = "survivor"
    OTHER = "other"


@dataclass(frozen=True)
class Part:
    """A fact with its versions now and, where that differs, before the union.

    An officer says of what is ``asked`` whose it is. Of what was ``CHANGED`` the survivor gets back what was
    before, if what stands now is the other's.
    """

    kind: str
    fact_id: UUID
    origin: Origin
    now: tuple[Fact, ...]
    before: tuple[Fact, ...]
    asked: bool
    owner: Owner

    @property
    def shown(self) -> Fact:
        """The version to describe it by."""
        return (self.now or self.before)[-1]

    @property
    def parent(self) -> UUID | None:
        """The employment or clearance that it is a part of, as it is called now."""
        return Carried(self.kind, self.shown).parent


def parts_of(
    session: Session, merge: Merge, now: datetime, choices: Mapping[UUID, Owner] | None = None
) -> list[Part]:
    """Every fact of the survivor, with what was left out of the merged record, each with its owner.

    ``choices`` are an officer's; without one for a fact it is what its source or its employer suggests.
    """
    return _Sorting(session, merge, merge.since, now, choices or {}).parts()


class _Sorting:
    def __init__(
        self,
        session: Session,
        merge: Merge,
        merged_at: datetime,
        now: datetime,
        choices: Mapping[UUID, Owner],
    ) -> None:
        self._session, self._merge, self._choices = session, merge, choices
        self._now = _by_fact(moving.facts_of(session, merge.survivor_id, now))
        self._before = _by_fact(moving.facts_of(session, merge.survivor_id, merged_at - INSTANT))
        self._theirs = (
            _by_fact(moving.facts_of(session, merge.merged_id, merged_at - INSTANT))
            if merge.merged_id
            else {}
        )
        came = session.exec(select(MergedFact).where(MergedFact.merge_id == merge.id)).all()
        self._came = {one.became for one in came if one.carried}
        self._left_out = [one.fact_id for one in came if not one.carried and one.fact_id in self._theirs]
        self._sent = _sent_by_them(session, merge)
        self._with_others = _came_with_others(session, merge)
        self._employers = self._only_employers()

    def parts(self) -> list[Part]:
        found: dict[UUID, Part] = {}
        for fact_id in dict.fromkeys([*self._now, *self._before]):
            found[fact_id] = self._part(fact_id, found)
        for fact_id in self._left_out:
            versions = self._theirs[fact_id]
            facts = tuple(one.fact for one in versions)
            found[fact_id] = Part(
                versions[0].kind, fact_id, Origin.LEFT_OUT, (), facts, asked=False, owner=Owner.OTHER
            )
        order = list(moving.CARRIED)
        return sorted(found.values(), key=lambda one: order.index(one.kind))

    def _part(self, fact_id: UUID, found: Mapping[UUID, Part]) -> Part:
        present, past = self._now.get(fact_id, []), self._before.get(fact_id, [])
        kind = (present or past)[0].kind
        origin = self._origin(fact_id, present, past)
        parent = found.get((present or past)[0].parent or fact_id)
        owner, asked = Owner.SURVIVOR, False
        if origin is Origin.THEIRS:
            owner = Owner.OTHER
        elif origin in (Origin.CHANGED, Origin.SINCE) and kind not in (SUSPENSION, MARK):
            suggested = Owner.OTHER if fact_id in self._sent else Owner.SURVIVOR
            if origin is Origin.SINCE and parent is not None and not self._stays_apart(parent, fact_id):
                owner = parent.owner
            else:
                asked = True
                if origin is Origin.SINCE and parent is None and self._is_of_their_employer(present[0].fact):
                    suggested = Owner.OTHER
                owner = self._choices.get(fact_id, suggested)
        facts, before = (tuple(one.fact for one in some) for some in (present, past))
        return Part(kind, fact_id, origin, facts, before, asked, owner)

    def _origin(self, fact_id: UUID, present: Sequence[Carried], past: Sequence[Carried]) -> Origin:
        if fact_id in self._came:
            return Origin.THEIRS
        if fact_id in self._with_others:
            return Origin.OURS
        if not past:
            return Origin.SINCE
        said, was = ([moving.content_of(one.fact) for one in some] for some in (present, past))
        return Origin.OURS if said == was else Origin.CHANGED

    def _stays_apart(self, parent: Part, fact_id: UUID) -> bool:
        """Whether their source has added something under what the survivor had before."""
        return parent.origin in (Origin.OURS, Origin.CHANGED) and fact_id in self._sent

    def _only_employers(self) -> frozenset[UUID]:
        """The organisations that employ the merged one and not, before the union, the survivor."""
        theirs, ours = (
            {
                one.fact.organisation_id
                for versions in some.values()
                for one in versions
                if isinstance(one.fact, Employment)
            }
            for some in (self._theirs, self._before)
        )
        return frozenset(theirs - ours)

    def _is_of_their_employer(self, fact: Fact) -> bool:
        return getattr(fact, "organisation_id", None) in self._employers


def _by_fact(facts: Collection[Carried]) -> dict[UUID, list[Carried]]:
    found: dict[UUID, list[Carried]] = {}
    for one in facts:
        found.setdefault(one.fact.fact_id, []).append(one)
    return found


def _sent_by_them(session: Session, merge: Merge) -> frozenset[UUID]:
    """The facts that a source sends of whoever was merged."""
    sent = select(SourceRecord.source_id, SourceRecord.person_key, SourceRecord.fact_id).where(
        SourceRecord.person_id == merge.survivor_id
    )
    keys = {tuple(one) for one in merge.source_keys}
    return frozenset(
        fact_id for source_id, key, fact_id in session.exec(sent) if (str(source_id), key) in keys
    )


def _came_with_others(session: Session, merge: Merge) -> frozenset[UUID]:
    """The survivor's facts that came with other records that are united with theirs."""
    others = select(MergedFact.became).where(
        col(MergedFact.carried),
        col(MergedFact.merge_id).in_(
            select(Merge.id).where(
                Merge.survivor_id == merge.survivor_id,
                Merge.id != merge.id,
                col(Merge.state) == MergeState.MERGED,
            )
        ),
    )
    return frozenset(session.exec(others))
