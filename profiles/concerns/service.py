"""Raises concerns and answers them, each once and within a month; nobody answers their own."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.concerns import notices, owners
from profiles.concerns.models import LONGEST_TEXT, Concern, ConcernAbout, ConcernState
from profiles.employments.models import Employment
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.organisations.models import OrganisationDetail
from profiles.people.models import Person
from profiles.portable_profile.kinds import MODELS, OF_THE_PERSON, Kind
from profiles.portable_profile.versions import versions_of
from profiles.roles.parties import are_one
from profiles.roles.service import Permissions
from profiles.temporal import Fact, as_of, civil_date, known, months_after

MOST_WAITING = 10
"""Concerns of one person that may wait for an answer at the same time."""
MOST_A_DAY = 20
"""Concerns that one person may raise in 24 hours, answered or not."""
REMIND_BEFORE = timedelta(days=7)

_AGAIN = "You have said so already. The answer is still to come."


def say_wrong(
    session: Session,
    now: datetime,
    *,
    person_id: UUID,
    kind: Kind,
    fact_id: UUID,
    words: str,
    read_at: datetime | None = None,
) -> Concern:
    """Say that a fact of one's own record is wrong, to the organisation that answers for it.

    ``read_at`` is a moment of the day on which the person read it, where they did not read it as it is now.

    Raises NotFound for what is not in the record, Conflict for what nobody says any more, for what waits for
    an answer and for too many, Invalid, naming the field.
    """
    said = versions_of(session, kind, fact_id, person_id, now)
    read = version_read(said, read_at or now)
    if read is None:
        raise Conflict("This was corrected meanwhile: nobody says it any more.")
    concern = Concern(
        person_id=person_id,
        organisation_id=owners.answers_for(session, kind, read, now),
        about=ConcernAbout.WRONG,
        kind=kind.value,
        fact_id=fact_id,
        version_id=read.id,
        words=_checked(words, "Say what is wrong, and what it should be."),
        raised_at=now,
        answer_by=months_after(civil_date(now), 1),
    )
    return _raise(session, now, concern)


def version_read(versions: Sequence[Fact], at: datetime) -> Fact | None:
    """Which of the versions of a fact somebody reads on the day of ``at``; None where nobody says any more.

    Where it is not so then, the last of what is said.
    """
    stands = [one for one in versions if one.superseded_at is None]
    then = [one for one in stands if one.valid_from <= at and (one.valid_to is None or at < one.valid_to)]
    return next(iter(then or stands[-1:]), None)


def say_missing(
    session: Session, now: datetime, *, person_id: UUID, organisation_id: UUID, words: str
) -> Concern:
    """Say to an employer, present or past, that something is not recorded. Raises as ``say_wrong`` does."""
    if organisation_id not in owners.employers(session, person_id, now):
        raise Invalid("Choose who should have recorded it.", field="organisation_id")
    return _to_organisation(
        session,
        now,
        ConcernAbout.MISSING,
        person_id,
        organisation_id,
        _checked(words, "Say what is missing."),
    )


def complain(
    session: Session,
    now: datetime,
    *,
    person_id: UUID,
    organisation_id: UUID,
    words: str,
    with_records: Collection[UUID] = (),
) -> Concern:
    """Complain to an organisation about how it handles one's data. Raises as ``say_wrong`` does.

    ``with_records`` are other records that are part of theirs.
    """
    if organisation_id not in handling(session, person_id, now, with_records):
        raise Invalid("Choose about which organisation you complain.", field="organisation_id")
    return _to_organisation(
        session,
        now,
        ConcernAbout.COMPLAINT,
        person_id,
        organisation_id,
        _checked(words, "Say what you complain about."),
    )


def handling(
    session: Session, person_id: UUID, now: datetime, with_records: Collection[UUID] = ()
) -> list[UUID]:
    """Who handles somebody's data as far as they know: employers, and whose apps were told something."""
    told = owners.told(session, {person_id, *with_records}, now)
    return list(dict.fromkeys((*owners.employers(session, person_id, now), *told)))


