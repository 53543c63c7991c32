"""Roles in Lanyard: one asks, an officer of the organisation confirms, and one ends them at once."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session, select

from profiles.access_policy import deciding, officers
from profiles.access_policy.models import OPEN_FOR, PolicyChange, PolicyKind, PolicyState
from profiles.access_policy.officers import RoleWanted
from profiles.access_policy.service import approve, refuse, submit
from profiles.employments.models import Posting
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.organisations.service import OrganisationView
from profiles.outbox.sent_mail import newest_mail
from profiles.roles.models import Role, RoleAssignment
from profiles.roles.permissions import Permission
from profiles.roles.service import end_role, permissions_of
from profiles.temporal import INSTANT, current, end, end_of_day, start_of_day
from tests.factories.organisations import INITIATOR, PROVENANCE, make_organisation
from tests.factories.people import give_role, make_deputy, make_employee

TODAY = date(2026, 3, 2)


@dataclass
class Desk:
    """A department with an agency below it, its officers, and the platform's administrators."""

    session: Session
    now: datetime
    hmrc: OrganisationView
    voa: OrganisationView
    admin: UUID
    security: UUID
    newcomer: UUID
    platform: tuple[UUID, UUID]

    def employ(self, name: str, organisation: OrganisationView | None = None) -> UUID:
        return make_employee(self.session, self.now, organisation or self.hmrc, name).person_id

    def give(self, person_id: UUID, role: Role, where: OrganisationView | None, **how: Any) -> None:
        place = None if where is None else where.id
        give_role(self.session, self.now, person_id, role, place, **how)

    def wanted(self, **said: Any) -> RoleWanted:
        wanted = RoleWanted(self.newcomer, Role.HR_OFFICER, self.hmrc.id, TODAY)
        return replace(wanted, **said)

    def ask(self, by: UUID | None = None, **said: Any) -> PolicyChange:
        wanted, asking = self.wanted(**said), by or self.admin
        officers.check_may_ask(self.session, permissions_of(self.session, asking, self.now), wanted, self.now)
        return submit(
            self.session,
            wanted,
            wanted.foresee(self.session, self.now),
            self.now,
            asking,
            reason="The team grows",
            alone_up_to=99,
            gaining_above=0,
        )

    def confirm(self, change: PolicyChange, by: UUID, at: datetime | None = None) -> None:
        now = at or self.now
        foreseen = self.wanted().foresee(self.session, now)
        approve(self.session, change, foreseen, now, by, gaining_above=0)

    def may(self, person_id: UUID, where: OrganisationView | None = None, at: datetime | None = None) -> bool:
        held = permissions_of(self.session, person_id, at or self.now)
        return held.allows(Permission.CHANGE_RECORDS, (where or self.hmrc).id)

    def waits_for(self, person_id: UUID) -> list[UUID]:
        held = permissions_of(self.session, person_id, self.now)
        found = deciding.waiting_for(self.session, PolicyKind.ROLE, held, self.now)
        return [one.id for one in found]

    def mailed(self) -> set[str]:
        return {one.to for one in newest_mail(self.session, limit=50)}


@pytest.fixture
def desk(session: Session, now: datetime) -> Desk:
    hmrc = make_organisation(session, now)
    voa = make_organisation(session, now, "VOA", parent=hmrc)
    admin, security, newcomer, pat, pia = (
        make_employee(session, now, hmrc, name).person_id
        for name in ("ada.admin", "sid.security", "nia.new", "pat.platform", "pia.platform")
    )
    give_role(session, now, admin, Role.ORGANISATION_ADMINISTRATOR, hmrc.id)
    give_role(session, now, security, Role.SECURITY_OFFICER, hmrc.id)
    for one in (pat, pia):
        give_role(session, now, one, Role.PLATFORM_ADMINISTRATOR, None)
    return Desk(session, now, hmrc, voa, admin, security, newcomer, (pat, pia))


