"""Leave and join: the facts turn by themselves at two instants; the state follows when the worker runs."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from profiles.clearances.models import Clearance, ClearanceStatus, Sponsorship
from profiles.clearances.policy import usable
from profiles.clearances.service import set_status
from profiles.employments.models import Employment, Posting
from profiles.entitlements.service import facts_of
from profiles.errors import Conflict, InvalidTransition, NotPermitted
from profiles.leave.models import AbsenceSummary, LeaveBalance
from profiles.pay.models import AllowanceKind, PayAllowance, PayRecord, PensionMembership, PensionScheme
from profiles.people.models import WorkAddress, WorkPhone, WorkPlace
from profiles.roles.models import Role, RoleAssignment
from profiles.temporal import Fact, current, record, replace
from profiles.transfers.ending import refuse, withdraw
from profiles.transfers.facts import with_given_since
from profiles.transfers.models import Side, Transfer, TransferState
from profiles.transfers.service import advance_due, history_of
from tests.factories.contact import give_phone, make_office, place_at
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE
from tests.factories.people import give_role
from tests.factories.transfers import RELEASE, Move, Release

LEAVE = datetime(2026, 3, 14, tzinfo=UTC)
JOIN = datetime(2026, 3, 16, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
KEPT_CLEARANCE = Release(line_manager_confirmed=True, records_released=True, clearance_released=False)


def organisations_of(move: Move, model: type[Fact], at: datetime) -> list[object]:
    facts = current(move.session, model, at, at, person_id=move.employee)
    return [fact.organisation_id for fact in facts]  # type: ignore[attr-defined]


@pytest.mark.parametrize("model", [Employment, Posting, Sponsorship])
def test_the_old_holds_to_the_last_moment_and_the_new_begins_with_the_start_date(
    move: Move, model: type[Fact]
) -> None:
    move.schedule()
    assert organisations_of(move, model, LEAVE - MOMENT) == [move.hmrc.id]
    assert organisations_of(move, model, LEAVE) == []
    assert organisations_of(move, model, JOIN - MOMENT) == []
    assert organisations_of(move, model, JOIN) == [move.home_office.id]


def test_pay_begins_with_the_new_employer(move: Move) -> None:
    move.schedule()
    pay = current(move.session, PayRecord, JOIN, JOIN, person_id=move.employee)
    assert [(record.salary_pence, record.organisation_id) for record in pay] == [
        (4_100_000, move.home_office.id)
    ]


def test_pension_leave_and_absence_are_carried_and_allowances_end(move: Move) -> None:
    held = current(move.session, Employment, move.now, move.now, person_id=move.employee)[0]
    common = PROVENANCE.stamp(move.now, LONG_AGO) | {
        "person_id": move.employee,
        "employment_id": held.fact_id,
        "organisation_id": move.hmrc.id,
    }
    for fact in (
        PensionMembership(scheme=PensionScheme.ALPHA, member_number="A1", **common),
        LeaveBalance(leave_year_from=date(2026, 1, 1), entitlement_hundredths=2550, **common),
        AbsenceSummary(
            period_from=date(2025, 3, 1),
            period_to=date(2026, 2, 28),
            absent_hundredths=350,
            occasions=2,
            **common,
        ),
        PayAllowance(kind=AllowanceKind.TEMPORARY_RESPONSIBILITY, amount_pence=300_000, **common),
    ):
        record(move.session, fact)

    move.schedule()

    for model in (PensionMembership, LeaveBalance, AbsenceSummary):
        assert organisations_of(move, model, LEAVE - MOMENT) == [move.hmrc.id]
        assert organisations_of(move, model, LEAVE) == []
        assert organisations_of(move, model, JOIN) == [move.home_office.id]
    (leave,) = current(move.session, LeaveBalance, JOIN, JOIN, person_id=move.employee)
    assert leave.remaining_hundredths == 2550
    assert current(move.session, PayAllowance, JOIN, JOIN, person_id=move.employee) == []


def test_the_new_address_is_the_persons_from_the_start_date(move: Move) -> None:
    move.schedule()
    addresses = current(move.session, WorkAddress, JOIN, JOIN, person_id=move.employee)
    assert "priya.patel@ho.gov.uk" in [one.address for one in addresses]


def test_the_old_phone_and_office_end_with_the_last_day(move: Move) -> None:
    give_phone(move.session, move.now, move.employee, move.hmrc)
    office = make_office(move.session, move.now, move.hmrc)
    place_at(move.session, move.now, move.employee, move.hmrc, office)
    move.schedule()
    for model in (WorkPhone, WorkPlace):
        assert organisations_of(move, model, LEAVE - MOMENT) == [move.hmrc.id]
        assert organisations_of(move, model, LEAVE) == []


def test_a_role_at_the_old_organisation_ends_with_the_last_day(move: Move) -> None:
    give_role(move.session, move.now, move.employee, Role.AUDITOR, move.hmrc.id)
    move.schedule()
    assert current(move.session, RoleAssignment, LEAVE, LEAVE, person_id=move.employee) == []


def test_continuous_service_goes_on(move: Move) -> None:
    before = current(move.session, Employment, move.now, move.now, person_id=move.employee)[0]
    move.schedule()
    after = current(move.session, Employment, JOIN, JOIN, person_id=move.employee)[0]
    assert after.continuous_service_from == before.continuous_service_from


def test_a_clearance_that_is_not_released_lapses_on_the_last_day(move: Move) -> None:
    move.schedule(KEPT_CLEARANCE)
    held = current(move.session, Clearance, JOIN, JOIN, person_id=move.employee)
    assert [clearance.status for clearance in held] == [ClearanceStatus.LAPSED]
    assert organisations_of(move, Sponsorship, JOIN) == []


@pytest.mark.parametrize(
    ("status", "afterwards"),
    [
        (ClearanceStatus.SUSPENDED, ClearanceStatus.SUSPENDED),
        (ClearanceStatus.WITHDRAWN, ClearanceStatus.WITHDRAWN),
        (ClearanceStatus.IN_VETTING, ClearanceStatus.CANCELLED),
        (ClearanceStatus.EXPORTER_REFUSED, ClearanceStatus.LAPSED),
    ],
)
@pytest.mark.parametrize("release", [KEPT_CLEARANCE, RELEASE], ids=["kept", "released"])
def test_a_clearance_that_cannot_be_used_is_no_better_after_a_move(
    move: Move, status: ClearanceStatus, afterwards: ClearanceStatus, release: Release
) -> None:
    (held,) = current(move.session, Clearance, move.now, move.now, person_id=move.employee)
    replace(move.session, held, move.now, PROVENANCE, status=status)
    if release.clearance_released and status is not ClearanceStatus.EXPORTER_REFUSED:
        with pytest.raises(Conflict, match="clearance"):
            move.schedule(release)
        return
    move.schedule(release)
    (after,) = current(move.session, Clearance, JOIN, JOIN, person_id=move.employee)
    assert after.status is (status if release.clearance_released else afterwards)


@pytest.mark.parametrize("release", [KEPT_CLEARANCE, RELEASE], ids=["kept", "released"])
def test_what_is_suspended_in_the_middle_of_a_move_stays_suspended(move: Move, release: Release) -> None:
    move.schedule(release)
    suspend(move, move.now)
    for at in (move.now, LEAVE, JOIN, JOIN + timedelta(days=400)):
        held = current(move.session, Clearance, at, at, person_id=move.employee)
        assert [one.status for one in held] == [ClearanceStatus.SUSPENDED]
    sponsors = organisations_of(move, Sponsorship, JOIN)
    assert sponsors == ([move.home_office.id] if release.clearance_released else [])


def test_a_suspension_is_not_asked_away_as_what_has_lapsed_is(move: Move) -> None:
    move.schedule(KEPT_CLEARANCE)
    suspended = suspend(move, move.now)
    with pytest.raises(InvalidTransition):
        set_status(
            move.session,
            JOIN,
            PROVENANCE,
            INITIATOR,
            clearance_id=suspended.fact_id,
            status=ClearanceStatus.REINSTATEMENT_REQUESTED,
        )


def test_what_is_reinstated_before_a_move_without_release_opens_nothing_after_it(move: Move) -> None:
    move.schedule(KEPT_CLEARANCE)
    suspended = suspend(move, move.now)
    later = move.now + timedelta(days=1)
    status = ClearanceStatus.ACTIVE
    set_status(move.session, later, PROVENANCE, INITIATOR, clearance_id=suspended.fact_id, status=status)
    facts = facts_of(move.session, move.employee, JOIN)
    assert usable(facts.clearances, facts.sponsorships, [move.hmrc.id], later)
    for organisation in (move.hmrc, move.home_office):
        assert usable(facts.clearances, facts.sponsorships, [organisation.id], JOIN) == []


def suspend(move: Move, now: datetime) -> Clearance:
    (held,) = current(move.session, Clearance, now, now, person_id=move.employee)
    return set_status(
        move.session,
        now,
        PROVENANCE,
        INITIATOR,
        clearance_id=held.fact_id,
        status=ClearanceStatus.SUSPENDED,
    )


def test_the_state_follows_the_two_instants_and_says_whose_access_turned(move: Move) -> None:
    transfer = move.schedule()
    assert advance_due(move.session, LEAVE - MOMENT) == []
    assert advance_due(move.session, LEAVE) == [move.employee]
    assert transfer.state is TransferState.LEFT
    assert advance_due(move.session, JOIN) == [move.employee]
    assert transfer.state is TransferState.RECONCILING


def test_after_downtime_both_instants_are_caught_up_at_once(move: Move) -> None:
    transfer = move.schedule()
    assert advance_due(move.session, JOIN + timedelta(days=2)) == [move.employee]
    assert transfer.state is TransferState.RECONCILING


def test_a_start_date_of_today_turns_at_the_second_approval(move: Move) -> None:
    transfer = move.schedule(start_date=date(2026, 3, 2), last_day=None)
    advance_due(move.session, move.now)
    assert transfer.state is TransferState.RECONCILING
    assert organisations_of(move, Posting, move.now) == [move.home_office.id]


def test_withdrawing_before_the_last_day_leaves_everything_as_it_was(move: Move) -> None:
    transfer = move.schedule(KEPT_CLEARANCE)
    withdraw(move.session, move.now, transfer_id=transfer.id, person_id=move.employee)
    for model in (Employment, Posting, Sponsorship):
        assert organisations_of(move, model, JOIN) == [move.hmrc.id]
    assert [one.status for one in current(move.session, Clearance, JOIN, JOIN, person_id=move.employee)] == [
        ClearanceStatus.ACTIVE
    ]


def test_a_person_can_move_after_a_transfer_that_was_withdrawn(move: Move) -> None:
    transfer = move.schedule()
    withdraw(move.session, move.now, transfer_id=transfer.id, person_id=move.employee)
    again = move.schedule()
    assert again.state is TransferState.SCHEDULED


def test_after_the_last_day_nobody_can_stop_it(move: Move) -> None:
    transfer = move.schedule()
    with pytest.raises(Conflict, match="last day has passed"):
        withdraw(move.session, LEAVE, transfer_id=transfer.id, person_id=move.employee)


def test_only_the_employee_withdraws(move: Move) -> None:
    transfer = move.prepare()
    with pytest.raises(NotPermitted):
        withdraw(move.session, move.now, transfer_id=transfer.id, person_id=move.preparer)


@pytest.mark.parametrize(
    ("side", "state"), [(Side.IMPORTING, TransferState.DECLINED), (Side.EXPORTING, TransferState.OBJECTED)]
)
def test_an_organisation_can_refuse_with_a_reason(move: Move, side: Side, state: TransferState) -> None:
    officer = move.preparer if side is Side.IMPORTING else move.hmrc_officer
    transfer = refuse(
        move.session,
        move.now,
        transfer_id=move.prepare().id,
        side=side,
        officer_id=officer,
        permissions=move.permissions(officer),
        reason="Live misconduct warning",
    )
    assert transfer.state is state


def test_a_crowd_of_moves_is_advanced_a_few_at_a_time(move: Move) -> None:
    transfer = move.schedule()
    assert advance_due(move.session, JOIN, limit=0) == []
    assert transfer.state is TransferState.SCHEDULED


@pytest.mark.parametrize(("whose", "given"), [("the person", False), ("the old department", True)])
def test_only_what_the_old_department_gave_since_is_looked_at_again(
    move: Move, whose: str, given: bool
) -> None:
    """Of a crowd that moves on one day nearly nobody: an address of one's own goes on, and ends nothing."""
    transfer = move.schedule()
    place = move.hmrc.id if whose == "the old department" else None
    address = WorkAddress(
        person_id=move.employee,
        organisation_id=place,
        address="given.since@example.org",
        **PROVENANCE.stamp(move.now, move.now),
    )
    record(move.session, address)
    assert with_given_since(move.session, [transfer.id], JOIN) == (
        frozenset({transfer.id}) if given else frozenset()
    )


