"""What a client will never confirm is let go by two officers; what it leaves out later counts again."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, update
from sqlmodel import Session, select

from app.database import open_session
from profiles.agreements import answering, writing_off
from profiles.apps.models import Agreement, App
from profiles.audit.models import AuditEntry
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.outbox.delivery import acknowledge, claim, fail, try_again
from profiles.outbox.forgetting import RECEIPTS_KEPT_FOR, forget_messages
from profiles.outbox.models import MessageKind, OutboxMessage, WriteOff
from profiles.outbox.receipts import ReceiptState, counts, late_apps, late_clients, list_for_app
from profiles.outbox.service import enqueue
from profiles.roles.models import Role
from tests.factories.apps import make_app
from tests.factories.organisations import make_organisation
from tests.factories.people import give_role, make_deputy, make_employee

LIMIT = timedelta(minutes=10)
LEASE = timedelta(minutes=1)
GONE, MENDED = "client-gone", "client-mended"
WHY = "It was taken out of service."


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with open_session(engine, writes=True) as session:
        yield session


@pytest.fixture
def late(now: datetime) -> datetime:
    """When what was written at ``now`` is overdue."""
    return now + LIMIT


class Stopped:
    """An app that one client stops, with an owner and a data protection officer."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session = session
        organisation = make_organisation(session, now)
        self.organisation_id = organisation.id
        self.app = make_app(session, now, organisation)
        self.owner, self.officer = (
            make_employee(session, now, organisation, name).person_id for name in ("oscar", "dora")
        )
        give_role(session, now, self.owner, Role.APP_OWNER, organisation.id)
        give_role(session, now, self.officer, Role.DATA_PROTECTION_OFFICER, organisation.id)
        session.flush()
        session.execute(update(Agreement).values(stop_tokens_when_overdue=True))

    def tell(self, client_id: str, at: datetime) -> UUID:
        """A message that was tried once, and not answered."""
        message = enqueue(
            self.session,
            MessageKind.LOGOUT,
            {"client_id": client_id},
            reason="Access ended",
            now=at,
            app_id=self.app.id,
            overdue_after=LIMIT,
        )
        message.sent_at = at
        self.session.flush()
        return message.id

    def look(self, at: datetime) -> bool:
        """Whether the app gets no tokens after the worker has looked."""
        answering.look(self.session, self.app.id, at)
        self.session.expire_all()
        return self.session.get_one(App, self.app.id).tokens_stopped_at is not None

    def propose(self, client_id: str, at: datetime) -> WriteOff:
        return writing_off.propose(
            self.session, at, app=self.app, client_id=client_id, reason=WHY, officer_id=self.owner
        )

    def confirm(self, write_off: WriteOff, at: datetime, officer_id: UUID | None = None) -> int:
        number = writing_off.confirm(
            self.session, at, app=self.app, write_off=write_off, officer_id=officer_id or self.officer
        )
        self.session.expire_all()
        return number

    def message(self, message_id: UUID) -> OutboxMessage:
        self.session.expire_all()
        return self.session.get_one(OutboxMessage, message_id)


@pytest.fixture
def stopped(session: Session, now: datetime, late: datetime) -> Stopped:
    stopped = Stopped(session, now)
    stopped.tell(GONE, now)
    assert stopped.look(late)
    return stopped


def test_the_app_goes_on_once_a_second_officer_has_confirmed(session, stopped, late):
    proposed = stopped.propose(GONE, late)
    assert stopped.look(late)
    assert stopped.confirm(proposed, late) == 1
    assert session.get_one(App, stopped.app.id).tokens_stopped_at is None
    assert late_apps(session, late) == {}
    (receipt,) = list_for_app(session, late, stopped.app.id, limit=9)
    assert receipt.state is ReceiptState.WRITTEN_OFF
    assert receipt.write_off is not None
    assert (receipt.write_off.reason, receipt.write_off.closed_at) == (WHY, late)
    assert counts(session, late, [stopped.app.id]) == {stopped.app.id: {ReceiptState.WRITTEN_OFF: 1}}


def test_whoever_proposed_it_does_not_confirm_it_nor_does_their_deputy(session, stopped, now, late):
    proposed = stopped.propose(GONE, late)
    with pytest.raises(NotPermitted):
        stopped.confirm(proposed, late, stopped.owner)
    make_deputy(session, now, stopped.officer, stopped.owner, Role.APP_OWNER, stopped.organisation_id)
    with pytest.raises(NotPermitted):
        stopped.confirm(proposed, late)


