"""What waits for an officer, and what they may end, is found by one statement and page by page."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event
from sqlmodel import Session

from profiles.access_policy import requests
from profiles.access_policy.delegations import DelegationWanted, covers, may_give
from profiles.access_policy.grants import given_by_hand
from profiles.access_policy.models import Action
from profiles.employments.service import current_postings
from profiles.entitlements.models import Entitlement
from profiles.roles.models import Role
from profiles.roles.permissions import Permission
from profiles.roles.service import permissions_of
from profiles.temporal import start_of_day
from tests.factories.apps import make_app
from tests.factories.organisations import PROVENANCE, make_organisation
from tests.factories.people import give_role
from tests.profiles.access_policy.conftest import Owned
from tests.profiles.access_policy.test_requests import ask

UNTIL = date(2026, 4, 30)


@contextmanager
def statements(session: Session) -> Iterator[list[str]]:
    """The statements that run until the block ends."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        found.append(statement)

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(connection, "before_cursor_execute", note)


def people_who_ask(owned: Owned, count: int) -> list[UUID]:
    people = [owned.employ(f"p{number}.asks").person_id for number in range(count)]
    for person_id in people:
        ask(owned, person_id, role_name="caseworker")
    return people


def held(owned: Owned, person_id: UUID, days: int, role_name: str = "manager") -> Entitlement:
    ends_at = start_of_day(UNTIL) + timedelta(days=days)
    one = Entitlement(
        person_id=person_id,
        app_id=owned.app_id,
        role_name=role_name,
        approved_by=owned.second,
        **PROVENANCE.stamp(owned.now, owned.now, ends_at),
    )
    owned.session.add(one)
    owned.session.flush()
    return one


@pytest.mark.parametrize("what", ["requests", "grants", "roles"])
def test_more_rows_are_no_more_statements(owned: Owned, what: str) -> None:
    session, now = owned.session, owned.now
    mine = permissions_of(session, owned.owner, now)
    asked: dict[str, Callable[[], Any]] = {
        "requests": lambda: requests.waiting_for(session, mine, now, limit=100),
        "grants": lambda: given_by_hand(session, mine, now, limit=100),
        "roles": lambda: may_give(session, mine, now),
    }
    counted = []
    for number in (1, 5):
        for person_id in people_who_ask(owned, number) if number == 1 else owned.people:
            held(owned, person_id, number)
        if number == 5:
            for each in owned.people:
                ask(owned, each, role_name="caseworker")
            make_app(session, now, owned.hmrc, "Another")
            make_app(session, now, owned.hmrc, "A third")
        session.expunge_all()
        asked[what]()
        with statements(session) as ran:
            found = asked[what]()
        counted.append((len(found), len(ran)))
    (few, first), (many, second) = counted
    assert many > few
    assert first == second


def test_the_lists_go_on_behind_the_last_row(owned: Owned) -> None:
    session, now = owned.session, owned.now
    mine = permissions_of(session, owned.owner, now)
    people = people_who_ask(owned, 5)
    first = requests.waiting_for(session, mine, now, limit=3)
    rest = requests.waiting_for(session, mine, now, after=first[-1].id, limit=3)
    assert [one.person_id for one in (*first, *rest)] == people
    assert requests.count_waiting(session, mine, now) == 5
    ends = [held(owned, person_id, days) for person_id, days in zip(people, (3, 1, 2, 2, 1), strict=True)]
    begin = given_by_hand(session, mine, now, limit=2)
    after = given_by_hand(session, mine, now, after=begin[-1].id, limit=9)
    assert [one.id for one in (*begin, *after)] == [
        one.id for one in sorted(ends, key=lambda one: (one.valid_to, one.id))
    ]
    assert [one.person_id for one in given_by_hand(session, mine, now, person_id=people[0], limit=9)] == [
        people[0]
    ]


@pytest.mark.parametrize("below", [True, False])
@pytest.mark.parametrize("role_name", [None, "manager", "caseworker"])
def test_a_delegate_finds_those_of_their_people_for_roles_that_are_delegated(
    owned: Owned, below: bool, role_name: str | None
) -> None:
    session, now = owned.session, owned.now
    team = make_organisation(session, now, "HMPO", parent=owned.home_office)
    hr = owned.employ("hal.hr", owned.home_office).person_id
    give_role(session, now, hr, Role.HR_OFFICER, owned.home_office.id)
    give_role(session, now, hr, Role.HR_OFFICER, team.id)
    wanted = DelegationWanted(owned.app_id, Action.ADD, owned.home_office.id, below, role_name, UNTIL)
    owned.approve(owned.submit(wanted), owned.second)
    people = [owned.people[2], owned.employ("tia.team", team).person_id, owned.people[0]]
    for person_id in people:
        for role in ("manager", "caseworker"):
            ask(owned, person_id, role_name=role)
            held(owned, person_id, 1, role)
    mine = permissions_of(session, hr, now)
    assert mine.organisations(Permission.GRANT_ACCESS) == {owned.home_office.id, team.id}
    expected = {
        (person_id, role)
        for person_id in people[:2]
        for role in ("manager", "caseworker")
        if any(
            covers(session, owned.app_id, role, one.organisation_id, now)
            for one in current_postings(session, person_id, now)
        )
    }
    asked = requests.waiting_for(session, mine, now)
    given = given_by_hand(session, mine, now, limit=99)
    assert {(one.person_id, one.role_name) for one in asked} == expected
    assert {(one.person_id, one.role_name) for one in given} == expected
    assert len(expected) == (2 if below else 1) * (2 if role_name is None else 1)
