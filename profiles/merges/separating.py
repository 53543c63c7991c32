"""Records what a split gives to whom."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, select

from profiles.columns import new_id
from profiles.employments.models import Employment
from profiles.errors import Conflict
from profiles.imports.records.kinds import PERSON
from profiles.imports.records.models import SourceRecord
from profiles.merges import moving
from profiles.merges.models import Merge, MergedFact
from profiles.merges.moving import MARK, SUSPENSION, Carried
from profiles.merges.splitting import Origin, Owner, Part
from profiles.people.models import BirthDate, PersonName
from profiles.people.service import search_key
from profiles.temporal import Fact, Provenance, current, record, start_of_day


def separate(
    session: Session, merge: Merge, parts: Sequence[Part], other_id: UUID, now: datetime, by: UUID
) -> set[UUID]:
    """Let each fact be whose it is; return others whose facts name the other one again.

    Raises Conflict where two facts would be so of one person at the same time.
    """
    return _Separation(session, merge, parts, other_id, now, by).run()


def name_newcomer(
    session: Session,
    merge: Merge,
    other_id: UUID,
    names: Mapping[str, str],
    born_on: date | None,
    now: datetime,
    provenance: Provenance,
) -> None:
    """Let whoever never had a record be called and born as the files said, unless that has come with them."""
    if not current(session, PersonName, now, now, person_id=other_id):
        given, family = names["given_names"], names["family_name"]
        name = PersonName(
            person_id=other_id,
            given_names=given,
            family_name=family,
            search_key=search_key(given, family),
            **provenance.stamp(now, merge.since),
        )
        record(session, name)
    if born_on is not None and not current(session, BirthDate, now, now, person_id=other_id):
        stamp = provenance.stamp(now, start_of_day(born_on))
        record(session, BirthDate(person_id=other_id, born_on=born_on, **stamp))


class _Separation:
    def __init__(
        self, session: Session, merge: Merge, parts: Sequence[Part], other_id: UUID, now: datetime, by: UUID
    ) -> None:
        self._session, self._merge, self._parts = session, merge, parts
        self._other_id, self._now, self._by = other_id, now, by
        came = session.exec(select(MergedFact).where(MergedFact.merge_id == merge.id)).all()
        self._ids = {one.became: one.fact_id for one in came if one.carried}
        """What a fact of the survivor's record is called in the other's."""
        self._instead: dict[UUID, list[UUID]] = {}
        for one in came:
            if not one.carried:
                self._instead.setdefault(one.became, []).append(one.fact_id)
        self._given: list[Fact] = []

    def run(self) -> set[UUID]:
        going = [one for one in self._parts if one.owner is Owner.OTHER]
        for part in going:
            moving.close(self._session, _carried(part, part.now), self._now, self._by)
        for part in going:
            if part.origin is Origin.LEFT_OUT:
                self._give_back(part)
        for part in going:
            if part.origin is Origin.THEIRS:
                self._give(part, part.now)
        for part in going:
            if part.origin is Origin.CHANGED:
                self._return(part)
        for part in going:
            if part.origin in (Origin.SINCE, Origin.CHANGED):
                self._give_new(part)
        for part in self._parts:
            if part.kind in (SUSPENSION, MARK) and part.origin is Origin.SINCE:
                self._give_new(part)
        self._readdress()
        merge, since = self._merge, self._merge.since
        return moving.name_back(self._session, merge.survivor_id, self._other_id, since, self._now, self._by)

    def _give(self, part: Part, versions: Sequence[Fact]) -> None:
        for one in _carried(part, versions):
            fact = moving.copied(one, self._now, self._by, self._ids, self._other_id)
            moving.put(self._session, fact)
            self._given.append(fact)

    def _give_back(self, part: Part) -> None:
        """Give what was left out as it was or, where what stood in its place is theirs now, as that says."""
        became = next(one for one, fact_ids in self._instead.items() if part.fact_id in fact_ids)
        standing = next((one for one in self._parts if one.fact_id == became), None)
        is_theirs = standing is not None and standing.owner is Owner.OTHER and bool(standing.now)
        if standing is None or not is_theirs or len(self._instead[became]) > 1:
            self._give(part, part.before)
            return
        self._ids[became] = part.fact_id
        self._give(standing, standing.now)

    def _give_new(self, part: Part) -> None:
        """Give what was said since: unless it is a part of what stays, or something else is so then."""
        if part.parent is not None and part.parent not in self._ids:
            return
        self._ids.setdefault(part.fact_id, new_id())
        for one in _carried(part, part.now):
            fact = moving.copied(one, self._now, self._by, self._ids, self._other_id)
            if moving.standing_in_for(fact, self._given) is not None:
                continue
            try:
                moving.put(self._session, fact)
            except Conflict:
                # A number or an address of the survivor's, which nobody else has at the same time.
                if part.origin is not Origin.CHANGED:
                    raise
                continue
            self._given.append(fact)

    def _return(self, part: Part) -> None:
        """Let the survivor's fact be as it was before."""
        for one in _carried(part, part.before):
            moving.put(self._session, moving.copied(one, self._now, self._by, {}, self._merge.survivor_id))

    def _readdress(self) -> None:
        """What sources send of the other is of the other again; what they sent of what stays comes anew.

        Of somebody without an employment no file can go on: whom it means is new to the next one.
        """
        put_back = {one.fact_id for one in self._parts if one.origin is Origin.CHANGED}
        is_employed = any(isinstance(one, Employment) for one in self._given)
        keys = {tuple(one) for one in self._merge.source_keys}
        theirs = select(SourceRecord).where(SourceRecord.person_id == self._merge.survivor_id)
        for one in self._session.exec(theirs).all():
            is_theirs = (str(one.source_id), one.person_key) in keys
            if is_theirs and not is_employed:
                self._session.delete(one)
                continue
            if one.kind == PERSON:
                if is_theirs:
                    one.fact_id = one.person_id = self._other_id
                continue
            if one.fact_id in put_back and not is_theirs:
                continue
            fact_id = self._ids.get(one.fact_id)
            if fact_id is None and is_theirs:
                fact_id = next(iter(self._instead.get(one.fact_id, ())), None)
            if fact_id is not None:
                one.fact_id, one.person_id, one.content_hash = fact_id, self._other_id, b""
            elif is_theirs:
                self._session.delete(one)
        self._session.flush()


def _carried(part: Part, versions: Sequence[Fact]) -> list[Carried]:
    return [Carried(part.kind, one) for one in versions]
