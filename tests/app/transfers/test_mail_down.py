"""A move goes on while the mail server is down, and every mail of it arrives once it is back."""

import socket
import threading
from datetime import timedelta

from sqlalchemy import Engine
from sqlmodel import col, select

from app import mail
from app.config import Settings
from app.database import open_session
from app.deliveries import Deliveries
from profiles.outbox.models import MessageKind, OutboxMessage
from profiles.transfers.models import TransferState
from tests.factories.transfers import Move
from tests.support.visitor import Clock


def waiting(engine: Engine) -> int:
    """Mails that are neither sent nor given up."""
    with open_session(engine, writes=False) as session:
        query = select(OutboxMessage).where(
            col(OutboxMessage.kind) == MessageKind.MAIL,
            col(OutboxMessage.acknowledged_at).is_(None),
            col(OutboxMessage.given_up_at).is_(None),
        )
        return len(session.exec(query).all())


def test_nothing_is_lost_in_two_days_without_a_mail_server(
    move: Move, engine: Engine, settings: Settings
) -> None:
    transfer = move.schedule()
    assert transfer.state is TransferState.SCHEDULED
    move.session.commit()
    told = waiting(engine)
    assert told > 0
    clock, is_up = Clock(move.now), False
    arrived: list[str] = []
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        url = f"smtp://127.0.0.1:{nobody_listens.getsockname()[1]}"
        without = settings.model_copy(update={"smtp_url": url})

        def deliver(message: OutboxMessage) -> str:
            if is_up:
                arrived.append(message.payload["subject"])
                return ""
            return mail.deliver(without, message)

        deliveries = Deliveries(engine, deliver, clock, threading.Event(), forget_mail=False)
        for _ in range(4):
            while deliveries.start_due():
                deliveries.wait()
            clock.advance(hours=12)
    assert waiting(engine) == told
    is_up = True
    while deliveries.start_due():
        deliveries.wait()
    deliveries.close()
    assert waiting(engine) == 0
    assert len(arrived) == told
    assert clock.now - move.now == timedelta(days=2)
