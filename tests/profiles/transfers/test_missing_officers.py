"""A department that has nobody for a part of a move: seen before it begins, and told to who gives roles."""

from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlmodel import select

from profiles.outbox.models import OutboxMessage
from profiles.people.models import WorkAddress
from profiles.roles.models import Role, RoleAssignment
from profiles.temporal import current, end
from profiles.transfers import doers, nobody, reminding
from profiles.transfers.doers import MissingOfficer
from profiles.transfers.models import Side, TaskKind, Transfer
from profiles.transfers.parts import Doer
from profiles.transfers.preparing import offer
from profiles.transfers.timetable import Timetable
from profiles.transfers.waiting import waiting_of
from tests.factories.organisations import PROVENANCE
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move

OLD, NEW = Side.EXPORTING, Side.IMPORTING
SECURITY, PAYROLL, HR = Doer.SECURITY_OFFICER, Doer.PAYROLL, Doer.HR


def planned(move: Move) -> Transfer:
    by = {"officer_id": move.preparer, "permissions": move.permissions(move.preparer)}
    return offer(
        move.session,
        move.now,
        importing_organisation_id=move.home_office.id,
        unverified_code=move.code(),
        terms=move.terms,
        **by,  # type: ignore[arg-type]
    )


def found(move: Move, transfer: Transfer) -> set[tuple[Side, Doer]]:
    return {(one.side, one.doer) for one in doers.missing_officers(move.session, transfer, move.now)}


def give_up(move: Move, person_id: UUID, role: Role) -> None:
    for held in current(move.session, RoleAssignment, move.now, move.now, person_id=person_id, role=role):
        end(move.session, held, move.now, move.now, PROVENANCE)


def administrator(move: Move) -> UUID:
    person_id = make_employee(move.session, move.now, move.home_office, "ada.min").person_id
    give_role(move.session, move.now, person_id, Role.ORGANISATION_ADMINISTRATOR, move.home_office.id)
    return person_id


def mails(move: Move, *people: UUID) -> list[OutboxMessage]:
    found = move.session.exec(select(OutboxMessage).order_by(OutboxMessage.id)).all()  # type: ignore[arg-type]
    return [one for one in found if one.person_id in people and one.payload["subject"] == nobody.SUBJECT]


def test_it_is_seen_before_the_move_begins(move: Move) -> None:
    assert found(move, planned(move)) == {(OLD, SECURITY), (NEW, SECURITY), (NEW, PAYROLL)}


def test_whoever_holds_the_role_fills_it(move: Move) -> None:
    move.security_officer()
    move.payroll_officer()
    assert found(move, planned(move)) == {(NEW, SECURITY)}


def test_no_security_officer_is_missed_where_the_post_needs_no_clearance(move: Move) -> None:
    transfer = planned(move)
    transfer.required_level = None
    assert found(move, transfer) == {(NEW, PAYROLL)}


def test_the_employee_fills_nothing_in_their_own_move(move: Move) -> None:
    give_role(move.session, move.now, move.employee, Role.PAYROLL_OFFICER, move.home_office.id)
    assert (NEW, PAYROLL) in found(move, planned(move))


@pytest.mark.parametrize(("leaver", "side"), [("home_office_officer", NEW), ("hmrc_officer", OLD)])
def test_who_prepares_it_does_not_approve_it_alone(move: Move, leaver: str, side: Side) -> None:
    give_up(move, getattr(move, leaver), Role.HR_OFFICER)
    assert (side, HR) in found(move, planned(move))


def test_administrators_are_told_what_is_missing_and_nothing_of_the_person(move: Move) -> None:
    ada = administrator(move)
    root = make_employee(move.session, move.now, move.hmrc, "root.min").person_id
    give_role(move.session, move.now, root, Role.PLATFORM_ADMINISTRATOR, None)
    move.begin()
    told = {one.person_id: one.payload["body"] for one in mails(move, ada)}
    assert "a security officer" in " ".join(one.payload["body"] for one in mails(move, ada))
    assert "a payroll officer" in told[ada]
    assert "Patel" not in told[ada]
    assert len(mails(move, root)) == 3
    assert mails(move, move.stranger) == []


def test_they_are_told_again_when_it_is_due_and_still_nobody_can_act(move: Move) -> None:
    ada = administrator(move)
    move.security_officer()
    transfer = move.schedule()
    before = len(mails(move, ada))
    due = datetime(2026, 4, 13, 9, tzinfo=UTC)
    reminding.look(move.session, transfer, due, Timetable())
    assert len(mails(move, ada)) == before + 1


def acts_of_nobody(
    move: Move, transfer: Transfer, sides: Collection[Side]
) -> set[tuple[str, MissingOfficer]]:
    waits = waiting_of(move.session, transfer, sides, move.now)
    missing_officers = [(one.act, doers.find_missing(move.session, one, move.now)) for one in waits]
    return {(act.value, one) for act, one in missing_officers if one is not None}


def test_what_waits_for_nobody_says_so_until_somebody_has_the_role(move: Move) -> None:
    transfer = move.begin()
    waits_for = (TaskKind.CLEARANCE.value, MissingOfficer(OLD, SECURITY))
    assert acts_of_nobody(move, transfer, tuple(Side)) == {waits_for}
    move.security_officer()
    assert acts_of_nobody(move, transfer, tuple(Side)) == set()


def test_an_approval_waits_for_nobody_where_the_only_officer_has_decided_on_a_part(move: Move) -> None:
    give_up(move, move.hmrc_officer, Role.HR_OFFICER)
    give_role(move.session, move.now, move.manager(), Role.HR_OFFICER, move.hmrc.id)
    transfer = move.prepare()
    assert acts_of_nobody(move, transfer, tuple(Side)) == {("approve", MissingOfficer(OLD, HR))}
    give_role(move.session, move.now, move.home_office_officer, Role.HR_OFFICER, move.hmrc.id)
    assert acts_of_nobody(move, transfer, tuple(Side)) == set()
    move.approve(transfer, NEW, move.home_office_officer)
    assert acts_of_nobody(move, transfer, tuple(Side)) == {("approve", MissingOfficer(OLD, HR))}


def test_an_administrator_between_two_addresses_is_told_at_the_one_before(move: Move) -> None:
    ada = administrator(move)
    [held] = current(move.session, WorkAddress, move.now, move.now, person_id=ada)
    end(move.session, held, move.now, move.now, PROVENANCE)
    nobody.tell_administrators(move.session, move.home_office.id, SECURITY, move.now)
    assert [one.payload["to"] for one in mails(move, ada)] == [held.address]
