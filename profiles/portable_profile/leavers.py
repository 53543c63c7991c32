"""Somebody leaves: why and with which last day is recorded, and taken back while that day has not ended.

What rests on the employment ends at the same instant (``leaving``). Why it ends stays with the change that an
officer asked for: only the employer reads it, and the person.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, and_, col, select

from profiles.employments.models import Employment
from profiles.errors import Conflict, Invalid
from profiles.organisations import service as organisations
from profiles.outbox.service import send_mail
from profiles.pay.models import AllowanceKind
from profiles.people.models import Person
from profiles.people.service import addresses_of
from profiles.portable_profile.kinds import MODELS, Kind
from profiles.portable_profile.leaving import OF_A_MOVE, leave
from profiles.portable_profile.models import Action, ChangeState, LeavingCause, RecordChange
from profiles.portable_profile.rules import BY_EMPLOYMENT
from profiles.portable_profile.versions import get_version
from profiles.portable_profile.wanted import Wanted
from profiles.temporal import Fact, Provenance, history, record, replace, supersede

SOURCE = "leaving"
AT_ONCE = frozenset({LeavingCause.DISMISSED, LeavingCause.DIED})
"""Where the last day may be left open: then the employment ends at the moment in which it is recorded."""
LATEST = timedelta(days=2 * 366)
"""How far ahead a last day may lie: what is further is a slip of the pen."""
MISTAKEN_DEATH = timedelta(days=31)
"""For so long after somebody's last day a death that was recorded by mistake is taken back."""
_TRANSFER = "transfer:"
_NEUTRAL = "the employment ends"


def record_leaving(session: Session, wanted: Wanted, now: datetime, officer_id: UUID | None) -> Employment:
    """Let an employment end, or take that back; return the version of it that holds from now on.

    Raises Invalid, naming the field, and Conflict when it was changed meanwhile.
    """
    held: Employment = get_version(session, Kind.EMPLOYMENT, wanted.version_id, wanted.person_id, now)
    provenance = Provenance(officer_id, SOURCE, wanted.reason.strip())
    had_died = find_cause(session, held) is LeavingCause.DIED
    if wanted.action is Action.STAY:
        stays = _take_back(session, held, now, provenance)
        if had_died:
            take_back_death(session, held.person_id, now, but=held.fact_id)
        _tell_of_staying(session, stays, now)
        return stays
    if had_died:
        take_back_death(session, held.person_id, now, but=held.fact_id)
    cause, ends_at = LeavingCause(wanted.values["cause"]), wanted.values.get("valid_to")
    if ends_at is None and cause not in AT_ONCE:
        raise Invalid("Enter the last day.", field="last_day")
    ends_at = _checked(held, ends_at or now, now)
    said = Employment(**(held.model_dump() | {"valid_to": ends_at}))
    if cause is LeavingCause.DIED:
        note_death(session, held.person_id, now)
    else:
        _tell_of_leaving(session, said, now)
    leave(session, said, ends_at, now, Provenance(officer_id, SOURCE, _NEUTRAL))
    return replace(session, held, now, provenance, valid_to=ends_at)


def is_planned(employment: Any, now: datetime) -> bool:
    """Whether the employment ends by what an officer recorded, and has not ended yet."""
    ends_at = employment.valid_to
    return employment.source == SOURCE and ends_at is not None and ends_at > now


def can_stay(session: Session, employment: Any, now: datetime) -> bool:
    """Whether the last day can be taken back: one to come, and for a while one by a death that was none.

    Nobody else can put that right: whoever is recorded as dead answers for nothing.
    """
    if is_planned(employment, now):
        return True
    ends_at = employment.valid_to
    lately = ends_at is not None and ends_at <= now < ends_at + MISTAKEN_DEATH
    return lately and find_cause(session, employment) is LeavingCause.DIED


def find_cause(session: Session, employment: Any) -> LeavingCause | None:
    """Why it ends; None where nobody said so. Only the employer and the person may read it."""
    if employment.source != SOURCE:
        return None
    replaced = [one.id for one in _superseded_at(session, Employment, employment, employment.recorded_at)]
    asked = select(RecordChange).where(
        col(RecordChange.person_id) == employment.person_id,
        col(RecordChange.action) == Action.LEAVE,
        col(RecordChange.state) == ChangeState.RECORDED,
        col(RecordChange.version_id).in_(replaced),
    )
    found = session.exec(asked.order_by(col(RecordChange.id).desc())).first()
    return LeavingCause(found.content["cause"]) if found is not None else None