def answer(
    session: Session, now: datetime, *, concern: Concern, officer_id: UUID, put_right: bool, words: str
) -> Concern:
    """Answer, once and for good; the person is told that there is an answer.

    Raises NotPermitted to who raised it and to who counts as one with them, Invalid without words, and where
    something is said to be put right that stands as it was, Conflict when it was answered or withdrawn.
    """
    if are_one(session, officer_id, concern.person_id, now):
        raise NotPermitted("You raised this yourself, so another officer must answer it.")
    said = _checked(words, "Write the answer.")
    if put_right and still_stands(session, concern, now):
        raise Invalid("The record says the same as before. Correct it first.", field="outcome")
    state = ConcernState.PUT_RIGHT if put_right else ConcernState.DECLINED
    _decide(session, concern, now, state=state, answer=said, decided_by=officer_id)
    _note(session, Event.CONCERN_ANSWERED, concern, officer_id, now, state=state.value)
    notices.answered(session, concern, now)
    return concern


def withdraw(session: Session, now: datetime, concern: Concern) -> None:
    """The person does not want an answer any more. Raises Conflict when there is one."""
    _decide(session, concern, now, state=ConcernState.WITHDRAWN)
    _note(session, Event.CONCERN_WITHDRAWN, concern, concern.person_id, now)


def still_stands(session: Session, concern: Concern, now: datetime) -> bool:
    """Whether the record says of the fact what the person read; never so where it is about no fact.

    A fact that changed on a day has a version before it and one after: it stands until either is corrected.
    """
    if concern.kind is None or concern.version_id is None:
        return False
    model = MODELS[Kind(concern.kind)]
    read = select(model.id).where(col(model.id) == concern.version_id, known(model, now))
    corrected = select(model.id).where(
        col(model.fact_id) == concern.fact_id, col(model.superseded_at) >= concern.raised_at
    )
    return session.exec(read).first() is not None and session.exec(corrected).first() is None


def read_version(session: Session, concern: Concern) -> Fact | None:
    """The version that the person read; None where it is about no fact, or that is gone."""
    if concern.kind is None:
        return None
    return session.get(MODELS[Kind(concern.kind)], concern.version_id)


def find_raised_about(
    session: Session, permissions: Permissions, person_id: UUID, kind: Kind, fact_id: UUID, now: datetime
) -> Fact | None:
    """A fact that somebody says is wrong and this officer is to answer for, as it is said now."""
    query = select(Concern).where(
        _waits(permissions),
        col(Concern.person_id) == person_id,
        col(Concern.kind) == kind,
        col(Concern.fact_id) == fact_id,
    )
    found = session.exec(query).first()
    read = None if found is None else read_version(session, found)
    if read is None:
        return None
    return version_read(versions_of(session, kind, fact_id, person_id, now), read.valid_from)


def get_own(session: Session, concern_id: UUID, person_ids: Collection[UUID]) -> Concern:
    """One that whose records these are raised. Raises NotFound."""
    concern = session.get(Concern, concern_id)
    if concern is None or concern.person_id not in person_ids:
        raise NotFound("There is no such entry.")
    return concern


def of_person(session: Session, person_ids: Collection[UUID]) -> Sequence[Concern]:
    """All that whose records these are raised, the newest first."""
    query = select(Concern).where(col(Concern.person_id).in_(person_ids))
    return session.exec(query.order_by(col(Concern.id).desc())).all()


def get_raised(session: Session, concern_id: UUID, permissions: Permissions) -> Concern:
    """One that this officer may read. Raises NotFound."""
    query = select(Concern).where(col(Concern.id) == concern_id, owners.is_for(permissions))
    concern = session.exec(query).first()
    if concern is None:
        raise NotFound("There is no such entry.")
    return concern


def waiting(session: Session, permissions: Permissions) -> Sequence[Concern]:
    """What this officer may answer and nobody has answered, the most urgent first."""
    query = select(Concern).where(_waits(permissions))
    return session.exec(query.order_by(col(Concern.answer_by), col(Concern.id))).all()


def answered(session: Session, permissions: Permissions, limit: int) -> Sequence[Concern]:
    """What this officer may read and was answered, the newest answer first."""
    query = select(Concern).where(owners.is_for(permissions), col(Concern.decided_by).is_not(None))
    return session.exec(query.order_by(col(Concern.decided_at).desc()).limit(limit)).all()


def count_waiting(session: Session, permissions: Permissions, today: date) -> tuple[int, int]:
    """How many wait for this officer, their own left out, and how many of these are past their last day."""
    query = (
        select(func.count())
        .select_from(Concern)
        .where(_waits(permissions), col(Concern.person_id).not_in(permissions.parties))
    )
    return session.exec(query).one(), session.exec(query.where(col(Concern.answer_by) < today)).one()


