"""The phone of other tests finds what is wrong with a page, also after it has shown others."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Page

from tests.support.phone import Phone

PAGE = (
    '<!doctype html><html lang="en"><head><title>Records</title>'
    '<meta name="viewport" content="width=device-width">'
    "{head}</head><body><main><h1>Records</h1>{body}</main></body></html>"
)
STYLE = '<link rel="stylesheet" href="/wide.css">'
BAD = [
    pytest.param("", "<img src=x>", "image-alt", id="a picture without words"),
    pytest.param("", "<input>", "label", id="a field without a label"),
    pytest.param("", "<p style='color:#ccc;background:#fff'>Hello</p>", "color-contrast", id="pale letters"),
    pytest.param("", "<p style='width:900px'>Hello</p>", "wider than the screen", id="a wide page"),
    pytest.param(STYLE, "<p>Hello</p>", "wider than the screen", id="a wide page by its style sheet"),
]


@pytest.mark.parametrize(("head", "body", "fault"), BAD)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_wrong_is_found_after_a_page_that_is_right(
    app: Flask, page: Page, monkeypatch: pytest.MonkeyPatch, head: str, body: str, fault: str
) -> None:
    phone = Phone(app, page)
    monkeypatch.setattr(phone, "_style", lambda _address: b"p { width: 900px }")
    phone.look(PAGE.format(head="", body="<p>Good</p>"), "the first page")
    with pytest.raises(AssertionError, match=f"(?s)the second page.*{fault}"):
        phone.look(PAGE.format(head=head, body=body), "the second page")
    phone.look(PAGE.format(head="", body="<p>Good again</p>"), "the third page")
