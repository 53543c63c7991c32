"""What rests on an employment ends with it, at the same instant; what rests on another goes on."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest

from profiles.clearances.models import Clearance, ClearanceStatus, Sponsorship, SponsorshipKind
from profiles.columns import new_id
from profiles.employments import service as employments
from profiles.employments.models import Employment, Posting
from profiles.employments.service import Post
from profiles.entitlements.models import Entitlement
from profiles.pay.models import PayReason, PayRecord
from profiles.people.models import WorkAddress
from profiles.portable_profile.changes import decide, foresee, submit
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action, ChangeState
from profiles.portable_profile.wanted import Wanted
from profiles.roles.models import Role, RoleAssignment
from profiles.temporal import INSTANT, current, end_of_day, history, record
from profiles.transfers.watching import look_at_people
from tests.factories.apps_of_move import make_apps
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move, Release

ENDS = end_of_day(date(2026, 3, 6))
BACKDATED = end_of_day(date(2026, 2, 20))


@pytest.fixture
def second(move: Move) -> UUID:
    return make_employee(move.session, move.now, move.hmrc, "sue.second").person_id


def held(move: Move, model: Any, at: datetime, **where: object) -> list[Any]:
    """What is so at an instant, as we know it now."""
    return list(current(move.session, model, at, move.now, person_id=move.employee, **where))


def leaves(move: Move, second: UUID, ends_at: datetime = ENDS) -> None:
    """HR records the last day of the employment at HMRC, and a second officer decides."""
    employment = held(move, Employment, move.now, organisation_id=move.hmrc.id)[0]
    wanted = Wanted(
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        kind=Kind.EMPLOYMENT,
        action=Action.CORRECT,
        values={"valid_to": ends_at},
        reason="Resigned",
        source="page:letter",
        version_id=employment.id,
    )
    change = submit(move.session, wanted, move.now, move.hmrc_officer, alone_up_to=0)
    assert change.state is ChangeState.WAITING
    decide(move.session, change, move.now, second, approved=True)


def test_post_address_role_grant_and_pay_end_with_it(move: Move, second: UUID) -> None:
    apps, employment = make_apps(move), held(move, Employment, move.now)[0]
    give_role(move.session, move.now, move.employee, Role.HR_OFFICER, move.hmrc.id)
    stamp = PROVENANCE.stamp(move.now, LONG_AGO) | {"person_id": move.employee}
    record(
        move.session,
        Entitlement(app_id=apps.tax_desk.id, role_name="manager", approved_by=second, **stamp),
    )
    record(
        move.session,
        WorkAddress(address="p.patel@hmrc.gov.uk", organisation_id=move.hmrc.id, **stamp),
    )
    record(
        move.session,
        PayRecord(
            employment_id=employment.fact_id,
            organisation_id=move.hmrc.id,
            salary_pence=3_000_000,
            pay_reason=PayReason.APPOINTMENT,
            **stamp,
        ),
    )
    leaves(move, second)
    for model in (Employment, Posting, RoleAssignment, Entitlement, PayRecord, Sponsorship):
        assert held(move, model, ENDS - INSTANT), model
        assert not held(move, model, ENDS), model
    ended = history(move.session, WorkAddress, move.now, address="p.patel@hmrc.gov.uk")
    assert [one.valid_to for one in ended] == [ENDS]


@pytest.mark.parametrize("ends_at", [ENDS, BACKDATED])
def test_the_clearance_lapses_with_the_last_day(move: Move, second: UUID, ends_at: datetime) -> None:
    leaves(move, second, ends_at)
    before, after = (held(move, Clearance, at) for at in (ends_at - INSTANT, ends_at))
    assert [one.status for one in before] == [ClearanceStatus.ACTIVE]
    assert [one.status for one in after] == [ClearanceStatus.LAPSED]


def test_access_is_foreseen_to_end(move: Move) -> None:
    make_apps(move)
    employment = held(move, Employment, move.now)[0]
    wanted = Wanted(
        move.employee,
        move.hmrc.id,
        Kind.EMPLOYMENT,
        Action.CORRECT,
        {"valid_to": ENDS},
        "Resigned",
        "page:letter",
        employment.id,
    )
    effect = foresee(move.session, wanted, move.now, {move.hmrc.id})
    assert [one.app_name for one in effect.changes] == ["Tax Desk"]
    assert held(move, Posting, ENDS)


def test_another_employment_in_the_organisation_keeps_its_own(move: Move, second: UUID) -> None:
    move.session.flush()
    first = held(move, Employment, move.now)[0]
    _, posting = employments.appoint(
        move.session,
        move.now,
        PROVENANCE,
        INITIATOR,
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        number="HMRC-second",
        starts_on=date(2024, 1, 1),
        continuous_service_from=date(2020, 4, 1),
        post=Post(local_grade="Officer", job_title="Trainer", profession=""),
    )
    employment = next(one for one in held(move, Employment, move.now) if one.fact_id == first.fact_id)
    assert employment.number != "HMRC-second"
    wanted = Wanted(
        move.employee,
        move.hmrc.id,
        Kind.EMPLOYMENT,
        Action.CORRECT,
        {"valid_to": ENDS},
        "One of two",
        "page:letter",
        employment.id,
    )
    change = submit(move.session, wanted, move.now, move.hmrc_officer, alone_up_to=0)
    decide(move.session, change, move.now, second, approved=True)
    assert [one.fact_id for one in held(move, Posting, ENDS)] == [posting.fact_id]
    assert held(move, Sponsorship, ENDS)
    assert [one.status for one in held(move, Clearance, ENDS)] == [ClearanceStatus.ACTIVE]


def test_a_clearance_that_another_employer_sponsors_too_goes_on(move: Move, second: UUID) -> None:
    employments.appoint(
        move.session,
        move.now,
        PROVENANCE,
        INITIATOR,
        person_id=move.employee,
        organisation_id=move.home_office.id,
        number="HO-second",
        starts_on=date(2024, 1, 1),
        continuous_service_from=date(2020, 4, 1),
        post=Post(local_grade="EO", job_title="Trainer", profession=""),
    )
    ours = held(move, Sponsorship, move.now)[0]
    theirs: dict[str, Any] = {"id": new_id(), "fact_id": new_id(), "organisation_id": move.home_office.id}
    theirs |= {"kind": SponsorshipKind.SHARED}
    record(move.session, Sponsorship(**ours.model_dump() | theirs))
    leaves(move, second)
    assert [one.organisation_id for one in held(move, Sponsorship, ENDS)] == [move.home_office.id]
    assert [one.status for one in held(move, Clearance, ENDS)] == [ClearanceStatus.ACTIVE]


@pytest.mark.parametrize("released", [True, False])
def test_a_leaver_with_a_scheduled_move_keeps_nothing(move: Move, second: UUID, released: bool) -> None:
    move.schedule(Release(True, True, released))
    leaves(move, second)
    look_at_people(move.session, [move.employee], move.now)
    later = end_of_day(date(2026, 4, 1))
    for model in (Employment, Posting, Sponsorship):
        assert not held(move, model, ENDS), model
        assert not held(move, model, later), model
    assert [one.status for one in held(move, Clearance, later)] == [ClearanceStatus.LAPSED]
