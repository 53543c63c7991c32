"""Sessions kept in the desk's own database; the browser holds a random key and nothing else.

Kept here, a session can be ended from outside: by a logout token of Lanyard, or by its age.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from sqlite3 import Connection, IntegrityError, Row
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin
from werkzeug.datastructures import CallbackDict

from examples.department_app.database import Database
from examples.department_app.verifier import IdToken, LogoutToken

ANONYMOUS_LIFETIME = timedelta(hours=1)
KEPT_AFTER_END = timedelta(days=1)


class Replayed(Exception):
    """This logout token was obeyed before."""


@dataclass(frozen=True)
class _Origin:
    """The ID token that a signed-in session came from."""

    sub: str
    sid: str | None
    issued_at: int


class ServerSession(CallbackDict[str, Any], SessionMixin):
    """What one browser's session holds; `ended_at` says when Lanyard ended it, `too_old` that time did."""

    def __init__(
        self,
        stored: Mapping[str, Any] | None = None,
        *,
        key: str | None = None,
        ended_at: datetime | None = None,
        too_old: bool = False,
    ) -> None:
        super().__init__(stored or {}, _mark_modified)
        self.modified = False
        self.new = key is None
        self.key = key
        self.ended_at = ended_at
        self.too_old = too_old
        self.left_keys: list[str] = []
        self.origin: _Origin | None = None

    def start_over(self) -> None:
        """Empty the session and give it a new key; the old key opens nothing any more."""
        if self.key is not None:
            self.left_keys.append(self.key)
        self.clear()
        self.key, self.origin, self.ended_at, self.too_old = None, None, None, False
        self.modified = True

    def sign_in(self, id_token: IdToken, worker: Mapping[str, Any], encoded: str) -> None:
        """Make this the session of the person of `id_token`, under a new key (no session fixation)."""
        self.start_over()
        self.origin = _Origin(id_token.sub, id_token.sid, id_token.issued_at)
        self["worker"] = dict(worker)
        self["id_token"] = encoded


def _mark_modified(session: ServerSession) -> None:
    session.modified = True


class ServerSessions(SessionInterface):
    """Reads the session at the start of a request and writes it at its end, when it changed."""

    def __init__(self, database: Database, lifetime: timedelta, now: Callable[[], datetime]) -> None:
        self._database = database
        self._lifetime = lifetime
        self._now = now

    def open_session(self, app: Flask, request: Request) -> ServerSession:
        """The session of the request's cookie, or a new and empty one."""
        key = request.cookies.get(self.get_cookie_name(app))
        if not key:
            return ServerSession()
        with self._database.reading() as connection:
            row = connection.execute("SELECT * FROM sessions WHERE key_hash = ?", (_hashed(key),)).fetchone()
        return ServerSession() if row is None else self._opened(key, row)

    def _opened(self, key: str, row: Row) -> ServerSession:
        if row["ended_at"] is not None:
            return ServerSession(key=key, ended_at=datetime.fromtimestamp(row["ended_at"], UTC))
        age = self._now() - datetime.fromtimestamp(row["created_at"], UTC)
        if row["sub"] is None:
            return (
                ServerSession()
                if age >= ANONYMOUS_LIFETIME
                else ServerSession(json.loads(row["data"]), key=key)
            )
        if age >= self._lifetime:
            return ServerSession(key=key, too_old=True)
        return ServerSession(json.loads(row["data"]), key=key)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write what changed and hand the browser its key."""
        assert isinstance(session, ServerSession)  # noqa: S101 - open_session made it
        if session.ended_at is not None or session.too_old or not session.modified:
            return
        self._store(session)
        name, path = self.get_cookie_name(app), self.get_cookie_path(app)
        if session.key is None:
            response.delete_cookie(name, path=path)
            return
        response.set_cookie(
            name, session.key, path=path, secure=self.get_cookie_secure(app), httponly=True, samesite="Lax"
        )

    def _store(self, session: ServerSession) -> None:
        with self._database.transaction() as connection:
            for key in session.left_keys:
                connection.execute("DELETE FROM sessions WHERE key_hash = ?", (_hashed(key),))
            if session.key is not None:
                connection.execute(
                    "UPDATE sessions SET data = ? WHERE key_hash = ? AND ended_at IS NULL",
                    (json.dumps(session), _hashed(session.key)),
                )
            elif session:
                session.key = secrets.token_urlsafe(32)
                self._insert(connection, session, session.key)

    def _insert(self, connection: Connection, session: ServerSession, key: str) -> None:
        """Begin a session; one that Lanyard ended while the person was on the way here is born ended."""
        now, origin = self._now(), session.origin
        connection.execute(
            "DELETE FROM sessions WHERE created_at < ?", (_seconds(now - self._lifetime - KEPT_AFTER_END),)
        )
        connection.execute(
            "INSERT INTO sessions (key_hash, data, sub, sid, created_at, ended_at)"
            " VALUES (:key_hash, :data, :sub, :sid, :now, (SELECT max(received_at) FROM logout_tokens"
            " WHERE issued_at >= :issued_at AND (sid = :sid OR (sid IS NULL AND sub = :sub))))",
            {
                "key_hash": _hashed(key),
                "data": json.dumps(session),
                "sub": origin and origin.sub,
                "sid": origin and origin.sid,
                "issued_at": origin and origin.issued_at,
                "now": _seconds(now),
            },
        )


def end_sessions(database: Database, token: LogoutToken, now: datetime) -> int:
    """End every session of the token's `sid`, or of its `sub` when it has no `sid`; return how many.

    Raises Replayed when the token was obeyed before (OpenID Connect Back-Channel Logout 1.0 §2.6, §2.7).
    """
    with database.transaction() as connection:
        connection.execute(
            "DELETE FROM logout_tokens WHERE received_at < ?", (_seconds(now - KEPT_AFTER_END),)
        )
        try:
            connection.execute(
                "INSERT INTO logout_tokens (jti, sub, sid, issued_at, received_at) VALUES (?, ?, ?, ?, ?)",
                (token.jti, token.sub, token.sid, token.issued_at, _seconds(now)),
            )
        except IntegrityError as error:
            raise Replayed from error
        column, value = ("sub", token.sub) if token.sid is None else ("sid", token.sid)
        ended = connection.execute(
            f"UPDATE sessions SET ended_at = ?, data = '{{}}' WHERE {column} = ? AND ended_at IS NULL",  # noqa: S608
            (_seconds(now), value),
        )
        return ended.rowcount


def _hashed(key: str) -> str:
    return sha256(key.encode()).hexdigest()


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
