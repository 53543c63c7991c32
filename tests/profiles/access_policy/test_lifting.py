"""Lifting the suspension of an account: one officer asks, another decides; who is concerned does neither."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.database import transaction
from profiles.access_policy import lifting
from profiles.audit.models import AuditEntry
from profiles.entitlements.preview import Change
from profiles.errors import Conflict, Invalid, NotPermitted, ProfileError
from profiles.outbox.models import OutboxMessage
from profiles.roles.models import Role
from profiles.suspensions.models import AccountSuspension
from profiles.suspensions.service import find_account_suspension, suspend_account
from tests.factories.people import give_role, make_deputy, make_person
from tests.profiles.access_policy.conftest import Owned


@dataclass
class Suspended:
    """Somebody whose account is suspended, and two security officers of HMRC: who did it, and a colleague."""

    owned: Owned
    person: UUID
    officer: UUID
    colleague: UUID

    @property
    def at(self) -> tuple[Session, datetime]:
        return self.owned.session, self.owned.now

    @property
    def found(self) -> AccountSuspension | None:
        return find_account_suspension(self.owned.session, self.person, self.owned.now)

    @property
    def held(self) -> AccountSuspension:
        assert self.found is not None
        return self.found

    def ask(self, by: UUID | None = None, reason: str = "It was found") -> AccountSuspension:
        wish = {"organisation_id": self.owned.hmrc.id, "officer_id": by or self.officer, "reason": reason}
        return lifting.ask(*self.at, suspension=self.held, **wish)

    def lift(self, by: UUID, *, alone_up_to: int = 0, reason: str = "It was found") -> None:
        how = {"officer_id": by, "alone_up_to": alone_up_to, "reason": reason}
        lifting.lift(*self.at, suspension=self.held, **how)


def security_officer(owned: Owned, name: str) -> UUID:
    person_id = owned.employ(name).person_id
    give_role(owned.session, owned.now, person_id, Role.SECURITY_OFFICER, owned.hmrc.id)
    return person_id


def suspend(owned: Owned, person_id: UUID, officer_id: UUID) -> None:
    by = {"organisation_id": owned.hmrc.id, "officer_id": officer_id}
    suspend_account(owned.session, owned.now, person_id=person_id, **by, reason="A laptop was stolen")


@pytest.fixture
def suspended(owned: Owned) -> Suspended:
    """Hana, of a grade that HMRC's app lets in."""
    officer, colleague = (security_officer(owned, name) for name in ("sam.stone", "cora.cole"))
    suspend(owned, owned.people[0], officer)
    return Suspended(owned, owned.people[0], officer, colleague)


def test_one_officer_asks_and_another_lifts_it(suspended: Suspended) -> None:
    asked = suspended.ask()
    assert (asked.reason, asked.recorded_by) == ("A laptop was stolen", suspended.officer)
    suspended.lift(suspended.colleague)
    assert suspended.found is None
    events = [
        one.event for one in suspended.owned.session.exec(select(AuditEntry)) if "account." in one.event
    ]
    assert events == ["account.suspended", "account.reinstatement_asked", "account.reinstated"]


def test_what_it_opens_is_foreseen_by_the_decision_itself(suspended: Suspended) -> None:
    opening = lifting.foresee(suspended.owned.session, suspended.held, suspended.owned.now)
    assert [(one.app_id, one.change) for one in opening.changes] == [(suspended.owned.app_id, Change.BEGINS)]


WHO: dict[str, Callable[[Suspended], UUID]] = {
    "the person": lambda it: it.person,
    "the deputy of the person": lambda it: deputy_of(it, it.person),
    "who asked": lambda it: it.officer,
    "the deputy of who asked": lambda it: deputy_of(it, it.officer),
    "whom who asked stands in for": lambda it: stood_in_for_by(it, it.officer),
    "a colleague": lambda it: it.colleague,
}
MAY_APPROVE = {"a colleague"}
MAY_REFUSE = {"a colleague", "who asked", "the deputy of who asked", "whom who asked stands in for"}


def deputy_of(it: Suspended, officer_id: UUID) -> UUID:
    give_role(*it.at, officer_id, Role.SECURITY_OFFICER, it.owned.hmrc.id)
    deputy = it.owned.employ("dan.deputy").person_id
    make_deputy(*it.at, deputy, officer_id, Role.SECURITY_OFFICER, it.owned.hmrc.id)
    return deputy


def stood_in_for_by(it: Suspended, officer_id: UUID) -> UUID:
    absent = security_officer(it.owned, "abel.away")
    make_deputy(*it.at, officer_id, absent, Role.SECURITY_OFFICER, it.owned.hmrc.id)
    return absent


