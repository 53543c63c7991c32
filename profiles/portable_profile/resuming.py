"""What something temporary interrupts goes on after it: the post below a temporary promotion, and its pay.

What goes on is a fact of its own from the day after the last one, so that nothing has to happen then. It
moves with that last day.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlmodel import Session

from profiles.temporal import AnyFact, Fact, Provenance, history, record, replace, supersede

_PREFIX = "resumes:"


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
    source = Provenance(provenance.recorded_by, f"{_PREFIX}{temporary.fact_id}", provenance.reason)
    record(session, type(interrupted)(**(values | source.stamp(now, begins, until))))


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
    for one in history(session, type(temporary), now, source=f"{_PREFIX}{temporary.fact_id}"):
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
