"""Makes two records one: what the merged record says is said of the survivor from now on."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.columns import new_id
from profiles.errors import Conflict
from profiles.imports.records.kinds import PERSON
from profiles.imports.records.models import SourceRecord
from profiles.merges import moving
from profiles.merges.models import Merge, MergedFact
from profiles.portable_profile.kinds import Kind

_NEVER_LEFT_OUT = frozenset({Kind.CLEARANCE.value, Kind.DISPENSATION.value})
"""With a clearance would go its caveats: which of two stands is for a security officer to say first."""

_GIVEN_ANEW = frozenset({Kind.ROLE.value})
"""What was entrusted to whom the other record is of; some of it by nobody of this organisation."""


def unite(session: Session, merge: Merge, merged_id: UUID, now: datetime, by: UUID) -> set[UUID]:
    """Record everything of the merged record as the survivor's; return others whose facts name them anew.

    Where only one can be so of a person, as with a name, the survivor's stands; roles in Lanyard end. Raises
    Conflict where both hold a clearance of one level, or a dispensation, over the same time.
    """
    survivor_id = merge.survivor_id
    theirs = moving.facts_of(session, merged_id, now)
    ours = [one.fact for one in moving.facts_of(session, survivor_id, now)]
    ids: dict[UUID, UUID] = {}
    left_out: set[UUID] = set()
    for one in theirs:
        if one.kind in _GIVEN_ANEW:
            ids[one.fact.fact_id] = one.fact.fact_id
            left_out.add(one.fact.fact_id)
            continue
        instead = moving.standing_in_for(one.fact, ours)
        if instead is None:
            ids.setdefault(one.fact.fact_id, new_id())
            continue
        if one.kind in _NEVER_LEFT_OUT:
            raise Conflict(
                "Both records hold a clearance of the same level, or a dispensation, over the same time. A"
                " security officer must settle first which of them stands."
            )
        ids[one.fact.fact_id] = instead.fact_id
        left_out.add(one.fact.fact_id)
    moving.close(session, theirs, now, by)
    for one in theirs:
        if one.fact.fact_id not in left_out:
            moving.put(session, moving.copied(one, now, by, ids, survivor_id))
    kinds = {one.fact.fact_id: one.kind for one in theirs}
    for fact_id, became in ids.items():
        carried = fact_id not in left_out
        session.add(
            MergedFact(
                merge_id=merge.id, fact_id=fact_id, kind=kinds[fact_id], became=became, carried=carried
            )
        )
    merge.source_keys = _keys_of(session, merged_id)
    _readdress(session, merged_id, survivor_id, ids)
    return moving.rename(session, merged_id, survivor_id, now, by)


def _keys_of(session: Session, person_id: UUID) -> list[list[str]]:
    """What sources call a person."""
    found = session.exec(
        select(SourceRecord.source_id, SourceRecord.person_key)
        .where(SourceRecord.person_id == person_id, col(SourceRecord.person_key).is_not(None))
        .distinct()
    )
    return sorted([str(source_id), str(key)] for source_id, key in found)


def _readdress(session: Session, merged_id: UUID, survivor_id: UUID, ids: dict[UUID, UUID]) -> None:
    """What sources send of them from now on is of the survivor."""
    for one in session.exec(select(SourceRecord).where(SourceRecord.person_id == merged_id)).all():
        one.fact_id = survivor_id if one.kind == PERSON else ids.get(one.fact_id, one.fact_id)
        one.person_id = survivor_id
    session.flush()
