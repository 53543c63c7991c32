"""Somebody leaves, for a cause and with a last day; it is taken back before that day has ended."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from profiles.clearances.models import Clearance, ClearanceStatus, Sponsorship
from profiles.employments.models import Employment, Posting
from profiles.entitlements.models import Entitlement
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.outbox.models import OutboxMessage
from profiles.people.models import WorkAddress
from profiles.portable_profile.changes import decide, submit
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.leavers import find_cause, has_died, is_planned
from profiles.portable_profile.models import Action, ChangeState, LeavingCause, RecordChange
from profiles.portable_profile.wanted import Wanted
from profiles.roles.models import Role, RoleAssignment
from profiles.temporal import INSTANT, civil_date, current, end_of_day, history, record
from profiles.transfers.models import TransferState
from profiles.transfers.watching import look_at_people
from tests.factories.apps_of_move import make_apps
from tests.factories.organisations import LONG_AGO, PROVENANCE
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move

ENDS = end_of_day(date(2026, 3, 6))
LATER = datetime(2026, 5, 1, 9, tzinfo=UTC)
ENDING = (Employment, Posting, WorkAddress, RoleAssignment, Entitlement, Sponsorship)


@pytest.fixture
def second(move: Move) -> UUID:
    return make_employee(move.session, move.now, move.hmrc, "sue.second").person_id


@pytest.fixture
def settled(move: Move) -> Move:
    """The employee with one of everything, recorded an hour before anything happens."""
    apps = make_apps(move)
    give_role(move.session, move.now, move.employee, Role.HR_OFFICER, move.hmrc.id)
    stamp = PROVENANCE.stamp(move.now, LONG_AGO) | {"person_id": move.employee}
    record(
        move.session,
        Entitlement(app_id=apps.tax_desk.id, role_name="manager", approved_by=move.hmrc_officer, **stamp),
    )
    move.now += timedelta(hours=1)
    return move


def held(move: Move, model: Any, at: datetime) -> list[Any]:
    return list(current(move.session, model, at, move.now, person_id=move.employee))


def ask(move: Move, action: Action, **values: object) -> RecordChange:
    """HR of the employer asks for it."""
    return ask_of(move, held(move, Employment, move.now)[0], action, **values)


def ask_of(move: Move, employment: Employment, action: Action, **values: object) -> RecordChange:
    """HR of the employer asks for it of this version."""
    wanted = Wanted(
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        kind=Kind.EMPLOYMENT,
        action=action,
        values=values,
        reason="A letter of 1 March",
        source="page:letter",
        version_id=employment.id,
    )
    return submit(move.session, wanted, move.now, move.hmrc_officer, alone_up_to=1000)


def agree(move: Move, second: UUID, action: Action, **values: object) -> None:
    change = ask(move, action, **values)
    move.now += timedelta(minutes=5)
    decide(move.session, change, move.now, second, approved=True)


def leave(move: Move, second: UUID, cause: LeavingCause = LeavingCause.RESIGNED, **values: Any) -> None:
    agree(move, second, Action.LEAVE, cause=cause, **({"valid_to": ENDS} | values))


def kept(move: Move, at: datetime) -> dict[str, int]:
    return {model.__name__: len(held(move, model, at)) for model in ENDING}


def statuses(move: Move, at: datetime) -> list[ClearanceStatus]:
    return [one.status for one in held(move, Clearance, at)]


def mails(move: Move) -> list[str]:
    found = move.session.exec(select(OutboxMessage)).all()
    return [one.payload["subject"] for one in found if one.person_id == move.employee]


def test_whatever_is_configured_a_second_officer_decides(settled: Move) -> None:
    change = ask(settled, Action.LEAVE, cause=LeavingCause.RESIGNED, valid_to=ENDS)
    assert change.state is ChangeState.WAITING
    assert held(settled, Posting, ENDS)


def test_all_of_it_ends_with_the_last_day_and_the_employer_knows_why(settled: Move, second: UUID) -> None:
    leave(settled, second, LeavingCause.RETIRED)
    assert all(kept(settled, ENDS - INSTANT).values())
    assert not any(kept(settled, ENDS).values())
    assert statuses(settled, ENDS) == [ClearanceStatus.LAPSED]
    (employment,) = held(settled, Employment, settled.now)
    assert is_planned(employment, settled.now)
    assert find_cause(settled.session, employment) is LeavingCause.RETIRED
    assert "A letter" not in held(settled, Clearance, ENDS)[0].reason
    assert mails(settled) == ["Your last day is recorded"]
    bodies = [str(one.payload) for one in settled.session.exec(select(OutboxMessage))]
    assert not any(f"{civil_date(ENDS - INSTANT):%-d %B}" in body for body in bodies)


@pytest.mark.parametrize("cause", [LeavingCause.DISMISSED, LeavingCause.DIED])
def test_a_dismissal_or_a_death_may_end_it_at_once(settled: Move, second: UUID, cause: LeavingCause) -> None:
    agree(settled, second, Action.LEAVE, cause=cause)
    assert not any(kept(settled, settled.now).values())
    assert mails(settled) == (["Your last day is recorded"] if cause is LeavingCause.DISMISSED else [])


def test_a_resignation_names_its_day(settled: Move) -> None:
    with pytest.raises(Invalid, match="last day") as refused:
        ask(settled, Action.LEAVE, cause=LeavingCause.RESIGNED)
    assert refused.value.field == "last_day"


def test_taken_back_everything_goes_on_as_it_was(settled: Move, second: UUID) -> None:
    before, clearances = kept(settled, LATER), held(settled, Clearance, LATER)
    leave(settled, second)
    agree(settled, second, Action.STAY)
    assert kept(settled, LATER) == before
    assert statuses(settled, LATER) == [ClearanceStatus.ACTIVE]
    assert [one.fact_id for one in held(settled, Clearance, LATER)] == [one.fact_id for one in clearances]
    (employment,) = held(settled, Employment, settled.now)
    assert employment.valid_to is None
    assert not is_planned(employment, settled.now)
    assert mails(settled)[-1] == "Your last day was taken back"


def test_after_the_last_day_nothing_is_taken_back(settled: Move, second: UUID) -> None:
    leave(settled, second)
    change = ask(settled, Action.STAY)
    settled.now = ENDS
    with pytest.raises(Conflict, match="no last day to take back"):
        decide(settled.session, change, settled.now, second, approved=True)


def test_an_earlier_day_takes_the_place_of_a_later_one(settled: Move, second: UUID) -> None:
    leave(settled, second, valid_to=end_of_day(date(2026, 4, 30)))
    leave(settled, second, LeavingCause.DISMISSED)
    assert not any(kept(settled, ENDS).values())
    (employment,) = held(settled, Employment, settled.now)
    assert find_cause(settled.session, employment) is LeavingCause.DISMISSED


def test_what_was_changed_since_keeps_its_change_when_it_is_taken_back(settled: Move, second: UUID) -> None:
    leave(settled, second)
    settled.now += timedelta(hours=1)
    (posting,) = held(settled, Posting, settled.now)
    wanted = Wanted(
        settled.employee,
        settled.hmrc.id,
        Kind.POSTING,
        Action.CORRECT,
        {"job_title": "Inspector"},
        "Wrong title",
        "page:letter",
        posting.id,
    )
    submit(settled.session, wanted, settled.now, settled.hmrc_officer, alone_up_to=1000)
    agree(settled, second, Action.STAY)
    assert [one.job_title for one in held(settled, Posting, LATER)] == ["Inspector"]


def test_a_move_that_was_agreed_is_cancelled_and_stays_so(settled: Move, second: UUID) -> None:
    transfer = settled.schedule()
    settled.now += timedelta(hours=1)
    leave(settled, second)
    look_at_people(settled.session, [settled.employee], settled.now)
    assert transfer.state is TransferState.CANCELLED
    assert not any(kept(settled, LATER).values())
    agree(settled, second, Action.STAY)
    assert {one.organisation_id for one in held(settled, Posting, LATER)} == {settled.hmrc.id}
    assert {one.organisation_id for one in held(settled, Employment, LATER)} == {settled.hmrc.id}
    assert statuses(settled, LATER) == [ClearanceStatus.ACTIVE]
    assert all(kept(settled, LATER).values())


def test_a_role_on_the_platform_ends_with_the_last_employment(settled: Move, second: UUID) -> None:
    give_role(settled.session, settled.now, settled.employee, Role.PLATFORM_ADMINISTRATOR, None)
    settled.now += timedelta(minutes=1)
    leave(settled, second)
    assert held(settled, RoleAssignment, ENDS - INSTANT)
    assert not held(settled, RoleAssignment, ENDS)


def employ_again(move: Move) -> Employment:
    """The employee works at the Home Office too."""
    common = held(move, Employment, move.now)[0].model_dump(
        exclude={"id", "fact_id", "organisation_id", "recorded_at", "valid_from", "source", "reason"}
    )
    stamp = PROVENANCE.stamp(move.now, LONG_AGO)
    employment = Employment(**(common | stamp | {"organisation_id": move.home_office.id, "number": "HO-1"}))
    return record(move.session, employment)


def test_a_death_is_kept_until_it_is_taken_back(settled: Move, second: UUID) -> None:
    leave(settled, second, LeavingCause.DIED)
    assert has_died(settled.session, [settled.employee])
    agree(settled, second, Action.STAY)
    assert not has_died(settled.session, [settled.employee])


def test_a_death_that_was_none_is_taken_back_by_two_after_it_took_effect(settled: Move, second: UUID) -> None:
    before = kept(settled, LATER)
    agree(settled, second, Action.LEAVE, cause=LeavingCause.DIED)
    assert not any(kept(settled, settled.now).values())
    (over,) = history(settled.session, Employment, settled.now, person_id=settled.employee)
    settled.now += timedelta(days=3)
    change = ask_of(settled, over, Action.STAY)
    assert change.state is ChangeState.WAITING
    settled.now += timedelta(minutes=5)
    with pytest.raises(NotPermitted):
        decide(settled.session, change, settled.now, settled.hmrc_officer, approved=True)
    decide(settled.session, change, settled.now, second, approved=True)
    assert not has_died(settled.session, [settled.employee])
    assert kept(settled, LATER) == before
    assert statuses(settled, LATER) == [ClearanceStatus.ACTIVE]


def test_a_dismissal_that_took_effect_and_a_death_of_long_ago_are_not(settled: Move, second: UUID) -> None:
    agree(settled, second, Action.LEAVE, cause=LeavingCause.DISMISSED)
    (over,) = history(settled.session, Employment, settled.now, person_id=settled.employee)
    with pytest.raises(Conflict, match="no last day to take back"):
        ask_of(settled, over, Action.STAY)


def test_a_death_is_not_taken_back_after_a_month(settled: Move, second: UUID) -> None:
    agree(settled, second, Action.LEAVE, cause=LeavingCause.DIED)
    (over,) = history(settled.session, Employment, settled.now, person_id=settled.employee)
    settled.now += timedelta(days=32)
    with pytest.raises(Conflict, match="no last day to take back"):
        ask_of(settled, over, Action.STAY)
    assert has_died(settled.session, [settled.employee])


@pytest.mark.parametrize("last_day", [date(2026, 3, 6), date(2026, 3, 5)])
def test_who_stays_after_another_cause_took_the_place_of_a_death_works_on(
    settled: Move, second: UUID, last_day: date
) -> None:
    before = kept(settled, LATER)
    leave(settled, second, LeavingCause.DIED)
    leave(settled, second, LeavingCause.RETIRED, valid_to=end_of_day(last_day))
    agree(settled, second, Action.STAY)
    (employment,) = held(settled, Employment, settled.now)
    assert employment.valid_to is None
    assert kept(settled, LATER) == before
    assert statuses(settled, LATER) == [ClearanceStatus.ACTIVE]


def test_who_stays_after_an_earlier_day_took_the_place_of_a_later_one_leaves_on_that(
    settled: Move, second: UUID
) -> None:
    later = end_of_day(date(2026, 4, 30))
    leave(settled, second, valid_to=later)
    leave(settled, second, LeavingCause.DISMISSED)
    agree(settled, second, Action.STAY)
    (employment,) = held(settled, Employment, settled.now)
    assert employment.valid_to == later


def test_another_cause_that_is_recorded_instead_takes_a_death_back(settled: Move, second: UUID) -> None:
    leave(settled, second, LeavingCause.DIED)
    leave(settled, second, LeavingCause.RETIRED)
    assert not has_died(settled.session, [settled.employee])


def test_another_employers_last_day_that_is_taken_back_leaves_a_death_as_it_is(
    settled: Move, second: UUID
) -> None:
    other = employ_again(settled)
    settled.now += timedelta(minutes=1)
    mine = next(one for one in held(settled, Employment, settled.now) if one.fact_id != other.fact_id)
    for version, action, values in (
        (mine, Action.LEAVE, {"cause": LeavingCause.DIED, "valid_to": ENDS}),
        (other, Action.LEAVE, {"cause": LeavingCause.RETIRED, "valid_to": ENDS}),
        (other, Action.STAY, {}),
    ):
        now_held = next(
            one for one in held(settled, Employment, settled.now) if one.fact_id == version.fact_id
        )
        wanted = Wanted(
            person_id=settled.employee,
            organisation_id=now_held.organisation_id,
            kind=Kind.EMPLOYMENT,
            action=action,
            values=values,
            reason="A letter",
            source="page:letter",
            version_id=now_held.id,
        )
        change = submit(settled.session, wanted, settled.now, settled.hmrc_officer, alone_up_to=1000)
        settled.now += timedelta(minutes=5)
        decide(settled.session, change, settled.now, second, approved=True)
    assert has_died(settled.session, [settled.employee])


@pytest.mark.parametrize(("valid_to", "dead"), [(None, False), (ENDS - timedelta(days=1), True)])
def test_who_works_on_by_a_correction_has_not_died(
    settled: Move, second: UUID, valid_to: datetime | None, dead: bool
) -> None:
    leave(settled, second, LeavingCause.DIED)
    wanted = Wanted(
        person_id=settled.employee,
        organisation_id=settled.hmrc.id,
        kind=Kind.EMPLOYMENT,
        action=Action.CORRECT,
        values={"valid_to": valid_to},
        reason="It was somebody else of that name",
        source="page:letter",
        version_id=held(settled, Employment, settled.now)[0].id,
    )
    change = submit(settled.session, wanted, settled.now, settled.hmrc_officer, alone_up_to=0)
    settled.now += timedelta(minutes=5)
    if change.state is ChangeState.WAITING:
        decide(settled.session, change, settled.now, second, approved=True)
    assert has_died(settled.session, [settled.employee]) is dead
