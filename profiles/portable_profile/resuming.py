"""What something temporary interrupts goes on after it: the post below a temporary promotion, and its pay.

What goes on is a fact of its own from the day after the last one, so that nothing has to happen then. It
moves with that last day.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlmodel import Session

from profiles.employments.models import RESUMES
from profiles.temporal import AnyFact, Fact, Provenance, end, excluding, history, record, replace, supersede


def make_room(
    session: Session,
    fact: Fact,
    now: datetime,
    provenance: Provenance,
    *,
    ends_at: datetime | None = None,
) -> None:
    """End what the new fact replaces, and let it end where the next one begins, at ``ends_at`` at the latest.

    What would have gone on after something temporary that it replaces goes on after the new fact, if at all.
    """
    same = excluding(fact)
    if not same or "address" in same:
        return
    replaced: set[str] = set()
    held = sorted(history(session, type(fact), now, **same), key=lambda one: one.valid_from)
    for other in held:
        if other.valid_from < fact.valid_from:
            if other.valid_to is None or other.valid_to > fact.valid_from:
                before = type(other)(**other.model_dump())
                end(session, other, fact.valid_from, now, provenance)
                go_on_after(session, before, fact, now, provenance)
                replaced.add(f"{RESUMES}{before.fact_id}")
        elif other.source in replaced:
            waiting = f"{RESUMES}{other.fact_id}"
            if not _go_on_later(session, other, fact, now, provenance):
                replaced.add(waiting)
        elif fact.valid_to is None and other.valid_from > fact.valid_from:
            fact.valid_to = other.valid_from
    fact.valid_to = min((one for one in (fact.valid_to, ends_at) if one), default=None)


def _go_on_later(session: Session, waiting: Fact, fact: Fact, now: datetime, provenance: Provenance) -> bool:
    """What was to go on after something temporary does after the fact that replaces that, if at all."""
    begins = fact.valid_to
    if begins is None or (waiting.valid_to is not None and waiting.valid_to <= begins):
        supersede(session, waiting, now, provenance.recorded_by)
        return False
    if waiting.valid_from < begins:
        source = Provenance(provenance.recorded_by, f"{RESUMES}{fact.fact_id}", provenance.reason)
        replace(session, waiting, now, source, valid_from=begins)
    return True


def go_on_after(
    session: Session, interrupted: Fact, temporary: Fact, now: datetime, provenance: Provenance
) -> None:
    """Let what ``temporary`` interrupts go on when it ends; nothing where it outlasts it or has no end.

    ``interrupted`` is the version that held before anything was ended.
    """
    begins, until = temporary.valid_to, interrupted.valid_to
    if begins is None or (until is not None and until <= begins):
        return
    values = interrupted.model_dump(exclude={"id", "fact_id", "superseded_at", "superseded_by", "load_id"})
    source = Provenance(provenance.recorded_by, f"{RESUMES}{temporary.fact_id}", provenance.reason)
    goes_on = record(session, type(interrupted)(**(values | source.stamp(now, begins, until))))
    for one in history(session, type(interrupted), now, source=f"{RESUMES}{interrupted.fact_id}"):
        if one.valid_from == until:  # what is interrupted is temporary itself
            after = Provenance(provenance.recorded_by, f"{RESUMES}{goes_on.fact_id}", one.reason)
            replace(session, one, now, after)


def first_in_the_way(session: Session, fact: Fact, now: datetime) -> datetime | None:
    """When something else begins within the time of a temporary fact, which has made room for itself."""
    same, until = excluding(fact), fact.valid_to
    if not same or until is None:
        return None
    begin = [one.valid_from for one in history(session, type(fact), now, **same)]
    return min((one for one in begin if fact.valid_from <= one < until), default=None)


def with_what_goes_on(
    session: Session,
    temporary: AnyFact,
    ends_at: datetime | None,
    now: datetime,
    provenance: Provenance,
    change: Callable[[], AnyFact],
) -> AnyFact:
    """Change a fact so that it ends at ``ends_at``, and move with its end what goes on after it."""
    sooner = None
    for one in history(session, type(temporary), now, source=f"{RESUMES}{temporary.fact_id}"):
        if one.valid_from != temporary.valid_to or one.valid_from == ends_at:
            continue
        if ends_at is None or (one.valid_to is not None and one.valid_to <= ends_at):
            supersede(session, one, now, provenance.recorded_by)
        elif ends_at > one.valid_from:
            replace(session, one, now, _kept(one, provenance), valid_from=ends_at)
        else:
            sooner = one
    changed = change()
    if sooner is not None:
        replace(session, sooner, now, _kept(sooner, provenance), valid_from=ends_at)
    return changed


def _kept(fact: Any, provenance: Provenance) -> Provenance:
    return Provenance(provenance.recorded_by, fact.source, provenance.reason)