def test_an_administrator_asks_and_a_security_officer_confirms(desk: Desk) -> None:
    waits = desk.ask()
    assert (waits.state, waits.person_id, desk.may(desk.newcomer)) == (
        PolicyState.WAITING,
        desk.newcomer,
        False,
    )
    assert desk.mailed() == {"sid.security@hmrc.gov.uk"}
    desk.confirm(waits, desk.security)
    assert desk.may(desk.newcomer)
    assert "nia.new@hmrc.gov.uk" in desk.mailed()
    (held,) = current(desk.session, RoleAssignment, desk.now, desk.now, person_id=desk.newcomer)
    assert (held.recorded_by, held.reason, held.valid_to) == (desk.admin, "The team grows", None)


def test_neither_who_asked_nor_who_gets_it_nor_their_deputies_confirm(desk: Desk) -> None:
    second = desk.employ("ann.admin")
    desk.give(second, Role.ORGANISATION_ADMINISTRATOR, desk.hmrc)
    deputy = desk.employ("dan.deputy")
    make_deputy(desk.session, desk.now, deputy, desk.admin, Role.ORGANISATION_ADMINISTRATOR, desk.hmrc.id)
    waits = desk.ask()
    for one in (desk.admin, deputy, desk.newcomer):
        with pytest.raises(NotPermitted):
            desk.confirm(waits, one)
    with pytest.raises(NotPermitted):
        desk.ask(by=desk.admin, person_id=desk.admin)
    with pytest.raises(NotPermitted):
        desk.ask(by=desk.admin, person_id=deputy)
    for_security = desk.ask(person_id=desk.security)
    with pytest.raises(NotPermitted):
        desk.confirm(for_security, desk.security)
    desk.confirm(for_security, second)


def test_two_of_one_shared_service_are_one_party(desk: Desk) -> None:
    service = make_organisation(desk.session, desk.now, "SSCL")
    clerks = [desk.employ(name, service) for name in ("ann.clerk", "bob.clerk")]
    for one in clerks:
        desk.give(one, Role.ORGANISATION_ADMINISTRATOR, desk.voa, operator_id=service.id)
    assert not officers.can_give_by_itself(desk.session, desk.voa.id, desk.now)
    person = desk.employ("vera.value", desk.voa)
    pia = desk.platform[1]
    waits = desk.ask(by=clerks[0], person_id=person, at_id=desk.voa.id)
    assert "bob.clerk@sscl.gov.uk" not in desk.mailed()
    held = permissions_of(desk.session, clerks[1], desk.now)
    assert deciding.count_waiting(desk.session, PolicyKind.ROLE, held, desk.now) == 0
    with pytest.raises(NotPermitted, match="shared service asked"):
        desk.confirm(waits, clerks[1])
    assert desk.waits_for(pia) == [waits.id]
    own = desk.employ("vic.value", desk.voa)
    desk.give(own, Role.SECURITY_OFFICER, desk.voa)
    assert desk.waits_for(pia) == []
    assert officers.can_give_by_itself(desk.session, desk.voa.id, desk.now)
    desk.confirm(waits, own)
    assert desk.may(person, desk.voa)


def test_whoever_confirms_holds_the_permission_there(desk: Desk) -> None:
    hr = desk.employ("hal.hr")
    desk.give(hr, Role.HR_OFFICER, desk.hmrc)
    elsewhere = desk.employ("eve.elsewhere", desk.voa)
    desk.give(elsewhere, Role.SECURITY_OFFICER, desk.voa)
    waits = desk.ask()
    for one in (hr, elsewhere, *desk.platform):
        with pytest.raises(NotPermitted, match="an officer of the organisation"):
            desk.confirm(waits, one)
        assert desk.waits_for(one) == []
    assert desk.waits_for(desk.security) == [waits.id]


