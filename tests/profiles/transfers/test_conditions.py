"""Hours, pay location, contract and the clearance of the post are terms: recorded on the first day."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from profiles.clearances.levels import ClearanceLevel
from profiles.employments.models import ContractType, Employment, Posting
from profiles.organisations.service import OrganisationView
from profiles.pay.models import PayReason, PayRecord
from profiles.temporal import current
from profiles.transfers import shown
from profiles.transfers.models import Transfer
from profiles.transfers.service import advance_due
from tests.factories.organisations import LONG_AGO, PROVENANCE
from tests.factories.pay_scales import make_scale
from tests.factories.transfers import Move

JOINED = datetime(2026, 3, 16, 9, tzinfo=UTC)
THREE_DAYS = 600


def join(move: Move) -> None:
    move.now = JOINED
    advance_due(move.session, JOINED)


def held(move: Move, model: type[Any], place: OrganisationView) -> Any:
    at = {"person_id": move.employee, "organisation_id": place.id}
    (found,) = current(move.session, model, move.now, move.now, **at)
    return found


def work_part_time(move: Move, thousandths: int) -> None:
    post = held(move, Posting, move.hmrc)
    stamp = PROVENANCE.stamp(move.now, LONG_AGO) | {
        "person_id": move.employee,
        "organisation_id": move.hmrc.id,
        "employment_id": post.employment_id,
    }
    part = {"salary_pence": 3_000_000, "pay_reason": PayReason.APPOINTMENT, "fte_thousandths": thousandths}
    move.session.add(PayRecord(**part, **stamp))
    move.session.flush()


def test_what_was_agreed_is_recorded_on_the_first_day(move: Move) -> None:
    make_scale(
        move.session, move.now, move.home_office.id, "Senior Officer", "London", pounds=(43_000, 50_000)
    )
    make_scale(move.session, move.now, move.home_office.id, "Senior Officer", pounds=(40_000, 46_000))
    agreed = {
        "fte_thousandths": THREE_DAYS,
        "pay_location": "London",
        "contract_type": ContractType.FIXED_TERM,
    }
    move.schedule(**agreed)
    join(move)
    paid = held(move, PayRecord, move.home_office)
    assert (paid.fte_thousandths, paid.location, paid.scale_minimum_pence) == (600, "London", 4_300_000)
    assert held(move, Employment, move.home_office).contract_type is ContractType.FIXED_TERM


def test_an_offer_that_says_no_hours_offers_those_of_now(move: Move) -> None:
    work_part_time(move, 800)
    move.now += timedelta(minutes=1)
    assert move.begin().fte_thousandths == 800


def test_a_move_from_before_hours_were_terms_keeps_those_of_the_old_department(move: Move) -> None:
    work_part_time(move, 800)
    move.now += timedelta(minutes=1)
    transfer = move.prepare()
    transfer.fte_thousandths, transfer.contract_type = None, None
    move.session.add(transfer)
    move.approve_both(transfer)
    join(move)
    assert held(move, PayRecord, move.home_office).fte_thousandths == 800
    assert held(move, Employment, move.home_office).contract_type is ContractType.PERMANENT


def test_the_new_post_says_which_clearance_it_needs(move: Move) -> None:
    move.schedule(required_level=ClearanceLevel.SC)
    join(move)
    assert held(move, Posting, move.home_office).required_clearance == "SC"


def test_who_accepts_and_who_approves_have_read_all_of_it(move: Move) -> None:
    transfer = move.begin(fte_thousandths=THREE_DAYS, pay_location="London")
    said = shown.packed(shown.to_employee(transfer))
    transfer.fte_thousandths, transfer.pay_location = 1000, "Leeds"
    transfer.contract_type = ContractType.CONTRACTOR
    found = shown.differences(shown.to_employee(transfer), said)
    assert [(one.name, one.unverified_was, one.now) for one in found] == [
        ("fte_thousandths", "600", "1000"),
        ("pay_location", "London", "Leeds"),
        ("contract_type", "permanent", "contractor"),
    ]


@pytest.mark.parametrize("thousandths", [1, 1000])
def test_any_part_of_full_time_may_be_offered(move: Move, thousandths: int) -> None:
    offered: Transfer = move.begin(fte_thousandths=thousandths)
    assert offered.fte_thousandths == thousandths
