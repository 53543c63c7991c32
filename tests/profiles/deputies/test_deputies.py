"""An officer's deputy: for some days, within what the officer holds, and no second officer beside them."""

from dataclasses import replace as but
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session, select

from profiles.audit.models import AuditEntry
from profiles.deputies import service
from profiles.deputies.service import Own, Wish
from profiles.employments.models import Posting
from profiles.errors import Invalid, NotFound, NotPermitted
from profiles.outbox.models import OutboxMessage
from profiles.people.models import IdentityConfidence, IdentityEvidence
from profiles.portable_profile.changes import decide, submit
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action
from profiles.portable_profile.wanted import Wanted
from profiles.roles.models import Role, RoleAssignment
from profiles.roles.parties import are_one
from profiles.roles.permissions import Permission
from profiles.roles.service import holders, permissions_of
from profiles.temporal import current, start_of_day
from profiles.temporal import end as end_fact
from tests.factories.organisations import PROVENANCE
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move, make_move

LAST_DAY = date(2026, 3, 20)


@pytest.fixture
def move(session: Session, now: datetime) -> Move:
    return make_move(session, now)


@pytest.fixture
def colleague(move: Move) -> UUID:
    return make_employee(move.session, move.now, move.hmrc, "dan.deputy").person_id


def own_role(move: Move, officer_id: UUID | None = None) -> Own:
    return service.own_roles(move.session, officer_id or move.hmrc_officer, move.now)[0]


def wish(move: Move, **changes: Any) -> Wish:
    asked = Wish(
        role_id=own_role(move).fact_id,
        unverified_address="Dan.Deputy@hmrc.gov.uk",
        first_day=move.now.date(),
        last_day=LAST_DAY,
        reason="Leave",
    )
    return but(asked, **changes)


def may_change(move: Move, person_id: UUID, at: datetime) -> bool:
    return permissions_of(move.session, person_id, at).allows(Permission.CHANGE_RECORDS, move.hmrc.id)


def test_a_deputy_holds_the_role_until_the_last_day(move: Move, colleague: UUID) -> None:
    service.name(move.session, move.now, move.hmrc_officer, wish(move))
    assert may_change(move, colleague, move.now)
    assert may_change(move, colleague, start_of_day(LAST_DAY))
    assert not may_change(move, colleague, start_of_day(LAST_DAY + timedelta(days=1)))
    entry = move.session.exec(select(AuditEntry).where(AuditEntry.event == "role.assigned")).all()[-1]
    assert (entry.initiator, entry.person_id) == (str(move.hmrc_officer), colleague)
    assert entry.details["deputy_of"] == str(move.hmrc_officer)
    told = [one.person_id for one in move.session.exec(select(OutboxMessage)).all()]
    assert {colleague, move.hmrc_officer} <= set(told)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"first_day": date(2026, 3, 1)}, "first_day"),
        ({"last_day": date(2026, 3, 1)}, "last_day"),
        ({"last_day": date(2026, 8, 29)}, "last_day"),
        ({"reason": " "}, "reason"),
        ({"unverified_address": "nobody@hmrc.gov.uk"}, "address"),
        ({"unverified_address": "hal.elsewhere@ho.gov.uk"}, "address"),
        ({"unverified_address": "olga.officer@hmrc.gov.uk"}, "address"),
    ],
)
def test_what_cannot_be_names_its_field(
    move: Move, colleague: UUID, changes: dict[str, Any], field: str
) -> None:
    make_employee(move.session, move.now, move.home_office, "hal.elsewhere")
    with pytest.raises(Invalid) as refused:
        service.name(move.session, move.now, move.hmrc_officer, wish(move, **changes))
    assert refused.value.field == field
    assert service.deputies_of(move.session, move.hmrc_officer, move.now) == []


def test_whoever_holds_the_role_is_no_deputy_for_it(move: Move, colleague: UUID) -> None:
    give_role(move.session, move.now, colleague, Role.HR_OFFICER, move.hmrc.id)
    with pytest.raises(Invalid) as refused:
        service.name(move.session, move.now, move.hmrc_officer, wish(move))
    assert refused.value.field == "address"


def test_a_deputy_names_none_and_nobody_names_for_anothers_role(move: Move, colleague: UUID) -> None:
    service.name(move.session, move.now, move.hmrc_officer, wish(move))
    assert service.own_roles(move.session, colleague, move.now) == []
    with pytest.raises(NotFound):
        service.name(move.session, move.now, move.home_office_officer, wish(move))


