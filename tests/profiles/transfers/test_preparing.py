"""Preparing: each wrong value is refused by its field's name, and the code is not spent by a refusal."""

from datetime import date, timedelta

import pytest

from profiles.employments.models import Employment
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.temporal import current, replace, start_of_day
from profiles.transfers import codes
from profiles.transfers.models import Side, TransferState
from profiles.transfers.preparing import prepare
from profiles.transfers.service import history_of
from profiles.transfers.tasks import of_transfer
from tests.factories.organisations import PROVENANCE
from tests.factories.transfers import Move

WRONG = [
    ("start_date", date(2026, 3, 1), "start_date"),
    ("start_date", date(2028, 3, 4), "start_date"),
    ("start_date", date.max, "start_date"),
    ("last_day", date(2026, 3, 16), "last_day"),
    ("last_day", date(2026, 2, 27), "last_day"),
    ("local_grade", "Grade 99", "local_grade"),
    ("salary_pence", 0, "salary"),
    ("salary_pence", -1, "salary"),
    ("salary_pence", 100_000_001, "salary"),
    ("fte_thousandths", 0, "fte_thousandths"),
    ("fte_thousandths", 1001, "fte_thousandths"),
    ("bpss_checked_on", date(2026, 3, 3), "bpss_checked_on"),
    ("employment_number", " ", "employment_number"),
    ("employment_number", "HO-omar.hughes", "employment_number"),
    ("work_address", "priya.patel@hmrc.gov.uk", "work_address"),
    ("work_address", "no address", "work_address"),
    ("work_address", "omar.hughes@ho.gov.uk", "work_address"),
]


@pytest.mark.parametrize(("name", "value", "field"), WRONG)
def test_a_wrong_value_is_refused_by_name_and_spends_no_code(
    move: Move, name: str, value: object, field: str
) -> None:
    code = move.code()
    with pytest.raises(Invalid) as refused:
        move.prepare(code=code, **{name: value})
    assert refused.value.field == field
    assert codes.whose(move.session, code, move.now) == move.employee


def test_all_that_is_wrong_is_said_at_once(move: Move) -> None:
    wrong = {name: value for name, value, _field in WRONG}
    with pytest.raises(Invalid) as refused:
        move.prepare(line_manager="nobody@ho.gov.uk", **wrong)
    assert fields_of(refused.value) == [
        *("start_date", "bpss_checked_on", "local_grade", "salary", "fte_thousandths"),
        *("employment_number", "work_address", "line_manager"),
    ]


def fields_of(refused: Invalid) -> list[str | None]:
    return [one.field for one in (refused, *refused.others)]


def test_a_last_day_before_they_came_is_said_with_all_else(move: Move) -> None:
    (held,) = current(move.session, Employment, move.now, move.now, person_id=move.employee)
    replace(move.session, held, move.now, PROVENANCE, valid_from=start_of_day(move.now.date()))
    move.now += timedelta(hours=1)
    with pytest.raises(Invalid) as refused:
        move.begin(
            start_date=move.now.date(), last_day=None, local_grade="No such", line_manager="nobody@ho.gov.uk"
        )
    assert fields_of(refused.value) == ["start_date", "local_grade", "line_manager"]


def test_a_prepared_transfer_is_in_progress_between_the_two_organisations(move: Move) -> None:
    transfer = move.prepare()
    assert transfer.state is TransferState.IN_PROGRESS
    assert transfer.exporting_organisation_id == move.hmrc.id
    assert transfer.importing_organisation_id == move.home_office.id


def test_the_history_names_the_employee_as_who_accepted(move: Move) -> None:
    steps = history_of(move.session, move.prepare().id)
    assert [(step.to_state, step.by) for step in steps] == [
        (TransferState.OFFERED, move.preparer),
        (TransferState.ACCEPTED, move.employee),
        (TransferState.IN_PROGRESS, move.preparer),
    ]


def test_the_exporters_tasks_are_open(move: Move) -> None:
    tasks = of_transfer(move.session, move.begin().id)
    assert {task.kind.value for task in tasks if task.done_at is None and task.side is Side.EXPORTING} == {
        "line_manager",
        "release",
        "clearance",
    }


def test_the_start_date_may_be_today(move: Move) -> None:
    assert move.prepare(start_date=date(2026, 3, 2), last_day=None).last_day == date(2026, 3, 1)


def test_a_transfer_to_the_same_organisation_is_refused(move: Move) -> None:
    with pytest.raises(Invalid, match="works in your organisation already"):
        prepare(
            move.session,
            move.now,
            officer_id=move.hmrc_officer,
            permissions=move.permissions(move.hmrc_officer),
            importing_organisation_id=move.hmrc.id,
            unverified_code=move.code(),
            terms=move.terms,
        )


def test_an_officer_of_another_organisation_cannot_prepare(move: Move) -> None:
    with pytest.raises(NotPermitted):
        move.prepare(officer=move.stranger)


def test_a_person_cannot_be_in_two_transfers(move: Move) -> None:
    move.prepare()
    with pytest.raises(Conflict, match="being moved already"):
        move.prepare(employment_number="HO-2", work_address="priya.patel2@ho.gov.uk")
