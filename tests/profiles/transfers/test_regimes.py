"""A move of a police force or an armed service follows its own rules, from the offer to the start date."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from profiles.employments.models import Employment
from profiles.errors import Conflict, InvalidTransition
from profiles.leave.models import LeaveBalance
from profiles.organisations.models import Organisation, OrganisationKind
from profiles.organisations.move_rules import Regime
from profiles.roles.models import Role
from profiles.temporal import current, record
from profiles.transfers import policy_date, required
from profiles.transfers.clearance_answers import Answer
from profiles.transfers.ending import refuse, withdraw
from profiles.transfers.models import Side, Transfer, TransferState
from profiles.transfers.reversing import is_reversible, offer_reversal
from profiles.transfers.service import advance_due
from profiles.transfers.timetable import Timetable
from tests.factories.organisations import LONG_AGO, PROVENANCE
from tests.factories.transfers import Move

FORCE, SERVICE = OrganisationKind.POLICE_FORCE, OrganisationKind.ARMED_SERVICE
JOIN = datetime(2026, 3, 16, tzinfo=UTC)
SETTLING = datetime(2026, 3, 7, 9, tzinfo=UTC)


def between(move: Move, exporting: OrganisationKind, importing: OrganisationKind) -> Move:
    """The same move, of organisations of these kinds."""
    for view, kind in ((move.hmrc, exporting), (move.home_office, importing)):
        organisation = move.session.get(Organisation, view.id)
        assert organisation is not None
        organisation.kind = kind
    move.session.flush()
    return move


def service_from(move: Move) -> list[date]:
    found = current(move.session, Employment, JOIN, JOIN, person_id=move.employee)
    return [one.continuous_service_from for one in found]


def give_leave(move: Move) -> None:
    held = current(move.session, Employment, move.now, move.now, person_id=move.employee)[0]
    about = {"person_id": move.employee, "organisation_id": move.hmrc.id, "employment_id": held.fact_id}
    leave = LeaveBalance(
        leave_year_from=date(2026, 1, 1),
        entitlement_hundredths=2_500,
        **about,
        **PROVENANCE.stamp(move.now, LONG_AGO),
    )
    record(move.session, leave)


def test_between_forces_service_goes_along_and_silence_settles_nothing(move: Move) -> None:
    transfer = between(move, FORCE, FORCE).begin()
    assert transfer.regime is Regime.POLICE
    timetable = Timetable(policy_days=5, policy_working_days=1)
    assert policy_date.find_day(move.session, transfer, timetable) is None
    assert policy_date.settle_due(move.session, SETTLING, timetable) == []


def test_service_goes_along_within_a_service_and_begins_anew_between_two(move: Move) -> None:
    [began] = service_from(move)
    between(move, FORCE, FORCE).schedule()
    assert service_from(move) == [began]


@pytest.mark.parametrize(
    ("exporting", "importing"), [(FORCE, OrganisationKind.DEPARTMENT), (OrganisationKind.AGENCY, FORCE)]
)
def test_a_move_between_services_is_a_new_appointment(
    move: Move, exporting: OrganisationKind, importing: OrganisationKind
) -> None:
    give_leave(move)
    transfer = between(move, exporting, importing).schedule()
    assert service_from(move) == [transfer.start_date]
    assert current(move.session, LeaveBalance, JOIN, JOIN, person_id=move.employee) == []


@pytest.mark.parametrize(("kind", "refused"), [(FORCE, True), (OrganisationKind.DEPARTMENT, False)])
def test_nobody_starts_at_a_force_before_the_clearance_is_there(
    move: Move, kind: OrganisationKind, refused: bool
) -> None:
    transfer = between(move, kind, kind).begin()
    move.do_tasks(transfer, released=False)
    officer = move._hire("nadia.brook", Role.SECURITY_OFFICER, move.home_office)

    def dispense() -> Transfer:
        return required.answer(
            move.session,
            move.now,
            transfer_id=transfer.id,
            officer_id=officer,
            permissions=move.permissions(officer),
            said=Answer.DISPENSED,
            until=date(2026, 4, 30),
            mitigations="No access alone.",
        )

    if refused:
        with pytest.raises(Conflict, match="before the clearance"):
            dispense()
    else:
        assert dispense().dispensed_by == officer


def test_an_order_is_taken_back_by_a_service_and_not_by_the_person(move: Move) -> None:
    transfer = between(move, SERVICE, SERVICE).schedule()
    with pytest.raises(InvalidTransition):
        withdraw(move.session, move.now, transfer_id=transfer.id, person_id=move.employee)
    officer = move.hmrc_officer
    refuse(
        move.session,
        move.now,
        transfer_id=transfer.id,
        side=Side.EXPORTING,
        officer_id=officer,
        permissions=move.permissions(officer),
        reason="Needed where they are.",
    )
    assert transfer.state is TransferState.OBJECTED


def test_until_it_is_ordered_the_person_withdraws(move: Move) -> None:
    transfer = between(move, SERVICE, SERVICE).begin()
    withdraw(move.session, move.now, transfer_id=transfer.id, person_id=move.employee)
    assert transfer.state is TransferState.WITHDRAWN


def test_a_move_between_services_is_not_reversed(move: Move) -> None:
    transfer = between(move, OrganisationKind.DEPARTMENT, FORCE).schedule()
    advance_due(move.session, JOIN)
    advance_due(move.session, JOIN)
    move.session.refresh(transfer)
    assert not is_reversible(transfer, JOIN)
    moved = replace(move, now=JOIN)
    with pytest.raises(Conflict, match="new appointment"):
        offer_reversal(
            move.session,
            JOIN,
            transfer_id=transfer.id,
            officer_id=move.preparer,
            permissions=moved.permissions(move.preparer),
            start_date=date(2026, 4, 1),
            last_day=None,
        )


def test_nobody_is_transferred_to_a_body_outside(move: Move) -> None:
    between(move, OrganisationKind.DEPARTMENT, OrganisationKind.OUTSIDE)
    with pytest.raises(Conflict, match="outside"):
        move.begin()
