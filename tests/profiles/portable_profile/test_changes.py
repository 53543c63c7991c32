"""Corrections and backdated changes: nothing is lost, and what changes access waits for a second officer."""

from dataclasses import replace as but
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from profiles.apps import service as apps
from profiles.employments.models import Employment, Posting
from profiles.entitlements.preview import Change
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.organisations.grades import CommonGrade
from profiles.pay.models import AllowanceKind, PayAllowance, PayReason, PayRecord
from profiles.people.models import PersonName
from profiles.portable_profile.changes import (
    decide,
    foresee,
    get_waiting,
    submit,
    waiting,
)
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action, ChangeState
from profiles.portable_profile.wanted import Wanted
from profiles.roles.models import Role
from profiles.temporal import current, end, history, replace, start_of_day
from tests.factories.apps import make_app
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move


@pytest.fixture
def posting(move: Move) -> Posting:
    return current(move.session, Posting, move.now, move.now, person_id=move.employee)[0]


def correction(move: Move, fact: Any, kind: Kind = Kind.POSTING, **values: Any) -> Wanted:
    return Wanted(
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        kind=kind,
        action=Action.CORRECT,
        values=values,
        reason="Entered wrongly",
        source="page:letter",
        version_id=fact.id,
    )


def an_app_for_heo(move: Move) -> None:
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
        grade_from=CommonGrade.HEO,
    )


def ask(move: Move, wanted: Wanted, officer: UUID | None = None, above: int = 0) -> ChangeState:
    change = submit(move.session, wanted, move.now, officer or move.hmrc_officer, alone_up_to=above)
    return change.state


def test_a_correction_that_changes_no_access_is_recorded_at_once(move: Move, posting: Posting) -> None:
    assert ask(move, correction(move, posting, job_title="Analyst")) is ChangeState.RECORDED
    (held,) = current(move.session, Posting, move.now, move.now, person_id=move.employee)
    assert (held.job_title, held.reason, held.recorded_by) == (
        "Analyst",
        "Entered wrongly",
        move.hmrc_officer,
    )
    versions = move.session.exec(select(Posting).where(Posting.fact_id == posting.fact_id)).all()
    assert {one.job_title for one in versions} == {"Caseworker", "Analyst"}


def test_what_is_foreseen_is_not_recorded(move: Move, posting: Posting) -> None:
    an_app_for_heo(move)
    effect = foresee(move.session, correction(move, posting, local_grade="Officer"), move.now, {move.hmrc.id})
    assert [one.change for one in effect.changes] == [Change.ENDS]
    (held,) = current(move.session, Posting, move.now, move.now, person_id=move.employee)
    assert held.local_grade == "Higher Officer"


def test_what_changes_access_waits_and_a_second_officer_records_it(move: Move, posting: Posting) -> None:
    an_app_for_heo(move)
    assert ask(move, correction(move, posting, local_grade="Officer")) is ChangeState.WAITING
    (change,) = waiting(move.session, {move.hmrc.id}, list(Kind))
    with pytest.raises(NotPermitted):
        decide(move.session, change, move.now, move.hmrc_officer, approved=True)
    second = make_employee(move.session, move.now, move.hmrc, "sam.second").person_id
    give_role(move.session, move.now, second, Role.HR_OFFICER, move.hmrc.id)

    decide(move.session, change, move.now, second, approved=True)

    (held,) = current(move.session, Posting, move.now, move.now, person_id=move.employee)
    assert held.local_grade == "Officer"
    assert waiting(move.session, {move.hmrc.id}, list(Kind)) == []
    with pytest.raises(Conflict):
        decide(move.session, change, move.now, second, approved=True)


def test_above_the_configured_number_only(move: Move, posting: Posting) -> None:
    an_app_for_heo(move)
    wanted = correction(move, posting, local_grade="Officer")
    assert ask(move, wanted, above=1) is ChangeState.RECORDED


def test_a_refused_change_changes_nothing(move: Move, posting: Posting) -> None:
    an_app_for_heo(move)
    ask(move, correction(move, posting, local_grade="Officer"))
    (change,) = waiting(move.session, {move.hmrc.id}, list(Kind))
    decide(move.session, change, move.now, move.hmrc_officer, approved=False)
    (held,) = current(move.session, Posting, move.now, move.now, person_id=move.employee)
    assert held.id == posting.id


