"""Somebody asks for a role; an owner or a delegate gives it for a time or refuses, once."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from profiles.access_policy import requests
from profiles.access_policy.delegations import DelegationWanted
from profiles.access_policy.grants import GrantWanted
from profiles.access_policy.models import Action, RequestState, RoleRequest
from profiles.entitlements.models import Entitlement
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.outbox.models import OutboxMessage
from profiles.roles.models import Role
from profiles.roles.service import assign, permissions_of
from profiles.temporal import end, history, start_of_day
from tests.factories.organisations import INITIATOR, PROVENANCE
from tests.factories.people import give_role
from tests.profiles.access_policy.conftest import Owned

TODAY, UNTIL = date(2026, 3, 2), date(2026, 4, 30)
AFTERWARDS = start_of_day(date(2026, 5, 1))


def ask(owned: Owned, person_id: UUID | None = None, **changes: Any) -> RoleRequest:
    said: dict[str, Any] = {
        "app_id": owned.app_id,
        "role_name": "manager",
        "first_day": TODAY,
        "last_day": UNTIL,
        "reason": "I cover for a manager",
    } | changes
    now = said.pop("now", owned.now)
    return requests.ask(owned.session, now, person_id=person_id or owned.people[2], **said)


def approve(owned: Owned, request: RoleRequest, officer_id: UUID, last_day: date = UNTIL) -> None:
    requests.approve(owned.session, owned.now, request, officer_id, last_day=last_day, answer="")


def told(owned: Owned) -> list[tuple[UUID | None, str]]:
    return [(one.person_id, one.payload["subject"]) for one in owned.session.exec(select(OutboxMessage))]


def test_what_is_asked_for_is_given_by_an_owner_and_ends_by_itself(owned: Owned) -> None:
    asker = owned.people[2]
    request = ask(owned)
    assert {one for one, _subject in told(owned)} == {owned.owner, owned.second}
    assert "Home" not in " ".join(one.payload["body"] for one in owned.session.exec(select(OutboxMessage)))
    approve(owned, request, owned.owner, date(2026, 4, 15))
    one = history(owned.session, Entitlement, owned.now, app_id=owned.app_id)[0]
    assert (one.approved_by, one.recorded_by, one.reason) == (owned.owner, asker, "I cover for a manager")
    assert owned.users(owned.now)[asker] == ("manager",)
    assert asker not in owned.users(start_of_day(date(2026, 4, 16)))
    assert (asker, "You have the role that you asked for") in told(owned)


def test_whoever_asks_again_and_again_mails_nobody_again_that_day_and_then_not_at_all(owned: Owned) -> None:
    asked: list[RoleRequest] = []
    for _ in range(requests.MOST_A_DAY):
        asked.append(ask(owned))
        requests.withdraw(owned.session, owned.now, asked[-1])
    assert len(told(owned)) == 2
    with pytest.raises(Conflict):
        ask(owned)
    ask(owned, first_day=date(2026, 3, 3), now=owned.now + timedelta(days=1))
    assert len(told(owned)) == 4


def test_who_decides_on_a_second_role_alone_is_told_of_it(owned: Owned) -> None:
    hr = owned.employ("hal.hr", owned.home_office).person_id
    give_role(owned.session, owned.now, hr, Role.HR_OFFICER, owned.home_office.id)
    wanted = DelegationWanted(owned.app_id, Action.ADD, owned.home_office.id, False, "caseworker", UNTIL)
    owned.approve(owned.submit(wanted), owned.second)
    before = len(told(owned))
    ask(owned)
    ask(owned, role_name="caseworker")
    assert {one for one, _subject in told(owned)[before : before + 2]} == {owned.owner, owned.second}
    assert [one for one, _subject in told(owned)[before + 2 :]] == [hr]


def test_a_role_that_they_have_by_hand_is_not_asked_for_nor_given_a_second_time(owned: Owned) -> None:
    waits = ask(owned)
    held = ask(owned, role_name="caseworker")
    approve(owned, held, owned.owner)
    with pytest.raises(Invalid) as refused:
        ask(owned, role_name="caseworker", first_day=UNTIL, last_day=date(2026, 6, 1))
    assert refused.value.field == "first_day"
    ask(owned, role_name="caseworker", first_day=date(2026, 5, 1), last_day=date(2026, 6, 1))
    by_officer = GrantWanted(
        owned.app_id, Action.ADD, owned.people[2], "manager", owned.hmrc.id, True, TODAY, UNTIL
    )
    grant = owned.submit(by_officer)
    approve(owned, waits, owned.owner)
    with pytest.raises(Invalid):
        owned.approve(grant, owned.second)


def test_it_is_decided_once(owned: Owned) -> None:
    request = ask(owned)
    approve(owned, request, owned.owner)
    for again in (
        lambda: approve(owned, request, owned.second),
        lambda: requests.refuse(owned.session, owned.now, request, owned.second, answer="No"),
        lambda: requests.withdraw(owned.session, owned.now, request),
    ):
        with pytest.raises(Conflict):
            again()
    assert len(history(owned.session, Entitlement, owned.now, app_id=owned.app_id)) == 1


def test_a_refusal_says_why_and_another_can_be_asked_for(owned: Owned) -> None:
    request = ask(owned)
    with pytest.raises(Conflict):
        ask(owned)
    with pytest.raises(Invalid):
        requests.refuse(owned.session, owned.now, request, owned.owner, answer=" ")
    requests.refuse(owned.session, owned.now, request, owned.owner, answer="Ask your manager first")
    assert (request.state, request.answer) == (RequestState.REFUSED, "Ask your manager first")
    assert owned.people[2] not in owned.users(owned.now)
    assert ask(owned).state is RequestState.OPEN


def test_what_nobody_answers_expires_and_can_be_asked_for_again(owned: Owned) -> None:
    session, later = owned.session, owned.now + timedelta(days=30)
    request = ask(owned)
    owner = permissions_of(session, owned.owner, owned.now)
    assert requests.waiting_for(session, owner, owned.now) == [request]
    assert requests.waiting_for(session, owner, later) == []
    with pytest.raises(Conflict):
        requests.approve(session, later, request, owned.owner, last_day=UNTIL, answer="")
    again = ask(owned, first_day=date(2026, 4, 1), now=later)
    assert (again.state, session.get_one(RoleRequest, request.id).state) == (
        RequestState.OPEN,
        RequestState.EXPIRED,
    )


@pytest.mark.parametrize("who", ["themselves", "their deputy", "whom they stand in for"])
def test_nobody_approves_their_own(owned: Owned, who: str) -> None:
    other = owned.employ("otis.other").person_id
    pairs = {"their deputy": (other, owned.owner), "whom they stand in for": (owned.owner, other)}
    if who in pairs:
        deputy, officer = pairs[who]
        if officer == other:
            give_role(owned.session, owned.now, other, Role.APP_OWNER, owned.hmrc.id)
        assign(
            owned.session,
            owned.now,
            PROVENANCE,
            INITIATOR,
            person_id=deputy,
            role=Role.APP_OWNER,
            organisation_id=owned.hmrc.id,
            deputy_of=officer,
            valid_from=owned.now,
            valid_to=owned.now + timedelta(days=5),
        )
    decider = owned.owner if who == "themselves" else other
    request = ask(owned, owned.owner)
    assert request not in requests.waiting_for(
        owned.session, permissions_of(owned.session, decider, owned.now), owned.now
    )
    assert decider not in requests.deciders(owned.session, request, owned.now)
    with pytest.raises(NotPermitted):
        approve(owned, request, decider)
    with pytest.raises(NotPermitted):
        requests.refuse(owned.session, owned.now, request, decider, answer="No")


def test_a_delegate_decides_for_their_own_people_and_the_role_that_was_delegated(owned: Owned) -> None:
    session, now, home = owned.session, owned.now, owned.home_office
    hr = owned.employ("hal.hr", home).person_id
    give_role(session, now, hr, Role.HR_OFFICER, home.id)
    wanted = DelegationWanted(owned.app_id, Action.ADD, home.id, False, "caseworker", UNTIL)
    owned.approve(owned.submit(wanted), owned.second)
    theirs, other_role = ask(owned, role_name="caseworker"), ask(owned)
    elsewhere = ask(owned, owned.people[1], role_name="caseworker")
    held = permissions_of(session, hr, now)
    assert requests.waiting_for(session, held, now) == [theirs]
    for one in (other_role, elsewhere):
        with pytest.raises(NotFound):
            requests.get_waiting(session, one.id, held, now)
    assert hr in requests.deciders(session, theirs, now)
    assert hr not in requests.deciders(session, other_role, now)
    assert requests.waiting_for(session, held, AFTERWARDS) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"role_name": "king"}, "role_name"),
        ({"reason": " "}, "reason"),
        ({"first_day": date(2026, 3, 1)}, "first_day"),
        ({"last_day": date(2026, 3, 1)}, "last_day"),
        ({"last_day": date(2028, 3, 1)}, "last_day"),
    ],
)
def test_what_makes_no_sense_is_refused(owned: Owned, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        ask(owned, **changes)
    assert refused.value.field == field


def test_it_is_not_given_for_longer_than_was_asked_for_nor_to_who_has_left(owned: Owned) -> None:
    posting = owned.employ("lou.leaver")
    request = ask(owned, posting.person_id)
    with pytest.raises(Invalid):
        approve(owned, request, owned.owner, date(2026, 5, 1))
    end(owned.session, posting, owned.now, owned.now, PROVENANCE)
    with pytest.raises(Conflict):
        approve(owned, request, owned.owner)
