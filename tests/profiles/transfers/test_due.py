"""The worker goes through all moves that are due: one whose records were changed by hand stops no other."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import col, select

from profiles.errors import Conflict
from profiles.organisations.models import OrganisationDetail
from profiles.temporal import history, supersede
from profiles.transfers import managers, policy_date, steps
from profiles.transfers.ending import expire_due
from profiles.transfers.models import Side, TaskKind, Transfer, TransferState
from profiles.transfers.timetable import Timetable
from tests.factories.organisations import make_organisation
from tests.factories.people import make_employee
from tests.factories.transfers import Move

SETTLING = datetime(2026, 3, 7, 9, tzinfo=UTC)
TIMETABLE = Timetable(policy_days=5, policy_working_days=1)


@pytest.fixture
def colleague(move: Move) -> Move:
    """The move of somebody else, whose number and address are theirs."""
    person_id = make_employee(move.session, move.now, move.hmrc, "jo.blake").person_id
    terms = replace(move.terms, employment_number="HO-2", work_address="jo.blake@ho.gov.uk")
    return replace(move, employee=person_id, terms=replace(terms, required_level=None))


def spoil(move: Move, transfer: Transfer) -> None:
    """Nothing is known any more of the new department, so that a mail about the move cannot be written."""
    gone = make_organisation(move.session, move.now, "GONE")
    for detail in history(move.session, OrganisationDetail, move.now, organisation_id=gone.id):
        supersede(move.session, detail, move.now, None)
    transfer.importing_organisation_id = gone.id
    move.session.flush()


def silent(move: Move) -> Transfer:
    transfer = move.begin()
    move.do_tasks(transfer, but=[TaskKind.LINE_MANAGER, TaskKind.CLEARANCE])
    managers.name(move.session, transfer, Side.EXPORTING, move.manager(), move.now)
    return transfer


@pytest.mark.parametrize("limit", [1, 50])
def test_one_that_cannot_follow_does_not_keep_up_the_others(move: Move, colleague: Move, limit: int) -> None:
    bad, good = move.begin(), colleague.begin()

    def mark(transfer: Transfer) -> None:
        transfer.way_in = "seen"
        move.session.add(transfer)
        move.session.flush()
        if transfer.id == bad.id:
            raise Conflict("It cannot go on.")

    unseen = select(Transfer).where(col(Transfer.way_in) != "seen").order_by(col(Transfer.id))
    assert steps.each(move.session, unseen, limit, mark) == [good]
    assert (bad.way_in, good.way_in) == ("", "seen")


def test_a_date_that_cannot_be_settled_does_not_keep_up_the_others(move: Move, colleague: Move) -> None:
    bad, good = silent(move), silent(colleague)
    spoil(move, bad)
    assert policy_date.settle_due(move.session, SETTLING, TIMETABLE, limit=1) == [good]
    assert (bad.date_settled_at, good.date_settled_at) == (None, SETTLING)
    assert policy_date.settle_due(move.session, SETTLING, TIMETABLE, limit=1) == []


def test_a_move_that_cannot_expire_does_not_keep_up_the_others(move: Move, colleague: Move) -> None:
    bad, good = move.begin(), colleague.begin(start_date=date(2026, 3, 17))
    spoil(move, bad)
    late = datetime(2026, 5, 1, 9, tzinfo=UTC)
    assert expire_due(move.session, late, timedelta(days=28), limit=1) == [good]
    assert (bad.state, good.state) == (TransferState.IN_PROGRESS, TransferState.EXPIRED)
