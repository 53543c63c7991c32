"""Separation of duties, generated: every deed of an appointment, in every state, by everybody."""

from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import date, timedelta
from uuid import UUID

import pytest

from profiles.appointments import accepting, clearance, first_day, payroll, service, tasks
from profiles.appointments.models import Appointment
from profiles.clearances.levels import ClearanceLevel
from profiles.errors import NotPermitted, ProfileError
from profiles.roles import service as roles
from profiles.roles.models import Role
from profiles.temporal import start_of_day
from profiles.transfers.clearance_answers import Answer
from profiles.transfers.models import PayItem, TaskKind
from tests.factories.move_invitations import accept, confirm
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE
from tests.factories.people import give_role, make_employee
from tests.factories.returners import STARTS, WHERE, accepted, asked, invite_back, link_to
from tests.factories.transfers import Move
from tests.profiles.transfers.test_duties import people_of

PREPARERS = {"preparer", "preparer_deputy"}
HR = PREPARERS | {"new_hr", "both"}
SECURITY = {"new_security", "both"}
EMPLOYEE = {"employee"}
PEOPLE = sorted(
    HR | SECURITY | EMPLOYEE | {"old_hr", "old_security", "manager", "new_manager", "payroll", "stranger"}
)
WAITING = {"offered", "accepted", "cleared"}
DEEDS: dict[str, tuple[set[str], set[str]]] = {
    "accept": ({"offered"}, EMPLOYEE),
    "send_terms": ({"offered"}, HR),
    "note_application": ({"offered", "accepted"}, SECURITY),
    "grant": ({"offered", "accepted"}, SECURITY),
    "dispense": ({"offered", "accepted"}, SECURITY),
    "approve": ({"cleared"}, {"new_hr", "both"}),
    "refuse": (WAITING, {"new_hr", "both"}),
    "cancel": (WAITING | {"agreed"}, HR),
    "name_manager": ({"agreed"}, HR),
    "arrange_first_day": ({"agreed"}, {"new_manager"}),
    "take_up_pay": ({"agreed", "begun"}, {"payroll"}),
    "confirm_first_pay": ({"paid"}, {"payroll"}),
}
"""In which state each is done, and by whom of PEOPLE; in any other by nobody."""
STATES = ("offered", "accepted", "cleared", "agreed", "begun", "paid", "right", "cancelled")
AFTER = ("begun", "paid", "right")


def come_to(move: Move, people: dict[str, UUID], state: str) -> Appointment:
    invitation = confirm(move, accept(move, invite_back(move)))
    wanted = asked(move, invitation.id, required_level=ClearanceLevel.SC, line_manager="nan.boss@ho.gov.uk")
    found = service.prepare(move.session, move.now, link_to=link_to, **wanted)
    if state == "offered":
        return found
    accepted(move, found)
    if state == "accepted":
        return found
    do(move, found, "grant", people["new_security"])
    if state in ("agreed", *AFTER):
        do(move, found, "approve", people["new_hr"])
    if state in AFTER:
        move.now = start_of_day(STARTS) + timedelta(hours=9)
    if state in ("paid", "right"):
        do(move, found, "take_up_pay", people["payroll"])
    if state == "right":
        do(move, found, "confirm_first_pay", people["payroll"])
    if state == "cancelled":
        do(move, found, "cancel", people["preparer"])
    return found


