"""A way in that an old session adds at the very moment in which the account is recovered."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pyotp
import pytest
from flask import Flask, request
from sqlalchemy import Engine, event, select, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col

from app.database import open_session, transaction
from app.recovery.completing import complete
from identity.federation import links
from identity.federation.models import UpstreamLink
from identity.recovery.codes import CodePair
from identity.sessions import service as sessions
from identity.sessions.holding import hold
from identity.sessions.models import LoginSession
from identity.sign_in import one_time_codes
from identity.sign_in.models import OneTimeCodeSecret, Passkey, RecoveryCode
from profiles.audit.service import Initiator
from profiles.errors import Conflict
from profiles.transfers.models import TransferCode
from tests.factories.recoveries import Case
from tests.factories.upstreams import ENCRYPTION
from tests.support.authenticator import Authenticator, note_of, options_of
from tests.support.signed_in import LIMITS, sign_in
from tests.support.visitor import Clock, Visitor

METHODS = "/profile/sign-in-methods"
PASSKEY, CODES, TRANSFER = f"{METHODS}/passkeys/new", f"{METHODS}/codes", "/profile/transfer-code"
SET_UP = f"{CODES}/set-up"


@pytest.fixture
def pair(case: Case, clock: Clock) -> CodePair:
    given = CodePair.of(*case.both_codes(case.confirm(case.request())))
    case.session.commit()
    clock.now = case.now
    return given


@pytest.fixture
def engine(app: Flask) -> Engine:
    found: Engine = app.extensions["engine"]
    return found


def begin_session(session: Session, case: Case) -> sessions.SignedIn:
    token = sessions.start(session, case.now, person_id=case.person, limits=LIMITS)
    found = sessions.find_signed_in(session, token, case.now)
    assert found is not None
    return found


def add_account(session: Session, case: Case) -> UUID:
    return links.link(
        session,
        case.now,
        issuer="https://login.thief.example",
        subject="thief",
        realm="",
        person_id=case.person,
        initiator=Initiator.person(case.person),
    )


def accounts(engine: Engine) -> list[UUID]:
    with transaction(engine, writes=False) as session:
        return list(
            session.execute(select(UpstreamLink.id).where(col(UpstreamLink.ended_at).is_(None))).scalars()
        )


@contextmanager
def impatient(engine: Engine) -> Iterator[Session]:
    """A transaction in PostgreSQL that fails where it would wait for another."""
    with open_session(engine, writes=True) as session:
        session.execute(text("SET LOCAL lock_timeout = '200ms'"))
        yield session
        session.rollback()


@pytest.fixture
def waits(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("writers come one after the other there")


class TestTwoTransactions:
    """Whichever is first, nothing of the old session remains."""

    def test_the_recovery_waits_for_an_addition_and_removes_it(
        self, app: Flask, engine: Engine, case: Case, pair: CodePair, waits: None
    ) -> None:
        with transaction(engine) as session:
            thief = begin_session(session, case)
        with app.test_request_context(), transaction(engine) as adding:
            hold(adding, thief, case.now)
            add_account(adding, case)
            with impatient(engine) as recovering, pytest.raises(OperationalError):
                complete(recovering, pair, case.person)
        with app.test_request_context(), transaction(engine) as recovering:
            assert complete(recovering, pair, case.person)
        assert accounts(engine) == []

    def test_an_addition_waits_for_the_recovery_and_finds_its_session_ended(
        self, app: Flask, engine: Engine, case: Case, pair: CodePair, waits: None
    ) -> None:
        with transaction(engine) as session:
            thief = begin_session(session, case)
        with app.test_request_context(), transaction(engine) as recovering:
            assert complete(recovering, pair, case.person)
            with impatient(engine) as adding, pytest.raises(OperationalError):
                hold(adding, thief, case.now)
        with open_session(engine, writes=True) as adding, pytest.raises(Conflict):
            hold(adding, thief, case.now)

    def test_who_signs_in_while_the_account_is_recovered_adds_nothing_that_stays(
        self, app: Flask, engine: Engine, case: Case, pair: CodePair, waits: None
    ) -> None:
        """By an old way in, before that is gone; what they add comes after those of its kind were removed."""
        went_in = []

        def go_in(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            if "known_browsers" in statement and not went_in:
                went_in.append(True)
                with transaction(engine) as other:
                    hold(other, begin_session(other, case), case.now)
                    add_account(other, case)

        event.listen(engine, "before_cursor_execute", go_in)
        with app.test_request_context(), transaction(engine) as recovering:
            assert complete(recovering, pair, case.person)
        assert went_in == [True]
        assert accounts(engine) == []


def test_a_secret_that_was_only_begun_is_forgotten_too(
    app: Flask, engine: Engine, case: Case, pair: CodePair
) -> None:
    """Else its maker, who knows it, would wait for the person to confirm it."""
    with app.test_request_context(), transaction(engine) as session:
        one_time_codes.begin(session, ENCRYPTION, case.person, case.now)
        assert complete(session, pair, case.person)
    with transaction(engine, writes=False) as session:
        assert session.execute(select(OneTimeCodeSecret)).all() == []


def passkey_fields(visitor: Visitor) -> dict[str, str]:
    page = visitor.open(PASSKEY).text
    return {"name": "Thief", "note": note_of(page), "answer": Authenticator().create(options_of(page))}


def code_fields(visitor: Visitor) -> dict[str, str]:
    """The app's first code."""
    visitor.submit(CODES, page=METHODS)
    found = re.search(r'id="secret">([A-Z2-7 ]+)<', visitor.open(SET_UP).text)
    assert found is not None
    return {"code": pyotp.TOTP(found[1].replace(" ", "")).at(visitor.client.application.config["CLOCK"]())}


@pytest.mark.parametrize("path", [PASSKEY, CODES, SET_UP, f"{METHODS}/recovery-codes", TRANSFER])
def test_a_session_that_ended_after_it_was_looked_up_adds_nothing(
    app: Flask, engine: Engine, case: Case, clock: Clock, path: str
) -> None:
    case.session.commit()
    visitor = sign_in(app, case.person)
    fields = {PASSKEY: passkey_fields, SET_UP: code_fields}.get(path, lambda _visitor: {})(visitor)
    page = METHODS if path.startswith(METHODS) and not fields else path
    visitor.open(page)

    def end_it() -> None:
        if request.method == "POST":
            with transaction(engine) as session:
                sessions.end_all(session, case.person, clock.now, "Recovered", Initiator.system("test"))

    app.before_request_funcs.setdefault(None, []).append(end_it)
    answer = visitor.submit(path, page=page, **fields)
    assert answer.status_code == 409
    assert "signed out meanwhile" in answer.text
    with transaction(engine, writes=False) as session:
        live = select(LoginSession.id).where(col(LoginSession.ended_at).is_(None))
        assert session.execute(live).all() == []
        for kept in (Passkey, RecoveryCode, TransferCode):
            assert session.execute(select(kept)).all() == []
        confirmed = col(OneTimeCodeSecret.confirmed_at).is_not(None)
        assert session.execute(select(OneTimeCodeSecret).where(confirmed)).all() == []
