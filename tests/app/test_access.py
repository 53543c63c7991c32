"""Access fails closed."""

import pytest
from flask import Flask

from app.access import requirement_of
from profiles.roles.permissions import Permission, requires, signed_in


def view() -> str:
    return "shown"


def test_a_view_that_declares_nothing_answers_403(app: Flask) -> None:
    app.add_url_rule("/view", view_func=view)
    assert app.test_client().get("/view").status_code == 403


@pytest.mark.parametrize("marker", [signed_in(), signed_in(fresh=True), requires(Permission.SEE_PEOPLE)])
def test_a_view_for_people_leads_to_sign_in_and_back(app: Flask, marker: object) -> None:
    app.add_url_rule("/view", view_func=marker(lambda: "shown"), endpoint="view")  # type: ignore[operator]
    answer = app.test_client().get("/view?page=2")
    assert answer.status_code == 302
    assert answer.location == "/sign-in?next=/view?page%3D2"


def test_every_route_declares_what_it_needs(app: Flask) -> None:
    forgot = [
        endpoint
        for endpoint, function in app.view_functions.items()
        if endpoint != "static" and requirement_of(function) is None
    ]
    assert forgot == []
