"""One fact is added, corrected or ended by itself, with what rests on it and what is next to it."""

from datetime import datetime

from sqlmodel import Session

from profiles.employments.models import RESUMES, Employment
from profiles.errors import Invalid
from profiles.portable_profile.adding import EMPLOYMENT, new_fact
from profiles.portable_profile.breaks import last_as_employed
from profiles.portable_profile.edges import (
    MEETING,
    meeting,
    name_what_is_in_the_way,
    refuse_edges,
    with_neighbours,
)
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.leavers import works_on
from profiles.portable_profile.leaving import is_leaving, leave
from profiles.portable_profile.models import Action
from profiles.portable_profile.resuming import make_room
from profiles.portable_profile.rules import BY_EMPLOYMENT, EDITABLE, actions_of, actions_on, checked
from profiles.portable_profile.versions import get_version
from profiles.portable_profile.wanted import Wanted
from profiles.temporal import Fact, Provenance, end, record, replace

BY_ITSELF = frozenset({Action.ADD, Action.CORRECT, Action.END})
_MOMENTS = ("valid_from", "valid_to")
_NOT_SAID = frozenset({*Fact.model_fields, "person_id"} - {*_MOMENTS})


def record_by_itself(session: Session, wanted: Wanted, now: datetime, provenance: Provenance) -> Fact:
    """Record it, also of what is over or has not begun; return what holds from now on, or was retracted.

    Raises Invalid, naming the field, and Conflict when it was changed meanwhile or overlaps another's fact.
    """
    kind, values = wanted.kind, dict(wanted.values)
    is_new = wanted.action is Action.ADD
    held = None if is_new else get_version(session, kind, wanted.version_id, wanted.person_id, now)
    if wanted.action not in (actions_of(kind) if is_new else actions_on(kind, held, now)):
        raise Invalid("This cannot be done to such a record here.")
    move = bool(values.pop("moves_neighbours", False)) and kind in MEETING
    if is_new and kind in BY_EMPLOYMENT:
        values.pop(EMPLOYMENT, None)
    unknown = values.keys() - {*EDITABLE[kind], *_MOMENTS}
    if unknown:
        raise Invalid(f"{sorted(unknown)[0]} cannot be changed here.")
    if held is None:
        fact = new_fact(session, wanted, now, provenance)
        checked(session, kind, fact, now)
        make_room(session, fact, now, provenance)
        name_what_is_in_the_way(session, fact, now)
        return record(session, fact)
    refuse_edges(session, kind, held, values, now)
    if wanted.action is Action.END:
        return _end(session, wanted, held, now, provenance, move=move)
    said = type(held)(**(held.model_dump() | values))
    checked(session, kind, said, now)
    changed = {name: getattr(said, name) for name in type(held).model_fields if name not in _NOT_SAID}
    if isinstance(held, Employment) and isinstance(said, Employment):
        if is_leaving(held, said) and said.valid_to is not None:
            leave(session, said, said.valid_to, now, provenance)
        else:
            last_as_employed(session, held, said, now, provenance)
            works_on(session, held, said, now)
    kept = provenance
    if held.source.startswith(RESUMES) and held.valid_from > now:
        # It still moves with the end of what it goes on after.
        kept = Provenance(provenance.recorded_by, held.source, provenance.reason)
    return with_neighbours(
        session,
        kind,
        held,
        said,
        now,
        provenance,
        lambda: replace(session, held, now, kept, **changed),
        organisation_id=wanted.organisation_id,
        move=move,
    )


def _end(
    session: Session, wanted: Wanted, held: Fact, now: datetime, provenance: Provenance, *, move: bool
) -> Fact:
    ends_at = wanted.values.get("valid_to", held.valid_to)
    if ends_at is None:
        raise Invalid("Enter the last day.", field="last_day")
    if held.valid_to is not None and ends_at > held.valid_to:
        raise Invalid("It ends before that day already.", field="last_day")
    if wanted.kind is Kind.NAME:
        _, follows_one = meeting(session, wanted.kind, held, now, wanted.organisation_id)
        if ends_at > held.valid_from or not follows_one:
            raise Invalid("A person always has a name: correct it, or add the next one.")
        move = True
    if isinstance(held, Employment):
        if ends_at > held.valid_from:
            raise Invalid("Record that they leave instead.")
        leave(session, held, held.valid_from, now, provenance)
    ended = type(held)(**(held.model_dump() | {"valid_to": max(ends_at, held.valid_from)}))
    return with_neighbours(
        session,
        wanted.kind,
        held,
        ended,
        now,
        provenance,
        lambda: end(session, held, ends_at, now, provenance) or held,
        organisation_id=wanted.organisation_id,
        move=move,
    )
