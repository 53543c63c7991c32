"""Whatever was recorded: a union taken back leaves two records as they were, and its time as it read."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.database import open_session
from profiles.employments.models import Posting
from profiles.errors import Conflict, Invalid
from profiles.merges.moving import CARRIED
from profiles.pay.models import PayReason, PayRecord
from profiles.people.models import PersonName
from profiles.temporal import Provenance, current, end, history, record, replace
from tests.factories.merges import Twins, make_twins

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
SAID = Provenance(None, "test", "a step")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["pay", "correct", "end", "name", "posting"]),
        st.booleans(),
        st.integers(0, 9),
        st.integers(1, 9),
    ),
    max_size=7,
)
QUICK = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


def take(session: Session, person_id: UUID, step: Any, at: datetime) -> None:
    """One step about a person; what cannot be is refused and leaves no trace."""
    what, _whose, when, number = step
    begins = NOW - timedelta(days=300) + when * timedelta(days=30)
    pay = history(session, PayRecord, at, person_id=person_id)
    try:
        with session.begin_nested():
            if what == "pay":
                posting = current(session, Posting, at, at, person_id=person_id)[number % 2]
                record(session, new_pay(posting, number, SAID.stamp(at, begins, begins + number * 30 * DAY)))
            elif what == "correct" and pay:
                replace(session, pay[number % len(pay)], at, SAID, salary_pence=number)
            elif what == "end" and pay:
                end(session, pay[number % len(pay)], begins, at, SAID)
            elif what == "name":
                name = current(session, PersonName, at, at, person_id=person_id)[0]
                replace(session, name, at, SAID, family_name=f"Patel-{number}")
            elif what == "posting":
                posting = current(session, Posting, at, at, person_id=person_id)[number % 2]
                replace(session, posting, at, SAID, job_title=f"Job {number}")
    except (Conflict, Invalid, IndexError):
        return


def new_pay(posting: Posting, number: int, stamp: dict[str, Any]) -> PayRecord:
    return PayRecord(
        person_id=posting.person_id,
        employment_id=posting.employment_id,
        organisation_id=posting.organisation_id,
        salary_pence=number * 100,
        pay_reason=PayReason.AWARD,
        **stamp,
    )


def versions(session: Session) -> dict[UUID, dict[str, Any]]:
    rows = (one for model in CARRIED.values() for one in session.exec(select(model)))
    return {one.id: one.model_dump(exclude={"superseded_at", "superseded_by"}) for one in rows}


@QUICK
@given(STEPS, STEPS)
def test_a_union_taken_back_leaves_both_as_they_were_and_loses_nothing(
    engine: Engine, before: list[Any], during: list[Any]
) -> None:
    with open_session(engine, writes=True) as session:
        twins = make_twins(session, NOW)
        at = NOW
        for step in before:
            at += DAY
            take(session, twins.survivor if step[1] else twins.other, step, at)
        two = at + DAY
        were = [twins.told(one, two) for one in (twins.survivor, twins.other)]
        merge = twins.merge(two)
        at, read = two, {}
        read[at] = twins.told(twins.survivor, at)
        for step in during:
            at += DAY
            take(session, twins.survivor, step, at)
            read[at] = twins.told(twins.survivor, at)
            assert twins.told(twins.other, at) == []
        held = versions(session)
        if during:
            split_at = at + DAY
            twins.split(merge, split_at)
        else:
            split_at = at + DAY
            twins.split(merge, split_at)
            assert [twins.told(one, split_at) for one in (twins.survivor, twins.other)] == were

        now_held = versions(session)
        assert {one: now_held.get(one) for one in held} == held
        assert {then: twins.told(twins.survivor, then) for then in read} == read
        just_before = two - timedelta(microseconds=1)
        assert [twins.told(one, just_before) for one in (twins.survivor, twins.other)] == were
        names_nobody_twice(twins, split_at)
        session.rollback()


def names_nobody_twice(twins: Twins, at: datetime) -> None:
    """Each of the two has what was theirs, under the ids that it had before the union."""
    for person_id in (twins.survivor, twins.other):
        assert len(current(twins.session, PersonName, at, at, person_id=person_id)) == 1
        assert len(current(twins.session, Posting, at, at, person_id=person_id)) == 1