def test_naming_a_deputy_makes_no_second_officer(move: Move, colleague: UUID) -> None:
    """Nobody has their own work approved by a deputy, nor approves what the deputy prepared."""
    service.name(move.session, move.now, move.hmrc_officer, wish(move))
    for prepares, decides in ((move.hmrc_officer, colleague), (colleague, move.hmrc_officer)):
        wanted = Wanted(
            person_id=move.employee,
            organisation_id=move.hmrc.id,
            kind=Kind.IDENTITY_PROOFING,
            action=Action.ADD,
            values={
                "confidence": IdentityConfidence.MEDIUM,
                "gpg45_profile": "",
                "evidence": IdentityEvidence.PASSPORT,
                "checked_by": "HR",
                "valid_from": start_of_day(move.now.date()),
            },
            reason="Checked",
            source="page:form",
        )
        change = submit(move.session, wanted, move.now, prepares, alone_up_to=0)
        with pytest.raises(NotPermitted):
            decide(move.session, change, move.now, decides, approved=True)


def test_it_is_ended_early_by_the_officer_or_the_administrator(move: Move, colleague: UUID) -> None:
    made = service.name(move.session, move.now, move.hmrc_officer, wish(move))
    later = move.now + timedelta(hours=1)
    found = service.deputies_at(move.session, {move.home_office.id}, later)
    with pytest.raises(NotFound):
        service.end(move.session, later, found, made.fact_id, move.home_office_officer)
    found = service.deputies_at(move.session, {move.hmrc.id}, later)
    service.end(move.session, later, found, made.fact_id, move.hmrc_officer)
    assert not may_change(move, colleague, later)
    assert service.deputies_of(move.session, move.hmrc_officer, later) == []
    assert are_one(move.session, colleague, move.hmrc_officer, later)


def test_one_that_has_not_begun_is_taken_back(move: Move, colleague: UUID) -> None:
    made = service.name(move.session, move.now, move.hmrc_officer, wish(move, first_day=date(2026, 3, 10)))
    found = service.deputies_of(move.session, move.hmrc_officer, move.now)
    service.end(move.session, move.now, found, made.fact_id, move.hmrc_officer)
    at = start_of_day(date(2026, 3, 11))
    assert current(move.session, RoleAssignment, at, at, person_id=colleague) == []


def test_who_acts_through_a_shared_service_has_a_deputy_of_the_same_one(move: Move) -> None:
    own = current(move.session, RoleAssignment, move.now, move.now, person_id=move.hmrc_officer)[0]
    clerk = make_employee(move.session, move.now, move.home_office, "ann.clerk").person_id
    own.operator_id = move.home_office.id
    move.session.add(own)
    move.session.flush()
    asked = wish(move, unverified_address="ann.clerk@ho.gov.uk")
    made = service.name(move.session, move.now, move.hmrc_officer, asked)
    assert (made.person_id, made.operator_id) == (clerk, move.home_office.id)


def test_whoever_is_about_to_leave_is_named_until_their_last_day_at_most(move: Move, colleague: UUID) -> None:
    post = current(move.session, Posting, move.now, move.now, person_id=colleague)[0]
    end_fact(move.session, post, start_of_day(date(2026, 3, 14)), move.now, PROVENANCE)
    with pytest.raises(Invalid) as refused:
        service.name(move.session, move.now, move.hmrc_officer, wish(move))
    assert refused.value.field == "last_day"
    with pytest.raises(Invalid) as refused:
        service.name(move.session, move.now, move.hmrc_officer, wish(move, first_day=date(2026, 3, 16)))
    assert refused.value.field == "address"
    service.name(move.session, move.now, move.hmrc_officer, wish(move, last_day=date(2026, 3, 13)))


def test_a_deputy_changes_nothing_of_whom_they_stand_in_for(move: Move, colleague: UUID) -> None:
    service.name(move.session, move.now, move.hmrc_officer, wish(move))
    wanted = Wanted(
        person_id=move.hmrc_officer,
        organisation_id=move.hmrc.id,
        kind=Kind.PHONE,
        action=Action.ADD,
        values={"number": "020 7946 0000", "valid_from": start_of_day(move.now.date())},
        reason="A new one",
        source="officer",
    )
    with pytest.raises(NotPermitted, match="your own record"):
        submit(move.session, wanted, move.now, colleague, alone_up_to=10)


def test_a_deputy_who_works_there_no_longer_may_do_nothing(move: Move, colleague: UUID) -> None:
    service.name(move.session, move.now, move.hmrc_officer, wish(move))
    post = current(move.session, Posting, move.now, move.now, person_id=colleague)[0]
    leaves = start_of_day(date(2026, 3, 10))
    end_fact(move.session, post, leaves, move.now, PROVENANCE)
    assert may_change(move, colleague, leaves - timedelta(seconds=1))
    assert not may_change(move, colleague, leaves)
    assert colleague not in holders(move.session, [Role.HR_OFFICER], move.hmrc.id, leaves)
