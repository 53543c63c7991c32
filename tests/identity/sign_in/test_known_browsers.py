"""Browsers that a person is known in: attempts of their own there, and nothing else."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import Engine, event, func, select
from sqlmodel import Session

from app.database import transaction
from identity.sign_in import known_browsers
from identity.sign_in.known_browsers import KNOWN_FOR, MOST_BROWSERS, MOST_PEOPLE
from identity.sign_in.models import KnownBrowser
from identity.sign_in.passwords import set_password
from identity.sign_in.throttling import ACCOUNT, SOURCE
from profiles.audit.models import AuditEntry
from profiles.errors import NotFound
from tests.factories.organisations import INITIATOR
from tests.factories.people import make_person
from tests.identity.sign_in.conftest import ADDRESS, CHEAP, PASSWORD
from tests.support.visitor import Clock, Visitor, make_app

COOKIE = "lanyard_known"
OTHER = "sam.other@hmrc.gov.uk"


def _sign_in(visitor: Visitor, password: str = PASSWORD, address: str = ADDRESS) -> int:
    return visitor.submit("/sign-in", page="/sign-in?fresh=1", address=address, password=password).status_code


def _out(visitor: Visitor) -> None:
    visitor.submit("/sign-out", page="/sign-in?fresh=1")


def _lock_out(app: Flask, address: str = ADDRESS) -> None:
    stranger = Visitor(app, source="203.0.113.9")
    assert [_sign_in(stranger, "wrong", address) for _ in range(ACCOUNT.free + 1)][-1] == 429


@contextmanager
def _statements(engine: Engine) -> Iterator[list[str]]:
    """What the database is asked meanwhile."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(re.sub(r"\s+", " ", statement))

    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


def test_a_strangers_attempts_keep_nobody_out_at_their_own_browser(
    app: Flask, visitor: Visitor, person: UUID
) -> None:
    _sign_in(visitor)
    _out(visitor)
    _lock_out(app)
    assert _sign_in(visitor) == 303


def test_nor_do_the_attempts_of_others_behind_the_same_address(
    app: Flask, visitor: Visitor, person: UUID
) -> None:
    _sign_in(visitor)
    _out(visitor)
    colleague = Visitor(app)
    answers = [_sign_in(colleague, "wrong", f"no{number}@hmrc.gov.uk") for number in range(SOURCE.free + 1)]
    assert answers[-1] == 429
    assert _sign_in(visitor) == 303


def test_at_a_browser_that_is_not_known_one_waits(app: Flask, visitor: Visitor, person: UUID) -> None:
    _sign_in(visitor)
    _lock_out(app)
    assert _sign_in(Visitor(app, source="198.51.100.7")) == 429


def test_guessing_at_a_known_browser_waits_as_well(visitor: Visitor, person: UUID) -> None:
    _sign_in(visitor)
    _out(visitor)
    answers = [_sign_in(visitor, "wrong") for _ in range(ACCOUNT.free + 1)]
    assert answers == [422] * ACCOUNT.free + [429]


def test_being_known_as_one_person_helps_with_nobody_else(
    app: Flask, engine: Engine, visitor: Visitor, now: datetime, person: UUID
) -> None:
    with transaction(engine) as session:
        set_password(session, make_person(session, now, OTHER), PASSWORD, now, CHEAP)
    _sign_in(visitor)
    _out(visitor)
    _lock_out(app, OTHER)
    assert _sign_in(visitor, address=OTHER) == 429


@pytest.mark.parametrize("known", [True, False])
def test_the_database_is_asked_the_same_of_an_account_that_there_is_not(
    app: Flask, engine: Engine, visitor: Visitor, now: datetime, person: UUID, known: bool
) -> None:
    """At a browser that somebody else is known in, and at one that is nobody's."""
    with transaction(engine) as session:
        set_password(session, make_person(session, now, OTHER), PASSWORD, now, CHEAP)
    if known:
        _sign_in(visitor)
        _out(visitor)
    asked = []
    for address in (OTHER, "nobody@hmrc.gov.uk"):
        with _statements(app.extensions["engine"]) as statements:
            assert _sign_in(visitor, "wrong", address) == 422
        asked.append(statements)
    assert asked[0] == asked[1]
    assert any("known_browsers" in one for one in asked[0]) is known


