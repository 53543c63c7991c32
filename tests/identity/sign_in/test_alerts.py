"""What a person is told when something changes in how their account is opened."""

from datetime import datetime, timedelta
from uuid import UUID

from flask import Flask
from sqlalchemy import Engine, select
from sqlmodel import Session

from app.database import transaction
from identity.sign_in import alerts
from identity.sign_in.alerts import KEPT_FOR
from identity.sign_in.models import AccountNotice
from profiles.outbox.models import MessageKind, OutboxMessage
from tests.app.page_checks import check_page
from tests.factories.people import make_person
from tests.identity.sign_in.conftest import ADDRESS, PASSWORD
from tests.support.visitor import Visitor

NEW_BROWSER = "A sign-in in a new browser"


def _sign_in(visitor: Visitor) -> None:
    visitor.submit("/sign-in", page="/sign-in?fresh=1", address=ADDRESS, password=PASSWORD)


def _told(engine: Engine) -> tuple[list[str], list[str]]:
    """The subjects of the mails, and of the notices."""
    with transaction(engine, writes=False) as session:
        mails = select(OutboxMessage).where(OutboxMessage.kind == MessageKind.MAIL).order_by(OutboxMessage.id)
        notices = select(AccountNotice.subject).order_by(AccountNotice.id)
        return (
            [one.payload["subject"] for one in session.execute(mails).scalars()],
            list(session.execute(notices).scalars()),
        )


def test_a_sign_in_in_a_new_browser_is_told_by_mail_and_on_the_page(
    engine: Engine, visitor: Visitor, person: UUID
) -> None:
    _sign_in(visitor)
    assert _told(engine) == ([NEW_BROWSER], [NEW_BROWSER])


def test_one_in_a_known_browser_is_not(engine: Engine, visitor: Visitor, person: UUID) -> None:
    _sign_in(visitor)
    visitor.submit("/sign-out", page="/sign-in?fresh=1")
    _sign_in(visitor)
    assert _told(engine)[0] == [NEW_BROWSER]


def test_the_mail_says_nothing_of_the_person(engine: Engine, app: Flask, person: UUID) -> None:
    _sign_in(Visitor(app, source="203.0.113.77"))
    with transaction(engine, writes=False) as session:
        body = session.execute(select(OutboxMessage)).scalar_one().payload["body"]
    assert not [word for word in (ADDRESS, "203.0.113.77", PASSWORD, str(person)) if word in body]


def test_the_profile_says_so_until_it_is_marked_as_read(visitor: Visitor, person: UUID) -> None:
    _sign_in(visitor)
    assert 'id="unread-notices"' in visitor.open("/profile").text
    page = visitor.open("/profile/notices").text
    check_page(page)
    assert NEW_BROWSER in page
    visitor.submit("/profile/notices/read", page="/profile/notices")
    assert 'id="unread-notices"' not in visitor.open("/profile").text
    assert NEW_BROWSER in visitor.open("/profile/notices").text


def test_another_persons_notices_are_not_marked(session: Session, now: datetime) -> None:
    first, second = make_person(session, now), make_person(session, now, "sam.other@hmrc.gov.uk")
    for person_id in (first, second):
        alerts.tell(session, person_id, "A passkey was added", "A passkey was added.", now)
    alerts.mark_read(session, first, now)
    assert [alerts.count_unread(session, one, now) for one in (first, second)] == [0, 1]


def test_after_half_a_year_they_are_forgotten(session: Session, now: datetime) -> None:
    person_id = make_person(session, now)
    alerts.tell(session, person_id, "A passkey was added", "A passkey was added.", now)
    assert not alerts.of_person(session, person_id, now + KEPT_FOR)
    alerts.forget_expired(session, now + KEPT_FOR + timedelta(minutes=2), 10)
    assert session.execute(select(AccountNotice)).first() is None
