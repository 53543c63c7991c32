"""The link in the mail about a sign-in: it works without signing in, once, and opens nothing."""

import re
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from app.database import transaction
from identity.sessions.models import LoginSession
from profiles.outbox.models import OutboxMessage
from tests.app.page_checks import check_page
from tests.identity.sign_in.conftest import ADDRESS, PASSWORD, app, clock, person, visitor
from tests.support.visitor import Clock, Visitor

__all__ = ["app", "clock", "person", "visitor"]


def _sign_in(visitor: Visitor) -> int:
    return visitor.submit("/sign-in", page="/sign-in?fresh=1", address=ADDRESS, password=PASSWORD).status_code


def _link(engine: Engine) -> str:
    with transaction(engine, writes=False) as session:
        mail = session.execute(select(OutboxMessage).order_by(OutboxMessage.id)).scalars().first()
        assert mail is not None
        found = re.search(r"http://localhost(/not-me/\S+)", mail.payload["body"])
    assert found is not None
    return found[1]


def _ended(engine: Engine) -> list[bool]:
    with transaction(engine, writes=False) as session:
        return [one is not None for one in session.execute(select(LoginSession.ended_at)).scalars()]


@pytest.mark.looks_at("sign_in/not_me.html")
def test_the_button_behind_it_ends_the_sessions_and_locks_the_password(
    engine: Engine, app: Flask, visitor: Visitor, person: UUID
) -> None:
    _sign_in(visitor)
    holder = Visitor(app, source="203.0.113.9")
    answer = holder.submit(_link(engine))
    assert (answer.status_code, answer.location) == (303, "/not-me")
    check_page(holder.open("/not-me").text)
    assert _ended(engine) == [True]
    refused = visitor.submit("/sign-in", address=ADDRESS, password=PASSWORD)
    assert refused.status_code == 422
    assert "The e-mail address or the password is not right" in refused.text


def test_opening_it_does_nothing(engine: Engine, app: Flask, visitor: Visitor, person: UUID) -> None:
    """Programs that look at mail open every link."""
    _sign_in(visitor)
    page = Visitor(app).open(_link(engine))
    check_page(page.text)
    assert ADDRESS not in page.text
    assert _ended(engine) == [False]


def test_it_opens_nothing(engine: Engine, app: Flask, visitor: Visitor, person: UUID) -> None:
    _sign_in(visitor)
    holder = Visitor(app)
    holder.submit(_link(engine))
    assert holder.cookie("lanyard_session") is None
    assert holder.open("/profile").status_code == 302


@pytest.mark.looks_at("sign_in/not_me_over.html")
def test_it_works_once(engine: Engine, app: Flask, visitor: Visitor, person: UUID) -> None:
    _sign_in(visitor)
    link = _link(engine)
    holder = Visitor(app)
    assert holder.submit(link).status_code == 303
    again = holder.submit(link)
    assert again.status_code == 404
    check_page(again.text)


def test_after_a_month_it_is_too_old(
    engine: Engine, app: Flask, visitor: Visitor, clock: Clock, person: UUID
) -> None:
    _sign_in(visitor)
    clock.advance(days=30)
    assert Visitor(app).open(_link(engine)).status_code == 404


def test_one_that_was_changed_is_not_ours(app: Flask, engine: Engine, visitor: Visitor, person: UUID) -> None:
    _sign_in(visitor)
    assert Visitor(app).open(_link(engine)[:-2]).status_code == 404
