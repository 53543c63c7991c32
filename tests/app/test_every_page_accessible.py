"""Every page, on a phone, as axe-core sees it; nothing is wider than the screen.

Those that can simply be opened are looked at here, the others where a test brings them about.
"""

import re
from pathlib import Path

import pytest
from flask import Flask, template_rendered, url_for
from playwright.sync_api import Page

from app.look import TEMPLATES
from profiles.roles.models import Role
from tests.app.test_every_page import NOBODY, READERS, may_open, pages, reader, things
from tests.factories.transfers import Move
from tests.support.looked_at import marked
from tests.support.phone import Phone
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

MOST_PAGES = [Role.HR_OFFICER, Role.SECURITY_OFFICER, Role.ORGANISATION_ADMINISTRATOR, Role.APP_OWNER]
WHOLE_FOLDERS = re.compile(r'not_read\(app, reader, "(\w+)"\)')
"""What a test says that has looked at every page of a folder."""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_page_can_be_used_by_everybody(app: Flask, move: Move, page: Page) -> None:
    """Each as one reader of it; pages are the same on each kind of database."""
    who_reads = [*MOST_PAGES, *(one for one in READERS if one not in MOST_PAGES)]
    readers = {who: None if who == NOBODY else reader(move, who) for who in who_reads}
    known = things(move)
    move.session.commit()
    visitors = {who: sign_in(app, one) if one else Visitor(app) for who, one in readers.items()}
    phone, looked_at = Phone(app, page), set[str]()
    rendered: list[str] = []

    def note(_app: Flask, template: object, **_more: object) -> None:
        rendered.append(getattr(template, "name"))  # noqa: B009 - Jinja's templates are not typed

    for rule in pages(app):
        with app.test_request_context():
            path = url_for(rule.endpoint, **{name: known[name] for name in rule.arguments})
        who = next(one for one in who_reads if may_open(app, rule, one))
        rendered.clear()
        with template_rendered.connected_to(note, app):
            found = visitors[who].open(path)
        if found.status_code != 200 or found.mimetype != "text/html":
            continue
        phone.look(found.text, path)
        looked_at.update(rendered)
    missing = sorted(pages_of_folders() - looked_at - marked())
    assert missing == [], "mark the test that shows it: @pytest.mark.looks_at(template)"


def pages_of_folders() -> set[str]:
    """The templates of whole pages, without those of folders that a test looks at as a whole."""
    texts = [one.read_text() for one in Path(__file__).parent.rglob("test_*_accessible.py")]
    whole = {folder for text in texts for folder in WHOLE_FOLDERS.findall(text)}
    return {
        name
        for path in TEMPLATES.rglob("*.html")
        if '{% extends "layout.html" %}' in path.read_text()
        and (name := path.relative_to(TEMPLATES).as_posix()).partition("/")[0] not in whole
    }
