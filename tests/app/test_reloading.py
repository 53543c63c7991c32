"""A page that reloads itself keeps nobody signed in; what its reader does, does."""

from datetime import datetime, timedelta

import pytest
from flask import Flask, Response
from sqlmodel import select

from app.database import transaction
from app.reloading import reload_after
from identity.sessions.models import LoginSession
from profiles.roles.permissions import signed_in
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor


@pytest.fixture
def reader(app: Flask, move: Move) -> Visitor:
    """Signed in ten minutes ago, on a page that reloads itself."""
    view = signed_in()(lambda part: reload_after(Response("working"), 5))
    app.add_url_rule("/work/<int:part>", view_func=view, endpoint="work")
    return sign_in(app, move.employee, minutes_ago=10)


def last_seen(app: Flask) -> datetime:
    with transaction(app.extensions["engine"], writes=False) as session:
        return session.exec(select(LoginSession.last_seen_at)).one()


def test_it_comes_back_to_what_its_address_said(reader: Visitor) -> None:
    answer = reader.open("/work/3?kind=late&kind=new")
    assert answer.headers["Refresh"] == "5; url=/work/3?kind=late&kind=new&reloaded=1"
    assert reader.open("/work/3?kind=late&reloaded=1").headers["Refresh"].endswith("?kind=late&reloaded=1")


@pytest.mark.parametrize(
    "asked", ["endpoint=home", "_external=1", "_method=POST", "_scheme=https", "_anchor=a"]
)
def test_words_of_an_address_are_no_options(reader: Visitor, asked: str) -> None:
    answer = reader.open(f"/work/3?{asked}")
    assert answer.status_code == 200
    assert answer.headers["Refresh"] == f"5; url=/work/3?{asked}&reloaded=1"


def test_the_reader_is_seen_and_the_page_is_not(app: Flask, reader: Visitor, now: datetime) -> None:
    assert reader.open("/work/3?reloaded=1").status_code == 200
    assert last_seen(app) == now - timedelta(minutes=10)
    assert reader.open("/work/3").status_code == 200
    assert last_seen(app) == now
