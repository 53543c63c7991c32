"""The header's links: what a person may open, and which section a page belongs to."""

import re

import pytest
from flask import Flask

from tests.factories.transfers import Move
from tests.support.signed_in import sign_in


def current_link(page: str) -> list[str]:
    active = re.findall(r'href="([^"]+)"[^>]*aria-current="(?:page|true)"', page)
    return [href for href in active if "?" not in href]


@pytest.mark.parametrize(
    ("path", "section"),
    [
        ("/profile", "/profile"),
        ("/profile/apps", "/profile/apps"),
        ("/profile/sessions", "/profile"),
        ("/transfers/new", "/transfers"),
    ],
)
def test_a_page_belongs_to_one_section(app: Flask, move: Move, path: str, section: str) -> None:
    assert current_link(sign_in(app, move.preparer).open(path).text) == [section]


def test_nobody_is_offered_what_would_be_refused(app: Flask, move: Move) -> None:
    page = sign_in(app, move.employee).open("/profile").text
    for path in ("/people", "/transfers", "/apps", "/audit", "/receipts"):
        assert f'href="{path}"' not in page
