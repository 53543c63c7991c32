"""Of a union that was refused nothing stays; one that was made, or taken back, is remembered."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete
from sqlmodel import Session, select

from profiles.merges import service
from profiles.merges.models import Merge, MergeRequest
from profiles.retention.due import count_due
from profiles.retention.events import EVENTS
from profiles.retention.rules import YEARS
from profiles.roles.service import permissions_of
from profiles.temporal import civil_date
from tests.factories.merges import Twins, make_twins

DAY = timedelta(days=1)
RULES = [one for one in EVENTS if one.table in ("merges", "merge_requests")]


@pytest.fixture
def twins(session: Session, now: datetime) -> Twins:
    return make_twins(session, now)


def due(twins: Twins, now: datetime, years: int) -> list[int]:
    """How many requests, and how many unions, are due so many years later."""
    day = civil_date(now).replace(year=now.year + years) + DAY
    found = {}
    for rule in RULES:
        [one] = count_due(twins.session, [rule], YEARS, {twins.hmrc.id}, day, now) or [None]
        found[rule.table] = one.due if one else 0
    return [found["merge_requests"], found["merges"]]


def test_one_that_was_refused_goes_with_its_request(twins: Twins, now: datetime) -> None:
    request = twins.propose(now)
    allowed = permissions_of(twins.session, twins.second, now)
    service.refuse(twins.session, now, request, twins.second, allowed)
    assert due(twins, now, 5) == [0, 0]
    assert due(twins, now, 6) == [0, 1]
    [rule] = [one for one in RULES if one.table == "merges"]
    for part in rule.parts:
        twins.session.execute(delete(part.model))
    twins.session.execute(delete(Merge))
    assert twins.session.exec(select(MergeRequest)).all() == []


def test_of_one_that_was_made_the_request_goes_alone(twins: Twins, now: datetime) -> None:
    merge = twins.merge(now)
    assert due(twins, now, 6) == [1, 0]
    twins.split(merge, now + DAY)
    assert due(twins, now + DAY, 6) == [2, 0]
