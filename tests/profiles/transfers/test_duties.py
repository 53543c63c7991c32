"""Separation of duties, generated: every deed of a transfer, in every state, by everybody who could try."""

from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from profiles.errors import NotPermitted, ProfileError
from profiles.roles import service as roles
from profiles.roles.models import Role
from profiles.transfers import (
    clearance,
    dates,
    employees_part,
    ending,
    first_morning,
    interruptions,
    managers,
    not_joining,
    payroll,
    required,
    screening,
    service,
    tasks,
)
from profiles.transfers.clearance_answers import Answer
from profiles.transfers.ending import Cause
from profiles.transfers.models import PayItem, Side, TaskKind, Transfer, TransferState
from profiles.transfers.not_joining import Why
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE
from tests.factories.people import give_role, make_employee
from tests.factories.transfer_tasks import WAY_IN
from tests.factories.transfers import Move

OLD, NEW = Side.EXPORTING, Side.IMPORTING
OLD_HR, NEW_HR = {"old_hr", "old_hr_deputy"}, {"preparer", "preparer_deputy", "new_hr", "both"}
"""``both`` is HR of the new department and security officer of both; a deputy stands in for who is named."""
OLD_SECURITY, NEW_SECURITY = {"old_security", "both"}, {"new_security", "both"}
OLD_MANAGER, NEW_MANAGER = {"manager", "manager_deputy"}, {"new_manager", "new_manager_deputy"}
EMPLOYEE = {"employee"}
PEOPLE = sorted(
    OLD_HR
    | NEW_HR
    | OLD_SECURITY
    | NEW_SECURITY
    | EMPLOYEE
    | OLD_MANAGER
    | NEW_MANAGER
    | {"payroll", "stranger"}
)
BEFORE_LEAVING = {"begun", "ready", "scheduled", "held"}
DEEDS: dict[str, tuple[set[str], set[str]]] = {
    "confirm_details": ({"begun"}, EMPLOYEE),
    "accept_terms": ({"begun"}, EMPLOYEE),
    "ask_correction": ({"begun"}, EMPLOYEE),
    "name_way_in": (BEFORE_LEAVING, EMPLOYEE),
    "withdraw": (BEFORE_LEAVING, EMPLOYEE),
    "name_old_manager": ({"begun"}, OLD_HR),
    "name_new_manager": ({"begun", "ready", "scheduled", "held", "left"}, NEW_HR),
    "confirm_as_manager": ({"begun"}, OLD_MANAGER),
    "arrange_first_day": ({"begun", "ready", "scheduled", "left"}, NEW_MANAGER),
    "record_bpss": ({"begun", "ready"}, NEW_HR),
    "release": ({"begun", "ready"}, OLD_SECURITY),
    "note_application": ({"begun"}, NEW_SECURITY),
    "dispense": ({"begun"}, NEW_SECURITY),
    "approve_old": ({"ready"}, OLD_HR),
    "approve_new": ({"ready"}, {"new_hr", "both"}),
    "change_dates": ({"begun", "ready", "scheduled"}, NEW_HR),
    "hold_old": ({"begun", "ready", "scheduled"}, OLD_HR),
    "hold_new": ({"begun", "ready", "scheduled"}, NEW_HR),
    "resume": ({"held"}, OLD_HR),
    "object": (BEFORE_LEAVING, OLD_HR),
    "decline": (BEFORE_LEAVING, NEW_HR),
    "cancel": (BEFORE_LEAVING, OLD_HR),
    "say_they_never_join": ({"left"}, NEW_HR),
    "say_they_died": ({"left"}, OLD_HR),
    "take_up_pay": ({"scheduled", "left", "reconciling"}, {"payroll"}),
    "confirm_first_pay": ({"paid"}, {"payroll"}),
}
"""In which state each is done, and by whom of PEOPLE; in any other by nobody."""
LATER = {"left": datetime(2026, 3, 14, 9, tzinfo=UTC), "joined": datetime(2026, 3, 17, 9, tzinfo=UTC)}


def people_of(move: Move) -> dict[str, UUID]:
    """Everybody, hired and with their roles."""
    found = {
        "employee": move.employee,
        "old_hr": move.hmrc_officer,
        "preparer": move.preparer,
        "new_hr": move.home_office_officer,
        "old_security": move.security_officer(),
        "manager": move.manager(),
        "payroll": move.payroll_officer(),
        "stranger": move.stranger,
    }
    for name, place in (("new_security", move.home_office), ("both", move.home_office)):
        found[name] = make_employee(move.session, move.now, place, f"{name.replace('_', '')}.x").person_id
        give_role(move.session, move.now, found[name], Role.SECURITY_OFFICER, move.home_office.id)
    give_role(move.session, move.now, found["both"], Role.SECURITY_OFFICER, move.hmrc.id)
    give_role(move.session, move.now, found["both"], Role.HR_OFFICER, move.home_office.id)
    found["new_manager"] = make_employee(move.session, move.now, move.home_office, "nan.boss").person_id
    for name, place, role in (
        ("old_hr", move.hmrc, Role.HR_OFFICER),
        ("preparer", move.home_office, Role.HR_OFFICER),
        ("manager", move.hmrc, Role.LINE_MANAGER),
        ("new_manager", move.home_office, Role.LINE_MANAGER),
    ):
        deputy = make_employee(move.session, move.now, place, f"deputy.{name.replace('_', '')}").person_id
        found[f"{name}_deputy"] = deputy
        roles.assign(
            move.session,
            move.now,
            PROVENANCE,
            INITIATOR,
            person_id=deputy,
            role=role,
            organisation_id=place.id,
            valid_from=LONG_AGO,
            valid_to=move.now + timedelta(days=60),
            deputy_of=found[name],
        )
    return found


