"""What was recorded of a clearance wrongly is put right; the history keeps what was said."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.clearances import states
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import (
    Clearance,
    ClearanceCaveat,
    ClearanceEvent,
    ClearanceStatus,
    Sponsorship,
)
from profiles.clearances.validity import STANDARD, ValidityPeriods
from profiles.errors import Conflict, Invalid, NotFound
from profiles.temporal import (
    Fact,
    Provenance,
    civil_date,
    current,
    history,
    known,
    record,
    replace,
    start_of_day,
    supersede,
)

CORRECTED = states.USABLE | {ClearanceStatus.SUSPENDED}
"""What has been decided and is not over: what is over is granted anew."""
RECORDED_ON_A_PAGE = "page:"
"""How the source of what an officer recorded begins."""
_SAID = frozenset(Clearance.model_fields) - (frozenset(Fact.model_fields) - {"fact_id"})
"""The columns that say what a clearance is, and of which it is a version."""


def correct_decision(
    session: Session,
    now: datetime,
    provenance: Provenance,
    *,
    clearance_id: UUID,
    level: ClearanceLevel,
    decided_on: date,
    expires_on: date | None = None,
    review_due_on: date | None = None,
    periods: ValidityPeriods = STANDARD,
) -> Clearance:
    """Say of a clearance what was decided; return the version that holds now.

    ``expires_on`` is the last day by the decision itself, without one as long as the level may last; an
    extension that ends later goes on. All the time that rests on the decision is corrected, and of the time
    before a renewal the level. What was decided later than its use began begins with that day.

    Raises NotFound, Conflict for one that is not decided, is over, or changes on a day to come, and Invalid,
    naming the field.
    """
    known = history(session, Clearance, now, fact_id=clearance_id)
    held = next((one for one in known if _holds(one, now)), None)
    if held is None:
        raise NotFound("There is no such clearance now.")
    if held.decided_on is None or held.status not in CORRECTED:
        raise Conflict("Only a decision on a clearance that is not over can be corrected.")
    if held.valid_to is not None:
        raise Conflict("It changes on a day to come, with a move: correct it when that is over.")
    last_day = periods.expiry(level, decided_on, expires_on)
    resting = [one for one in known if one.decided_on == held.decided_on]
    begins = _beginning(resting[0], decided_on, is_first=resting[0] is known[0])
    corrected = held
    for one in known:
        changes: dict[str, Any] = {"level": level}
        if one in resting:
            changes |= {"decided_on": decided_on, **_lasting(one, last_day)}
        elif one.level is level:
            continue
        if one is resting[0]:
            changes["valid_from"] = begins
        if one is held:
            changes["review_due_on"] = review_due_on
        made = replace(session, one, now, provenance, **changes)
        corrected = made if one is held else corrected
    return corrected


def take_back(session: Session, now: datetime, provenance: Provenance, *, clearance_id: UUID) -> Clearance:
    """Say that what was last recorded of a clearance never was so; return what holds now instead.

    What was believed before it is believed again, and what happened with it is taken back. Of what was the
    first that was said of the clearance nothing is left, nor of its sponsors, caveats and events: the version
    that was taken back is returned then.

    Raises NotFound, and Conflict for what no officer recorded on a page: a move, a loan or an import is taken
    back where it was made.
    """
    said = history(session, Clearance, now, fact_id=clearance_id)
    if not said:
        raise NotFound("There is no such clearance now.")
    last = max(said, key=lambda one: (one.recorded_at, one.valid_from))
    of_person = select(Clearance).where(col(Clearance.person_id) == last.person_id)
    made = session.exec(
        of_person.where(known(Clearance, now), Clearance.recorded_at == last.recorded_at)
    ).all()
    if not all(one.source.startswith(RECORDED_ON_A_PAGE) for one in made):
        raise Conflict("No officer recorded this on a page: take it back where it was recorded.")
    before = session.exec(of_person.where(Clearance.superseded_at == last.recorded_at)).all()
    is_first = all(one.fact_id != clearance_id for one in before)
    for one in made:
        supersede(session, one, now, provenance.recorded_by)
    for one in before:
        values = one.model_dump(include=set(_SAID)) | provenance.stamp(now, one.valid_from, one.valid_to)
        record(session, Clearance(**values))
    for model in (Sponsorship, ClearanceCaveat, ClearanceEvent):
        for beside in history(session, model, now, clearance_id=clearance_id):
            if is_first or (model is ClearanceEvent and beside.recorded_at == last.recorded_at):
                supersede(session, beside, now, provenance.recorded_by)
    return next(iter(current(session, Clearance, now, now, fact_id=clearance_id)), last)


def decided_last_day(clearance: Clearance) -> date | None:
    """The last day by the decision itself, without an extension."""
    return clearance.extended_from or clearance.expires_on


def _holds(one: Clearance, now: datetime) -> bool:
    return one.valid_from <= now and (one.valid_to is None or one.valid_to > now)


def _beginning(first: Clearance, decided_on: date, *, is_first: bool) -> datetime:
    """Since when it rests on the decision: where that is another, never since before it."""
    if decided_on == first.decided_on or decided_on <= civil_date(first.valid_from):
        return first.valid_from
    begins = start_of_day(decided_on)
    if not is_first or (first.valid_to is not None and first.valid_to <= begins):
        raise Invalid("It was decided by the day from which it is recorded as granted.", field="decided_on")
    return begins


def _lasting(one: Clearance, last_day: date | None) -> dict[str, Any]:
    """Until when it may be used, with an extension where that is still the later."""
    extended = one.extended_from is not None and one.expires_on is not None
    if extended and last_day is not None and one.expires_on > last_day:  # type: ignore[operator]
        return {"extended_from": last_day}
    return {"expires_on": last_day, "extended_from": None}
