"""A legal hold on one of two records that are one keeps what is recorded of either."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session

from profiles.columns import new_id
from profiles.errors import NotPermitted
from profiles.retention import holds
from profiles.retention.due import count_due, keys_due
from profiles.retention.models import LegalHold
from profiles.retention.rules import YEARS
from profiles.temporal import civil_date
from tests.factories.merges import Twins, make_twins
from tests.factories.retained import make_fact, retained

DAY = timedelta(days=1)
LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)
RULE = retained("leave_balances")


@pytest.fixture
def twins(session: Session, now: datetime) -> Twins:
    """Two records, each with a leave balance of long ago."""
    made = make_twins(session, now - DAY)
    for person_id in (made.survivor, made.other):
        make_fact(
            session,
            "leave_balances",
            person_id,
            made.hmrc.id,
            LONG_AGO,
            LONG_AGO + DAY,
            employment_id=new_id(),
        )
    return made


def place(twins: Twins, now: datetime, person_id: UUID, officer_id: UUID | None = None) -> LegalHold:
    return holds.place(
        twins.session,
        now,
        person_id=person_id,
        organisation_id=twins.hmrc.id,
        kind=None,
        reason="Claim 7",
        officer_id=officer_id or twins.second,
    )


def due(twins: Twins, now: datetime) -> list[tuple[int, int]]:
    """What is due in ten years, and what is held: of the three rows, two are the survivor's by then."""
    day = civil_date(now + 3653 * DAY)
    found = count_due(twins.session, [RULE], YEARS, {twins.hmrc.id}, day, now)
    return [(one.due, one.held) for one in found]


@pytest.mark.parametrize("whom", ["survivor", "other"])
def test_it_keeps_the_rows_of_both(twins: Twins, now: datetime, whom: str) -> None:
    twins.merge(now)
    assert due(twins, now) == [(3, 0)]
    held = place(twins, now, getattr(twins, whom))
    assert held.person_id == twins.survivor
    assert due(twins, now) == [(0, 3)]
    day = civil_date(now + 3653 * DAY)
    found = keys_due(
        twins.session,
        RULE,
        YEARS,
        twins.hmrc.id,
        day,
        now,
        except_of=frozenset(),
        proposed_at=now + DAY,
        limit=9,
    )
    assert not found


def test_one_from_before_that_names_the_other_keeps_them_too(twins: Twins, now: datetime) -> None:
    twins.merge(now)
    held = place(twins, now, twins.survivor)
    held.person_id = twins.other
    twins.session.flush()
    assert due(twins, now) == [(0, 3)]


def test_one_from_in_between_keeps_both_after_a_split_and_a_later_one_does_not(
    twins: Twins, now: datetime
) -> None:
    merge = twins.merge(now)
    held = place(twins, now + DAY, twins.survivor)
    at = now + 2 * DAY
    twins.split(merge, at)
    [(left, kept)] = due(twins, at)
    assert (left, kept > 0) == (0, True)
    holds.lift(twins.session, at, hold=held, reason="Over", officer_id=twins.second)
    place(twins, at, twins.survivor)
    [(left, kept)] = due(twins, at)
    assert (left > 0, kept > 0) == (True, True)


def test_the_number_and_the_id_of_either_name_the_survivor(twins: Twins, now: datetime) -> None:
    twins.merge(now)
    for typed in ("HMRC-p.patel", "HMRC-priya.patel", str(twins.other)):
        found = holds.find_people(twins.session, typed, {twins.hmrc.id})
        assert list(found) == [twins.survivor]


def test_nobody_holds_their_own_by_the_other_record(twins: Twins, now: datetime) -> None:
    twins.merge(now)
    with pytest.raises(NotPermitted):
        place(twins, now, twins.other, officer_id=twins.survivor)
