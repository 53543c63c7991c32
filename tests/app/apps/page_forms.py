"""Filling in the form of a page, as a browser without JavaScript does: hidden fields come along."""

import re
from html import unescape
from typing import Any

from werkzeug.test import TestResponse

from tests.support.visitor import Visitor


def fill(visitor: Visitor, page: TestResponse | str, action: str, **typed: Any) -> TestResponse:
    """Send the page's first form that leads to ``action``."""
    html = page if isinstance(page, str) else page.text
    forms = re.findall(r'<form action="([^"]+)" method="post"[^>]*>(.*?)</form>', html, re.DOTALL)
    content = next(body for address, body in forms if unescape(address) == action)
    held: dict[str, Any] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', content, re.DOTALL):
        held.setdefault(name, []).append(unescape(value))
    return visitor.post(action, **(held | typed))