def has_died(session: Session, person_ids: Collection[UUID]) -> bool:
    """Whether an employer has recorded so, of one of a person's records: nobody answers for them.

    It outlives the change that recorded it, and is so whatever is corrected of an employment that is over.
    """
    died = select(Person.id).where(col(Person.id).in_(person_ids), col(Person.death_recorded_at).is_not(None))
    return session.exec(died.limit(1)).first() is not None


def works_on(session: Session, held: Employment, said: Employment, now: datetime) -> None:
    """Whose employment was to end by death, and goes on for longer by a correction, has not died."""
    goes_on = held.valid_to is not None and (said.valid_to is None or said.valid_to > held.valid_to)
    if goes_on and find_cause(session, held) is LeavingCause.DIED:
        take_back_death(session, held.person_id, now, but=held.fact_id)


def take_back_death(session: Session, person_id: UUID, now: datetime, *, but: UUID | None = None) -> None:
    """It was recorded, of the employment ``but`` or of a move, by mistake; what others say stands."""
    worked = history(session, Employment, now, person_id=person_id)
    others = [one for one in worked if one.fact_id != but]
    if not any(find_cause(session, one) is LeavingCause.DIED for one in others):
        note_death(session, person_id, None)


def note_death(session: Session, person_id: UUID, at: datetime | None) -> None:
    """When it was recorded that somebody has died; None where that was none. Ends nothing by itself."""
    session.execute(
        update(Person)
        .where(col(Person.id) == person_id)
        .values(death_recorded_at=at)
        .execution_options(synchronize_session="fetch")
    )


def _checked(held: Employment, ends_at: datetime, now: datetime) -> datetime:
    if held.valid_to is not None and held.valid_to <= now:
        if held.source.startswith(_TRANSFER):
            raise Conflict("They have left already, by a move. If they never join, say so on its page.")
        raise Conflict("They have left already. Correct the last day in the record where it is wrong.")
    if ends_at <= held.valid_from:
        if held.source.startswith(_TRANSFER) and held.valid_from > now:
            message = "They have not begun yet. If they never join, say so on the page of the move."
            raise Invalid(message, field="last_day")
        raise Invalid("The last day must not be before the first.", field="last_day")
    if held.valid_to is not None and ends_at > held.valid_to:
        raise Invalid("The employment ends before that day already.", field="last_day")
    if held.source.startswith(OF_A_MOVE) and ends_at == held.valid_to:
        raise Invalid(
            "They move to another post after that day. Stop the move first, or enter an earlier last day.",
            field="last_day",
        )
    if ends_at > now + LATEST:
        raise Invalid("The last day must be within two years.", field="last_day")
    return ends_at


def _take_back(session: Session, held: Employment, now: datetime, provenance: Provenance) -> Employment:
    """Everything goes on as it would have, but for a move and a loan, which have been cancelled."""
    ends_at, moments = held.valid_to, _said_at(session, held)
    if ends_at is None or not can_stay(session, held, now):
        raise Conflict("There is no last day to take back: it has passed, or was changed since.")
    ended = [
        one for at in moments for model in MODELS.values() for one in _superseded_at(session, model, held, at)
    ]
    for model in MODELS.values():
        for lapsed in _began_with_it(session, model, held, moments):
            supersede(session, lapsed, now, provenance.recorded_by)
    for one in ended:
        began_with_it = _is_of(one, moments) and not _replaced_by(session, one)
        if not isinstance(one, Employment) and not began_with_it:
            _restore(session, one, ends_at, now, provenance, moments)
    planned = _planned_end(session, held, moments)
    for one in _added_since(session, held, {version.fact_id for version in ended}):
        replace(session, one, now, provenance, valid_to=planned)
    stays = Provenance(provenance.recorded_by, "page", provenance.reason)
    return replace(session, held, now, stays, valid_to=planned)


def _said_at(session: Session, held: Employment) -> frozenset[datetime]:
    """When the last day was said, and before it a death whose place it took: neither is so any more."""
    moments, version = {held.recorded_at}, held
    while replaced := _replaced_by(session, version):
        version = replaced[-1]
        if find_cause(session, version) is not LeavingCause.DIED:
            break
        moments.add(version.recorded_at)
    return frozenset(moments)


def _is_of(version: Any, moments: Collection[datetime]) -> bool:
    """Whether it was recorded with a last day that is taken back."""
    return version.source == SOURCE and version.recorded_at in moments


def _replaced_by(session: Session, version: Any) -> list[Any]:
    model = type(version)
    superseded = and_(col(model.superseded_at) == version.recorded_at, col(model.id) < version.id)
    return _versions(session, version, superseded)


