"""Asks about a release and answers, each once; nobody answers their own question."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from profiles.apps import service as apps
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.disclosure.models import Disclosure
from profiles.disclosure.withheld import find_withheld
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.people.models import Person
from profiles.questions import notices
from profiles.questions.models import LONGEST_TEXT, Question
from profiles.roles.parties import are_one
from profiles.temporal import civil_date

MOST_WAITING = 5
"""Questions of one person that may wait for an answer at the same time."""
MOST_A_DAY = 10
"""Questions that one person may ask in 24 hours, answered or not."""
REMIND_BEFORE = timedelta(days=7)


def ask(
    session: Session,
    now: datetime,
    *,
    person_id: UUID,
    disclosure_id: UUID,
    words: str,
    answer_within: timedelta,
    with_records: Collection[UUID] = (),
) -> Question:
    """Ask the organisation that runs the app about one release; its data protection officers are told.

    ``with_records`` are other records that are part of theirs. Raises NotFound for what is not in the
    person's own log, Invalid without words, Conflict when the entry is being asked about already or they
    have asked too much.
    """
    disclosure = session.get(Disclosure, disclosure_id)
    people = {person_id, *with_records}
    if disclosure is None or disclosure.person_id not in people:
        raise NotFound("There is no such entry in your log.")
    if disclosure.app_id in find_withheld(session, people, now):
        raise NotFound("There is no such entry in your log.")
    said = _checked(words, "Write what you want to know.")
    # One person's questions take turns, so that the limits hold for those sent at the same moment.
    session.exec(select(Person).where(col(Person.id) == person_id).with_for_update()).one()
    _check_limits(session, person_id, disclosure_id, now)
    app = apps.get(session, disclosure.app_id)
    question = Question(
        disclosure_id=disclosure_id,
        person_id=person_id,
        organisation_id=app.organisation_id,
        words=said,
        asked_at=now,
        answer_by=civil_date(now + answer_within),
    )
    session.add(question)
    session.flush()
    append(
        session,
        Event.DISCLOSURE_QUESTIONED,
        Initiator.person(person_id),
        now,
        person_id=person_id,
        organisation_id=app.organisation_id,
        app_id=app.id,
        details=_details(question),
    )
    notices.asked(session, question, app.name, now)
    return question


def answer(session: Session, now: datetime, *, question: Question, officer_id: UUID, words: str) -> Question:
    """Answer, once and for good; the person is told that there is an answer.

    Raises NotPermitted to who asked it and to who stands in for them, Invalid without words, Conflict when
    another officer was first.
    """
    if are_one(session, officer_id, question.person_id, now):
        raise NotPermitted("You asked this yourself, so another data protection officer must answer it.")
    said = _checked(words, "Write the answer.")
    answered = session.execute(
        update(Question)
        .where(col(Question.id) == question.id, col(Question.answered_at).is_(None))
        .values(answer=said, answered_by=officer_id, answered_at=now)
        .execution_options(synchronize_session=False)
    )
    if answered.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("Another officer has answered this meanwhile.")
    session.refresh(question)
    disclosure = session.get_one(Disclosure, question.disclosure_id)
    append(
        session,
        Event.DISCLOSURE_QUESTION_ANSWERED,
        Initiator.person(officer_id),
        now,
        person_id=question.person_id,
        organisation_id=question.organisation_id,
        app_id=disclosure.app_id,
        details=_details(question),
    )
    notices.answered(session, question, apps.get(session, disclosure.app_id).name, now)
    return question


def get_own(session: Session, question_id: UUID, person_id: UUID) -> Question:
    """A question of this person's. Raises NotFound."""
    question = session.get(Question, question_id)
    if question is None or question.person_id != person_id:
        raise NotFound("There is no such question.")
    return question


def get_asked(session: Session, question_id: UUID, organisation_ids: Collection[UUID]) -> Question:
    """A question that was asked of one of these organisations. Raises NotFound."""
    question = session.get(Question, question_id)
    if question is None or question.organisation_id not in organisation_ids:
        raise NotFound("There is no such question.")
    return question


def of_releases(session: Session, disclosure_ids: Collection[UUID]) -> Mapping[UUID, Question]:
    """The last question about each of these releases, of those that were asked about."""
    query = select(Question).where(col(Question.disclosure_id).in_(disclosure_ids))
    return {one.disclosure_id: one for one in session.exec(query.order_by(col(Question.id)))}


def waiting(session: Session, organisation_ids: Collection[UUID], limit: int) -> Sequence[Question]:
    """What these organisations were asked and have not answered, the most urgent first."""
    query = select(Question).where(
        col(Question.organisation_id).in_(organisation_ids), col(Question.answered_at).is_(None)
    )
    return session.exec(query.order_by(col(Question.answer_by), col(Question.id)).limit(limit)).all()


def count_waiting(session: Session, organisation_ids: Collection[UUID], today: date) -> tuple[int, int]:
    """How many questions wait for these organisations, and how many of them are past their last day."""
    query = (
        select(func.count())
        .select_from(Question)
        .where(col(Question.organisation_id).in_(organisation_ids), col(Question.answered_at).is_(None))
    )
    return session.exec(query).one(), session.exec(query.where(col(Question.answer_by) < today)).one()


def answered(session: Session, organisation_ids: Collection[UUID], limit: int) -> Sequence[Question]:
    """What these organisations have answered, the newest answer first."""
    query = select(Question).where(
        col(Question.organisation_id).in_(organisation_ids), col(Question.answered_at).is_not(None)
    )
    return session.exec(query.order_by(col(Question.answered_at).desc()).limit(limit)).all()


def remind(session: Session, now: datetime, limit: int) -> bool:
    """Remind officers, once each, of questions whose last day is near; True when there may be more."""
    due = (
        select(Question)
        .where(
            col(Question.answered_at).is_(None),
            col(Question.reminded_at).is_(None),
            col(Question.answer_by) <= civil_date(now + REMIND_BEFORE),
            col(Question.asked_at) <= now - timedelta(days=1),
        )
        .order_by(col(Question.answer_by))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = session.exec(due).all()
    for question in found:
        question.reminded_at = now
        session.add(question)
        disclosure = session.get_one(Disclosure, question.disclosure_id)
        notices.due_soon(session, question, apps.get(session, disclosure.app_id).name, now)
    return len(found) == limit


def _check_limits(session: Session, person_id: UUID, disclosure_id: UUID, now: datetime) -> None:
    mine = select(func.count()).select_from(Question).where(col(Question.person_id) == person_id)
    still = mine.where(col(Question.answered_at).is_(None))
    if session.exec(still.where(col(Question.disclosure_id) == disclosure_id)).one():
        raise Conflict("You have asked about this entry already. The answer is still to come.")
    if session.exec(still).one() >= MOST_WAITING:
        raise Conflict(f"{MOST_WAITING} of your questions wait for an answer. Wait for one of these first.")
    if session.exec(mine.where(col(Question.asked_at) > now - timedelta(days=1))).one() >= MOST_A_DAY:
        raise Conflict(f"You have asked {MOST_A_DAY} questions in 24 hours. Ask again tomorrow.")


def _checked(words: str, missing: str) -> str:
    said = words.strip()
    if not said:
        raise Invalid(missing, field="words")
    if len(said) > LONGEST_TEXT:
        raise Invalid(f"Use {LONGEST_TEXT:,} characters or fewer.", field="words")
    return said


def _details(question: Question) -> dict[str, str]:
    return {"question_id": str(question.id), "disclosure_id": str(question.disclosure_id)}
