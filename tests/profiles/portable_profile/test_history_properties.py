"""What holds of the two time lines whatever is recorded, corrected, ended and backdated."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from app.database import open_session
from profiles.employments.models import Posting
from profiles.errors import Conflict, Invalid
from profiles.pay.models import PayReason, PayRecord
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.reading import profile_as_of
from profiles.temporal import Provenance, current, end, history, record, replace, start_of_day
from tests.factories.organisations import make_organisation
from tests.factories.people import make_employee

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAYS = st.integers(0, 12).map(lambda month: date(2024, 1, 1) + timedelta(days=30 * month))
SPANS = st.tuples(DAYS, DAYS | st.none()).filter(lambda span: span[1] is None or span[0] < span[1])
SAID = Provenance(None, "test", "a step")
STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "correct", "end"]), SPANS, st.integers(1, 9)),
    min_size=1,
    max_size=6,
)
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def moments(span: tuple[date, date | None]) -> dict[str, datetime | None]:
    begins, until = span
    return {"valid_from": start_of_day(begins), "valid_to": start_of_day(until) if until else None}


def pay(posting: Posting, span: tuple[date, date | None], salary: int, at: datetime) -> PayRecord:
    return PayRecord(
        person_id=posting.person_id,
        employment_id=posting.employment_id,
        organisation_id=posting.organisation_id,
        salary_pence=salary,
        pay_reason=PayReason.AWARD,
        **(SAID.stamp(at, NOW) | moments(span)),
    )


def take(session: Session, posting: Posting, step: Any, at: datetime) -> None:
    """One step of an officer; what cannot be is refused and leaves no trace."""
    what, span, number = step
    known = history(session, PayRecord, at, person_id=posting.person_id)
    try:
        with session.begin_nested():
            if what == "add" or not known:
                record(session, pay(posting, span, number * 100, at))
            elif what == "correct":
                chosen = known[number % len(known)]
                replace(session, chosen, at, SAID, salary_pence=number, **moments(span))
            else:
                end(session, known[number % len(known)], start_of_day(span[0]), at, SAID)
    except (Conflict, Invalid):
        return


def told(session: Session, person_id: UUID, known_at: datetime) -> list[tuple[Any, ...]]:
    return [
        (one.fact_id, one.salary_pence, one.valid_from, one.valid_to)
        for one in history(session, PayRecord, known_at, person_id=person_id)
    ]


@QUICK
@given(STEPS)
def test_history_reads_the_same_when_asked_as_known_then_and_no_fact_is_lost(
    engine: Engine, steps: list[Any]
) -> None:
    with open_session(engine, writes=True) as session:
        posting = make_employee(session, NOW, make_organisation(session, NOW))
        said: list[tuple[datetime, list[tuple[Any, ...]]]] = []
        seen: set[UUID] = set()
        for number, step in enumerate(steps):
            at = NOW + timedelta(days=number)
            take(session, posting, step, at)
            session.expire_all()
            said.append((at, told(session, posting.person_id, at)))
            versions = set(session.exec(select(PayRecord.id)))
            assert seen <= versions
            seen = versions
            for then, what_we_said in said:
                assert told(session, posting.person_id, then) == what_we_said
        session.rollback()


@QUICK
@given(STEPS)
def test_no_day_has_two_salaries_and_the_profile_tells_what_current_tells(
    engine: Engine, steps: list[Any]
) -> None:
    with open_session(engine, writes=True) as session:
        posting = make_employee(session, NOW, make_organisation(session, NOW))
        for number, step in enumerate(steps):
            take(session, posting, step, NOW + timedelta(days=number))
        last = NOW + timedelta(days=len(steps))
        for month in range(14):
            at = start_of_day(date(2024, 1, 1) + timedelta(days=30 * month))
            found = current(session, PayRecord, at, last, person_id=posting.person_id)
            assert len(found) <= 1
            profile = profile_as_of(session, posting.person_id, at, last)
            assert [one.id for one in profile.facts[Kind.PAY]] == [one.id for one in found]
        session.rollback()


@pytest.mark.parametrize(
    ("second", "refused"),
    [
        ((date(2024, 1, 1), date(2024, 6, 1)), False),
        ((date(2024, 5, 1), date(2024, 7, 1)), True),
        ((date(2024, 7, 1), None), True),
        ((date(2024, 7, 1), date(2024, 8, 1)), True),
        ((date(2025, 1, 1), None), False),
        ((date(2023, 1, 1), None), True),
    ],
)
def test_the_same_overlaps_are_refused_by_our_check_and_by_the_database(
    session: Session, second: tuple[date, date | None], refused: bool
) -> None:
    posting = make_employee(session, NOW, make_organisation(session, NOW))
    record(session, pay(posting, (date(2024, 6, 1), date(2025, 1, 1)), 100, NOW))
    other, again = pay(posting, second, 200, NOW), pay(posting, second, 200, NOW)

    assert refuses(session, other) is refused
    if session.get_bind().dialect.name == "postgresql":  # what came past our check meets the constraint
        assert refuses_by_itself(session, again) is refused


def refuses(session: Session, fact: PayRecord) -> bool:
    """Whether our check refuses it; nothing is left of it either way."""
    try:
        with session.begin_nested():
            record(session, fact)
            raise _TakenBack
    except Conflict:
        return True
    except _TakenBack:
        return False


def refuses_by_itself(session: Session, fact: PayRecord) -> bool:
    """Whether the database refuses it."""
    try:
        with session.begin_nested():
            session.execute(insert(PayRecord), [fact.model_dump()])
    except DBAPIError:
        return True
    return False


class _TakenBack(Exception):
    pass