def test_the_platform_asks_anywhere_and_confirms_only_where_nobody_of_the_organisation_could(
    desk: Desk,
) -> None:
    pat, pia = desk.platform
    own = desk.ask(by=pat)
    assert desk.waits_for(pia) == []
    desk.confirm(own, desk.security)
    first = desk.employ("vera.value", desk.voa)
    said = {"person_id": first, "at_id": desk.voa.id, "role": Role.ORGANISATION_ADMINISTRATOR}
    waits = desk.ask(by=pat, **said)
    assert "pia.platform@hmrc.gov.uk" in desk.mailed()
    assert desk.waits_for(pia) == [waits.id]
    assert desk.waits_for(desk.security) == []
    with pytest.raises(NotPermitted):
        desk.confirm(waits, pat)
    desk.confirm(waits, pia)
    held = permissions_of(desk.session, first, desk.now)
    assert held.allows(Permission.GIVE_ROLES, desk.voa.id)


def test_platform_administrators_give_each_other_nothing_at_an_organisation(desk: Desk) -> None:
    pat, pia = desk.platform
    third = desk.employ("pam.platform", desk.voa)
    desk.give(third, Role.PLATFORM_ADMINISTRATOR, None)
    waits = desk.ask(by=pat, person_id=third, at_id=desk.voa.id)
    with pytest.raises(NotPermitted, match="do not give each other"):
        desk.confirm(waits, pia)
    assert not desk.may(third, desk.voa)


def test_the_officer_of_one_organisation_asks_for_nothing_at_another(desk: Desk) -> None:
    with pytest.raises(NotFound):
        desk.ask(at_id=desk.voa.id)
    with pytest.raises(Invalid) as refused:
        desk.ask(include_subtree=True)
    assert refused.value.field == "include_subtree"
    above = desk.employ("abe.above")
    desk.give(above, Role.ORGANISATION_ADMINISTRATOR, desk.hmrc, include_subtree=True)
    desk.confirm(desk.ask(by=above, include_subtree=True), desk.security)
    assert desk.may(desk.newcomer, desk.voa)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"first_day": TODAY - timedelta(days=1)}, "first_day"),
        ({"last_day": TODAY - timedelta(days=1)}, "last_day"),
        ({"role": Role.PLATFORM_ADMINISTRATOR}, "role"),
        ({"person_id": "elsewhere"}, "address"),
        ({"person_id": "leaving"}, "last_day"),
        ({"person_id": "holding"}, "address"),
    ],
    ids=["past", "ends before it begins", "of the platform", "works elsewhere", "leaves", "has it"],
)
def test_what_makes_no_sense_is_refused_at_its_field(desk: Desk, said: dict[str, Any], field: str) -> None:
    who = said.get("person_id")
    if who == "elsewhere":
        said = {"person_id": desk.employ("ed.else", make_organisation(desk.session, desk.now, "HO"))}
    elif who == "leaving":
        post = make_employee(desk.session, desk.now, desk.hmrc, "lee.leaver")
        end(desk.session, post, end_of_day(TODAY + timedelta(days=9)), desk.now, PROVENANCE)
        said = {"person_id": post.person_id}
    elif who == "holding":
        holder = desk.employ("hal.hr")
        desk.give(holder, Role.HR_OFFICER, desk.hmrc)
        said = {"person_id": holder}
    with pytest.raises(Invalid) as refused:
        desk.ask(**said)
    assert refused.value.field == field


def test_it_holds_from_the_first_day_through_the_last(desk: Desk) -> None:
    first, last = TODAY + timedelta(days=7), TODAY + timedelta(days=9)
    desk.confirm(desk.ask(first_day=first, last_day=last), desk.security)
    begins, ends = start_of_day(first), end_of_day(last)
    for at, expected in ((begins - INSTANT, False), (begins, True), (ends - INSTANT, True), (ends, False)):
        held = current(desk.session, RoleAssignment, at, desk.now, person_id=desk.newcomer)
        assert bool(held) is expected


def test_what_nobody_answers_is_not_confirmed_any_more(desk: Desk) -> None:
    waits = desk.ask()
    with pytest.raises(Conflict):
        desk.confirm(waits, desk.security, desk.now + OPEN_FOR)
    refuse(desk.session, waits, desk.now + OPEN_FOR, desk.admin)
    assert waits.state is PolicyState.REFUSED


