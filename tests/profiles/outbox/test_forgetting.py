"""What was sent is forgotten after its time; what an app never confirmed, and what waits, stays."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session, select

from profiles.outbox.forgetting import MAIL_KEPT_FOR, RECEIPTS_KEPT_FOR, forget_messages
from profiles.outbox.models import MessageKind, OutboxMessage

BEGINNING, DAY = UUID(int=0), timedelta(days=1)
MAIL, LOGOUT = MessageKind.MAIL, MessageKind.LOGOUT


def write(session: Session, kind: MessageKind, at: datetime, **said: datetime) -> UUID:
    one = OutboxMessage(kind=kind, payload={}, reason="Access ended", created_at=at, due_at=at, **said)
    session.add(one)
    session.flush()
    return one.id


def kept(session: Session) -> set[UUID]:
    return set(session.exec(select(OutboxMessage.id)))


@pytest.mark.parametrize(
    ("kind", "age", "became", "stays"),
    [
        (MAIL, MAIL_KEPT_FOR, "acknowledged_at", False),
        (MAIL, MAIL_KEPT_FOR, "given_up_at", False),
        (MAIL, MAIL_KEPT_FOR, None, True),
        (MAIL, MAIL_KEPT_FOR - DAY, "acknowledged_at", True),
        (LOGOUT, MAIL_KEPT_FOR, "acknowledged_at", True),
        (LOGOUT, RECEIPTS_KEPT_FOR, "acknowledged_at", False),
        (LOGOUT, RECEIPTS_KEPT_FOR, "given_up_at", True),
        (LOGOUT, RECEIPTS_KEPT_FOR, None, True),
    ],
)
def test_what_is_forgotten(
    session: Session, now: datetime, kind: MessageKind, age: timedelta, became: str | None, stays: bool
) -> None:
    at = now - age
    written = write(session, kind, at, **({became: at} if became else {}))
    assert forget_messages(session, now, BEGINNING, 10) is None
    assert (written in kept(session)) is stays


def test_it_goes_on_page_by_page_as_far_as_anything_is_old(session: Session, now: datetime) -> None:
    old = [write(session, MAIL, now - 2 * MAIL_KEPT_FOR, acknowledged_at=now) for _ in range(3)]
    new = [write(session, MAIL, now, acknowledged_at=now) for _ in range(3)]
    place = forget_messages(session, now, BEGINNING, 2)
    assert place == old[1]
    place = forget_messages(session, now, place, 2)
    assert place == new[0]
    assert forget_messages(session, now, place, 2) is None
    assert kept(session) == set(new)