def come_to(move: Move, people: dict[str, UUID], state: str) -> Transfer:
    transfer = move.begin(bpss_checked_on=None) if state == "begun" else move.begin()
    managers.name(move.session, transfer, OLD, people["manager"], move.now)
    managers.name(move.session, transfer, NEW, people["new_manager"], move.now)
    if state == "begun":
        return transfer
    move.do_tasks(transfer)
    if state in ("ready", "withdrawn"):
        if state == "withdrawn":
            ending.withdraw(move.session, move.now, transfer_id=transfer.id, person_id=move.employee)
        return transfer
    move.approve(transfer, NEW, people["new_hr"])
    move.approve(transfer, OLD, people["old_hr"])
    if state == "held":
        by = {"officer_id": people["old_hr"], "permissions": move.permissions(people["old_hr"])}
        interruptions.hold(
            move.session,
            move.now,
            transfer_id=transfer.id,
            side=OLD,
            reason="Why",
            review_on=date(2026, 3, 6),
            **by,  # type: ignore[arg-type]
        )
    if state in ("left", "reconciling", "paid", "completed"):
        move.now = LATER["left" if state == "left" else "joined"]
        service.advance_due(move.session, move.now)
    if state in ("paid", "completed"):
        do(move, people, transfer, "take_up_pay", people["payroll"])
    if state == "completed":
        do(move, people, transfer, "confirm_first_pay", people["payroll"])
        assert transfer.state is TransferState.COMPLETED
    return transfer


def do(move: Move, people: dict[str, UUID], transfer: Transfer, deed: str, person_id: UUID) -> None:
    at, which = (move.session, move.now), {"transfer_id": transfer.id}
    own = which | {"person_id": person_id}
    by = which | {"officer_id": person_id, "permissions": move.permissions(person_id)}
    until = {"until": date(2026, 6, 1), "mitigations": "Works apart"}
    held = {"reason": "Why", "review_on": move.now.date() + timedelta(days=3)}
    moved = {"start_date": date(2026, 4, 20), "last_day": date(2026, 4, 17)}
    address = {OLD: "harriet.khan@hmrc.gov.uk", NEW: "olivia.ward@ho.gov.uk"}
    deeds: dict[str, Callable[[], object]] = {
        "confirm_details": lambda: employees_part.confirm_details(*at, **own),
        "accept_terms": lambda: employees_part.accept_terms(*at, **own),
        "ask_correction": lambda: employees_part.ask_correction(*at, **own, what="My name"),
        "name_way_in": lambda: first_morning.confirm(*at, **own, ways_in=[WAY_IN], way_in=WAY_IN),
        "withdraw": lambda: ending.withdraw(*at, **own),
        "name_old_manager": lambda: managers.name_manager(
            *at, **by, side=OLD, unverified_address=address[OLD]
        ),
        "name_new_manager": lambda: managers.name_manager(
            *at, **by, side=NEW, unverified_address=address[NEW]
        ),
        "confirm_as_manager": lambda: managers.confirm(*at, **own),
        "arrange_first_day": lambda: managers.arrange_first_day(*at, **own),
        "record_bpss": lambda: screening.record_check(*at, **by, passed=True, checked_on=date(2026, 2, 20)),
        "release": lambda: clearance.decide(*at, **by, released=True),
        "note_application": lambda: required.answer(*at, **by, said=Answer.APPLIED),
        "dispense": lambda: required.answer(*at, **by, said=Answer.DISPENSED, **until),
        "approve_old": lambda: move.approve(transfer, OLD, person_id),
        "approve_new": lambda: move.approve(transfer, NEW, person_id),
        "change_dates": lambda: dates.move_start(*at, **by, **moved),
        "hold_old": lambda: interruptions.hold(*at, **by, side=OLD, **held),
        "hold_new": lambda: interruptions.hold(*at, **by, side=NEW, **held),
        "resume": lambda: interruptions.resume(*at, **by),
        "object": lambda: ending.refuse(*at, **by, side=OLD, reason="Why"),
        "decline": lambda: ending.refuse(*at, **by, side=NEW, reason="Why"),
        "cancel": lambda: ending.cancel(*at, **by, cause=Cause.RESIGNED),
        "say_they_never_join": lambda: not_joining.end_before_joining(
            *at, **by, side=NEW, why=Why.OFFER_WITHDRAWN
        ),
        "say_they_died": lambda: not_joining.end_before_joining(*at, **by, side=OLD, why=Why.DIED),
        "take_up_pay": lambda: payroll.confirm_details(*at, **by),
        "confirm_first_pay": lambda: payroll.record_checks(*at, **by, right=dict.fromkeys(PayItem, True)),
    }
    deeds[deed]()