def test_what_nobody_answers_is_on_nobodys_list_any_more(desk: Desk) -> None:
    desk.ask()
    held = permissions_of(desk.session, desk.security, desk.now)
    for at, number in ((desk.now + OPEN_FOR - INSTANT, 1), (desk.now + OPEN_FOR, 0)):
        assert len(deciding.waiting_for(desk.session, PolicyKind.ROLE, held, at)) == number
        assert deciding.count_waiting(desk.session, PolicyKind.ROLE, held, at) == number


def test_what_was_asked_by_who_may_not_ask_any_more_is_not_confirmed(desk: Desk) -> None:
    waits = desk.ask()
    said = {"role": Role.ORGANISATION_ADMINISTRATOR, "organisation_id": desk.hmrc.id}
    end_role(desk.session, desk.now, PROVENANCE, INITIATOR, person_id=desk.admin, **said)
    with pytest.raises(Conflict, match="may not do so any more"):
        desk.confirm(waits, desk.security)


def test_who_left_meanwhile_gets_nothing(desk: Desk) -> None:
    waits = desk.ask()
    (post,) = current(desk.session, Posting, desk.now, desk.now, person_id=desk.newcomer)
    end(desk.session, post, desk.now, desk.now, PROVENANCE)
    with pytest.raises(Invalid):
        desk.confirm(waits, desk.security)


def test_one_officer_ends_it_at_once_and_nobody_of_elsewhere(desk: Desk) -> None:
    desk.confirm(desk.ask(), desk.security)
    (held,) = current(desk.session, RoleAssignment, desk.now, desk.now, person_id=desk.newcomer)

    def may_end(person_id: UUID) -> bool:
        found = permissions_of(desk.session, person_id, desk.now)
        return officers.may_end(desk.session, found, held, desk.now)

    assert may_end(desk.admin)
    assert may_end(desk.security)
    for one in (desk.newcomer, *desk.platform):
        assert not may_end(one)
    with pytest.raises(Invalid):
        officers.end(desk.session, desk.now, held, desk.security, "x" * 501)
    officers.end(desk.session, desk.now, held, desk.security, "Moved to another team")
    assert not desk.may(desk.newcomer)
    newest = newest_mail(desk.session, limit=1)[0]
    assert (newest.to, "no longer hr officer at Department HMRC" in newest.body) == (
        "nia.new@hmrc.gov.uk",
        True,
    )


def test_the_last_platform_administrator_is_not_ended(desk: Desk) -> None:
    pat, pia = desk.platform
    own, others = (
        current(desk.session, RoleAssignment, desk.now, desk.now, person_id=one)[0] for one in (pat, pia)
    )
    held = permissions_of(desk.session, pat, desk.now)
    assert officers.may_end(desk.session, held, others, desk.now)
    officers.end(desk.session, desk.now, others, pat, "Left the team")
    assert not officers.may_end(desk.session, held, own, desk.now)


def test_an_organisation_gives_by_itself_once_two_of_its_own_can(desk: Desk) -> None:
    assert officers.can_give_by_itself(desk.session, desk.hmrc.id, desk.now)
    assert not officers.can_give_by_itself(desk.session, desk.voa.id, desk.now)
    alone = desk.employ("vera.value", desk.voa)
    desk.give(alone, Role.ORGANISATION_ADMINISTRATOR, desk.voa)
    assert not officers.can_give_by_itself(desk.session, desk.voa.id, desk.now)
    assert deciding.without_own(desk.session, PolicyKind.ROLE, desk.now) == frozenset()


def test_what_was_decided_is_never_decided_again(desk: Desk) -> None:
    waits = desk.ask()
    desk.confirm(waits, desk.security)
    with pytest.raises(Conflict):
        desk.confirm(waits, desk.security)
    assert (
        len(desk.session.exec(select(RoleAssignment).where(RoleAssignment.person_id == desk.newcomer)).all())
        == 1
    )
