"""What falls due: the sooner of the day by the decision and the day by the organisation's own limit."""

from datetime import date, datetime

import pytest
from sqlmodel import Session

from profiles.clearances.due import Duty, due
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import Clearance, ClearanceLimit
from profiles.temporal import current, record
from tests.factories.organisations import PROVENANCE
from tests.factories.transfers import Move, make_move


@pytest.fixture
def move(session: Session, now: datetime) -> Move:
    """An employee of HMRC, who holds an SC since 1 January 2020, for ten years."""
    return make_move(session, now)


def limit(move: Move, years: int, level: ClearanceLevel = ClearanceLevel.SC, *, there: bool = False) -> None:
    organisation_id = move.home_office.id if there else move.hmrc.id
    stamp = PROVENANCE.stamp(move.now, move.now)
    record(move.session, ClearanceLimit(organisation_id=organisation_id, level=level, years=years, **stamp))


def listed(move: Move) -> list[tuple[Duty, date]]:
    found = due(move.session, [move.hmrc.id, move.home_office.id], move.now, 1)
    assert found.total == len(found.entries)
    return [(one.duty, one.on) for one in found.entries if one.person_id == move.employee]


def test_a_limit_makes_it_end_sooner(move: Move) -> None:
    assert listed(move) == []
    limit(move, 5)
    assert listed(move) == [(Duty.EXPIRY, date(2024, 12, 31))]


def test_a_limit_whose_day_is_far_or_that_is_of_another_level_or_organisation_says_nothing(
    move: Move,
) -> None:
    limit(move, 7)
    limit(move, 1, ClearanceLevel.DV)
    limit(move, 1, there=True)
    assert listed(move) == []


@pytest.mark.parametrize(
    ("expires_on", "due_on"),
    [(date(2026, 5, 1), date(2024, 12, 31)), (date(2024, 6, 1), date(2024, 6, 1))],
    ids=["limit", "decision"],
)
def test_the_sooner_day_is_listed_once(move: Move, expires_on: date, due_on: date) -> None:
    held = current(move.session, Clearance, move.now, move.now, person_id=move.employee)[0]
    held.expires_on = expires_on
    limit(move, 5)
    move.session.flush()
    assert listed(move) == [(Duty.EXPIRY, due_on)]
