"""What an employer keeps over time is its own; a hole between posts or pay is told as what it is."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from profiles.employments.models import CareerBreak, Employment, Posting
from profiles.errors import NotFound
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.over_time import gap_of, gaps_since, over_time, spans_between
from profiles.roles.models import Role
from profiles.temporal import Span, current, end, record, start_of_day
from tests.factories.facts_in_turn import COMING, PRESENT, in_turn
from tests.factories.organisations import LONG_AGO, PROVENANCE
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move

MONTH = timedelta(days=30)


def gaps(move: Move, officer: Any = None) -> list[tuple[Kind, datetime, datetime | None]]:
    allowed = move.permissions(officer or move.hmrc_officer)
    found = over_time(move.session, move.employee, allowed, move.now).gaps
    return [(one.kind, one.span.valid_from, one.span.valid_to) for one in found]


def places(move: Move) -> dict[Kind, set[UUID]]:
    return {kind: {move.hmrc.id} for kind in (Kind.POSTING, Kind.PAY)}


def listed(move: Move, since: datetime = LONG_AGO) -> list[tuple[Kind, datetime, datetime | None]]:
    """The same by the list of everybody's, of the employee."""
    found = [
        gap_of(move.session, one, move.now)
        for one in gaps_since(move.session, places(move), since, move.now, limit=100)
        if one.person_id == move.employee
    ]
    return [(one.kind, one.span.valid_from, one.span.valid_to) for one in found]


def test_everybodys_gaps_are_listed_part_by_part(move: Move) -> None:
    for kind in (Kind.POSTING, Kind.PAY):
        past, _present, coming = in_turn(move, kind)
        end(move.session, past, PRESENT - MONTH, move.now, PROVENANCE)
        end(move.session, coming, COMING + MONTH, move.now, PROVENANCE)
    whole = gaps_since(move.session, places(move), LONG_AGO, move.now, limit=100)
    assert [one.begins for one in whole] == [COMING + MONTH] * 2 + [PRESENT - MONTH] * 2
    assert {one.kind for one in whole[:2]} == {Kind.POSTING, Kind.PAY}
    read, after = [], None
    while part := gaps_since(move.session, places(move), LONG_AGO, move.now, after=after, limit=1):
        assert len(part) == 1
        read += part
        after = part[0].id
    assert read == whole
    assert gaps_since(move.session, places(move), LONG_AGO, move.now, after=uuid4(), limit=100) == whole


def test_entries_that_meet_leave_no_gap(move: Move) -> None:
    for kind in (Kind.POSTING, Kind.PAY):
        in_turn(move, kind)
    assert gaps(move) == listed(move) == []


@pytest.mark.parametrize("kind", [Kind.POSTING, Kind.PAY])
def test_a_gap_is_told_with_its_days_between_two_and_after_the_last(move: Move, kind: Kind) -> None:
    past, _present, coming = in_turn(move, kind)
    end(move.session, past, PRESENT - MONTH, move.now, PROVENANCE)
    assert gaps(move) == listed(move) == [(kind, PRESENT - MONTH, PRESENT)]
    end(move.session, coming, COMING + MONTH, move.now, PROVENANCE)
    later = (kind, COMING + MONTH, None)
    assert gaps(move) == [(kind, PRESENT - MONTH, PRESENT), later]
    assert listed(move) == [later, (kind, PRESENT - MONTH, PRESENT)]
    assert listed(move, since=PRESENT) == [later]
    (employed,) = current(move.session, Employment, move.now, move.now, person_id=move.employee)
    end(move.session, employed, COMING + MONTH + MONTH, move.now, PROVENANCE)
    ends = (kind, COMING + MONTH, COMING + MONTH + MONTH)
    assert gaps(move)[1] == listed(move)[0] == ends
    (employed,) = current(move.session, Employment, move.now, move.now, person_id=move.employee)
    end(move.session, employed, COMING + MONTH, move.now, PROVENANCE)
    assert gaps(move) == listed(move) == [(kind, PRESENT - MONTH, PRESENT)]


def test_a_career_break_is_no_gap(move: Move) -> None:
    past, _present, _coming = in_turn(move, Kind.PAY)
    begins = PRESENT - MONTH
    end(move.session, past, begins, move.now, PROVENANCE)
    record(
        move.session,
        CareerBreak(
            person_id=move.employee,
            employment_id=past.employment_id,
            organisation_id=move.hmrc.id,
            return_on=date(2025, 1, 1),
            **PROVENANCE.stamp(move.now, begins, PRESENT),
        ),
    )
    assert gaps(move) == listed(move) == []


def test_no_post_on_loan_fills_a_gap_at_home(move: Move) -> None:
    past, _present, _coming = in_turn(move, Kind.POSTING)
    values = past.model_dump(exclude={"id", "fact_id", "superseded_at", "superseded_by"})
    end(move.session, past, PRESENT - MONTH, move.now, PROVENANCE)
    on_loan = {"kind": "host", "organisation_id": move.home_office.id, "valid_to": PRESENT}
    record(move.session, Posting(**(values | on_loan)))
    assert gaps(move) == listed(move) == [(Kind.POSTING, PRESENT - MONTH, PRESENT)]


def test_each_employer_has_its_own_and_learns_nothing_of_the_others(move: Move) -> None:
    in_turn(move, Kind.PAY)
    transfer = move.schedule()
    move.now = transfer.join_at + timedelta(days=30)
    old, new = (
        over_time(move.session, move.employee, move.permissions(one), move.now)
        for one in (move.hmrc_officer, move.home_office_officer)
    )
    assert {one.organisation_id for one in (*old.posts, *old.pay)} == {move.hmrc.id}
    assert {one.organisation_id for one in (*new.posts, *new.pay)} == {move.home_office.id}
    assert (old.pay[-1].valid_to, new.pay[0].valid_from) == (transfer.leave_at, transfer.join_at)
    assert gaps(move) == gaps(move, move.home_office_officer) == []
    with pytest.raises(NotFound):
        over_time(move.session, move.employee, move.permissions(move.stranger), move.now)


def test_pay_is_for_who_may_see_it(move: Move) -> None:
    past, *_others = in_turn(move, Kind.PAY)
    end(move.session, past, PRESENT - MONTH, move.now, PROVENANCE)
    security = make_employee(move.session, move.now, move.hmrc, "sam.security").person_id
    give_role(move.session, move.now, security, Role.SECURITY_OFFICER, move.hmrc.id)
    found = over_time(move.session, move.employee, move.permissions(security), move.now)
    assert (len(found.posts), found.pay, found.allowances, found.gaps) == (1, [], [], [])


@pytest.mark.parametrize(
    ("ends", "until", "left"),
    [
        ([(1, 3), (3, None)], None, []),
        ([(1, 3), (5, None)], None, [(3, 5)]),
        ([(1, 3), (2, 6), (4, 5)], 6, []),
        ([(1, 3), (9, None)], 7, [(3, 7)]),
        ([(1, 3)], None, [(3, None)]),
        ([(1, 3), (4, 5), (6, 7)], 8, [(3, 4), (5, 6), (7, 8)]),
    ],
)
def test_what_is_left_between(ends: list[Any], until: int | None, left: list[Any]) -> None:
    def day(number: int | None) -> Any:
        return number and start_of_day(date(2026, 1, number))

    covered = [Span(valid_from=day(one), valid_to=day(other)) for one, other in ends]
    found = spans_between(covered, day(until), since=day(1))  # type: ignore[arg-type]
    assert [(one.valid_from, one.valid_to) for one in found] == [
        (day(one), day(other)) for one, other in left
    ]
