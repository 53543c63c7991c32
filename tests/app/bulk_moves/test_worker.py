"""A bulk move from its list to its day, by the worker: who moves, who is set apart, and what is recorded."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from app.database import open_session, transaction
from identity.sign_in.models import PasswordCredential
from profiles.apps.models import App
from profiles.bulk_moves import working
from profiles.bulk_moves.freeze import frozen_until
from profiles.bulk_moves.models import BulkMove, BulkMoveState, MemberState, Reason
from profiles.bulk_moves.steps import get
from profiles.clearances.models import Sponsorship
from profiles.employments.models import CareerBreak, Employment, Posting, PostingKind
from profiles.entitlements.models import Entitlement
from profiles.organisations import service as organisations
from profiles.organisations.grades import CommonGrade
from profiles.organisations.models import LocalGrade, Succession
from profiles.outbox.models import OutboxMessage
from profiles.pay.models import PayReason, PayRecord
from profiles.people.models import WorkAddress
from profiles.roles.models import Role, RoleAssignment
from profiles.suspensions.models import AccountSuspension
from profiles.temporal import INSTANT, current, end, history, record, start_of_day
from profiles.transfers.models import Side
from tests.factories.apps import make_app
from tests.factories.bulk_moves import START, Moving, make_mover
from tests.factories.clearances import make_clearance
from tests.factories.organisations import LONG_AGO, PROVENANCE
from tests.factories.people import give_role

T = start_of_day(START)
S = BulkMoveState


def facts(moving: Moving, model: type[Any], person_id: UUID, at: Any = T) -> list[Any]:
    """What is so of a person at a moment, as known by the clock of the worker."""
    with open_session(moving.engine, writes=False) as session:
        found = list(current(session, model, at, moving.now, person_id=person_id))
        for one in found:
            session.expunge(one)
        return found


def test_everybody_moves_with_the_same_terms(moving: Moving) -> None:
    moving.scheduled()
    for person_id in moving.people:
        [old] = facts(moving, Posting, person_id, T - INSTANT)
        [new] = facts(moving, Posting, person_id)
        assert (old.organisation_id, new.organisation_id) == (moving.decc.id, moving.beis.id)
        assert (new.local_grade, new.job_title, new.profession) == (
            old.local_grade,
            old.job_title,
            old.profession,
        )
        [before] = facts(moving, Employment, person_id, T - INSTANT)
        [after] = facts(moving, Employment, person_id)
        assert new.employment_id == after.fact_id != before.fact_id
        assert after.continuous_service_from == before.continuous_service_from
        assert after.number == before.number
        [pay] = facts(moving, PayRecord, person_id)
        assert (pay.salary_pence, pay.pay_reason) == (3_200_000, PayReason.TRANSFER)
        assert (pay.employment_id, pay.organisation_id) == (after.fact_id, moving.beis.id)
        [address] = facts(moving, WorkAddress, person_id)
        assert (address.organisation_id, address.address.partition("@")[2]) == (moving.beis.id, "decc.gov.uk")


def test_access_turns_with_the_worker_stopped(moving: Moving) -> None:
    moving.scheduled()
    moving.now = T + timedelta(days=2)
    assert facts(moving, Posting, moving.people[0], T)[0].organisation_id == moving.beis.id
    assert [one.organisation_id for one in facts(moving, Posting, moving.people[0], T - INSTANT)] == [
        moving.decc.id
    ]


def test_on_the_day_the_worker_follows_and_payroll_waits(moving: Moving) -> None:
    move_id = moving.scheduled()
    moving.now = T + timedelta(minutes=1)
    moving.work()
    assert moving.state(move_id) is S.RECONCILING
    assert set(moving.states(move_id).values()) == {MemberState.JOINED}


def test_everybody_who_moves_is_told_once_without_any_terms(moving: Moving) -> None:
    moving.scheduled()
    with open_session(moving.engine, writes=False) as session:
        mails = session.exec(
            select(OutboxMessage).where(col(OutboxMessage.reason).like("You move to another%"))
        ).all()
        assert {one.person_id for one in mails} == {*moving.people, moving.preparer, moving.decc_officer}
        assert len(mails) == 5
        assert all(
            "3200000" not in one.payload["body"] and "32,000" not in one.payload["body"] for one in mails
        )


def test_a_clearance_goes_along_and_roles_do_not(moving: Moving) -> None:
    with transaction(moving.engine) as session:
        make_clearance(session, moving.now, moving.people[0], moving.decc)
    moving.scheduled()
    [sponsored] = facts(moving, Sponsorship, moving.people[0])
    assert sponsored.organisation_id == moving.beis.id
    assert facts(moving, RoleAssignment, moving.preparer, T - INSTANT)
    assert facts(moving, RoleAssignment, moving.preparer) == []
    assert facts(moving, RoleAssignment, moving.beis_officer)


@pytest.mark.parametrize("ends", [True, False])
def test_what_was_approved_by_hand_goes_along_when_the_whole_organisation_does(
    moving: Moving, ends: bool
) -> None:
    with transaction(moving.engine) as session:
        app = make_app(session, moving.now, moving.decc)
        record(
            session,
            Entitlement(
                person_id=moving.people[0],
                app_id=app.id,
                role_name="reader",
                approved_by=moving.preparer,
                **PROVENANCE.stamp(moving.now, LONG_AGO),
            ),
        )
    moving.scheduled(ends_exporter=ends)
    assert bool(facts(moving, Entitlement, moving.people[0])) is ends


def test_a_label_that_the_new_organisation_lacks_is_carried_over(moving: Moving) -> None:
    with transaction(moving.engine) as session:
        for place, meaning in ((moving.decc, "HEO"), (moving.beis, "SEO")):
            record(
                session,
                LocalGrade(
                    organisation_id=place.id,
                    label="Band C",
                    common_grade=meaning,
                    **PROVENANCE.stamp(moving.now, LONG_AGO),
                ),
            )
        [post] = current(session, Posting, moving.now, moving.now, person_id=moving.people[0])
        post.local_grade = "Band C"  # as if it had been so from the beginning
        session.add(post)
    moving.scheduled()
    [new] = facts(moving, Posting, moving.people[0])
    with open_session(moving.engine, writes=False) as session:
        meant = organisations.common_grade(session, moving.beis.id, new.local_grade, T, moving.now)
    # BEIS has one label for HEO, which is theirs from then on; "Band C" means something else there.
    assert (new.local_grade, meant) == ("Higher Officer", "HEO")


def test_a_label_that_another_move_needs_stays_when_the_one_that_carried_it_is_cancelled(
    moving: Moving,
) -> None:
    with transaction(moving.engine) as session:
        stamp = PROVENANCE.stamp(moving.now, LONG_AGO)
        grade = {"organisation_id": moving.decc.id, "label": "Band Z", "common_grade": CommonGrade.SCS3}
        record(session, LocalGrade(**grade, **stamp))
        for person_id in moving.people[:2]:
            [post] = current(session, Posting, moving.now, moving.now, person_id=person_id)
            post.local_grade = "Band Z"  # as if it had been so from the beginning
            session.add(post)

    def means() -> str | None:
        with open_session(moving.engine, writes=False) as session:
            return organisations.common_grade(session, moving.beis.id, "Band Z", T, moving.now)

    first, second = (moving.scheduled(numbers=[f"DECC-mover.number{n}"]) for n in range(2))
    moving.now += timedelta(hours=1)
    moving.cancel(first)
    moving.work()
    assert means() == "SCS3"
    moving.now += timedelta(hours=1)
    moving.cancel(second)
    moving.work()
    assert moving.state(second) is S.CANCELLED


def test_a_number_that_somebody_has_there_is_told_apart(moving: Moving) -> None:
    [old] = facts(moving, Employment, moving.people[0], moving.now)
    with transaction(moving.engine) as session:
        [theirs] = current(session, Employment, moving.now, moving.now, person_id=moving.beis_officer)
        theirs.number = old.number
        session.add(theirs)
    move_id = moving.scheduled()
    [new] = facts(moving, Employment, moving.people[0])
    assert new.number == moving.member(move_id, moving.people[0]).new_number == f"DECC-{old.number}"


def _suspend(moving: Moving, session: Session, person_id: UUID) -> None:
    stamp = PROVENANCE.stamp(moving.now, moving.now - timedelta(hours=1))
    record(session, AccountSuspension(person_id=person_id, organisation_id=moving.decc.id, **stamp))


def _lend(moving: Moving, session: Session, person_id: UUID) -> None:
    [home] = current(session, Posting, moving.now, moving.now, person_id=person_id)
    record(
        session,
        Posting(
            person_id=person_id,
            employment_id=home.employment_id,
            organisation_id=moving.beis.id,
            kind=PostingKind.HOST,
            local_grade="Officer",
            job_title="Adviser",
            **PROVENANCE.stamp(moving.now, LONG_AGO),
        ),
    )


def _pause(moving: Moving, session: Session, person_id: UUID) -> None:
    [home] = current(session, Posting, moving.now, moving.now, person_id=person_id)
    where = {"person_id": person_id, "employment_id": home.employment_id, "organisation_id": moving.decc.id}
    stamp = PROVENANCE.stamp(moving.now, T - timedelta(days=9))
    record(session, CareerBreak(return_on=date(2027, 1, 4), **where, **stamp))


def _lose_ways_in(moving: Moving, session: Session, person_id: UUID) -> None:
    session.delete(session.get(PasswordCredential, person_id))


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (_suspend, Reason.SUSPENDED),
        (_lend, Reason.ON_LOAN),
        (_pause, Reason.ON_BREAK),
        (_lose_ways_in, Reason.SIGN_IN),
    ],
)
@pytest.mark.parametrize("after_it_was_recorded", [False, True])
def test_who_cannot_move_is_set_apart_and_the_others_go_on(
    moving: Moving, happens: Any, reason: Reason, after_it_was_recorded: bool
) -> None:
    one = moving.people[0]
    move_id = moving.scheduled() if after_it_was_recorded else None
    if after_it_was_recorded:
        moving.now += working.LOOK_EVERY
    with transaction(moving.engine) as session:
        happens(moving, session, one)
    if move_id is None:
        move_id = moving.scheduled()
    moving.work()
    member = moving.member(move_id, one)
    assert (member.state, member.reason, member.in_flight) == (MemberState.SET_APART, reason, False)
    at_home = [post for post in facts(moving, Posting, one) if post.kind is PostingKind.HOME]
    assert [post.organisation_id for post in at_home] == [moving.decc.id]
    assert facts(moving, PayRecord, one)[0].organisation_id == moving.decc.id
    assert facts(moving, Posting, moving.people[1])[0].organisation_id == moving.beis.id


def test_who_is_set_apart_joins_the_others_when_it_is_mended(moving: Moving) -> None:
    one = moving.people[0]
    with transaction(moving.engine) as session:
        _suspend(moving, session, one)
    move_id = moving.scheduled()
    with transaction(moving.engine) as session:
        [held] = history(session, AccountSuspension, moving.now, person_id=one)
        held.valid_to = moving.now
        session.add(held)
    moving.now += working.LOOK_EVERY
    moving.work()
    assert moving.member(move_id, one).state is MemberState.SCHEDULED
    assert facts(moving, Posting, one)[0].organisation_id == moving.beis.id


def test_a_resignation_before_the_day_takes_one_person_out(moving: Moving) -> None:
    move_id, one = moving.scheduled(), moving.people[0]
    leaves = T - timedelta(days=5)
    with transaction(moving.engine) as session:
        [employment] = history(
            session, Employment, moving.now, fact_id=moving.member(move_id, one).employment_id
        )
        [post] = [
            post
            for post in history(session, Posting, moving.now, person_id=one)
            if post.employment_id == employment.fact_id
        ]
        moving.now += timedelta(hours=1)
        for fact in (employment, post):
            end(session, fact, leaves, moving.now, PROVENANCE)
    moving.now = T + timedelta(minutes=1)
    moving.work()
    member = moving.member(move_id, one)
    assert (member.state, member.reason) == (MemberState.SET_APART, Reason.LEAVING)
    assert facts(moving, Employment, one) == []
    assert facts(moving, Posting, one) == []
    assert moving.states(move_id)[moving.people[1]] is MemberState.JOINED


def test_a_rise_that_was_recorded_since_goes_along(moving: Moving) -> None:
    move_id, one = moving.scheduled(), moving.people[0]
    rise = T - timedelta(days=10)
    moving.now += timedelta(hours=1)
    with transaction(moving.engine) as session:
        employment_id = moving.member(move_id, one).employment_id
        [pay] = [
            pay
            for pay in history(session, PayRecord, moving.now, person_id=one)
            if pay.employment_id == employment_id
        ]
        values = pay.model_dump(exclude={"id", "fact_id", "superseded_at", "superseded_by", "load_id"})
        end(session, pay, rise, moving.now, PROVENANCE)
        values |= PROVENANCE.stamp(moving.now, rise) | {"salary_pence": 3_500_000}
        record(session, PayRecord(**values))
    moving.now = T + timedelta(minutes=1)
    moving.work()
    assert moving.states(move_id)[one] is MemberState.JOINED
    [now_paid] = facts(moving, PayRecord, one)
    assert (now_paid.salary_pence, now_paid.organisation_id) == (3_500_000, moving.beis.id)
    [post] = facts(moving, Posting, one)
    assert post.organisation_id == moving.beis.id


def test_cancelled_before_the_day_everything_is_as_it_was(moving: Moving) -> None:
    before = {one: facts(moving, PayRecord, one, T) for one in moving.people}
    move_id = moving.scheduled()
    moving.now += timedelta(days=1)
    moving.cancel(move_id)
    moving.work()
    assert moving.state(move_id) is S.CANCELLED
    assert set(moving.states(move_id).values()) == {MemberState.CANCELLED}
    for one in (*moving.people, moving.preparer):
        for model in (Employment, Posting, *([WorkAddress] if one in moving.people else [])):
            [found] = facts(moving, model, one)
            assert (found.organisation_id, found.valid_to) == (moving.decc.id, None)
    assert facts(moving, RoleAssignment, moving.preparer)[0].valid_to is None
    for one in moving.people:
        [pay] = facts(moving, PayRecord, one)
        assert (pay.fact_id, pay.salary_pence) == (before[one][0].fact_id, before[one][0].salary_pence)


def test_the_old_organisation_ends_when_the_last_has_left_and_its_successor_takes_over(
    moving: Moving,
) -> None:
    with transaction(moving.engine) as session:
        app_id = make_app(session, moving.now, moving.decc).id
    moving.scheduled(ends_exporter=True)
    moving.now = T + timedelta(hours=9)
    moving.work()
    tomorrow = start_of_day(START + timedelta(days=1))
    with open_session(moving.engine, writes=False) as session:
        assert moving.decc.id in organisations.tree(session, moving.now).organisations
        assert moving.decc.id not in organisations.tree(session, tomorrow).organisations
        [succession] = session.exec(select(Succession)).all()
        assert (succession.predecessor_id, succession.successor_id) == (moving.decc.id, moving.beis.id)
        assert (succession.valid_from, succession.recorded_at) == (T, moving.now)
        assert succession.source.startswith("bulk-move:")
        assert succession.recorded_by is not None
        assert session.exec(select(App.organisation_id).where(App.id == app_id)).one() == moving.beis.id
        assert "decc.gov.uk" in organisations.domains_of(session, moving.beis.id, tomorrow)


def test_it_does_not_end_while_somebody_is_there(moving: Moving) -> None:
    with transaction(moving.engine) as session:
        _suspend(moving, session, moving.people[0])
    moving.scheduled(ends_exporter=True)
    moving.now = T + timedelta(hours=9)
    moving.work()
    later = start_of_day(date(2026, 6, 1))
    with open_session(moving.engine, writes=False) as session:
        assert moving.decc.id in organisations.tree(session, later, moving.now).organisations


def test_a_second_move_of_whom_the_first_set_apart_ends_it_with_the_first(moving: Moving) -> None:
    one = moving.people[0]
    with transaction(moving.engine) as session:
        _suspend(moving, session, one)
    first = moving.scheduled(ends_exporter=True)
    moving.now = T + timedelta(hours=9)
    moving.work()
    with transaction(moving.engine) as session:
        [held] = current(session, AccountSuspension, moving.now, moving.now, person_id=one)
        end(session, held, moving.now, moving.now, PROVENANCE)
        for officer_id in (moving.preparer, moving.decc_officer):
            give_role(session, moving.now, officer_id, Role.HR_OFFICER, moving.decc.id)
    second = moving.scheduled(ends_exporter=True, start_date=START + timedelta(days=30))
    moving.now = start_of_day(START + timedelta(days=30)) + timedelta(hours=9)
    moving.work()
    with open_session(moving.engine, writes=False) as session:
        ended = [get(session, move_id).exporter_ended_at for move_id in (first, second)]
        assert None not in ended
        assert len(session.exec(select(Succession)).all()) == 1


def test_who_came_after_the_draft_and_before_the_agreement_goes_along(moving: Moving) -> None:
    move_id = moving.draft()
    with transaction(moving.engine) as session:
        late = make_mover(session, moving.now, moving.decc, "late.comer")
    moving.agree(move_id, Side.EXPORTING)
    moving.agree(move_id, Side.IMPORTING)
    moving.work()
    assert moving.states(move_id)[late] is MemberState.READY


def test_a_record_that_does_not_fit_keeps_up_nobody_else(moving: Moving) -> None:
    move_id, one = moving.validated(), moving.people[0]
    with transaction(moving.engine) as session:
        # The old version and the new employment of this one cannot both be there, so that it cannot move.
        session.execute(
            text(
                "CREATE UNIQUE INDEX spoilt ON employments (number) "
                "WHERE superseded_at IS NULL AND number = 'DECC-mover.number0'"
            )
        )
    moving.confirm(move_id)
    moving.work()
    member = moving.member(move_id, one)
    assert (member.state, member.reason) == (MemberState.SET_APART, Reason.RECORD_CHANGED)
    assert moving.states(move_id)[moving.people[1]] is MemberState.SCHEDULED
    assert facts(moving, Posting, one)[0].organisation_id == moving.decc.id


def test_ways_in_are_frozen_once_the_move_is_recorded(moving: Moving) -> None:
    moving.validated()
    days = timedelta(days=14)
    one = moving.people[0]
    with open_session(moving.engine, writes=False) as session:
        assert frozen_until(session, one, moving.now, days) is None
    with transaction(moving.engine) as session:
        move_id = session.exec(select(BulkMove.id)).one()
    moving.confirm(move_id)
    moving.work()
    with open_session(moving.engine, writes=False) as session:
        assert frozen_until(session, one, moving.now, days) == T + days
        assert frozen_until(session, one, T + days, days) is None
