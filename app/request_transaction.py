"""The transaction of a request: a 2xx or 3xx answer commits, anything else rolls back.

The session is opened at its first use, so that slow work (hashing a password, fetching a URL) can be done
before the write transaction begins. What must survive a refusal is written with ``own_transaction``.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime

from flask import Flask, Response, current_app
from sqlalchemy import Engine
from sqlmodel import Session

from app.database import open_session, transaction
from identity.exchange import current_exchange, kept, serving_app

READ_ONLY_METHODS = {"GET", "HEAD", "OPTIONS"}


def init_app(app: Flask, engine: Engine) -> None:
    """Commit or roll back after each request. ``engine`` becomes ``app.extensions["engine"]``."""
    app.extensions["engine"] = engine

    @app.after_request
    def _settle(response: Response) -> Response:
        try:
            settle(response.status_code)
        except Exception as error:
            # Flask would log the error with its text, which holds the values of the statement.
            return current_app.make_response(current_app.handle_user_exception(error))
        return response

    app.teardown_appcontext(lambda _error: close_session())


def request_session(*, writes: bool | None = None) -> Session:
    """The request's session; that of a GET only reads unless its first use says ``writes=True``.

    Raises RuntimeError when a session that only reads is asked to write: its first use must say so.
    """
    known = kept()
    session: Session | None = known.get("database_session")
    if session is None:
        if writes is None:
            writes = current_exchange().method not in READ_ONLY_METHODS
        known["session_writes"] = writes
        session = known["database_session"] = open_session(serving_app().extensions["engine"], writes=writes)
    elif writes and not known["session_writes"]:
        raise RuntimeError("this request's session was opened for reading")
    return session


def reading() -> AbstractContextManager[Session]:
    """A short look at the database before the request's own transaction begins."""
    return open_session(serving_app().extensions["engine"], writes=False)


@contextmanager
def own_transaction() -> Iterator[Session]:
    """A short transaction that commits by itself, for what must survive a refusal.

    On SQLite the request's own transaction must not be writing meanwhile: roll it back, or do this first.
    """
    with transaction(serving_app().extensions["engine"]) as session:
        yield session


@contextmanager
def rehearsal() -> Iterator[Session]:
    """A session in which something is tried out: it writes, and all of it is taken back when the block ends.

    A page that only reads holds back those who write no longer than that; nothing of it is read afterwards.
    """
    with open_session(serving_app().extensions["engine"], writes=True) as session:
        try:
            yield session
        finally:
            session.rollback()


def roll_back() -> None:
    """Forget what the request has written; its next use of the session begins anew."""
    session: Session | None = kept().pop("database_session", None)
    if session is not None:
        session.rollback()
        session.close()


def request_time() -> datetime:
    """The moment of the request: the same throughout it, aware, UTC. Tests set ``app.config["CLOCK"]``."""
    known = kept()
    now: datetime | None = known.get("request_time")
    if now is None:
        clock = serving_app().config.get("CLOCK")
        now = known["request_time"] = clock() if clock else datetime.now(UTC)
    return now


def settle(status_code: int) -> None:
    """Keep what the request has written, or forget it, as its answer says. Raises SQLAlchemy's DBAPIError."""
    session: Session | None = kept().get("database_session")
    if session is None:
        return
    if status_code < 400:
        session.commit()
    else:
        session.rollback()


def close_session() -> None:
    """Give the request's connection back, at its very end."""
    session: Session | None = kept().pop("database_session", None)
    if session is not None:
        session.close()