def test_one_that_somebody_else_has_just_changed_moves_the_next_time(move: Move) -> None:
    """Nothing of the step is left behind by the try."""
    transfer = move.schedule()
    elsewhere = update(Transfer).values(version=Transfer.version + 1)
    move.session.execute(elsewhere.execution_options(synchronize_session=False))
    assert advance_due(move.session, JOIN) == []
    assert transfer.state is TransferState.SCHEDULED
    assert advance_due(move.session, JOIN) == [move.employee]
    assert transfer.state is TransferState.RECONCILING
    states = [step.to_state for step in history_of(move.session, transfer.id)][-3:]
    assert states == [TransferState.LEFT, TransferState.JOINED, TransferState.RECONCILING]


@pytest.mark.parametrize(
    ("last_day", "start_date", "leave", "join"),
    [
        (date(2026, 3, 28), date(2026, 3, 29), (2026, 3, 29, 0), (2026, 3, 29, 0)),
        (date(2026, 3, 29), date(2026, 3, 30), (2026, 3, 29, 23), (2026, 3, 29, 23)),
        (date(2026, 10, 24), date(2026, 10, 25), (2026, 10, 24, 23), (2026, 10, 24, 23)),
        (date(2026, 10, 25), date(2026, 10, 26), (2026, 10, 26, 0), (2026, 10, 26, 0)),
        (date(2026, 10, 23), date(2026, 10, 26), (2026, 10, 23, 23), (2026, 10, 26, 0)),
        (date(2028, 2, 28), date(2028, 2, 29), (2028, 2, 29, 0), (2028, 2, 29, 0)),
        (date(2028, 2, 29), date(2028, 3, 1), (2028, 3, 1, 0), (2028, 3, 1, 0)),
    ],
)
def test_access_turns_at_midnight_in_london_whatever_the_clocks_do(
    move: Move,
    last_day: date,
    start_date: date,
    leave: tuple[int, int, int, int],
    join: tuple[int, int, int, int],
) -> None:
    """Into and out of summer time, on days of 23 and of 25 hours, and around 29 February."""
    transfer = move.schedule(last_day=last_day, start_date=start_date)
    leaves, joins = datetime(*leave, tzinfo=UTC), datetime(*join, tzinfo=UTC)
    assert (transfer.leave_at, transfer.join_at) == (leaves, joins)

    def where(at: datetime) -> list[UUID]:
        found = current(move.session, Posting, at, move.now, person_id=move.employee)
        return [one.organisation_id for one in found]

    assert where(leaves - MOMENT) == [move.hmrc.id]
    assert where(leaves) == ([move.home_office.id] if leaves == joins else [])
    assert where(joins) == [move.home_office.id]
    assert advance_due(move.session, leaves - MOMENT) == []
    assert advance_due(move.session, leaves) == [move.employee]
    advance_due(move.session, joins)
    assert transfer.state is TransferState.RECONCILING
