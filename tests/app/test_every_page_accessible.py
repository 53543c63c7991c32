"""Every page that can be opened, on a phone, as axe-core sees it; nothing is wider than the screen."""

from functools import cache

import pytest
from flask import Flask, url_for
from playwright.sync_api import Page, Route

from profiles.roles.models import Role
from tests.app.test_every_page import NOBODY, READERS, may_open, pages, reader, things
from tests.factories.transfers import Move
from tests.support.accessibility import check_accessible
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

HOME = "http://localhost"
WIDTH = 390
MOST_PAGES = [Role.HR_OFFICER, Role.SECURITY_OFFICER, Role.ORGANISATION_ADMINISTRATOR, Role.APP_OWNER]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_page_can_be_used_by_everybody(app: Flask, move: Move, page: Page) -> None:
    """Each as one reader of it; pages are the same on each kind of database."""
    who_reads = [*MOST_PAGES, *(one for one in READERS if one not in MOST_PAGES)]
    readers = {who: None if who == NOBODY else reader(move, who) for who in who_reads}
    known = things(move)
    move.session.commit()
    visitors = {who: sign_in(app, one) if one else Visitor(app) for who, one in readers.items()}
    shown = {"html": ""}

    @cache
    def style(address: str) -> bytes:
        return app.test_client().get(address).data

    def answer(route: Route) -> None:
        if route.request.url == f"{HOME}/shown":
            route.fulfill(body=shown["html"], content_type="text/html; charset=utf-8")
        elif route.request.resource_type == "stylesheet":
            route.fulfill(body=style(route.request.url), content_type="text/css")
        else:
            route.abort()

    page.set_viewport_size({"width": WIDTH, "height": 844})
    page.route(f"{HOME}/**", answer)
    looked_at = 0
    for rule in pages(app):
        with app.test_request_context():
            path = url_for(rule.endpoint, **{name: known[name] for name in rule.arguments})
        who = next(one for one in who_reads if may_open(app, rule, one))
        found = visitors[who].open(path)
        if found.status_code != 200 or found.mimetype != "text/html":
            continue
        shown["html"] = found.text
        page.goto(f"{HOME}/shown")
        try:
            check_accessible(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH, "wider than the screen"
        except AssertionError as fault:
            raise AssertionError(f"{path}: {fault}") from None
        looked_at += 1
    assert looked_at > 60