class _TakenBack(Exception):
    pass


def who_can(
    move: Move, people: dict[str, UUID], transfer: Transfer, deed: str, who: Collection[str]
) -> set[str]:
    """Who of these does the deed; each is taken back."""
    done = set()
    for name in who:
        with suppress(ProfileError, _TakenBack), move.session.begin_nested():
            do(move, people, transfer, deed, people[name])
            done.add(name)
            raise _TakenBack
        move.session.expire_all()
    return done


STATES = ("begun", "ready", "scheduled", "held", "left", "reconciling", "paid", "completed", "withdrawn")


@pytest.mark.parametrize("state", STATES)
def test_each_deed_is_done_by_its_owners_in_its_states_alone(move: Move, state: str) -> None:
    people = people_of(move)
    transfer = come_to(move, people, state)
    done = {
        deed: who_can(move, people, transfer, deed, PEOPLE if state in states else owners)
        for deed, (states, owners) in DEEDS.items()
    }
    assert done == {deed: owners if state in states else set() for deed, (states, owners) in DEEDS.items()}


@pytest.mark.parametrize("state", STATES)
def test_whoever_moves_does_nothing_but_the_employees_part(move: Move, state: str) -> None:
    """The employee holds every role in both departments, and is named as both line managers."""
    people = people_of(move)
    transfer = come_to(move, people, state)
    for place in (move.hmrc, move.home_office):
        for role in (Role.HR_OFFICER, Role.SECURITY_OFFICER, Role.PAYROLL_OFFICER):
            give_role(move.session, move.now, move.employee, role, place.id)
    for kind in (TaskKind.LINE_MANAGER, TaskKind.FIRST_DAY):
        tasks.get(move.session, transfer, kind).owner_id = move.employee
    done = {deed for deed in DEEDS if who_can(move, people, transfer, deed, EMPLOYEE)}
    assert done == {deed for deed, (states, who) in DEEDS.items() if who == EMPLOYEE and state in states}


DECISIONS = ("confirm_as_manager", "record_bpss", "release", "dispense")
"""What an approval rests on."""


@pytest.mark.parametrize("deputy", [False, True])
@pytest.mark.parametrize("deed", DECISIONS)
def test_who_decided_on_a_part_approves_for_neither_side(move: Move, deed: str, deputy: bool) -> None:
    """One person who is everything in both departments, and their deputy."""
    people = people_of(move)
    for place in (move.hmrc, move.home_office):
        for role in (Role.HR_OFFICER, Role.SECURITY_OFFICER):
            give_role(move.session, move.now, people["manager"], role, place.id)
    transfer = come_to(move, people, "begun")
    do(move, people, transfer, deed, people["manager"])
    others = {"confirm_as_manager": TaskKind.LINE_MANAGER, "release": TaskKind.CLEARANCE}
    move.do_tasks(transfer, but=[others[deed]] if deed in others else [])
    if deed != "record_bpss":
        do(move, people, transfer, "record_bpss", people["new_hr"])
    approver = people["manager"]
    if deputy:
        approver = make_employee(move.session, move.now, move.hmrc, "dan.deputy").person_id
        roles.assign(
            move.session,
            move.now,
            PROVENANCE,
            INITIATOR,
            person_id=approver,
            role=Role.HR_OFFICER,
            organisation_id=move.hmrc.id,
            valid_from=LONG_AGO,
            valid_to=move.now + timedelta(days=60),
            deputy_of=people["manager"],
        )
    with pytest.raises(NotPermitted, match="a part"):
        move.approve(transfer, OLD, approver)
    if not deputy:
        with pytest.raises(NotPermitted, match="a part"):
            move.approve(transfer, NEW, approver)


def test_who_stands_in_for_whoever_moves_decides_on_nothing_of_it(move: Move) -> None:
    """The employee is HR of the old department, and their deputy HR of the new one in their own right."""
    people = people_of(move)
    give_role(move.session, move.now, move.employee, Role.HR_OFFICER, move.hmrc.id)
    deputy = people["deputy"] = make_employee(move.session, move.now, move.hmrc, "dan.deputy").person_id
    for role in (Role.HR_OFFICER, Role.SECURITY_OFFICER):
        give_role(move.session, move.now, deputy, role, move.home_office.id)
    roles.assign(
        move.session,
        move.now,
        PROVENANCE,
        INITIATOR,
        person_id=deputy,
        role=Role.HR_OFFICER,
        organisation_id=move.hmrc.id,
        valid_from=LONG_AGO,
        valid_to=move.now + timedelta(days=60),
        deputy_of=move.employee,
    )
    with pytest.raises(NotPermitted):
        move.begin(officer=deputy)
    transfer = come_to(move, people, "begun")
    assert {deed for deed in DEEDS if who_can(move, people, transfer, deed, ["deputy"])} == set()
