"""A visitor who is signed in, without the page that does it."""

from datetime import timedelta
from uuid import UUID

from flask import Flask

from app.database import transaction
from identity.sessions.cookie import cookie_name
from identity.sessions.service import Limits, start
from tests.support.visitor import Visitor

LIMITS = Limits(idle=timedelta(hours=1), absolute=timedelta(hours=12))


def sign_in(app: Flask, person_id: UUID, *, minutes_ago: int = 0) -> Visitor:
    """A visitor with a session of this person, begun so long ago by the application's clock."""
    now = app.config["CLOCK"]()
    with transaction(app.extensions["engine"]) as session:
        token = start(
            session,
            now - timedelta(minutes=minutes_ago),
            person_id=person_id,
            limits=LIMITS,
            user_agent="Firefox on Windows",
        )
    visitor = Visitor(app)
    visitor.client.set_cookie(cookie_name(https=False), token)
    return visitor
