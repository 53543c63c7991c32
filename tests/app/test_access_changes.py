"""Whatever changes access, by a deed or by time, ends the sessions that no longer fit and tells the apps."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from app.access_changes import LATEST_COMMIT, advance_transfers, settle_people, settle_recorded, sweep, turn
from app.changed_people import changed_people
from app.database import open_session, transaction
from identity.sessions import service as sessions
from identity.sessions.models import SessionClient
from profiles.apps.models import AccessRule, Agreement, App
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import ClearanceLimit
from profiles.disclosure.service import access
from profiles.employments.models import Posting
from profiles.loads import Load
from profiles.organisations import service as organisations
from profiles.organisations.grades import CommonGrade
from profiles.organisations.models import LocalGrade
from profiles.outbox.models import MessageKind, OutboxMessage, SweepMark
from profiles.temporal import current, end, replace, start_of_day, supersede
from profiles.transfers.models import Transfer, TransferState
from tests.factories.apps import make_app, make_rule
from tests.factories.clearances import make_clearance
from tests.factories.organisations import PROVENANCE, make_organisation
from tests.factories.people import make_employee
from tests.factories.session_clients import join, use_app
from tests.factories.transfers import make_move

SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Scene:
    """A Higher Officer of HMRC, at work as a caseworker in an app whose rule asks for that grade."""

    app_id: UUID
    person_id: UUID
    organisation_id: UUID


@pytest.fixture
def scene(engine, now) -> Scene:
    before = now - timedelta(days=30)
    with transaction(engine) as session:
        hmrc = make_organisation(session, before)
        app = make_app(session, before, hmrc)
        make_rule(
            session,
            before,
            app,
            organisation_id=hmrc.id,
            grade_from=CommonGrade.HEO,
            grade_to=CommonGrade.SEO,
        )
        posting = make_employee(session, before, hmrc)
        scene = Scene(app.id, posting.person_id, hmrc.id)
    with transaction(engine) as session:
        assert use_app(
            session, now - 2 * SECOND, scene.person_id, session.get_one(App, scene.app_id)
        ).roles == ["caseworker"]
    assert sweep(engine, now - SECOND) == 0
    return scene


@pytest.fixture
def live(engine):
    """How many sessions at apps are live."""

    def live() -> int:
        with open_session(engine, writes=False) as session:
            ended = col(SessionClient.ended_at).is_(None)
            return len(session.exec(select(SessionClient).where(ended)).all())

    return live


@pytest.fixture
def change(engine, scene):
    """Does something to the current version of a fact, in a transaction of its own."""

    def change(model, now, what, **where):
        with transaction(engine) as session:
            (fact,) = current(session, model, now, now, **where)
            what(session, fact)

    return change


def test_nothing_ends_while_nothing_changes(engine, scene, live, now):
    assert sweep(engine, now + timedelta(days=1)) == 0
    assert live() == 1


def test_the_app_is_told_when_its_session_ends(engine, scene, change, now):
    change(
        Posting,
        now,
        lambda session, fact: end(session, fact, now, now, PROVENANCE),
        person_id=scene.person_id,
    )
    sweep(engine, now + SECOND)
    with open_session(engine, writes=False) as session:
        (message,) = session.exec(select(OutboxMessage)).all()
    assert (message.app_id, message.person_id) == (scene.app_id, scene.person_id)
    assert message.kind is MessageKind.LOGOUT


def test_a_planned_end_turns_at_its_instant(engine, scene, change, live, now):
    leave_at = now + timedelta(hours=8)
    change(
        Posting,
        now,
        lambda session, fact: end(session, fact, leave_at, now, PROVENANCE),
        person_id=scene.person_id,
    )
    assert sweep(engine, leave_at - SECOND) == 0
    assert sweep(engine, leave_at) == 1
    assert live() == 0


def test_a_planned_end_is_caught_up_after_downtime(engine, scene, change, now):
    leave_at = now + timedelta(hours=8)
    change(
        Posting,
        now,
        lambda session, fact: end(session, fact, leave_at, now, PROVENANCE),
        person_id=scene.person_id,
    )
    sweep(engine, now + SECOND)
    assert sweep(engine, leave_at + timedelta(days=3)) == 1


def test_a_correction_does_not_wait_for_a_sweep_of_many(engine, scene, change, now):
    """In the middle of a long step; the sweep looks at the same person again, and nothing is told twice."""
    change(
        Posting,
        now,
        lambda session, fact: end(session, fact, now, now, PROVENANCE),
        person_id=scene.person_id,
    )
    assert settle_recorded(engine, now - SECOND, now + SECOND) == 1
    assert sweep(engine, now + SECOND) == 0


def test_what_was_planned_before_is_left_to_the_sweep(engine, scene, change, now):
    leave_at = now + timedelta(hours=8)
    change(
        Posting,
        now,
        lambda session, fact: end(session, fact, leave_at, now, PROVENANCE),
        person_id=scene.person_id,
    )
    assert settle_recorded(engine, now, leave_at) == 0
    assert sweep(engine, leave_at) == 1


def test_a_sweep_that_is_stopped_leaves_everybody_to_the_next(engine, scene, change, live, now):
    change(
        Posting,
        now,
        lambda session, fact: end(session, fact, now, now, PROVENANCE),
        person_id=scene.person_id,
    )
    assert sweep(engine, now + SECOND, lambda: False) == 0
    assert live() == 1
    assert sweep(engine, now + 2 * SECOND) == 1


def test_people_settled_each_by_themselves_do_not_hold_up_what_is_more_urgent(
    engine, scene, change, live, now
):
    """One of a batch is refused by the database: the others follow one by one, with a rest after each."""
    with transaction(engine) as session:
        hmrc = organisations.get(session, scene.organisation_id, now)
        colleague = make_employee(session, now - timedelta(days=30), hmrc, "sam.ahmed").person_id
        client_id = session.exec(select(SessionClient.client_id)).one()
        join(session, now - 2 * SECOND, colleague, client_id, scene.app_id)
        session.execute(text("CREATE UNIQUE INDEX in_the_way ON session_clients (ended_at)"))
    sweep(engine, now)
    change(
        Agreement,
        now,
        lambda session, fact: end(session, fact, now + SECOND, now, PROVENANCE),
        app_id=scene.app_id,
    )
    go_on = iter((True, True, False))
    assert sweep(engine, now + SECOND, lambda: next(go_on)) == 1
    assert live() == 1


def test_a_correction_ends_access_at_once(engine, scene, change, now):
    change(
        Posting,
        now,
        lambda session, fact: replace(session, fact, now, PROVENANCE, local_grade="Officer"),
        person_id=scene.person_id,
    )
    assert sweep(engine, now + SECOND) == 1


def test_a_retracted_fact_ends_access(engine, scene, change, now):
    change(Posting, now, lambda session, fact: supersede(session, fact, now, None), person_id=scene.person_id)
    assert sweep(engine, now + SECOND) == 1


def test_a_change_that_is_committed_late_is_found_by_looking_back(engine, scene, change, now):
    sweep(engine, now + timedelta(minutes=2))
    late = now + timedelta(minutes=1)
    change(
        Posting,
        now,
        lambda session, fact: end(session, fact, late, late, PROVENANCE),
        person_id=scene.person_id,
    )
    assert sweep(engine, now + timedelta(minutes=2) + SECOND) == 0
    assert sweep(engine, now + timedelta(minutes=2) + LATEST_COMMIT - 2 * SECOND) == 1


def test_changed_roles_end_the_session_that_was_told_others(engine, scene, now):
    with transaction(engine) as session:
        fact = AccessRule(
            app_id=scene.app_id,
            role_name="manager",
            organisation_id=scene.organisation_id,
            **PROVENANCE.stamp(now, now),
        )
        session.add(fact)
    assert sweep(engine, now + SECOND) == 1


def test_an_agreement_that_ends_ends_every_session_of_the_app(engine, scene, change, now):
    ends_at = now + timedelta(hours=1)
    change(
        Agreement,
        now,
        lambda session, fact: end(session, fact, ends_at, now, PROVENANCE),
        app_id=scene.app_id,
    )
    assert [sweep(engine, ends_at - SECOND), sweep(engine, ends_at)] == [0, 1]


def test_a_grade_that_means_another_one_is_decided_again(engine, scene, change, now):
    change(
        LocalGrade,
        now,
        lambda session, fact: replace(session, fact, now, PROVENANCE, common_grade=CommonGrade.AO),
        organisation_id=scene.organisation_id,
        label="Higher Officer",
    )
    assert sweep(engine, now + SECOND) == 1


def test_a_clearance_is_usable_through_its_last_day(engine, now):
    """It ends at midnight in London, which in summer is 23:00 UTC."""
    last_day = date(2026, 6, 30)
    before = now - timedelta(days=30)
    midnight = start_of_day(date(2026, 7, 1))
    with transaction(engine) as session:
        hmrc = make_organisation(session, before)
        app = make_app(session, before, hmrc)
        make_rule(session, before, app, least_clearance="SC")
        posting = make_employee(session, before, hmrc)
        make_clearance(session, before, posting.person_id, hmrc, expires_on=last_day)
        app_id, person_id = app.id, posting.person_id
    with transaction(engine) as session:
        use_app(session, now, person_id, session.get_one(App, app_id))
    assert midnight.hour == 23
    assert [sweep(engine, midnight - SECOND), sweep(engine, midnight)] == [0, 1]


@pytest.fixture
def limited(engine, now) -> UUID:
    """The limit of six years of an organisation, where somebody uses an app by an SC of 1 January 2021."""
    before = now - timedelta(days=30)
    with transaction(engine) as session:
        hmrc = make_organisation(session, before)
        app = make_app(session, before, hmrc)
        make_rule(session, before, app, least_clearance="SC")
        posting = make_employee(session, before, hmrc)
        make_clearance(session, before, posting.person_id, hmrc)
        level = {"organisation_id": hmrc.id, "level": ClearanceLevel.SC}
        limit = ClearanceLimit(**level, years=6, **PROVENANCE.stamp(before, before))
        session.add(limit)
        app_id, person_id, fact_id = app.id, posting.person_id, limit.fact_id
    with transaction(engine) as session:
        use_app(session, now, person_id, session.get_one(App, app_id))
    return fact_id


def test_a_clearance_is_too_old_after_the_last_day_of_an_organisations_limit(engine, now, limited):
    midnight = start_of_day(date(2027, 1, 1))
    moments = (now + SECOND, midnight - SECOND, midnight)
    assert [sweep(engine, at) for at in moments] == [0, 0, 1]


def test_a_shorter_limit_takes_effect_when_it_is_set(engine, now, limited):
    assert sweep(engine, now + SECOND) == 0
    later = now + 2 * SECOND
    with transaction(engine) as session:
        (held,) = current(session, ClearanceLimit, later, later, fact_id=limited)
        replace(session, held, later, PROVENANCE, years=5)
    assert sweep(engine, later + SECOND) == 1


def test_facts_of_a_load_count_from_its_publication(engine, scene, now):
    published = now + timedelta(hours=1)
    with transaction(engine) as session:
        load = Load(
            organisation_id=scene.organisation_id,
            kind="test",
            content_hash="hash",
            rows_total=0,
            started_at=now,
            published_at=published,
        )
        session.add(load)
        session.flush()
        (posting,) = current(session, Posting, now, now, person_id=scene.person_id)
        loaded = posting.model_dump(exclude={"id", "fact_id", "employment_id", "recorded_at", "load_id"})
        session.add(
            Posting(**loaded, employment_id=posting.id, recorded_at=now - timedelta(days=9), load_id=load.id)
        )
    with open_session(engine, writes=False) as session:
        assert changed_people(session, published - 2 * SECOND, published - SECOND) == []
        assert changed_people(session, published - SECOND, published) == [scene.person_id]


def test_only_people_with_a_live_session_are_looked_at(engine, scene, change, now):
    with transaction(engine) as session:
        (one,) = session.exec(select(SessionClient)).all()
        sessions.end_client(session, one, now, "test")
    change(
        Posting,
        now,
        lambda session, fact: end(session, fact, now, now, PROVENANCE),
        person_id=scene.person_id,
    )
    with open_session(engine, writes=False) as session:
        assert changed_people(session, now - SECOND, now + SECOND) == []


def test_settling_twice_tells_once(engine, scene, change, now):
    change(
        Posting,
        now,
        lambda session, fact: end(session, fact, now, now, PROVENANCE),
        person_id=scene.person_id,
    )
    for expected in (1, 0):
        with transaction(engine) as session:
            assert settle_people(session, [scene.person_id], now, "test") == expected
    with open_session(engine, writes=False) as session:
        assert len(session.exec(select(OutboxMessage)).all()) == 1


def test_the_mark_never_goes_back(engine, scene, now):
    """Another worker, whose clock is ahead, has moved it further."""
    ahead = now + timedelta(hours=1)
    with transaction(engine) as session:
        mark = session.get(SweepMark, "access")
        mark.swept_until, mark.looked_back_at = ahead, now - timedelta(hours=1)
        session.add(mark)
    sweep(engine, now + timedelta(minutes=30))
    with open_session(engine, writes=False) as session:
        assert session.get(SweepMark, "access").swept_until == ahead


def test_the_first_sweep_looks_at_everybody(engine, scene, change, now):
    """Nobody is left out because no worker had ever run."""
    long_ago = datetime.fromisoformat("2026-02-20T00:00:00+00:00")
    with transaction(engine) as session:
        session.delete(session.get(SweepMark, "access"))
    change(
        Posting,
        now,
        lambda session, fact: end(session, fact, long_ago, long_ago, PROVENANCE),
        person_id=scene.person_id,
    )
    assert sweep(engine, now) == 1


def test_a_transfer_ends_the_old_session_at_leave_and_takes_its_steps(engine, now):
    """Midnight after Friday 13 March; the new app opens on Monday 16, after a weekend of neither."""
    leave, join = start_of_day(date(2026, 3, 14)), start_of_day(date(2026, 3, 16))
    with transaction(engine) as session:
        move = make_move(session, now)
        apps = [make_app(session, now, one) for one in (move.hmrc, move.home_office)]
        for app, organisation in zip(apps, (move.hmrc, move.home_office), strict=True):
            make_rule(session, now, app, organisation_id=organisation.id)
        use_app(session, now, move.employee, apps[0])
        transfer_id, app_ids, employee = move.schedule().id, [app.id for app in apps], move.employee
    assert turn(engine, now) == 0
    assert [turn(engine, leave - SECOND), turn(engine, leave)] == [0, 1]
    with open_session(engine, writes=False) as session:
        assert session.get(Transfer, transfer_id).state is TransferState.LEFT
        assert [access(session, employee, app_id, leave).allowed for app_id in app_ids] == [False, False]
        assert [access(session, employee, app_id, join).allowed for app_id in app_ids] == [False, True]


def test_between_a_move_and_its_sessions_a_worker_looks_for_what_is_more_urgent(engine, now):
    """Each batch rests for seconds; told to stop there, it leaves them to the next sweep."""
    leave = start_of_day(date(2026, 3, 14))
    with transaction(engine) as session:
        move = make_move(session, now)
        app = make_app(session, now, move.hmrc)
        make_rule(session, now, app, organisation_id=move.hmrc.id)
        use_app(session, now, move.employee, app)
        transfer_id = move.schedule().id
    sweep(engine, now)
    go_on = iter((True, False))
    assert advance_transfers(engine, leave, lambda: next(go_on)) == 0
    with open_session(engine, writes=False) as session:
        assert session.get(Transfer, transfer_id).state is TransferState.LEFT
    assert sweep(engine, leave) == 1