def remind(session: Session, now: datetime, limit: int) -> bool:
    """Remind officers, once each, of concerns whose last day is near; True when there may be more."""
    due = (
        select(Concern)
        .where(
            col(Concern.state) == ConcernState.RAISED,
            col(Concern.reminded_at).is_(None),
            col(Concern.answer_by) <= civil_date(now + REMIND_BEFORE),
        )
        .order_by(col(Concern.answer_by))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = session.exec(due).all()
    for concern in found:
        concern.reminded_at = now
        session.add(concern)
        notices.due_soon(session, concern, now)
    return len(found) == limit


def hand_on(session: Session, now: datetime, limit: int) -> bool:
    """Give what waits to whoever answers for it now; True when there may be more.

    An organisation has ended, or the person whose name, birth date or identity it is about works elsewhere.
    """
    there = exists().where(
        col(OrganisationDetail.organisation_id) == col(Concern.organisation_id),
        as_of(OrganisationDetail, now, now),
    )
    employs = exists().where(
        col(Employment.organisation_id) == col(Concern.organisation_id),
        col(Employment.person_id) == col(Concern.person_id),
        as_of(Employment, now, now),
    )
    left = and_(col(Concern.kind).in_(OF_THE_PERSON), ~employs)
    waits = select(Concern).where(col(Concern.state) == ConcernState.RAISED, or_(~there, left))
    handed_on = 0
    for concern in session.exec(waits.order_by(col(Concern.id)).with_for_update(skip_locked=True)):
        answers = owners.answers_now(session, concern, now)
        if answers is not None and answers != concern.organisation_id:
            concern.organisation_id = answers
            session.flush()
            append(
                session,
                Event.CONCERN_HANDED_ON,
                Initiator.system("worker"),
                now,
                person_id=concern.person_id,
                organisation_id=answers,
                details={"concern_id": str(concern.id), "about": concern.about.value},
            )
            notices.raised(session, concern, now)
            handed_on += 1
            if handed_on == limit:
                return True
    return False


def _waits(permissions: Permissions) -> ColumnElement[bool]:
    return owners.is_for(permissions) & (col(Concern.state) == ConcernState.RAISED)


def _to_organisation(
    session: Session,
    now: datetime,
    about: ConcernAbout,
    person_id: UUID,
    organisation_id: UUID,
    words: str,
) -> Concern:
    concern = Concern(
        person_id=person_id,
        organisation_id=organisation_id,
        about=about,
        words=words,
        raised_at=now,
        answer_by=months_after(civil_date(now), 1),
    )
    return _raise(session, now, concern)


def _raise(session: Session, now: datetime, concern: Concern) -> Concern:
    # One person's concerns take turns, so that the limits hold for those sent at the same moment.
    session.exec(select(Person).where(col(Person.id) == concern.person_id).with_for_update()).one()
    mine = select(func.count()).select_from(Concern).where(col(Concern.person_id) == concern.person_id)
    if session.exec(mine.where(col(Concern.state) == ConcernState.RAISED)).one() >= MOST_WAITING:
        raise Conflict(f"{MOST_WAITING} of these wait for an answer. Wait for one of them first.")
    if session.exec(mine.where(col(Concern.raised_at) > now - timedelta(days=1))).one() >= MOST_A_DAY:
        raise Conflict(f"You have sent {MOST_A_DAY} of these in 24 hours. Go on tomorrow.")
    try:
        with session.begin_nested():
            session.add(concern)
    except IntegrityError:
        raise Conflict(_AGAIN) from None
    _note(session, Event.CONCERN_RAISED, concern, concern.person_id, now)
    notices.raised(session, concern, now)
    return concern


def _decide(session: Session, concern: Concern, now: datetime, **values: Any) -> None:
    decided = session.execute(
        update(Concern)
        .where(col(Concern.id) == concern.id, col(Concern.state) == ConcernState.RAISED)
        .values(decided_at=now, **values)
        .execution_options(synchronize_session=False)
    )
    if decided.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("This was answered or withdrawn meanwhile.")
    session.refresh(concern)


def _checked(words: str, missing: str) -> str:
    said = words.strip()
    if not said:
        raise Invalid(missing, field="words")
    if len(said) > LONGEST_TEXT:
        raise Invalid(f"Use {LONGEST_TEXT:,} characters or fewer.", field="words")
    return said


def _note(session: Session, event: Event, concern: Concern, by: UUID, now: datetime, **details: str) -> None:
    """The trail says that there was one, and never what was said."""
    append(
        session,
        event,
        Initiator.person(by),
        now,
        person_id=concern.person_id,
        organisation_id=concern.organisation_id,
        details={"concern_id": str(concern.id), "about": concern.about.value, **details},
    )
