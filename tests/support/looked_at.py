"""`@pytest.mark.looks_at("imports/import.html")`: what the test shows of these templates axe-core looks at.

A test that brings pages about needs no second one that looks at them. It fails when it shows one of them not.
"""

import ast
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, g, template_rendered
from flask.signals import request_finished

from tests.support.phone import Phone

MARK = "looks_at"
HOW_TO_MARK = f"{MARK}(*templates): look, as axe-core does, at what the test shows of these templates"
_TESTS = Path(__file__).parents[1]


class Shown:
    """The first page of each of these templates and statuses that applications answered."""

    def __init__(self, templates: set[str]) -> None:
        self._templates, self.pages = templates, dict[tuple[str, int], str]()
        self.app: Flask | None = None

    def rendered(self, _app: Flask, template: Any, **_more: Any) -> None:
        if template.name in self._templates:
            g.looked_at = template.name

    def answered(self, app: Flask, response: Response, **_more: Any) -> None:
        name = g.pop("looked_at", None)
        if name is not None:
            self.app = app
            self.pages.setdefault((name, response.status_code), response.get_data(as_text=True))


@pytest.fixture(autouse=True)
def looked_at(request: pytest.FixtureRequest) -> Iterator[None]:
    """Pages are the same on each kind of database, so they are looked at on one."""
    marks = list(request.node.iter_markers(MARK))
    call = getattr(request.node, "callspec", None)
    if not marks or (call is not None and "postgresql" in call.params.values()):
        yield
        return
    page = request.getfixturevalue("page")
    templates = {name for mark in marks for name in mark.args}
    shown = Shown(templates)
    with ExitStack() as stack:
        stack.enter_context(template_rendered.connected_to(shown.rendered))
        stack.enter_context(request_finished.connected_to(shown.answered))
        yield
    not_shown = templates - {name for name, _status in shown.pages}
    assert not not_shown, f"the test shows no page of {not_shown}"
    assert shown.app is not None
    phone = Phone(shown.app, page)
    for (name, status), html in shown.pages.items():
        phone.look(html, f"{name} ({status})")


def marked() -> set[str]:
    """All templates that a test's mark names, read from the tests' text."""
    return {
        str(argument.value)
        for file in _TESTS.rglob("test_*.py")
        if MARK in (text := file.read_text())
        for call in ast.walk(ast.parse(text))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == MARK
        for argument in call.args
        if isinstance(argument, ast.Constant)
    }
