"""Cases are worked on by role, and stay with the organisation that opened them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.examples.conftest import submit
from tests.examples.fake_issuer import FakeIssuer

SignIn = Callable[[FlaskClient], TestResponse]
VOA = {"id": "org-voa", "code": "VOA", "name": "Valuation Office Agency"}


def open_case(browser: FlaskClient, title: str = "Late return") -> str:
    """Open a case and return its address."""
    answer = submit(browser, "/cases/new", "/cases/new", title=title, details="Two years")
    assert answer.status_code == 303, answer.text
    return answer.location


def sign_in_as(desk: Flask, issuer: FakeIssuer, sign_in: SignIn, sub: str, *roles: str) -> FlaskClient:
    browser = desk.test_client()
    issuer.person |= {"sub": sub, "name": sub.title(), "roles": list(roles)}
    assert sign_in(browser).status_code == 303
    return browser


def test_a_caseworker_opens_and_closes_their_own_case(
    desk: Flask, issuer: FakeIssuer, sign_in: SignIn
) -> None:
    browser = sign_in_as(desk, issuer, sign_in, "amina", "caseworker")
    case = open_case(browser)
    submit(browser, case, case + "/close")
    page = browser.get(case).text
    assert "is closed" in page
    assert "Close this case" not in page
    assert "Late return" in browser.get("/cases?show=closed").text


@pytest.mark.parametrize(
    ("role", "status", "shown"),
    [("viewer", 403, False), ("caseworker", 403, False), ("senior_caseworker", 303, True)],
)
def test_only_a_senior_caseworker_closes_somebody_elses_case(
    desk: Flask, issuer: FakeIssuer, sign_in: SignIn, role: str, status: int, shown: bool
) -> None:
    case = open_case(sign_in_as(desk, issuer, sign_in, "amina", "caseworker"))
    other = sign_in_as(desk, issuer, sign_in, "bea", role)
    assert ("Close this case" in other.get(case).text) is shown
    assert submit(other, case, case + "/close").status_code == status


def test_a_viewer_reads_but_does_not_add(desk: Flask, issuer: FakeIssuer, sign_in: SignIn) -> None:
    case = open_case(sign_in_as(desk, issuer, sign_in, "amina", "caseworker"))
    viewer = sign_in_as(desk, issuer, sign_in, "vic", "viewer")
    assert "Two years" in viewer.get(case).text
    assert "New case" not in viewer.get("/cases").text
    assert viewer.get("/cases/new").status_code == 403
    assert submit(viewer, "/cases", "/cases/new", title="x").status_code == 403


def test_the_highest_of_several_roles_counts_and_unknown_ones_do_not(
    desk: Flask, issuer: FakeIssuer, sign_in: SignIn
) -> None:
    browser = sign_in_as(desk, issuer, sign_in, "amina", "viewer", "emperor", "caseworker")
    assert 'id="who-role">Caseworker<' in browser.get("/cases").text


def test_a_movers_old_cases_stay_with_the_old_organisation(
    desk: Flask, issuer: FakeIssuer, sign_in: SignIn
) -> None:
    case = open_case(sign_in_as(desk, issuer, sign_in, "amina", "caseworker"))
    colleague = sign_in_as(desk, issuer, sign_in, "bea", "viewer")
    issuer.person["organisation"] = VOA
    mover = sign_in_as(desk, issuer, sign_in, "amina", "senior_caseworker")
    assert mover.get(case).status_code == 404
    assert submit(mover, "/cases", case + "/close").status_code == 404
    assert "Late return" not in mover.get("/cases").text
    assert "HM Revenue &amp; Customs" in colleague.get(case).text


def test_a_person_with_a_new_name_and_address_is_still_the_same(
    desk: Flask, issuer: FakeIssuer, sign_in: SignIn
) -> None:
    case = open_case(sign_in_as(desk, issuer, sign_in, "amina", "caseworker"))
    issuer.person |= {"email": "amina.jones@voa.example"}
    browser = sign_in_as(desk, issuer, sign_in, "amina", "caseworker")
    assert submit(browser, case, case + "/close").status_code == 303


def test_a_case_is_closed_once(desk: Flask, issuer: FakeIssuer, sign_in: SignIn) -> None:
    browser = sign_in_as(desk, issuer, sign_in, "amina", "caseworker")
    case = open_case(browser)
    submit(browser, case, case + "/close")
    submit(browser, "/cases", case + "/close")
    assert "was closed already" in browser.get(case).text


def test_a_case_without_a_subject_is_refused_with_the_reason(
    desk: Flask, issuer: FakeIssuer, sign_in: SignIn
) -> None:
    browser = sign_in_as(desk, issuer, sign_in, "amina", "caseworker")
    page = submit(browser, "/cases/new", "/cases/new", title="   ", details="kept")
    assert page.status_code == 400
    assert '<a href="#title">Enter what the case is about</a>' in page.text
    assert "kept" in page.text


def test_too_much_text_is_refused(desk: Flask, issuer: FakeIssuer, sign_in: SignIn) -> None:
    browser = sign_in_as(desk, issuer, sign_in, "amina", "caseworker")
    assert submit(browser, "/cases/new", "/cases/new", title="x" * 121).status_code == 400


def test_a_case_shows_text_and_not_markup(desk: Flask, issuer: FakeIssuer, sign_in: SignIn) -> None:
    browser = sign_in_as(desk, issuer, sign_in, "amina", "caseworker")
    assert "&lt;b&gt;" in browser.get(open_case(browser, "<b>")).text


def test_a_new_case_needs_the_forms_own_token(desk: Flask, issuer: FakeIssuer, sign_in: SignIn) -> None:
    browser = sign_in_as(desk, issuer, sign_in, "amina", "caseworker")
    assert browser.post("/cases/new", data={"title": "x"}).status_code == 400
    assert "(0)" in browser.get("/cases").text


def test_cases_come_in_pages(desk: Flask, issuer: FakeIssuer, sign_in: SignIn) -> None:
    browser = sign_in_as(desk, issuer, sign_in, "amina", "caseworker")
    for number in range(26):
        open_case(browser, f"Return of client {number}.")
    assert "Return of client 0." not in browser.get("/cases").text
    assert "Return of client 0." in browser.get("/cases?page=2").text


@pytest.mark.parametrize("path", ["/cases/999", "/cases/99999999999999999999", "/nowhere"])
def test_an_unknown_page_is_a_kind_404(browser: FlaskClient, sign_in: SignIn, path: str) -> None:
    sign_in(browser)
    page = browser.get(path)
    assert page.status_code == 404
    assert "There is no such page" in page.text


@pytest.mark.parametrize("page", ["0", "-1", "9" * 30, "x"])
def test_a_senseless_page_number_does_no_harm(browser: FlaskClient, sign_in: SignIn, page: str) -> None:
    sign_in(browser)
    assert browser.get("/cases", query_string={"page": page}).status_code == 200