@pytest.mark.parametrize("who", WHO)
def test_who_approves(suspended: Suspended, who: str) -> None:
    officer = WHO[who](suspended)
    suspended.ask()
    assert lifting.may_approve(suspended.owned.session, suspended.held, officer, suspended.owned.now) == (
        who in MAY_APPROVE
    )
    if who in MAY_APPROVE:
        suspended.lift(officer)
    else:
        with pytest.raises(NotPermitted):
            suspended.lift(officer)
    assert (suspended.found is None) == (who in MAY_APPROVE)


@pytest.mark.parametrize("who", WHO)
def test_who_refuses_it_or_takes_it_back(suspended: Suspended, who: str) -> None:
    officer = WHO[who](suspended)
    suspended.ask()
    by = {"suspension": suspended.held, "officer_id": officer}
    if who in MAY_REFUSE:
        lifting.refuse(*suspended.at, **by)
    else:
        with pytest.raises(NotPermitted):
            lifting.refuse(*suspended.at, **by)
    assert (suspended.held.lift_asked_by is None) == (who in MAY_REFUSE)


@pytest.mark.parametrize("who", ["the person", "the deputy of the person"])
def test_nobody_asks_for_their_own(suspended: Suspended, who: str) -> None:
    officer = WHO[who](suspended)
    with pytest.raises(NotPermitted):
        suspended.ask(officer)


@pytest.mark.parametrize(("alone_up_to", "waits"), [(0, True), (1, False)])
def test_above_the_number_nobody_lifts_it_alone(suspended: Suspended, alone_up_to: int, waits: bool) -> None:
    if waits:
        with pytest.raises(NotPermitted):
            suspended.lift(suspended.officer, alone_up_to=alone_up_to)
    else:
        suspended.lift(suspended.officer, alone_up_to=alone_up_to)
    assert (suspended.found is not None) == waits


def test_where_it_opens_nothing_one_officer_lifts_it(suspended: Suspended) -> None:
    owned = suspended.owned
    nobody = make_person(owned.session, owned.now, "nina.nothing@hmrc.gov.uk")
    suspend(owned, nobody, suspended.officer)
    theirs = Suspended(owned, nobody, suspended.officer, suspended.colleague)
    theirs.lift(suspended.officer)
    assert theirs.found is None


def test_a_role_in_lanyard_counts_as_access(suspended: Suspended) -> None:
    owned = suspended.owned
    auditor = make_person(owned.session, owned.now, "asha.audits@hmrc.gov.uk")
    give_role(owned.session, owned.now, auditor, Role.AUDITOR, owned.hmrc.id)
    suspend(owned, auditor, suspended.officer)
    with pytest.raises(NotPermitted):
        Suspended(owned, auditor, suspended.officer, suspended.colleague).lift(suspended.officer)


def test_it_is_asked_once_and_with_a_reason(suspended: Suspended) -> None:
    with pytest.raises(Invalid) as refused:
        suspended.ask(reason=" ")
    assert refused.value.field == "reason"
    suspended.ask()
    with pytest.raises(Conflict):
        suspended.ask(suspended.colleague)


def test_what_was_taken_back_and_asked_anew_is_not_what_was_shown(suspended: Suspended) -> None:
    opening = lifting.foresee(suspended.owned.session, suspended.held, suspended.owned.now)
    before = lifting.shown(suspended.ask(), opening)
    lifting.refuse(*suspended.at, suspension=suspended.held, officer_id=suspended.officer)
    assert lifting.shown(suspended.ask(reason="Another one"), opening) != before


def test_only_who_may_approve_it_is_told(suspended: Suspended) -> None:
    deputy = deputy_of(suspended, suspended.officer)
    suspended.ask()
    told = list(suspended.owned.session.exec(select(OutboxMessage)))
    assert {one.person_id for one in told} == {suspended.colleague}
    assert deputy not in {one.person_id for one in told}
    assert all("Higher" not in one.payload["body"] for one in told)


def test_of_two_who_decide_at_the_same_instant_one_does(suspended: Suspended, engine: Engine) -> None:
    third = security_officer(suspended.owned, "tess.third")
    suspended.ask()
    suspended.owned.session.commit()

    def decide(officer_id: UUID) -> bool:
        try:
            with transaction(engine) as session:
                held = find_account_suspension(session, suspended.person, suspended.owned.now)
                assert held is not None
                by = {"suspension": held, "officer_id": officer_id}
                if officer_id == third:
                    lifting.refuse(session, suspended.owned.now, **by)
                else:
                    lifting.lift(session, suspended.owned.now, **by, reason="", alone_up_to=0)
        except (ProfileError, AssertionError):
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(decide, (suspended.colleague, third)))
    assert sorted(done) == [False, True]
    suspended.owned.session.expire_all()
    assert (suspended.found is None) == done[0]
