"""A line manager who is away has named a deputy, who does their part of moves and nobody else's."""

from dataclasses import replace as but
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session, select

from profiles.audit.models import AuditEntry
from profiles.deputies import service as deputies
from profiles.deputies.service import Wish
from profiles.employments.models import Posting
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.merges.models import Merge, MergeState
from profiles.outbox.models import OutboxMessage
from profiles.roles.models import Role
from profiles.roles.parties import are_one
from profiles.roles.permissions import Permission
from profiles.roles.service import assign, permissions_of
from profiles.temporal import current, replace
from profiles.transfers import managers, not_joining, owners, reminding, tasks
from profiles.transfers.models import Side, TaskKind, Transfer
from profiles.transfers.reminding import look
from profiles.transfers.timetable import STANDARD
from profiles.transfers.waiting import Act, waiting_of
from tests.factories.organisations import INITIATOR, PROVENANCE
from tests.factories.people import give_role, make_employee, make_person
from tests.factories.transfers import Move

LAST_DAY = date(2026, 3, 31)


@pytest.fixture
def deputy(move: Move) -> UUID:
    return make_employee(move.session, move.now, move.hmrc, "dan.deputy").person_id


def wish(move: Move, manager_id: UUID, who: str = "dan.deputy@hmrc.gov.uk", **changes: Any) -> Wish:
    asked = Wish(
        role_id=deputies.own_posts(move.session, manager_id, move.now)[0].fact_id,
        unverified_address=who,
        first_day=move.now.date(),
        last_day=LAST_DAY,
        reason="Leave",
        as_line_manager=True,
    )
    return but(asked, **changes)


def name(move: Move, manager_id: UUID, who: str = "dan.deputy@hmrc.gov.uk", **changes: Any) -> None:
    deputies.name(move.session, move.now, manager_id, wish(move, manager_id, who, **changes))


def asked(move: Move, **changes: Any) -> Transfer:
    """A move that waits for the line manager of the old department alone."""
    transfer = move.begin(**changes)
    move.do_tasks(transfer, but={TaskKind.LINE_MANAGER})
    managers.name(move.session, transfer, Side.EXPORTING, move.manager(), move.now)
    return transfer


def confirm(move: Move, transfer: Transfer, person_id: UUID) -> None:
    managers.confirm(move.session, move.now, transfer_id=transfer.id, person_id=person_id)


def waits_for(move: Move, person_id: UUID) -> list[TaskKind]:
    found = owners.waiting_for(move.session, person_id, move.permissions(person_id), move.now)
    return [task.kind for _transfer, task in found]


def mails_since(session: Session, before: set[UUID]) -> dict[UUID | None, str]:
    found = [one for one in session.exec(select(OutboxMessage)) if one.id not in before]
    return {one.person_id: str(one.payload["subject"]) for one in found}


def sent(session: Session) -> set[UUID]:
    return {one.id for one in session.exec(select(OutboxMessage))}


def test_the_deputy_sees_it_and_does_it_and_the_trail_says_for_whom(move: Move, deputy: UUID) -> None:
    transfer = asked(move)
    assert waits_for(move, deputy) == []
    with pytest.raises(NotFound):
        confirm(move, transfer, deputy)
    before = sent(move.session)
    name(move, move.manager())
    assert mails_since(move.session, before) == dict.fromkeys((deputy, move.manager()), "A deputy was named")
    assert waits_for(move, deputy) == [TaskKind.LINE_MANAGER] == waits_for(move, move.manager())
    confirm(move, transfer, deputy)
    task = tasks.get(move.session, transfer, TaskKind.LINE_MANAGER)
    assert (task.owner_id, task.done_by) == (move.manager(), deputy)
    entry = move.session.exec(select(AuditEntry).where(AuditEntry.event == "transfer.task_done")).all()[-1]
    assert (entry.initiator, entry.details["deputy_of"]) == (str(deputy), str(move.manager()))
    with pytest.raises(Conflict):
        confirm(move, transfer, move.manager())


def test_it_gives_no_permission_and_lasts_as_long_as_it_was_named_for(move: Move, deputy: UUID) -> None:
    asked(move)
    name(move, move.manager())
    allowed = permissions_of(move.session, deputy, move.now)
    assert not allowed.any
    assert allowed.are_of(move.manager())
    assert not any(allowed.anywhere(one) for one in Permission)
    move.now += timedelta(days=40)
    assert waits_for(move, deputy) == []


def test_the_new_manager_has_one_too(move: Move) -> None:
    stand_in = make_employee(move.session, move.now, move.home_office, "nell.new").person_id
    transfer = move.begin()
    move.do_tasks(transfer)
    name(move, move.new_manager(), "nell.new@ho.gov.uk")
    assert waits_for(move, stand_in) == [TaskKind.FIRST_DAY]
    managers.arrange_first_day(move.session, move.now, transfer_id=transfer.id, person_id=stand_in)
    assert tasks.get(move.session, transfer, TaskKind.FIRST_DAY).done_by == stand_in


