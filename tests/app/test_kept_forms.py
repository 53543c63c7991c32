"""Whoever must prove again who they are when they send a form comes back to all that they filled in."""

from html import unescape
from io import BytesIO
from pathlib import Path
from re import findall, search
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask, url_for
from sqlmodel import select
from werkzeug.routing import Rule

from app.access import NEVER_KEPT, requirement_of
from identity.sign_in.models import KeptForm
from tests.app.page_checks import check_page
from tests.app.test_every_page import things
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

LONG_AGO = 20
"""In minutes: longer than a sign-in is fresh."""
TYPED = {"reason": "Because “it” is\nneeded", "day": "1", "agreed": ""}


def guarded(app: Flask) -> list[Rule]:
    """Every form that wants a sign-in of the last minutes."""
    found = []
    for rule in app.url_map.iter_rules():
        requirement = requirement_of(app.view_functions[rule.endpoint])
        if "POST" in (rule.methods or ()) and requirement is not None and requirement.fresh:
            found.append(rule)
    return found


def back_of(location: str) -> str:
    """Where the sign-in page leads back to."""
    parts = urlsplit(location)
    assert parts.path == "/sign-in"
    return parse_qs(parts.query)["next"][0]


def hidden(page: str) -> list[tuple[str, str]]:
    form = search(
        r'<form action="([^"]+)" method="post" novalidate>(.*?)</form>', page.replace("\n", "&#10;")
    )
    assert form is not None
    fields = findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form[2])
    typed = [(unescape(name), unescape(value)) for name, value in fields if name != "csrf_token"]
    return [("action", unescape(form[1])), *typed]


def test_what_was_typed_comes_back_at_every_form(app: Flask, move: Move) -> None:
    known = things(move)
    move.session.commit()
    stale, fresh = sign_in(app, move.employee, minutes_ago=LONG_AGO), sign_in(app, move.employee)
    rules = guarded(app)
    assert len(rules) > 90
    for rule in rules:
        with app.test_request_context():
            path = url_for(
                rule.endpoint,
                **{name: known.get(name, {"part": "second"}.get(name)) for name in rule.arguments},
                side="home",
            )
        answer = stale.submit(path, page="/sign-in?fresh=1", **TYPED)
        assert answer.status_code == 302, path
        page = fresh.open(back_of(answer.location))
        assert page.status_code == 200, path
        assert hidden(page.text) == [("action", path), *TYPED.items()], path
    check_page(page.text)


def test_a_button_alone_is_pressed_again_where_it_stands(app: Flask, move: Move) -> None:
    stale = sign_in(app, move.employee, minutes_ago=LONG_AGO)
    answer = stale.submit("/profile/transfer-code", page="/sign-in?fresh=1")
    assert back_of(answer.location) == "/profile/transfer-code"
    assert move.session.exec(select(KeptForm)).all() == []


def test_it_is_shown_to_nobody_else(app: Flask, move: Move) -> None:
    stale = sign_in(app, move.employee, minutes_ago=LONG_AGO)
    answer = stale.submit("/profile/loan", page="/sign-in?fresh=1", **TYPED)
    other = sign_in(app, move.hmrc_officer).open(back_of(answer.location))
    assert other.status_code == 404
    check_page(other.text)
    assert "Because" not in other.text
    assert Visitor(app).open(back_of(answer.location)).status_code == 302


@pytest.mark.looks_at("sign_in/continue.html")
def test_everything_is_read_before_it_is_sent(app: Flask, move: Move) -> None:
    """Somebody else may have filled it in at a browser that was left alone, and only they can confirm it."""
    stale = sign_in(app, move.employee, minutes_ago=LONG_AGO)
    answer = stale.submit("/profile/loan", page="/sign-in?fresh=1", **TYPED, place="<b>Abroad</b>")
    page = sign_in(app, move.employee).open(back_of(answer.location)).text
    check_page(page)
    shown = page[page.index("<dl") : page.index("</dl>")]
    assert all(one in shown for one in ("/profile/loan", "Because", "&lt;b&gt;Abroad&lt;/b&gt;"))


def test_what_another_site_sends_is_never_put_before_them(app: Flask, move: Move) -> None:
    stale = sign_in(app, move.employee, minutes_ago=LONG_AGO)
    assert stale.post("/profile/loan", **TYPED).status_code == 400
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    answer = stale.post("/profile/loan", **TYPED)
    assert back_of(answer.location) == "/profile/loan"
    assert move.session.exec(select(KeptForm)).all() == []


def test_a_file_is_chosen_again(app: Flask, move: Move) -> None:
    stale = sign_in(app, move.employee, minutes_ago=LONG_AGO)
    sent = TYPED | {"file": (BytesIO(b"a,b"), "posts.csv")}
    answer = stale.submit("/profile/loan", page="/sign-in?fresh=1", **sent)  # type: ignore[arg-type]
    assert back_of(answer.location) == "/profile/loan"
    assert move.session.exec(select(KeptForm)).all() == []


def test_a_secret_is_typed_again(app: Flask, move: Move) -> None:
    stale = sign_in(app, move.employee, minutes_ago=LONG_AGO)
    answer = stale.submit("/profile/loan", page="/sign-in?fresh=1", **TYPED, client_secret="s3cret")
    assert back_of(answer.location) == "/profile/loan"
    assert move.session.exec(select(KeptForm)).all() == []


def test_every_field_of_a_secret_is_known() -> None:
    root = Path(__file__).parents[2]
    sources = [file.read_text() for part in ("app", "identity") for file in (root / part).rglob("*.py")]
    assert {name for text in sources for name in findall(r"(\w+) = PasswordField", text)} == NEVER_KEPT
