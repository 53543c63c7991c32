"""What HR corrects between the approval of a move and the last day goes on when the move is stopped."""

from datetime import UTC, date, datetime, timedelta

from profiles.employments.models import Employment, Posting
from profiles.pay.models import PayReason, PayRecord
from profiles.portable_profile.changes import submit
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action
from profiles.portable_profile.wanted import Wanted
from profiles.temporal import current, record, replace, start_of_day
from profiles.transfers.ending import withdraw
from tests.factories.organisations import LONG_AGO, PROVENANCE
from tests.factories.transfers import Move

LATER = datetime(2026, 5, 1, 9, tzinfo=UTC)
PROMOTED = start_of_day(date(2026, 3, 5))


def change(move: Move, action: Action, version_id=None, **values) -> None:
    move.now += timedelta(hours=1)
    wanted = Wanted(
        move.employee, move.hmrc.id, Kind.POSTING, action, values, "A letter", "page:letter", version_id
    )
    submit(move.session, wanted, move.now, move.hmrc_officer, alone_up_to=1000)


def titles(move: Move) -> list[str]:
    move.now += timedelta(hours=1)
    held = current(move.session, Posting, LATER, move.now, person_id=move.employee)
    return [one.job_title for one in held]


def test_a_post_that_was_corrected_goes_on(move: Move) -> None:
    transfer = move.schedule()
    (posting,) = current(move.session, Posting, move.now, move.now, person_id=move.employee)
    change(move, Action.CORRECT, posting.id, job_title="Inspector")
    change(move, Action.CORRECT, current_id(move), job_title="Senior inspector")
    withdraw(move.session, move.now, transfer_id=transfer.id, person_id=move.employee)
    assert titles(move) == ["Senior inspector"]


def test_a_post_that_was_given_goes_on(move: Move) -> None:
    transfer = move.schedule()
    (posting,) = current(move.session, Posting, move.now, move.now, person_id=move.employee)
    values = {name: getattr(posting, name) for name in ("local_grade", "profession", "unit", "location")}
    change(move, Action.ADD, **(values | {"job_title": "Manager", "valid_from": PROMOTED}))
    withdraw(move.session, move.now, transfer_id=transfer.id, person_id=move.employee)
    assert titles(move) == ["Manager"]
    employments = current(move.session, Employment, LATER, move.now, person_id=move.employee)
    assert [one.organisation_id for one in employments] == [move.hmrc.id]


def test_an_award_from_the_start_date_on_does_not_keep_the_move_up(move: Move) -> None:
    (posting,) = current(move.session, Posting, move.now, move.now, person_id=move.employee)
    of_it = {"person_id": move.employee, "employment_id": posting.employment_id}
    pay = of_it | {"organisation_id": move.hmrc.id, "pay_reason": PayReason.AWARD}
    record(move.session, PayRecord(salary_pence=3_200_000, **pay, **PROVENANCE.stamp(move.now, LONG_AGO)))
    transfer = move.schedule()
    move.now += timedelta(hours=1)
    award = PROVENANCE.stamp(move.now, transfer.leave_at)
    record(move.session, PayRecord(salary_pence=3_300_000, **pay, **award))
    withdraw(move.session, move.now, transfer_id=transfer.id, person_id=move.employee)
    held = current(move.session, PayRecord, LATER, move.now, person_id=move.employee)
    assert [one.salary_pence for one in held] == [3_300_000]


def current_id(move: Move):
    (posting,) = current(move.session, Posting, move.now, move.now, person_id=move.employee)
    return posting.id


def paid(move: Move, at: datetime) -> list[tuple[object, int]]:
    held = current(move.session, PayRecord, at, move.now, person_id=move.employee)
    return [(one.organisation_id, one.salary_pence) for one in held]


def test_an_award_that_was_corrected_after_the_plan_stands(move: Move) -> None:
    (posting,) = current(move.session, Posting, move.now, move.now, person_id=move.employee)
    of_it = {"person_id": move.employee, "employment_id": posting.employment_id}
    pay = of_it | {"organisation_id": move.hmrc.id, "pay_reason": PayReason.AWARD}
    record(move.session, PayRecord(salary_pence=3_200_000, **pay, **PROVENANCE.stamp(move.now, LONG_AGO)))
    transfer = move.schedule()
    move.now += timedelta(hours=1)
    (award,) = current(move.session, PayRecord, move.now, move.now, person_id=move.employee)
    replace(move.session, award, move.now, PROVENANCE, salary_pence=3_250_000)
    withdraw(move.session, move.now, transfer_id=transfer.id, person_id=move.employee)
    assert paid(move, LATER) == [(move.hmrc.id, 3_250_000)]


def test_nothing_begins_there_that_was_corrected_before_the_move_was_stopped(move: Move) -> None:
    transfer = move.schedule()
    move.now += timedelta(hours=1)
    for model, values in (
        (Employment, {"number": "HO-1"}),
        (Posting, {"job_title": "Chief inspector"}),
        (PayRecord, {"salary_pence": 4_200_000}),
    ):
        (begins,) = current(move.session, model, LATER, move.now, person_id=move.employee)
        replace(move.session, begins, move.now, PROVENANCE, **values)
    withdraw(move.session, move.now, transfer_id=transfer.id, person_id=move.employee)
    for model in (Employment, Posting, PayRecord):
        held = current(move.session, model, LATER, move.now, person_id=move.employee)
        assert move.home_office.id not in [one.organisation_id for one in held]