def test_another_client_goes_on_stopping_the_app(session, stopped, now, late):
    stopped.tell(MENDED, now)
    assert [(one.client_id, one.messages) for one in late_clients(session, late, stopped.app.id)] == [
        (GONE, 1),
        (MENDED, 1),
    ]
    stopped.confirm(stopped.propose(GONE, late), late)
    assert stopped.look(late)
    assert [one.client_id for one in late_clients(session, late, stopped.app.id)] == [MENDED]


def test_what_is_overdue_later_is_not_covered_and_stops_the_app_again(stopped, late):
    proposed = stopped.propose(GONE, late)
    after = stopped.tell(GONE, late)
    assert stopped.confirm(proposed, late + 2 * LIMIT) == 1
    assert stopped.look(late + 2 * LIMIT)
    assert stopped.message(after).write_off_id is None


def test_it_is_tried_no_more_and_not_brought_back(session, stopped, now, late):
    under_way = stopped.tell(GONE, now)
    claimed = claim(session, late, lane=stopped.app.id, limit=9, lease=LEASE)
    assert under_way in {one.id for one in claimed}
    stopped.confirm(stopped.propose(GONE, late), late)
    for message in claimed:
        fail(session, message, late, "answered 503")
    assert try_again(session, stopped.app.id, late + LEASE) == 0
    assert claim(session, late + timedelta(hours=1), lane=stopped.app.id, limit=9, lease=LEASE) == []


def test_an_answer_that_comes_all_the_same_counts(session, stopped, now, late):
    asked = stopped.tell(GONE, now)
    stopped.confirm(stopped.propose(GONE, late), late)
    acknowledge(session, asked, late)
    found = list_for_app(session, late, stopped.app.id, limit=1)
    assert found[0].state is ReceiptState.ACKNOWLEDGED


def test_what_the_client_has_confirmed_meanwhile_leaves_nothing_to_write_off(session, stopped, late):
    proposed = stopped.propose(GONE, late)
    session.execute(update(OutboxMessage).values(acknowledged_at=late))
    assert writing_off.count_covered(session, proposed) == 0
    with pytest.raises(Conflict, match="confirmed everything"):
        stopped.confirm(proposed, late)


def test_it_needs_a_reason_and_something_overdue_and_is_proposed_once(stopped, now, late):
    with pytest.raises(Invalid) as refused:
        writing_off.propose(
            stopped.session, late, app=stopped.app, client_id=GONE, reason=" ", officer_id=stopped.owner
        )
    assert refused.value.field == "reason"
    with pytest.raises(NotFound):
        stopped.propose(MENDED, late)
    stopped.propose(GONE, late)
    with pytest.raises(Conflict):
        stopped.propose(GONE, late)


def test_one_that_is_withdrawn_changes_nothing_and_is_not_confirmed(session, stopped, late):
    proposed = stopped.propose(GONE, late)
    writing_off.withdraw(session, late, app=stopped.app, write_off=proposed, officer_id=stopped.owner)
    with pytest.raises(Conflict, match="Somebody has decided"):
        stopped.confirm(proposed, late)
    assert stopped.look(late)


def test_each_step_is_in_the_trail(session, stopped, late):
    stopped.confirm(stopped.propose(GONE, late), late)
    session.flush()
    entries = session.exec(select(AuditEntry).order_by(AuditEntry.id)).all()
    noted = [one for one in entries if one.event.startswith("app.write_off_")]
    assert [(one.event, one.initiator) for one in noted] == [
        ("app.write_off_proposed", str(stopped.owner)),
        ("app.write_off_confirmed", str(stopped.officer)),
    ]
    assert noted[-1].details["messages"] == 1


def test_its_receipt_is_forgotten_as_one_that_was_confirmed(session, stopped, now, late):
    stopped.confirm(stopped.propose(GONE, late), late)
    for age, left in ((RECEIPTS_KEPT_FOR - timedelta(days=1), 1), (RECEIPTS_KEPT_FOR, 0)):
        forget_messages(session, now + age, UUID(int=0), 99)
        kept = session.exec(select(OutboxMessage.id).where(OutboxMessage.kind == MessageKind.LOGOUT)).all()
        assert len(kept) == left
