"""Approving: separation of duties, as the matrix of who may approve which side."""

from datetime import UTC, datetime

import pytest
from sqlmodel import select

from profiles.errors import Conflict, Invalid, NotFound, NotPermitted, ProfileError
from profiles.roles.models import Role
from profiles.transfers.models import Side, TransferApproval, TransferState
from profiles.transfers.service import get_for
from tests.factories.people import give_role
from tests.factories.transfers import Move

WHO = {
    ("employee", Side.EXPORTING): NotPermitted,
    ("employee", Side.IMPORTING): NotPermitted,
    ("hmrc_officer", Side.EXPORTING): None,
    ("hmrc_officer", Side.IMPORTING): NotPermitted,
    ("preparer", Side.EXPORTING): NotPermitted,
    ("preparer", Side.IMPORTING): NotPermitted,
    ("home_office_officer", Side.EXPORTING): NotPermitted,
    ("home_office_officer", Side.IMPORTING): None,
    ("stranger", Side.EXPORTING): NotFound,
    ("stranger", Side.IMPORTING): NotFound,
}


@pytest.mark.parametrize(("who", "side"), list(WHO))
def test_who_may_approve(move: Move, who: str, side: Side) -> None:
    transfer = move.prepare()
    refusal: type[ProfileError] | None = WHO[who, side]
    if refusal is None:
        move.approve(transfer, side, getattr(move, who))
        return
    with pytest.raises(refusal):
        move.approve(transfer, side, getattr(move, who))
    assert move.session.exec(select(TransferApproval)).all() == []


def test_an_hr_officer_cannot_approve_their_own_move(move: Move) -> None:
    give_role(move.session, move.now, move.employee, Role.HR_OFFICER, move.hmrc.id)
    with pytest.raises(NotPermitted, match="your own transfer"):
        move.approve(move.prepare(), Side.EXPORTING, move.employee)


def test_one_person_who_serves_both_organisations_approves_for_one(move: Move) -> None:
    give_role(move.session, move.now, move.hmrc_officer, Role.HR_OFFICER, move.home_office.id)
    transfer = move.prepare()
    move.approve(transfer, Side.EXPORTING, move.hmrc_officer)
    with pytest.raises(NotPermitted, match="for the other organisation"):
        move.approve(transfer, Side.IMPORTING, move.hmrc_officer)


def test_the_same_side_approves_once(move: Move) -> None:
    transfer = move.prepare()
    move.approve(transfer, Side.IMPORTING, move.home_office_officer)
    with pytest.raises(Conflict, match="approved this transfer already"):
        move.approve(transfer, Side.IMPORTING, move.home_office_officer)


def test_one_approval_does_not_schedule(move: Move) -> None:
    transfer = move.approve(move.prepare(), Side.IMPORTING, move.home_office_officer)
    assert transfer.state is TransferState.IN_PROGRESS


@pytest.mark.parametrize("first", list(Side))
def test_the_second_approval_schedules_whichever_it_is(move: Move, first: Side) -> None:
    officers = {Side.IMPORTING: move.home_office_officer, Side.EXPORTING: move.hmrc_officer}
    transfer = move.prepare()
    for side in sorted(Side, key=lambda side: side is not first):
        move.approve(transfer, side, officers[side])
    assert transfer.state is TransferState.SCHEDULED


def test_the_exporter_must_release_records_before_it_approves(move: Move) -> None:
    transfer = move.prepare()
    with pytest.raises(Invalid) as refused:
        move.approve(transfer, Side.EXPORTING, move.hmrc_officer, None)
    assert refused.value.field == "records_released"


def test_a_third_organisation_cannot_learn_of_the_transfer(move: Move) -> None:
    transfer = move.prepare()
    with pytest.raises(NotFound):
        get_for(move.session, transfer.id, move.stranger, move.permissions(move.stranger))


def test_an_approval_that_comes_after_the_start_date_is_refused(move: Move) -> None:
    transfer = move.prepare()
    move.now = datetime(2026, 3, 17, tzinfo=UTC)
    with pytest.raises(Conflict, match="start date has passed"):
        move.approve(transfer, Side.IMPORTING, move.home_office_officer)
