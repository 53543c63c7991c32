"""What is corrected after the start reaches both payrolls: until it is taken up nothing is complete."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from profiles.employments.models import Employment, Posting
from profiles.errors import Conflict, NotFound
from profiles.outbox.models import OutboxMessage
from profiles.pay.models import PayRecord
from profiles.roles.models import Role
from profiles.temporal import Provenance, current, end, record, replace, start_of_day
from profiles.transfers import interruptions, pay_corrections, payroll
from profiles.transfers.models import PayItem, Side, Transfer, TransferState
from profiles.transfers.pay_corrections import Waiting
from profiles.transfers.service import advance_due
from profiles.transfers.sources import source_of
from tests.factories.transfers import Move

JOINED = datetime(2026, 3, 17, 9, tzinfo=UTC)
LATER = datetime(2026, 3, 18, 9, tzinfo=UTC)
BY_HR = Provenance(None, "page", "it was wrong")
RIGHT = dict.fromkeys(PayItem, True)


class Reconciling:
    """A move that has happened, and the payroll officers of both departments."""

    def __init__(self, move: Move, *, stood_still: bool = False) -> None:
        self.move, self.session = move, move.session
        self.new = move.payroll_officer()
        self.old = move._hire("pat.lowe", Role.PAYROLL_OFFICER)
        self.transfer = move.schedule()
        if stood_still:
            self.stand_still()
        move.now = JOINED
        advance_due(self.session, JOINED)
        payroll.confirm_details(self.session, JOINED, **self._by(self.new))

    def _by(self, officer: UUID) -> dict[str, Any]:
        permissions = self.move.permissions(officer)
        return {"transfer_id": self.transfer.id, "officer_id": officer, "permissions": permissions}

    def stand_still(self) -> None:
        """On hold and on again: the plan is retracted, and recorded a second time."""
        asked = {"transfer_id": self.transfer.id, "officer_id": self.move.hmrc_officer}
        asked["permissions"] = self.move.permissions(self.move.hmrc_officer)
        words = {"side": Side.EXPORTING, "reason": "A warning is looked into", "review_on": date(2026, 3, 6)}
        interruptions.hold(self.session, self.move.now, **asked, **words)
        self.move.now += timedelta(hours=1)
        interruptions.resume(self.session, self.move.now, **asked)

    def correct(self, model: type[Any], now: datetime = LATER, **values: Any) -> None:
        held = current(self.session, model, JOINED, now, person_id=self.move.employee)[0]
        replace(self.session, held, now, BY_HR, **values)
        pay_corrections.look_at_people(self.session, [self.move.employee], now)

    def waits(self, officer: UUID) -> list[Waiting]:
        return pay_corrections.waiting_for(self.session, officer, self.move.permissions(officer))

    def take_up(self, officer: UUID, one: Waiting, shown: str = "") -> None:
        pay_corrections.take_up(
            self.session,
            LATER,
            transfer_id=self.transfer.id,
            side=one.correction.side,
            officer_id=officer,
            permissions=self.move.permissions(officer),
            shown=shown or pay_corrections.as_shown(one.correction),
        )

    def confirm_pay(self) -> Transfer:
        return payroll.record_checks(self.session, LATER, right=RIGHT, **self._by(self.new))


@pytest.fixture
def move_that_happened(move: Move) -> Reconciling:
    return Reconciling(move)


def test_a_corrected_salary_is_for_the_new_payroll_alone_and_keeps_the_move_open(
    move_that_happened: Reconciling,
) -> None:
    here = move_that_happened
    here.correct(PayRecord, salary_pence=4_200_000)
    [one] = here.waits(here.new)
    assert (one.before.salary_pence, one.after.salary_pence) == (4_100_000, 4_200_000)
    assert here.waits(here.old) == []
    with pytest.raises(Conflict, match="was corrected"):
        here.confirm_pay()
    here.take_up(here.new, one)
    assert here.confirm_pay().state is TransferState.COMPLETED


def test_a_corrected_grade_is_told_and_a_promotion_later_is_not(move_that_happened: Reconciling) -> None:
    here = move_that_happened
    here.correct(Posting, local_grade="Higher Officer")
    [one] = here.waits(here.new)
    assert (one.before.local_grade, one.after.local_grade) == ("Senior Officer", "Higher Officer")
    here.take_up(here.new, one)
    held = current(here.session, Posting, JOINED, LATER, person_id=here.move.employee)[0]
    promoted = type(held)(**held.model_dump(exclude={"id", "fact_id"}))
    at = start_of_day(date(2026, 6, 1))
    end(here.session, held, at, LATER, BY_HR)
    promoted.valid_from, promoted.local_grade = at, "Senior Officer"
    record(here.session, promoted)
    pay_corrections.look_at_people(here.session, [here.move.employee], LATER)
    assert here.waits(here.new) == []


def test_corrected_hours_are_told(move_that_happened: Reconciling) -> None:
    here = move_that_happened
    here.correct(PayRecord, fte_thousandths=600)
    [one] = here.waits(here.new)
    assert (one.before.fte_thousandths, one.after.fte_thousandths) == (1000, 600)
    assert here.waits(here.old) == []
    here.take_up(here.new, one)
    here.correct(PayRecord, fte_thousandths=800)
    [again] = here.waits(here.new)
    assert (again.before.fte_thousandths, again.after.fte_thousandths) == (600, 800)


def test_hours_of_which_nobody_was_told_are_no_correction(move_that_happened: Reconciling) -> None:
    here = move_that_happened
    here.transfer.fte_thousandths = None
    here.session.add(here.transfer)
    here.correct(PayRecord, fte_thousandths=600)
    assert here.waits(here.new) == []
    here.correct(PayRecord, salary_pence=4_200_000)
    [one] = here.waits(here.new)
    assert (one.before.fte_thousandths, one.after.fte_thousandths) == (None, 600)
    here.take_up(here.new, one)
    here.correct(PayRecord, fte_thousandths=800)
    assert len(here.waits(here.new)) == 1


def test_a_corrected_start_date_is_told_to_both_payrolls_and_no_salary_to_the_old(
    move_that_happened: Reconciling,
) -> None:
    here = move_that_happened
    here.correct(Employment, valid_from=start_of_day(date(2026, 3, 17)))
    for officer in (here.new, here.old):
        [one] = here.waits(officer)
        assert (one.before.start_date, one.after.start_date) == (date(2026, 3, 16), date(2026, 3, 17))
    [of_the_old] = here.waits(here.old)
    assert of_the_old.after.salary_pence is None
    assert of_the_old.correction.salary_pence is None


def test_it_is_told_by_mail_once_without_what_it_is(move_that_happened: Reconciling) -> None:
    here = move_that_happened
    here.correct(PayRecord, salary_pence=4_200_000)
    pay_corrections.look_at_people(here.session, [here.move.employee], LATER)
    mails = [
        one for one in here.session.exec(select(OutboxMessage)) if "correction after" in str(one.payload)
    ]
    assert [one.person_id for one in mails] == [here.new]
    assert "42,000" not in str(mails[0].payload)


def test_after_the_move_is_complete_it_is_still_told(move_that_happened: Reconciling) -> None:
    here = move_that_happened
    here.confirm_pay()
    here.correct(PayRecord, salary_pence=4_200_000)
    assert len(here.waits(here.new)) == 1


def test_what_was_corrected_again_after_the_page_was_opened_is_not_taken_up(
    move_that_happened: Reconciling,
) -> None:
    here = move_that_happened
    here.correct(PayRecord, salary_pence=4_200_000)
    shown = pay_corrections.as_shown(here.waits(here.new)[0].correction)
    again = LATER.replace(hour=10)
    here.correct(PayRecord, again, salary_pence=4_300_000)
    [one] = here.waits(here.new)
    assert (one.before.salary_pence, one.after.salary_pence) == (4_100_000, 4_300_000)
    with pytest.raises(Conflict, match="corrected again"):
        here.take_up(here.new, one, shown)


def test_payroll_of_the_other_side_and_strangers_learn_nothing(move_that_happened: Reconciling) -> None:
    here = move_that_happened
    here.correct(PayRecord, salary_pence=4_200_000)
    [one] = here.waits(here.new)
    for officer in (here.old, here.move.stranger, here.move.home_office_officer):
        with pytest.raises(NotFound):
            here.take_up(officer, one)


def test_it_is_noticed_once(move_that_happened: Reconciling) -> None:
    here = move_that_happened
    held = current(here.session, PayRecord, JOINED, LATER, person_id=here.move.employee)[0]
    replace(here.session, held, LATER, BY_HR, salary_pence=4_200_000)
    assert pay_corrections.look(here.session, here.transfer, LATER)
    assert not pay_corrections.look(here.session, here.transfer, LATER)


def test_it_is_found_also_where_the_move_stood_still_before_the_start(move: Move) -> None:
    """What the standstill retracted left an employment behind that is not there any more."""
    here = Reconciling(move, stood_still=True)
    begun = select(Employment.fact_id).where(
        Employment.organisation_id == move.home_office.id, Employment.source == source_of(here.transfer)
    )
    assert len(set(here.session.exec(begun))) == 2
    here.correct(PayRecord, salary_pence=4_200_000)
    [one] = here.waits(here.new)
    assert (one.before.salary_pence, one.after.salary_pence) == (4_100_000, 4_200_000)


def test_after_the_first_pay_was_confirmed_it_says_so(move_that_happened: Reconciling) -> None:
    here = move_that_happened
    here.correct(PayRecord, salary_pence=4_200_000)
    [one] = here.waits(here.new)
    assert not one.came_after_first_pay
    here.take_up(here.new, one)
    here.confirm_pay()
    again = LATER.replace(hour=11)
    here.correct(PayRecord, again, salary_pence=4_300_000)
    [one] = here.waits(here.new)
    assert one.came_after_first_pay