def do(move: Move, appointment: Appointment, deed: str, person_id: UUID) -> None:
    at, which = (move.session, move.now), {"appointment_id": appointment.id}
    by = which | {"officer_id": person_id, "permissions": move.permissions(person_id)}
    until = {"until": date(2026, 9, 1), "mitigations": "Works apart"}

    def say(said: Answer, **more: object) -> object:
        return clearance.answer(*at, **by, said=said, where=WHERE, **more)  # type: ignore[arg-type]

    def approve() -> object:
        return service.approve(*at, **by, said=service.shown(move.session, appointment, move.now))  # type: ignore[arg-type]

    deeds: dict[str, Callable[[], object]] = {
        "accept": lambda: accepting.accept_terms(*at, **which, person_id=person_id, where=WHERE),
        "send_terms": lambda: accepting.send_terms(*at, **by, link_to=link_to),
        "note_application": lambda: say(Answer.APPLIED),
        "grant": lambda: say(Answer.GRANTED, decided_on=date(2026, 4, 20)),
        "dispense": lambda: say(Answer.DISPENSED, **until),
        "approve": approve,
        "refuse": lambda: service.refuse(*at, **by, reason="Why"),
        "name_manager": lambda: first_day.name_manager(*at, **by, unverified_address="olivia.ward@ho.gov.uk"),
        "arrange_first_day": lambda: first_day.arrange(*at, **which, person_id=person_id),
        "take_up_pay": lambda: payroll.confirm_details(*at, **by),
        "confirm_first_pay": lambda: payroll.record_checks(*at, **by, right=dict.fromkeys(PayItem, True)),
        "cancel": lambda: service.cancel(*at, **by, reason="Why"),
    }
    deeds[deed]()


class _TakenBack(Exception):
    pass


def who_can(
    move: Move, people: dict[str, UUID], appointment: Appointment, deed: str, who: Collection[str]
) -> set[str]:
    """Who of these does the deed; each is taken back."""
    done = set()
    for name in who:
        with suppress(ProfileError, _TakenBack), move.session.begin_nested():
            do(move, appointment, deed, people[name])
            done.add(name)
            raise _TakenBack
        move.session.expire_all()
    return done


@pytest.mark.parametrize("state", STATES)
def test_each_deed_is_done_by_its_owners_in_its_states_alone(move: Move, state: str) -> None:
    people = people_of(move)
    appointment = come_to(move, people, state)
    done = {deed: who_can(move, people, appointment, deed, PEOPLE) for deed in DEEDS}
    assert done == {deed: owners if state in states else set() for deed, (states, owners) in DEEDS.items()}


@pytest.mark.parametrize("state", STATES)
def test_whoever_comes_back_does_nothing_but_accept(move: Move, state: str) -> None:
    """They hold every role where they come to, and are named as their own line manager."""
    people = people_of(move)
    appointment = come_to(move, people, state)
    for task in tasks.of(move.session, appointment.id):
        if task.kind is TaskKind.FIRST_DAY:
            task.owner_id = move.employee
    for role in (Role.HR_OFFICER, Role.SECURITY_OFFICER, Role.PAYROLL_OFFICER):
        give_role(move.session, move.now, move.employee, role, move.home_office.id)
    done = {deed for deed in DEEDS if who_can(move, people, appointment, deed, EMPLOYEE)}
    assert done == ({"accept"} if state == "offered" else set())


@pytest.mark.parametrize("deputy", [False, True])
@pytest.mark.parametrize("deed", ["grant", "dispense"])
def test_who_decided_on_the_clearance_does_not_approve(move: Move, deed: str, deputy: bool) -> None:
    """Nor who stands in for them, in HR in their own right."""
    people = people_of(move)
    appointment = come_to(move, people, "accepted")
    do(move, appointment, deed, people["both"])
    approver = people["both"]
    if deputy:
        approver = make_employee(move.session, move.now, move.home_office, "dan.deputy").person_id
        give_role(move.session, move.now, approver, Role.HR_OFFICER, move.home_office.id)
        roles.assign(
            move.session,
            move.now,
            PROVENANCE,
            INITIATOR,
            person_id=approver,
            role=Role.SECURITY_OFFICER,
            organisation_id=move.home_office.id,
            valid_from=LONG_AGO,
            valid_to=move.now + timedelta(days=60),
            deputy_of=people["both"],
        )
    with pytest.raises(NotPermitted, match="decided on the clearance"):
        do(move, appointment, "approve", approver)
