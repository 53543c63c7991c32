"""The parts of one running desk, and how a request reaches them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import current_app, g, session

from examples.department_app.database import Database
from examples.department_app.provider import Provider
from examples.department_app.sessions import ServerSession
from examples.department_app.settings import Settings
from examples.department_app.verifier import TokenVerifier
from examples.department_app.worker import Worker

EXTENSION = "department_desk"


@dataclass(frozen=True)
class Desk:
    """Everything that the views need; `now` gives the aware UTC time."""

    settings: Settings
    database: Database
    provider: Provider
    verifier: TokenVerifier
    now: Callable[[], datetime]


def this_desk() -> Desk:
    """The desk that answers the current request."""
    return cast(Desk, current_app.extensions[EXTENSION])


def this_session() -> ServerSession:
    """The current request's session, in our own type."""
    return cast(ServerSession, session._get_current_object())  # type: ignore[attr-defined]


def this_worker() -> Worker:
    """The person of the current request; only for views that the guard lets signed-in people reach."""
    return cast(Worker, g.worker)