@pytest.mark.parametrize(
    ("issuer", "name", "secure"),
    [("http://localhost", COOKIE, False), ("https://lanyard.example", "__Host-lanyard_known", True)],
)
def test_the_cookie_outlives_the_session_and_no_script_sees_it(
    database_url: str, clock: Clock, person: UUID, issuer: str, name: str, secure: bool
) -> None:
    app = make_app(database_url, clock, issuer=issuer)
    response = Visitor(app).submit("/sign-in", address=ADDRESS, password=PASSWORD)
    cookie = next(one for one in response.headers.getlist("Set-Cookie") if one.startswith(f"{name}="))
    assert ("Secure" in cookie) is secure
    assert {"HttpOnly", "SameSite=Lax", "Path=/", f"Max-Age={180 * 86400}"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    app.extensions["engine"].dispose()


def test_signing_in_again_keeps_the_same_browser(
    engine: Engine, visitor: Visitor, clock: Clock, person: UUID
) -> None:
    _sign_in(visitor)
    _out(visitor)
    clock.advance(days=30)
    _sign_in(visitor)
    with transaction(engine, writes=False) as session:
        known = session.execute(select(KnownBrowser)).scalar_one()
        assert known.expires_at == clock.now + KNOWN_FOR
        assert session.execute(select(AuditEntry.event)).scalars().all().count("browser.remembered") == 1


def test_a_new_password_by_link_makes_every_browser_a_strangers(
    engine: Engine, visitor: Visitor, now: datetime, person: UUID
) -> None:
    _sign_in(visitor)
    with transaction(engine) as session:
        known_browsers.forget_all(session, person, now, INITIATOR)
    _out(visitor)
    _sign_in(visitor)
    with transaction(engine, writes=False) as session:
        events = session.execute(select(AuditEntry.event)).scalars().all()
    assert (events.count("browser.forgotten"), events.count("browser.remembered")) == (1, 2)


class TestWhatIsKept:
    """One browser, several people; one person, several browsers."""

    def test_two_people_at_one_browser_are_both_known(self, session: Session, now: datetime) -> None:
        first, second = make_person(session, now), make_person(session, now, OTHER)
        cookie = known_browsers.remember(session, first, "", "Firefox", now).cookie
        cookie = known_browsers.remember(session, second, cookie, "Firefox", now).cookie
        assert all(known_browsers.find(session, cookie, one, now) for one in (first, second))
        assert not known_browsers.remember(session, first, cookie, "Firefox", now).is_new

    def test_the_token_of_one_person_makes_nobody_else_known(self, session: Session, now: datetime) -> None:
        """A planted cookie is worth nothing."""
        first, second = make_person(session, now), make_person(session, now, OTHER)
        planted = known_browsers.remember(session, first, "", "Firefox", now).cookie
        assert known_browsers.remember(session, second, planted, "Firefox", now).is_new

    def test_a_browser_remembers_a_few_people(self, session: Session, now: datetime) -> None:
        cookie = ""
        people = [make_person(session, now, f"p{number}@hmrc.gov.uk") for number in range(MOST_PEOPLE + 1)]
        for person_id in people:
            cookie = known_browsers.remember(session, person_id, cookie, "Firefox", now).cookie
        known = [known_browsers.find(session, cookie, one, now) is not None for one in people]
        assert known == [False] + [True] * MOST_PEOPLE

    def test_a_person_is_remembered_in_so_many(self, session: Session, now: datetime) -> None:
        person_id = make_person(session, now)
        cookies = []
        for number in range(MOST_BROWSERS + 1):
            at = now + timedelta(minutes=number)
            cookies.append(known_browsers.remember(session, person_id, "", "Firefox", at).cookie)
        assert known_browsers.find(session, cookies[0], person_id, now) is None
        assert session.execute(select(func.count()).select_from(KnownBrowser)).scalar_one() == MOST_BROWSERS

    def test_after_half_a_year_it_is_forgotten(self, session: Session, now: datetime) -> None:
        person_id = make_person(session, now)
        cookie = known_browsers.remember(session, person_id, "", "Firefox", now).cookie
        assert known_browsers.find(session, cookie, person_id, now + KNOWN_FOR) is None
        known_browsers.forget_expired(session, now + KNOWN_FOR + timedelta(minutes=2), 10)
        assert session.execute(select(KnownBrowser)).first() is None

    def test_nobody_forgets_another_persons(self, session: Session, now: datetime) -> None:
        first, second = make_person(session, now), make_person(session, now, OTHER)
        known_browsers.remember(session, first, "", "Firefox", now)
        mine = known_browsers.of_person(session, first, now)[0].id
        with pytest.raises(NotFound):
            known_browsers.forget_one(session, second, mine, now)
        known_browsers.forget_one(session, first, mine, now)
        assert not known_browsers.of_person(session, first, now)

    @pytest.mark.parametrize("cookie", ["", ".", "\0", "x" * 43 + "\n", "a" * 100_000, "é" * 43, "." * 9999])
    def test_a_cookie_that_is_not_ours_finds_nobody(
        self, session: Session, now: datetime, cookie: str
    ) -> None:
        assert known_browsers.find(session, cookie, uuid4(), now) is None

    def test_what_the_browser_keeps_is_not_in_the_database(self, session: Session, now: datetime) -> None:
        cookie = known_browsers.remember(session, make_person(session, now), "", "Firefox", now).cookie
        assert session.execute(select(KnownBrowser.token_hash)).scalar_one() != cookie
