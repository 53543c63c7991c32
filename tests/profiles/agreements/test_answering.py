"""An app that does not confirm in time that it ended old access is flagged, and stopped where agreed."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from app.database import open_session, transaction
from profiles.agreements import answering
from profiles.apps.models import Agreement, App
from profiles.audit.models import AuditEntry
from profiles.disclosure.service import acknowledge_within, gets_no_tokens
from profiles.outbox.delivery import GIVE_UP_AFTER, acknowledge, claim, fail
from profiles.outbox.models import MessageKind, OutboxMessage
from profiles.outbox.receipts import late_apps
from profiles.outbox.service import enqueue
from profiles.roles.models import Role
from tests.factories.apps import make_app
from tests.factories.organisations import make_organisation
from tests.factories.people import give_role, make_employee

LIMIT = timedelta(minutes=10)
LEASE = timedelta(minutes=1)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with open_session(engine, writes=True) as session:
        yield session


@pytest.fixture
def app(session: Session, now: datetime) -> App:
    """One whose agreement stops it after ten minutes, and which has an owner."""
    organisation = make_organisation(session, now)
    app = make_app(session, now, organisation)
    owner = make_employee(session, now, organisation, "oscar.owner").person_id
    give_role(session, now, owner, Role.APP_OWNER, organisation.id)
    agree(session, acknowledge_within_seconds=600, stop_tokens_when_overdue=True)
    return app


@pytest.fixture
def tell(session: Session, app: App, now: datetime) -> Callable[..., UUID]:
    """Write a message that was tried once, or never."""

    def tell(sent_at: datetime | None = now) -> UUID:
        within = acknowledge_within(session, app.id, now)
        message = enqueue(
            session,
            MessageKind.LOGOUT,
            {},
            reason="Access ended",
            now=now,
            app_id=app.id,
            overdue_after=within,
        )
        message.sent_at = sent_at
        return message.id

    return tell


def agree(session: Session, **terms: object) -> None:
    session.flush()
    session.execute(update(Agreement).values(**terms))


def look(session: Session, at: datetime) -> list[UUID]:
    """What the worker does every turn."""
    session.flush()
    return [one for one in answering.to_change(session, at) if answering.look(session, one, at)]


def is_stopped(session: Session, app: App) -> bool:
    session.flush()
    return session.exec(select(App.tokens_stopped_at).where(App.id == app.id)).one() is not None


def mails(session: Session) -> list[str]:
    return [one.reason for one in session.exec(select(OutboxMessage)) if one.kind is MessageKind.MAIL]


def test_nothing_stops_before_the_agreed_time_is_over(session, app, tell, now):
    tell()
    assert look(session, now + LIMIT - timedelta(seconds=1)) == []
    assert look(session, now + LIMIT) == [app.id]
    assert is_stopped(session, app)
    assert late_apps(session, now + LIMIT) == {app.id: now + LIMIT}


def test_what_was_never_tried_stops_no_app(session, app, tell, now):
    """The worker stood still over night, or thousands are told at once and wait for their turn."""
    tell(sent_at=None)
    late = now + 2 * LIMIT
    assert look(session, late) == []
    assert late_apps(session, late) == {}
    claim(session, late, lane=app.id, limit=1, lease=LEASE)
    assert look(session, late + LEASE - timedelta(seconds=1)) == []
    assert look(session, late + LEASE) == [app.id]
    claim(session, late + LEASE, lane=app.id, limit=1, lease=LEASE)
    assert look(session, late + LEASE) == []
    assert is_stopped(session, app)


def test_the_owners_and_the_trail_are_told_once(session, app, tell, now):
    tell()
    look(session, now + LIMIT)
    look(session, now + 2 * LIMIT)
    assert mails(session) == ["Nobody can sign in to Casework"]
    events = session.exec(select(AuditEntry.event).where(col(AuditEntry.app_id) == app.id)).all()
    assert events.count("app.tokens_stopped") == 1


def test_an_app_is_only_shown_as_late_where_stopping_was_not_agreed(session, app, tell, now):
    agree(session, stop_tokens_when_overdue=False)
    tell()
    assert look(session, now + LIMIT) == []
    assert app.id in late_apps(session, now + LIMIT)


def test_the_last_missing_answer_lets_it_have_tokens_again(session, app, tell, now):
    first, second = tell(), tell()
    late = now + LIMIT
    look(session, late)
    acknowledge(session, first, late)
    assert not answering.look(session, app.id, late)
    acknowledge(session, second, late)
    assert answering.look(session, app.id, late)
    assert not is_stopped(session, app)
    assert mails(session)[-1] == "People can sign in to Casework again"


def test_what_was_given_up_is_still_not_confirmed(session, app, tell, now):
    tell()
    session.flush()
    late = now + GIVE_UP_AFTER
    (message,) = claim(session, late, lane=app.id, limit=1, lease=LEASE)
    fail(session, message, late, "answered 503")
    assert look(session, late) == [app.id]
    assert look(session, late + timedelta(days=30)) == []
    assert is_stopped(session, app)


def test_an_agreement_that_does_not_ask_for_it_ends_the_stop(session, app, tell, now):
    tell()
    look(session, now + LIMIT)
    agree(session, stop_tokens_when_overdue=False)
    assert look(session, now + LIMIT) == [app.id]
    assert not is_stopped(session, app)


def test_an_app_whose_agreement_is_over_stays_stopped(session, app, tell, now):
    """Its services would otherwise go on without having answered."""
    tell()
    look(session, now + LIMIT)
    agree(session, valid_to=now + LIMIT)
    assert look(session, now + 2 * LIMIT) == []
    assert is_stopped(session, app)


def test_asking_again_makes_everything_due_also_what_was_given_up(session, app, tell, now):
    given_up, waiting = tell(), tell()
    session.flush()
    late = now + GIVE_UP_AFTER
    for message in claim(session, late, lane=app.id, limit=1, lease=LEASE):
        fail(session, message, late, "answered 503")
    officer = session.exec(select(AuditEntry.person_id).where(col(AuditEntry.person_id).is_not(None))).first()
    assert answering.ask_again(session, app, officer, late) == 2
    claimed = claim(session, late, lane=app.id, limit=9, lease=LEASE)
    assert {one.id for one in claimed} == {given_up, waiting}
    assert answering.ask_again(session, app, officer, late) == 0


def test_a_lapsed_agreement_still_says_how_soon_an_app_confirms(session, app, now):
    agree(session, valid_to=now)
    assert acknowledge_within(session, app.id, now + timedelta(days=1)) == LIMIT


def test_a_stop_and_its_end_are_known_to_everybody_at_once(engine, now):
    """Rules are remembered by version: other processes notice both."""
    with transaction(engine) as session:
        app_id = make_app(session, now, make_organisation(session, now)).id
        agree(session, stop_tokens_when_overdue=True)
        message = enqueue(
            session,
            MessageKind.LOGOUT,
            {},
            reason="Access ended",
            now=now,
            app_id=app_id,
            overdue_after=LIMIT,
        )
        message.sent_at = now

    def stopped() -> bool:
        with open_session(engine, writes=False) as session:
            return gets_no_tokens(session, app_id, now)

    assert not stopped()
    with transaction(engine) as session:
        look(session, now + LIMIT)
    assert stopped()
    with transaction(engine) as session:
        session.execute(update(OutboxMessage).values(acknowledged_at=now))
        look(session, now + LIMIT)
    assert not stopped()