def test_reminders_and_what_is_asked_go_to_both(move: Move, deputy: UUID) -> None:
    transfer = asked(move)
    name(move, move.manager())
    task = tasks.get(move.session, transfer, TaskKind.LINE_MANAGER)
    task.due_on = move.now.date()
    before = sent(move.session)
    look(move.session, transfer, move.now, STANDARD)
    told = mails_since(move.session, before)
    assert (told[deputy], told[move.manager()]) == ("A move waits for you", "A move waits for you")
    before = sent(move.session)
    managers.name(move.session, transfer, Side.EXPORTING, move.manager(), move.now)
    assert {deputy, move.manager()} <= set(mails_since(move.session, before))


def test_who_is_replaced_and_their_deputy_hear_of_it(move: Move, deputy: UUID) -> None:
    make_employee(move.session, move.now, move.hmrc, "ned.other")
    transfer = asked(move)
    name(move, move.manager())
    before = sent(move.session)
    managers.name_manager(
        move.session,
        move.now,
        transfer_id=transfer.id,
        officer_id=move.hmrc_officer,
        permissions=move.permissions(move.hmrc_officer),
        unverified_address="ned.other@hmrc.gov.uk",
    )
    told = mails_since(move.session, before)
    assert "does not wait for you" in told[deputy]
    assert "does not wait for you" in told[move.manager()]
    assert waits_for(move, deputy) == []


def test_the_deputy_of_the_new_manager_hears_that_somebody_does_not_join(move: Move) -> None:
    stand_in = make_employee(move.session, move.now, move.home_office, "nell.new").person_id
    transfer = move.schedule()
    name(move, move.new_manager(), "nell.new@ho.gov.uk")
    move.now = transfer.leave_at + timedelta(hours=1)
    before = sent(move.session)
    not_joining.end_before_joining(
        move.session,
        move.now,
        transfer_id=transfer.id,
        side=Side.IMPORTING,
        officer_id=move.home_office_officer,
        permissions=move.permissions(move.home_office_officer),
        why=not_joining.Why.RESIGNED,
    )
    assert stand_in in mails_since(move.session, before)


def test_nobody_does_it_for_their_own_move(move: Move) -> None:
    """Named before the move began; afterwards they are not named any more."""
    make_report(move, move.manager(), "una.under")
    name(move, move.manager(), "priya.patel@hmrc.gov.uk")
    transfer = asked(move)
    assert waits_for(move, move.employee) == []
    with pytest.raises(NotFound):
        confirm(move, transfer, move.employee)
    standing = deputies.deputies_of(move.session, move.manager(), move.now)
    deputies.end(move.session, move.now, standing, standing[0].fact_id, move.manager())
    move.now += timedelta(hours=1)
    with pytest.raises(Invalid) as refused:
        name(move, move.manager(), "priya.patel@hmrc.gov.uk")
    assert refused.value.field == "address"


def make_report(move: Move, manager_id: UUID, who: str) -> UUID:
    """Somebody of HMRC whose line manager this is by the record."""
    person_id = make_employee(move.session, move.now, move.hmrc, who).person_id
    posting = current(move.session, Posting, move.now, move.now, person_id=person_id)[0]
    replace(move.session, posting, move.now, PROVENANCE, line_manager_id=manager_id)
    return person_id


def test_nobody_does_it_for_whom_they_are_one_with(move: Move, deputy: UUID) -> None:
    """The mover is a line manager too, and has named the same deputy."""
    make_report(move, move.employee, "una.under")
    transfer = asked(move)
    name(move, move.manager())
    assert waits_for(move, deputy) == [TaskKind.LINE_MANAGER]
    name(move, move.employee)
    assert waits_for(move, deputy) == []
    with pytest.raises(NotFound):
        confirm(move, transfer, deputy)


@pytest.mark.parametrize("officer_first", [True, False])
def test_an_officer_and_a_manager_do_not_become_one_by_the_same_deputy(
    move: Move, deputy: UUID, officer_first: bool
) -> None:
    asked(move)
    officer = make_employee(move.session, move.now, move.hmrc, "sol.security").person_id
    give_role(move.session, move.now, officer, Role.SECURITY_OFFICER, move.hmrc.id)
    make_report(move, officer, "una.under")
    first, second = (officer, move.manager()) if officer_first else (move.manager(), officer)
    name(move, first)
    with pytest.raises(Invalid, match="count as one") as refused:
        name(move, second)
    assert refused.value.field == "address"
    assert not are_one(move.session, officer, move.manager(), move.now)


def test_an_officer_names_somebody_of_whom_two_records_were_united(move: Move, deputy: UUID) -> None:
    asked(move)
    give_role(move.session, move.now, move.manager(), Role.HR_OFFICER, move.hmrc.id)
    other = make_person(move.session, move.now, "dan.again@hmrc.gov.uk")
    united = {"survivor_id": deputy, "merged_id": other, "merged_at": move.now}
    move.session.add(Merge(**united, state=MergeState.MERGED))
    move.session.flush()
    assert are_one(move.session, deputy, other, move.now)
    name(move, move.manager())
    assert waits_for(move, deputy) == [TaskKind.LINE_MANAGER]


