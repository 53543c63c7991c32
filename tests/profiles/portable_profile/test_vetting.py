"""A security officer records the steps of a clearance, and what opens access waits for a second one."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from profiles.apps import service as apps
from profiles.clearances import service
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import (
    CaveatKind,
    Clearance,
    ClearanceCaveat,
    ClearanceEvent,
    ClearanceEventKind,
    ClearanceStatus,
    Dispensation,
    Sponsorship,
    SponsorshipKind,
)
from profiles.clearances.validity import ValidityPeriods
from profiles.employments.models import ContractType, Employment
from profiles.entitlements.preview import Change
from profiles.entitlements.service import access_of
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.portable_profile.changes import decide, foresee, submit, waiting
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action, ChangeState, RecordChange
from profiles.portable_profile.vetting import VETTED
from profiles.portable_profile.wanted import Wanted
from profiles.temporal import (
    Provenance,
    civil_date,
    current,
    end,
    end_of_day,
    history,
    replace,
    start_of_day,
)
from tests.factories.apps import make_app
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE
from tests.factories.people import make_employee
from tests.factories.transfers import Move


@pytest.fixture
def held(move: Move) -> Clearance:
    return current(move.session, Clearance, move.now, move.now, person_id=move.employee)[0]


@pytest.fixture
def officer(move: Move) -> UUID:
    return make_employee(move.session, move.now, move.hmrc, "sam.stone").person_id


@pytest.fixture
def second(move: Move) -> UUID:
    return make_employee(move.session, move.now, move.hmrc, "sue.second").person_id


def asked(move: Move, kind: Kind, action: Action, held: Any = None, /, **values: Any) -> Wanted:
    return Wanted(
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        kind=kind,
        action=action,
        values=values,
        reason="Decided by the authority",
        source="page:UKSV 2026/1",
        version_id=held.id if held is not None else None,
    )


def ask(move: Move, wanted: Wanted, officer: UUID, **periods: Any) -> RecordChange:
    return submit(move.session, wanted, move.now, officer, alone_up_to=0, **periods)


def an_app_for(move: Move, level: ClearanceLevel) -> UUID:
    app_id = make_app(move.session, move.now, move.hmrc).id
    apps.add_rule(
        move.session,
        move.now,
        PROVENANCE,
        INITIATOR,
        app_id=app_id,
        role_name="caseworker",
        valid_from=LONG_AGO,
        organisation_id=move.hmrc.id,
        least_clearance=level,
    )
    return app_id


def may_open(move: Move) -> bool:
    return any(decision.allowed for _rules, decision in access_of(move.session, move.employee, move.now))


def suspended(move: Move, held: Clearance) -> Clearance:
    return service.set_status(
        move.session,
        move.now,
        PROVENANCE,
        INITIATOR,
        clearance_id=held.fact_id,
        status=ClearanceStatus.SUSPENDED,
        at=move.now - timedelta(days=1),
    )


def dv(move: Move, **changes: Any) -> Wanted:
    values = {
        "level": ClearanceLevel.DV,
        "decided_on": date(2026, 2, 2),
        "valid_from": start_of_day(date(2026, 2, 3)),
    }
    return asked(move, Kind.CLEARANCE, Action.ADD, **(values | changes))


def test_what_is_granted_lasts_as_long_as_is_configured(move: Move, officer: UUID) -> None:
    periods = ValidityPeriods({ClearanceLevel.DV: 3})
    assert ask(move, dv(move), officer, periods=periods).state is ChangeState.RECORDED
    found = current(move.session, Clearance, move.now, move.now, person_id=move.employee)
    (granted,) = [one for one in found if one.level is ClearanceLevel.DV]
    assert (granted.expires_on, granted.recorded_by) == (date(2029, 2, 1), officer)
    (sponsor,) = current(move.session, Sponsorship, move.now, move.now, clearance_id=granted.fact_id)
    assert (sponsor.organisation_id, sponsor.kind) == (move.hmrc.id, SponsorshipKind.PRIMARY)


def test_a_contractors_clearance_lasts_as_long_as_contractors_may(move: Move, officer: UUID) -> None:
    periods = ValidityPeriods(contractors={ClearanceLevel.CTC: 5})
    ctc = dv(move, level=ClearanceLevel.CTC)
    said = foresee(move.session, ctc, move.now, (), periods=periods).said
    assert isinstance(said, Clearance)
    assert said.expires_on == date(2036, 2, 1)
    (employment,) = current(move.session, Employment, move.now, move.now, person_id=move.employee)
    replace(move.session, employment, move.now, PROVENANCE, contract_type=ContractType.CONTRACTOR)
    said = foresee(move.session, ctc, move.now, (), periods=periods).said
    assert isinstance(said, Clearance)
    assert said.expires_on == date(2031, 2, 1)
    with pytest.raises(Invalid) as refused:
        ask(move, dv(move, level=ClearanceLevel.CTC, expires_on=date(2033, 1, 1)), officer, periods=periods)
    assert refused.value.field == "expires_on"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"expires_on": date(2040, 1, 1)}, "expires_on"),
        ({"decided_on": date(2026, 12, 1), "valid_from": start_of_day(date(2026, 12, 1))}, "decided_on"),
        ({"valid_from": start_of_day(date(2026, 2, 1))}, "first_day"),
        ({"decided_on": date(2018, 1, 1), "valid_from": start_of_day(date(2019, 1, 1))}, "first_day"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    move: Move, officer: UUID, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        ask(move, dv(move, **changes), officer)
    assert refused.value.field == field


def test_a_grant_that_opens_an_app_waits_and_is_recorded_by_the_second(
    move: Move, officer: UUID, second: UUID
) -> None:
    an_app_for(move, ClearanceLevel.DV)
    (opened,) = foresee(move.session, dv(move), move.now, {move.hmrc.id}).changes
    assert opened.change is Change.BEGINS
    change = ask(move, dv(move), officer)
    assert (change.state, may_open(move)) == (ChangeState.WAITING, False)
    (found,) = waiting(move.session, {move.hmrc.id}, VETTED)
    assert waiting(move.session, {move.hmrc.id}, frozenset(Kind) - VETTED) == []
    with pytest.raises(NotPermitted):
        decide(move.session, found, move.now, officer, approved=True)
    decide(move.session, found, move.now, second, approved=True)
    assert may_open(move)


def test_nobody_lifts_a_suspension_alone(move: Move, held: Clearance, officer: UUID, second: UUID) -> None:
    present = suspended(move, held)
    wanted = asked(move, Kind.CLEARANCE, Action.STEP, present, status=ClearanceStatus.ACTIVE)
    change = ask(move, wanted, officer)
    assert change.state is ChangeState.WAITING
    decide(move.session, change, move.now, second, approved=True)
    (now_held,) = current(move.session, Clearance, move.now, move.now, person_id=move.employee)
    assert (now_held.status, now_held.expires_on) == (ClearanceStatus.ACTIVE, held.expires_on)


def left(move: Move, held: Clearance) -> Clearance:
    """It was suspended, and then its sponsor let the person go, who is back."""
    present = suspended(move, held)
    for one in history(move.session, Sponsorship, move.now, clearance_id=held.fact_id):
        end(move.session, one, move.now - timedelta(hours=1), move.now, PROVENANCE)
    return present


def again(move: Move, held: Clearance, **changes: Any) -> Wanted:
    today = civil_date(move.now)
    values = {"level": held.level, "decided_on": today, "valid_from": start_of_day(today)}
    return dv(move, **(values | changes))


def test_what_was_left_suspended_makes_room_for_a_later_decision_that_two_record(
    move: Move, held: Clearance, officer: UUID, second: UUID
) -> None:
    before = left(move, held)
    change = ask(move, again(move, held), officer)
    assert change.state is ChangeState.WAITING
    assert current(move.session, Clearance, move.now, move.now, person_id=move.employee) == [before]
    decide(move.session, change, move.now, second, approved=True)
    (granted,) = current(move.session, Clearance, move.now, move.now, person_id=move.employee)
    assert (granted.status, granted.fact_id != held.fact_id) == (ClearanceStatus.ACTIVE, True)
    told = history(move.session, Clearance, move.now, fact_id=held.fact_id)
    assert (told[-1].status, told[-1].valid_to) == (ClearanceStatus.SUSPENDED, granted.valid_from)


def test_an_application_in_its_place_waits_too(move: Move, held: Clearance, officer: UUID) -> None:
    left(move, held)
    values = {"status": ClearanceStatus.REQUESTED, "decided_on": None, "valid_from": move.now}
    assert ask(move, again(move, held, **values), officer).state is ChangeState.WAITING


def test_a_cancelled_application_in_its_place_leaves_two_to_decide(
    move: Move, held: Clearance, officer: UUID, second: UUID
) -> None:
    before = civil_date(left(move, held).valid_from)
    values = {"status": ClearanceStatus.REQUESTED, "decided_on": None, "valid_from": move.now}
    decide(move.session, ask(move, again(move, held, **values), officer), move.now, second, approved=True)
    (applied,) = current(move.session, Clearance, move.now, move.now, person_id=move.employee)
    move.now += timedelta(days=2)
    service.set_status(
        move.session,
        move.now,
        PROVENANCE,
        INITIATOR,
        clearance_id=applied.fact_id,
        status=ClearanceStatus.CANCELLED,
    )
    move.now += timedelta(days=1)
    with pytest.raises(Invalid) as refused:
        ask(move, again(move, held, decided_on=before), officer)
    assert refused.value.field == "decided_on"
    waits = ask(move, again(move, held), officer)
    assert waits.state is ChangeState.WAITING
    decide(move.session, waits, move.now, second, approved=True)
    (granted,) = current(move.session, Clearance, move.now, move.now, person_id=move.employee)
    assert granted.status is ClearanceStatus.ACTIVE
    told = history(move.session, Clearance, move.now, fact_id=held.fact_id)
    assert told[-1].valid_to == applied.valid_from


def test_an_older_decision_does_not_pass_over_a_suspension(
    move: Move, held: Clearance, officer: UUID
) -> None:
    before = civil_date(left(move, held).valid_from)
    with pytest.raises(Invalid) as refused:
        ask(move, again(move, held, decided_on=before), officer)
    assert refused.value.field == "decided_on"


def test_what_is_suspended_and_sponsored_is_not_passed_over(
    move: Move, held: Clearance, officer: UUID
) -> None:
    suspended(move, held)
    with pytest.raises(Conflict):
        ask(move, again(move, held), officer)


def test_a_renewal_counts_from_its_decision_and_a_cut_is_no_step(
    move: Move, held: Clearance, officer: UUID
) -> None:
    begun = asked(move, Kind.CLEARANCE, Action.STEP, held, status=ClearanceStatus.RENEWAL_IN_PROGRESS)
    assert ask(move, begun, officer).state is ChangeState.RECORDED
    (present,) = current(move.session, Clearance, move.now, move.now, person_id=move.employee)
    cut = asked(move, Kind.CLEARANCE, Action.STEP, present, status=ClearanceStatus.WITHDRAWN)
    with pytest.raises(Invalid):
        ask(move, cut, officer)
    values = {
        "status": ClearanceStatus.ACTIVE,
        "decided_on": date(2026, 1, 5),
        "expires_on": date(2031, 1, 4),
    }
    move.now += timedelta(seconds=1)
    ask(move, asked(move, Kind.CLEARANCE, Action.STEP, present, **values), officer)
    (renewed,) = current(move.session, Clearance, move.now, move.now, person_id=move.employee)
    assert (renewed.decided_on, renewed.expires_on) == (date(2026, 1, 5), date(2031, 1, 4))


def test_an_extension_that_keeps_an_app_open_waits(move: Move, held: Clearance, officer: UUID) -> None:
    wanted = asked(move, Kind.CLEARANCE, Action.EXTEND, held, expires_on=date(2031, 6, 30))
    assert foresee(move.session, wanted, move.now, ()).people == 0
    an_app_for(move, ClearanceLevel.SC)
    assert ask(move, wanted, officer).state is ChangeState.WAITING


def test_a_limit_and_its_like_take_effect_alone_and_their_end_waits(
    move: Move, held: Clearance, officer: UUID
) -> None:
    an_app_for(move, ClearanceLevel.SC)
    values = {"clearance_id": held.fact_id, "name": "Not abroad", "kind": CaveatKind.CONDITION}
    assert ask(move, asked(move, Kind.CAVEAT, Action.ADD, **values), officer).state is ChangeState.RECORDED
    assert not may_open(move)
    (caveat,) = current(move.session, ClearanceCaveat, move.now, move.now, person_id=move.employee)
    move.now += timedelta(hours=1)
    assert ask(move, asked(move, Kind.CAVEAT, Action.END, caveat), officer).state is ChangeState.WAITING


def test_it_is_shared_once_and_the_primary_sponsorship_is_not_ended(
    move: Move, held: Clearance, officer: UUID
) -> None:
    values = {"clearance_id": held.fact_id, "organisation_id": move.home_office.id, "valid_from": move.now}
    ask(move, asked(move, Kind.SPONSORSHIP, Action.ADD, **values), officer)
    with pytest.raises(Invalid):
        ask(move, asked(move, Kind.SPONSORSHIP, Action.ADD, **values), officer)
    found = {one.kind: one for one in history(move.session, Sponsorship, move.now, clearance_id=held.fact_id)}
    with pytest.raises(Invalid):
        ask(move, asked(move, Kind.SPONSORSHIP, Action.END, found[SponsorshipKind.PRIMARY]), officer)
    move.now += timedelta(hours=1)
    ask(move, asked(move, Kind.SPONSORSHIP, Action.END, found[SponsorshipKind.SHARED]), officer)
    (left,) = current(move.session, Sponsorship, move.now, move.now, clearance_id=held.fact_id)
    assert left.kind is SponsorshipKind.PRIMARY


def test_who_shares_it_reports_incidents_and_changes_nothing(move: Move, held: Clearance) -> None:
    service.sponsor(
        move.session,
        move.now,
        PROVENANCE,
        person_id=move.employee,
        clearance_id=held.fact_id,
        organisation_id=move.home_office.id,
        valid_from=LONG_AGO,
        kind=SponsorshipKind.SHARED,
    )
    theirs: dict[str, Any] = {
        "person_id": move.employee,
        "organisation_id": move.home_office.id,
        "reason": "Lost pass",
        "source": "page:report",
    }
    incident = {"clearance_id": held.fact_id, "kind": ClearanceEventKind.INCIDENT, "valid_from": move.now}
    noted = Wanted(kind=Kind.CLEARANCE_EVENT, action=Action.ADD, values=incident, **theirs)
    assert ask(move, noted, move.preparer).state is ChangeState.RECORDED
    longer = Wanted(
        kind=Kind.CLEARANCE,
        action=Action.EXTEND,
        values={"expires_on": date(2031, 1, 1)},
        version_id=held.id,
        **theirs,
    )
    with pytest.raises(Conflict):
        ask(move, longer, move.preparer)


def test_only_some_levels_are_appraised(move: Move, held: Clearance, officer: UUID) -> None:
    values = {"clearance_id": held.fact_id, "kind": ClearanceEventKind.APPRAISAL, "valid_from": move.now}
    with pytest.raises(Invalid):
        ask(move, asked(move, Kind.CLEARANCE_EVENT, Action.ADD, **values), officer)
    reviewed = values | {"kind": ClearanceEventKind.REVIEWED, "review_due_on": date(2027, 3, 1)}
    ask(move, asked(move, Kind.CLEARANCE_EVENT, Action.ADD, **reviewed), officer)
    (found,) = current(move.session, ClearanceEvent, move.now, move.now, person_id=move.employee)
    (present,) = current(move.session, Clearance, move.now, move.now, person_id=move.employee)
    assert (found.kind, present.review_due_on) == (ClearanceEventKind.REVIEWED, date(2027, 3, 1))


def test_a_dispensation_is_approved_by_who_decides(move: Move, officer: UUID, second: UUID) -> None:
    values = {
        "level": ClearanceLevel.DV,
        "mitigations": "Escorted",
        "valid_from": start_of_day(date(2026, 3, 2)),
        "valid_to": end_of_day(date(2026, 6, 30)),
    }
    change = ask(move, asked(move, Kind.DISPENSATION, Action.ADD, **values), officer)
    assert change.state is ChangeState.WAITING
    decide(move.session, change, move.now, second, approved=True)
    (found,) = history(move.session, Dispensation, move.now, person_id=move.employee)
    assert (found.approved_by, found.recorded_by) == (second, officer)


def test_a_sponsor_that_lost_it_meanwhile_changes_nothing(
    move: Move, held: Clearance, officer: UUID, second: UUID
) -> None:
    an_app_for(move, ClearanceLevel.SC)
    change = ask(
        move, asked(move, Kind.CLEARANCE, Action.EXTEND, held, expires_on=date(2031, 6, 30)), officer
    )
    (sponsor,) = current(move.session, Sponsorship, move.now, move.now, clearance_id=held.fact_id)
    end(move.session, sponsor, move.now, move.now, Provenance(None, "transfer", "moved"))
    with pytest.raises(Conflict):
        decide(move.session, change, move.now, second, approved=True)


def test_the_yearly_appraisal_of_high_levels_falls_due_by_itself(move: Move, officer: UUID) -> None:
    decided = {"decided_on": date(2026, 2, 2), "valid_from": move.now}
    ask(move, asked(move, Kind.CLEARANCE, Action.ADD, level=ClearanceLevel.DV, **decided), officer)
    (dv,) = current(move.session, Clearance, move.now, move.now, level=ClearanceLevel.DV)
    assert dv.review_due_on == date(2027, 2, 2)
    said = {"clearance_id": dv.fact_id, "kind": ClearanceEventKind.APPRAISAL, "valid_from": move.now}
    ask(move, asked(move, Kind.CLEARANCE_EVENT, Action.ADD, **said), officer)
    (dv,) = current(move.session, Clearance, move.now, move.now, level=ClearanceLevel.DV)
    assert dv.review_due_on == date(2027, 3, 2)


def test_what_is_not_appraised_every_year_has_no_review_of_its_own(
    move: Move, held: Clearance, officer: UUID
) -> None:
    decided = {"decided_on": date(2026, 2, 2), "valid_from": move.now}
    ask(move, asked(move, Kind.CLEARANCE, Action.ADD, level=ClearanceLevel.CTC, **decided), officer)
    (ctc,) = current(move.session, Clearance, move.now, move.now, level=ClearanceLevel.CTC)
    assert ctc.review_due_on is None


def test_a_decision_that_is_corrected_has_its_yearly_appraisal_too(move: Move, officer: UUID) -> None:
    decided = {"decided_on": date(2026, 2, 2), "valid_from": move.now}
    ask(move, asked(move, Kind.CLEARANCE, Action.ADD, level=ClearanceLevel.CTC, **decided), officer)
    (ctc,) = current(move.session, Clearance, move.now, move.now, level=ClearanceLevel.CTC)
    right = {"level": ClearanceLevel.DV, "decided_on": date(2026, 2, 1)}
    ask(move, asked(move, Kind.CLEARANCE, Action.CORRECT, ctc, **right), officer)
    (dv,) = current(move.session, Clearance, move.now, move.now, level=ClearanceLevel.DV)
    assert dv.review_due_on == date(2027, 2, 1)


def test_an_appraisal_that_is_recorded_late_does_not_make_the_next_one_due_again(
    move: Move, officer: UUID
) -> None:
    decided = {"decided_on": date(2024, 2, 2), "valid_from": start_of_day(date(2024, 2, 2))}
    ask(move, asked(move, Kind.CLEARANCE, Action.ADD, level=ClearanceLevel.DV, **decided), officer)
    for day in (date(2026, 2, 20), date(2025, 2, 20)):
        (dv,) = current(move.session, Clearance, move.now, move.now, level=ClearanceLevel.DV)
        said = {"clearance_id": dv.fact_id, "kind": ClearanceEventKind.APPRAISAL}
        said["valid_from"] = start_of_day(day)
        ask(move, asked(move, Kind.CLEARANCE_EVENT, Action.ADD, **said), officer)
    (dv,) = current(move.session, Clearance, move.now, move.now, level=ClearanceLevel.DV)
    assert dv.review_due_on == date(2027, 2, 20)