def _added_since(session: Session, held: Employment, ended: Collection[UUID]) -> list[Any]:
    """What was recorded after the last day was, and ends with it alone; an allowance for a time ends so."""
    found: list[Any] = []
    for kind in BY_EMPLOYMENT:
        model: Any = MODELS[kind]
        added = select(model).where(
            col(model.employment_id) == held.fact_id,
            col(model.superseded_at).is_(None),
            col(model.recorded_at) > held.recorded_at,
            col(model.valid_to) == held.valid_to,
            col(model.fact_id).not_in(ended),
            ~col(model.source).startswith("loan:"),
        )
        found += session.exec(added.order_by(col(model.id))).all()
    return [one for one in found if getattr(one, "kind", None) != AllowanceKind.TEMPORARY_RESPONSIBILITY]


def _restore(
    session: Session,
    before: Fact,
    ends_at: datetime,
    now: datetime,
    provenance: Provenance,
    moments: Collection[datetime],
) -> None:
    """Let one fact go on that ended with the employment, unless it was changed since, or is a loan's."""
    if before.source.startswith("loan:"):
        return
    model = type(before)
    for one in history(session, model, now, fact_id=before.fact_id):
        if one.valid_to == ends_at:
            replace(session, one, now, provenance, valid_to=_planned_end(session, before, moments))
    # What a move would have begun was taken back with the move, perhaps at the same moment.
    if before.source.startswith(OF_A_MOVE):
        return
    since = and_(col(model.id) > before.id, col(model.valid_from) == before.valid_from)
    if not _versions(session, before, since):
        values = before.model_dump(exclude={"id", "superseded_at", "superseded_by", "load_id"})
        stamp = provenance.stamp(now, before.valid_from, _planned_end(session, before, moments))
        record(session, model(**(values | stamp)))


def _planned_end(session: Session, version: Any, moments: Collection[datetime]) -> datetime | None:
    """When it would have ended, leaving out what is taken back, said at these ``moments``.

    The move that was agreed then is left out too: it has been cancelled since.
    """
    while version.source.startswith(OF_A_MOVE) or _is_of(version, moments):
        replaced = _replaced_by(session, version)
        if not replaced:
            break
        version = replaced[-1]
    ends_at: datetime | None = version.valid_to
    return ends_at


def _began_with_it(
    session: Session, model: Any, held: Employment, moments: Collection[datetime]
) -> list[Any]:
    """What begins with the end: a clearance that has lapsed, or is asked for no more."""
    said = select(model).where(
        col(model.person_id) == held.person_id,
        col(model.source) == SOURCE,
        col(model.recorded_at).in_(moments),
        col(model.superseded_at).is_(None),
        col(model.valid_from) >= held.valid_to,
    )
    return list(session.exec(said).all())


def _superseded_at(session: Session, model: Any, held: Employment, at: datetime) -> list[Any]:
    replaced = select(model).where(
        col(model.person_id) == held.person_id, col(model.superseded_at) == at, col(model.id) < held.id
    )
    return list(session.exec(replaced.order_by(col(model.id))).all())


def _versions(session: Session, fact: Any, which: Any) -> list[Any]:
    model = type(fact)
    found = select(model).where(col(model.fact_id) == fact.fact_id, which)
    return list(session.exec(found.order_by(col(model.id))).all())


def _tell_of_leaving(session: Session, employment: Employment, now: datetime) -> None:
    lines = (
        "Your last day at {organisation} is recorded. With that day ends what you use through the "
        "employment: apps, roles and this address. A move or a loan that was under way is cancelled.",
        "To see the day, sign in to Lanyard and open your profile. If you cannot sign in any more, it has "
        "come.",
        "Your Lanyard account stays yours. If you come back to the Civil Service it is the same account, so "
        "keep a passkey of your own, or your recovery codes.",
        "If this is wrong, tell your HR team before that day.",
    )
    _tell(session, employment, "Your last day is recorded", lines, now)


def _tell_of_staying(session: Session, employment: Employment, now: datetime) -> None:
    lines = (
        "The last day that was recorded for you at {organisation} was taken back: you work on as before.",
        "A move or a loan that was cancelled with it does not come back by itself.",
        "If this is wrong, tell your HR team.",
    )
    _tell(session, employment, "Your last day was taken back", lines, now)


def _tell(
    session: Session, employment: Employment, subject: str, lines: Iterable[str], now: datetime
) -> None:
    name = organisations.get(session, employment.organisation_id, now).name
    body = "\n\n".join(lines).format(organisation=name) + "\n"
    for address in addresses_of(session, employment.person_id, now):
        send_mail(session, address, subject, body, now=now, person_id=employment.person_id)