def test_a_role_that_begins_within_the_days_is_one_too(move: Move, deputy: UUID) -> None:
    asked(move)
    held = {"person_id": deputy, "role": Role.SECURITY_OFFICER, "organisation_id": move.hmrc.id}
    begins = move.now + timedelta(days=7)
    assign(move.session, move.now, PROVENANCE, INITIATOR, **held, valid_from=begins)
    with pytest.raises(Invalid, match="hold a role") as refused:
        name(move, move.manager())
    assert refused.value.field == "address"


@pytest.mark.parametrize("part", ["prepared", "new manager", "their deputy prepared"])
def test_nobody_makes_up_both_sides(move: Move, deputy: UUID, part: str) -> None:
    transfer = asked(move)
    name(move, move.manager())
    if part == "prepared":
        transfer.prepared_by = deputy
    elif part == "new manager":
        tasks.get(move.session, transfer, TaskKind.FIRST_DAY).owner_id = deputy
    else:
        give_role(move.session, move.now, deputy, Role.HR_OFFICER, move.hmrc.id)
        transfer.prepared_by = make_employee(move.session, move.now, move.hmrc, "olly.both").person_id
        wanted = wish(move, move.manager(), "olly.both@hmrc.gov.uk", as_line_manager=False)
        own = deputies.own_roles(move.session, deputy, move.now)[0]
        deputies.name(move.session, move.now, deputy, but(wanted, role_id=own.fact_id))
    move.session.flush()
    assert waits_for(move, deputy) == []
    with pytest.raises(NotFound):
        confirm(move, transfer, deputy)


def test_neither_approves_what_the_other_confirmed(move: Move, deputy: UUID) -> None:
    give_role(move.session, move.now, move.manager(), Role.HR_OFFICER, move.hmrc.id)
    transfer = asked(move)
    name(move, move.manager())
    confirm(move, transfer, deputy)
    with pytest.raises(NotPermitted):
        move.approve(transfer, Side.EXPORTING, move.manager())


def test_of_a_manager_who_has_left_nobody_is_the_deputy(move: Move, deputy: UUID) -> None:
    transfer = asked(move)
    name(move, move.manager())
    for posting in current(move.session, Posting, move.now, move.now, person_id=move.manager()):
        replace(move.session, posting, move.now, PROVENANCE, organisation_id=move.home_office.id)
    assert waits_for(move, deputy) == []
    waiting = waiting_of(move.session, transfer, (None, *Side), move.now)
    assert Act.NAME_MANAGER in [one.act for one in waiting]
    assert reminding.doers(move.session, waiting[0], move.now) != [deputy]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"unverified_address": "hal.elsewhere@ho.gov.uk"}, "address"),
        ({"unverified_address": "beth.morgan@hmrc.gov.uk"}, "address"),
        ({"last_day": date(2026, 12, 1)}, "last_day"),
        ({"reason": " "}, "reason"),
    ],
)
def test_what_cannot_be_names_its_field(
    move: Move, deputy: UUID, changes: dict[str, Any], field: str
) -> None:
    make_employee(move.session, move.now, move.home_office, "hal.elsewhere")
    asked(move)
    with pytest.raises(Invalid) as refused:
        name(move, move.manager(), **changes)
    assert refused.value.field == field


def test_one_at_a_time(move: Move, deputy: UUID) -> None:
    make_employee(move.session, move.now, move.hmrc, "ned.other")
    asked(move)
    name(move, move.manager())
    with pytest.raises(Invalid) as refused:
        name(move, move.manager(), "ned.other@hmrc.gov.uk")
    assert refused.value.field == "first_day"


def test_an_officer_is_none_who_could_not_decide_about_them_any_more(move: Move, deputy: UUID) -> None:
    asked(move)
    give_role(move.session, move.now, deputy, Role.VACANCY_HOLDER, move.hmrc.id)
    assert deputies.checked(move.session, move.now, move.manager(), wish(move, move.manager()))
    give_role(move.session, move.now, deputy, Role.SECURITY_OFFICER, move.hmrc.id)
    with pytest.raises(Invalid) as refused:
        name(move, move.manager())
    assert refused.value.field == "address"


def test_only_line_managers_name_one_and_nobody_is_given_the_role(move: Move, deputy: UUID) -> None:
    assert deputies.own_posts(move.session, deputy, move.now) == []
    make_report(move, deputy, "una.under")
    assert [one.role for one in deputies.own_posts(move.session, deputy, move.now)] == [Role.LINE_MANAGER]
    with pytest.raises(Invalid) as refused:
        give_role(move.session, move.now, deputy, Role.LINE_MANAGER, move.hmrc.id)
    assert refused.value.field == "role"


def test_an_officers_role_is_not_handed_on_as_a_line_managers(move: Move, deputy: UUID) -> None:
    """The two pages ask for sign-ins of different strength."""
    own = deputies.own_roles(move.session, move.hmrc_officer, move.now)[0]
    make_report(move, move.hmrc_officer, "una.under")
    with pytest.raises(NotFound):
        name(move, move.hmrc_officer, role_id=own.fact_id)
