"""Somebody who has left, with the passkey that they kept; it is 1 May."""

from dataclasses import replace
from datetime import datetime

import pytest
from flask import Flask

from tests.factories.returners import LATER, let_leave
from tests.factories.transfers import Move
from tests.support.authenticator import Authenticator, note_of, options_of
from tests.support.signed_in import sign_in


@pytest.fixture
def device(app: Flask, move: Move) -> Authenticator:
    """Made while they still worked."""
    made, visitor, path = (
        Authenticator(),
        sign_in(app, move.employee),
        "/profile/sign-in-methods/passkeys/new",
    )
    page = visitor.open(path).text
    answer = made.create(options_of(page))
    kept = visitor.submit(path, page=path, name="Phone", note=note_of(page), answer=answer)
    assert kept.status_code == 303
    return made


@pytest.fixture
def left(app: Flask, move: Move, device: Authenticator, now: datetime) -> Move:
    gone = let_leave(move)
    app.config["CLOCK"] = lambda: LATER
    move.session.commit()
    return replace(gone, session=move.session)