def test_a_waiting_change_is_stale_once_the_fact_was_changed(move: Move, posting: Posting) -> None:
    an_app_for_heo(move)
    ask(move, correction(move, posting, local_grade="Officer"))
    ask(move, correction(move, posting, job_title="Analyst"))
    (change,) = waiting(move.session, {move.hmrc.id}, list(Kind))
    second = make_employee(move.session, move.now, move.hmrc, "sam.second").person_id
    with pytest.raises(Conflict, match="meanwhile"):
        decide(move.session, change, move.now, second, approved=True)


def test_another_organisation_finds_no_change(move: Move, posting: Posting) -> None:
    an_app_for_heo(move)
    ask(move, correction(move, posting, local_grade="Officer"))
    (change,) = waiting(move.session, {move.hmrc.id}, list(Kind))
    assert waiting(move.session, {move.home_office.id}, list(Kind)) == []
    with pytest.raises(Exception, match="no such change"):
        get_waiting(move.session, change.id, {move.home_office.id}, list(Kind))


def test_nobody_changes_their_own_record(move: Move, posting: Posting) -> None:
    with pytest.raises(NotPermitted):
        ask(move, correction(move, posting, job_title="Analyst"), officer=move.employee)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"local_grade": "Unheard of"}, "local_grade"),
        ({"job_title": " "}, "job_title"),
        ({"valid_to": start_of_day(date(2019, 1, 1))}, "last_day"),
    ],
)
def test_what_cannot_be_names_its_field_and_changes_nothing(
    move: Move, posting: Posting, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        ask(move, correction(move, posting, **values))
    assert refused.value.field == field
    assert history(move.session, Posting, move.now, person_id=move.employee) == [posting]


def pay(move: Move, day: date, pence: int, **more: Any) -> Wanted:
    values = {"salary_pence": pence, "pay_reason": PayReason.AWARD, "fte_thousandths": 1000} | more
    return Wanted(
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        kind=Kind.PAY,
        action=Action.ADD,
        values=values | {"valid_from": start_of_day(day)},
        reason="Pay award",
        source="page:payroll",
    )


def test_a_backdated_pay_award_fits_between_what_is_there(move: Move) -> None:
    for day, pence in ((date(2021, 4, 1), 30), (date(2025, 4, 1), 50), (date(2023, 4, 1), 40)):
        ask(move, pay(move, day, pence))

    records = history(move.session, PayRecord, move.now, person_id=move.employee)

    assert [(one.salary_pence, one.valid_to and one.valid_to.year) for one in records] == [
        (30, 2023),
        (40, 2025),
        (50, None),
    ]


def test_mark_time_needs_a_day_and_a_salary_above_its_scale(move: Move) -> None:
    marked = {"pay_reason": PayReason.MARK_TIME, "scale_maximum_pence": 4_000_000}
    for wrong in ({}, {"mark_time_until": date(2027, 3, 31), "scale_maximum_pence": 5_000_000}):
        with pytest.raises(Invalid) as refused:
            ask(move, pay(move, date(2026, 3, 1), 4_500_000, **(marked | wrong)))
        assert refused.value.field == "mark_time_until"
    right = marked | {"mark_time_until": date(2027, 3, 31)}
    assert ask(move, pay(move, date(2026, 3, 1), 4_500_000, **right)) is ChangeState.RECORDED


def test_a_new_name_from_a_day_on_leaves_the_old_one_before(move: Move) -> None:
    ask(
        move,
        but(
            pay(move, date(2025, 6, 1), 1),
            kind=Kind.NAME,
            values={
                "given_names": "Priya",
                "middle_names": "",
                "family_name": "Shah",
                "known_as": "",
                "valid_from": start_of_day(date(2025, 6, 1)),
            },
        ),
    )
    names = history(move.session, PersonName, move.now, person_id=move.employee)
    assert [one.family_name for one in names] == ["Patel", "Shah"]
    assert names[1].search_key == "priya shah"


def test_a_correction_that_undoes_a_scheduled_leave_waits(move: Move, posting: Posting) -> None:
    an_app_for_heo(move)
    move.schedule()
    (leaving,) = current(move.session, Posting, move.now, move.now, person_id=move.employee)
    with pytest.raises(Invalid) as refused:
        ask(move, correction(move, leaving, valid_to=None))
    assert refused.value.field == "last_day"
    sooner = correction(move, leaving, valid_to=start_of_day(date(2026, 3, 10)))
    for wanted in (sooner, but(sooner, action=Action.END)):
        assert ask(move, wanted) is ChangeState.WAITING


def test_what_has_ended_is_not_begun_again_and_an_employment_always_waits(move: Move) -> None:
    (employed,) = current(move.session, Employment, move.now, move.now, person_id=move.employee)
    assert (
        ask(move, correction(move, employed, Kind.EMPLOYMENT, number="X-1"), above=9) is ChangeState.WAITING
    )
    ended = end(move.session, employed, start_of_day(date(2026, 2, 1)), move.now, PROVENANCE)
    assert ended is not None
    for day in (None, start_of_day(date(2026, 2, 15)), start_of_day(date(2027, 1, 1))):
        with pytest.raises(Invalid, match="not begun again") as refused:
            ask(move, correction(move, ended, Kind.EMPLOYMENT, valid_to=day))
        assert refused.value.field == "last_day"


@pytest.mark.parametrize("address", ["permsec@ho.gov.uk", "priya.patel@elsewhere.gov.uk"])
def test_an_address_is_of_the_organisations_own_domain(move: Move, address: str) -> None:
    wanted = but(
        pay(move, date(2026, 3, 1), 1),
        kind=Kind.ADDRESS,
        values={"address": address, "valid_from": start_of_day(date(2026, 3, 1))},
    )
    with pytest.raises(Invalid) as refused:
        ask(move, wanted)
    assert refused.value.field == "address"
    ask(move, but(wanted, values=wanted.values | {"address": "p.patel@hmrc.gov.uk"}))


def test_an_end_without_another_last_day_keeps_the_day(move: Move, posting: Posting) -> None:
    leaving = end(move.session, posting, start_of_day(date(2026, 5, 1)), move.now, PROVENANCE)
    wanted = but(correction(move, leaving), action=Action.END)
    assert ask(move, wanted) is ChangeState.RECORDED
    (held,) = current(move.session, Posting, move.now, move.now, person_id=move.employee)
    assert held.valid_to == start_of_day(date(2026, 5, 1))


def test_nobody_is_above_themselves_at_any_moment(move: Move, posting: Posting) -> None:
    boss = make_employee(move.session, move.now, move.hmrc, "beth.boss")
    chief = make_employee(move.session, move.now, move.hmrc, "carl.chief")
    for own, manager in ((boss, chief), (chief, posting)):
        replace(move.session, own, move.now, PROVENANCE, line_manager_id=manager.person_id)
    for manager in (boss, chief, posting):
        with pytest.raises(Invalid) as refused:
            ask(move, correction(move, posting, line_manager_id=manager.person_id))
        assert refused.value.field == "line_manager_id"


def test_whoever_was_below_before_may_be_above_now(move: Move, posting: Posting) -> None:
    boss = make_employee(move.session, move.now, move.hmrc, "beth.boss", since=date(2015, 4, 1))
    below = end(move.session, boss, posting.valid_from, move.now, PROVENANCE)
    assert below is not None
    replace(move.session, below, move.now, PROVENANCE, line_manager_id=move.employee)
    assert ask(move, correction(move, posting, line_manager_id=boss.person_id)) is ChangeState.RECORDED


def test_what_was_of_somebody_else_never_was_so_by_a_last_day_before_the_first(
    move: Move, posting: Posting
) -> None:
    first = start_of_day(date(2026, 2, 1))
    values = {"kind": AllowanceKind.ON_CALL, "amount_pence": 100_000, "valid_from": first}
    wanted = correction(move, posting, Kind.ALLOWANCE)
    ask(move, but(wanted, action=Action.ADD, version_id=None, values=values))
    (paid,) = history(move.session, PayAllowance, move.now, person_id=move.employee)
    ask(move, but(wanted, action=Action.END, version_id=paid.id, values={"valid_to": first}))
    assert history(move.session, PayAllowance, move.now, person_id=move.employee) == []
    assert len(move.session.exec(select(PayAllowance)).all()) == 1
