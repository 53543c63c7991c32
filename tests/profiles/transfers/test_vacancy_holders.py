"""A vacancy holder brings somebody to their organisation and follows that move; everything else is HR's."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from profiles.errors import NotFound, NotPermitted
from profiles.roles import service as roles
from profiles.roles.models import Role
from profiles.transfers import service
from profiles.transfers.models import Side, Transfer, TransferState
from profiles.transfers.preparing import offer_known
from tests.factories.organisations import INITIATOR, PROVENANCE
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move


@pytest.fixture
def holder(move: Move) -> UUID:
    """A manager of the Home Office who has a post to fill."""
    person_id = make_employee(move.session, move.now, move.home_office, "vera.vacancy").person_id
    give_role(move.session, move.now, person_id, Role.VACANCY_HOLDER, move.home_office.id)
    return person_id


def offered(move: Move, holder: UUID) -> Transfer:
    return move.begin(officer=holder, bpss_checked_on=None)


def follow(move: Move, transfer: Transfer, person_id: UUID) -> Transfer:
    return service.get_offered(move.session, transfer.id, person_id, move.permissions(person_id))


def list_of(move: Move, person_id: UUID, after: UUID | None = None) -> list[UUID]:
    allowed = move.permissions(person_id)
    found = service.offered_by(move.session, person_id, allowed, after=after, limit=10)
    return [one.id for one in found]


def test_a_vacancy_holder_begins_a_move_with_the_employees_code(move: Move, holder: UUID) -> None:
    transfer = offered(move, holder)
    assert transfer.state is TransferState.IN_PROGRESS
    assert transfer.prepared_by == holder


def test_nobody_is_brought_to_an_organisation_where_they_offer_nothing(move: Move, holder: UUID) -> None:
    elsewhere = replace(move, home_office=move.hmrc)
    with pytest.raises(NotPermitted):
        offered(elsewhere, holder)


def test_that_the_bpss_check_was_made_is_for_hr_to_say(move: Move, holder: UUID) -> None:
    with pytest.raises(NotPermitted, match="HR"):
        move.begin(officer=holder, bpss_checked_on=date(2026, 2, 20))


def test_who_is_on_loan_is_taken_over_by_hr_alone(move: Move, holder: UUID) -> None:
    with pytest.raises(NotPermitted, match="HR"):
        offer_known(
            move.session,
            move.now,
            person_id=move.employee,
            officer_id=holder,
            permissions=move.permissions(holder),
            importing_organisation_id=move.home_office.id,
            terms=move.terms,
        )


def test_they_follow_what_they_began(move: Move, holder: UUID) -> None:
    transfer = offered(move, holder)
    assert follow(move, transfer, holder) is transfer
    assert list_of(move, holder) == [transfer.id]
    assert list_of(move, holder, after=transfer.id) == []


def test_another_vacancy_holder_there_sees_nothing_of_it(move: Move, holder: UUID) -> None:
    transfer = offered(move, holder)
    other = make_employee(move.session, move.now, move.home_office, "vic.vacancy").person_id
    give_role(move.session, move.now, other, Role.VACANCY_HOLDER, move.home_office.id)
    with pytest.raises(NotFound):
        follow(move, transfer, other)
    assert list_of(move, other) == []


def test_who_offers_no_posts_any_more_follows_nothing(move: Move, holder: UUID) -> None:
    transfer = offered(move, holder)
    roles.end_role(
        move.session,
        move.now,
        PROVENANCE,
        INITIATOR,
        person_id=holder,
        role=Role.VACANCY_HOLDER,
        organisation_id=move.home_office.id,
    )
    with pytest.raises(NotFound):
        follow(move, transfer, holder)
    assert list_of(move, holder) == []


def test_they_are_not_shown_the_transfer_as_hr_sees_it(move: Move, holder: UUID) -> None:
    transfer = offered(move, holder)
    with pytest.raises(NotFound):
        service.get_for(move.session, transfer.id, holder, move.permissions(holder))


@pytest.mark.parametrize("side", list(Side))
def test_they_approve_nothing(move: Move, holder: UUID, side: Side) -> None:
    transfer = offered(move, holder)
    move.do_tasks(transfer)
    with pytest.raises((NotFound, NotPermitted)):
        move.approve(transfer, side, holder)


def test_who_is_in_hr_too_does_not_approve_what_they_offered(move: Move, holder: UUID) -> None:
    transfer = offered(move, holder)
    give_role(move.session, move.now, holder, Role.HR_OFFICER, move.home_office.id)
    move.do_tasks(transfer)
    with pytest.raises(NotPermitted, match="prepared"):
        move.approve(transfer, Side.IMPORTING, holder)
