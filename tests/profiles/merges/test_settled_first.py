"""What lasts or waits about one of two records is settled first: a union loses none of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from profiles.errors import Conflict
from profiles.people import sensitive
from profiles.retention import holds
from profiles.retention.models import LegalHold
from profiles.suspensions.service import (
    find_account_suspension,
    lift_account_suspension,
    suspend_account,
)
from tests.factories.merges import Twins

HOUR = timedelta(hours=1)
Begins = Callable[[Twins, UUID, datetime], None]


def suspend(twins: Twins, person_id: UUID, at: datetime) -> None:
    suspend_account(
        twins.session,
        at,
        person_id=person_id,
        organisation_id=twins.hmrc.id,
        officer_id=twins.security,
        reason="A report",
    )


def lift(twins: Twins, person_id: UUID, at: datetime) -> None:
    held = find_account_suspension(twins.session, person_id, at)
    assert held is not None
    lift_account_suspension(
        twins.session, at, suspension=held, officer_id=twins.security, reason="Nothing in it"
    )


def mark(twins: Twins, person_id: UUID, at: datetime) -> None:
    sensitive.mark(
        twins.session,
        at,
        person_id=person_id,
        organisation_id=twins.hmrc.id,
        officer_id=twins.security,
        reason="A threat",
    )


@pytest.mark.parametrize("begins", [suspend, mark])
def test_what_lasts_of_either_record_stands_in_the_way(twins: Twins, now: datetime, begins: Begins) -> None:
    for person_id in (twins.survivor, twins.other):
        with twins.session.begin_nested() as savepoint:
            begins(twins, person_id, now - HOUR)
            with pytest.raises(Conflict, match="Security officers must end"):
                twins.propose(now)
            savepoint.rollback()


@pytest.mark.parametrize("begins", [suspend, mark])
def test_so_does_what_began_after_it_was_asked_for(twins: Twins, now: datetime, begins: Begins) -> None:
    request = twins.propose(now - HOUR)
    begins(twins, twins.other, now)
    with pytest.raises(Conflict, match="Security officers must end"):
        twins.agree(request, now)


def test_a_suspension_is_not_shed_for_one_of_the_other_record_that_is_over(
    twins: Twins, now: datetime
) -> None:
    for person_id in (twins.survivor, twins.other):
        suspend(twins, person_id, now - 3 * HOUR)
    lift(twins, twins.survivor, now - 2 * HOUR)
    with pytest.raises(Conflict, match="Security officers must end"):
        twins.merge(now)
    lift(twins, twins.other, now - HOUR)
    twins.merge(now)
    assert find_account_suspension(twins.session, twins.survivor, now) is None


def hold(twins: Twins, person_id: UUID, at: datetime) -> LegalHold:
    return holds.place(
        twins.session,
        at,
        person_id=person_id,
        organisation_id=twins.hmrc.id,
        kind=None,
        reason="Claim 7",
        officer_id=twins.second,
    )


def test_a_hold_of_either_stands_in_the_way_and_is_not_told(twins: Twins, now: datetime) -> None:
    request = twins.propose(now - HOUR)
    for person_id in (twins.survivor, twins.other):
        with twins.session.begin_nested() as savepoint:
            hold(twins, person_id, now - HOUR)
            with pytest.raises(Conflict, match="Data protection officers must settle something"):
                twins.agree(request, now)
            savepoint.rollback()
        twins.session.expire_all()
    held = hold(twins, twins.other, now - HOUR)
    holds.lift(twins.session, now, hold=held, reason="Over", officer_id=twins.second)
    twins.agree(request, now)
