"""A phone, on which pages of an application under test are looked at without a server."""

import re
from functools import cache

from flask import Flask
from playwright.sync_api import Page, Route

from tests.support.accessibility import FIND, check_none, teach

WIDTH = 390
_SHOWN = "http://localhost/shown"
_EMPTY = "<!doctype html><title>Nothing yet</title>"
_SCRIPTS = re.compile(r"<script\b.*?</script>", re.DOTALL)
_WRITE = """async html => {
    document.open();
    document.write(html);
    document.close();
    if (document.readyState !== 'complete')
        await new Promise(shown => addEventListener('load', shown, {once: true}));
}"""
_LOOKED_AT = set[int]()
"""Of which answers this process has found nothing: a test that looks by itself may be marked too."""


class Phone:
    """Shows HTML that the application answered, with its styles; everything else stays out.

    All pages are written into one document, which has read axe-core: that takes longer than to look.
    """

    def __init__(self, app: Flask, page: Page) -> None:
        self._page, self._is_ready = page, False
        self._style = cache(lambda address: app.test_client().get(address).data)
        page.set_viewport_size({"width": WIDTH, "height": 844})
        page.route("**/*", self._answer)

    def look(self, html: str, name: str) -> None:
        """Fail, naming the page, with what axe-core finds, or when it is wider than the screen."""
        if hash(html) in _LOOKED_AT:
            return
        if not self._is_ready:
            self._page.goto(_SHOWN)
            teach(self._page)
            self._is_ready = True
        self._page.evaluate(_WRITE, _SCRIPTS.sub("", html))  # what a page does by itself would take it away
        check_none(self._page.evaluate(FIND), name)
        width = self._page.evaluate("document.documentElement.scrollWidth")
        assert width <= WIDTH, f"{name} is wider than the screen"
        _LOOKED_AT.add(hash(html))

    def _answer(self, route: Route) -> None:
        if route.request.url == _SHOWN:
            route.fulfill(body=_EMPTY, content_type="text/html; charset=utf-8")
        elif route.request.resource_type == "stylesheet":
            route.fulfill(body=self._style(route.request.url), content_type="text/css")
        else:
            route.fulfill(status=204)  # where a page leads by itself: it stays
