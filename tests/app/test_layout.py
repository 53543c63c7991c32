"""The frame around every page."""

from datetime import date
from pathlib import Path

import pytest
from flask import Flask, flash, render_template, render_template_string
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired

from app import look
from app.display_formats import civil_date
from app.widgets import TextInput
from tests.app.page_app import page_app, show
from tests.app.page_checks import check_page

PAGE = (
    '{% extends "layout.html" %}{% block page_title %}Home{% endblock %}'
    "{% block page %}<h1>Home</h1>{% endblock %}"
)


def app_showing(source: str = PAGE, **look_options: object) -> Flask:
    app = page_app(**look_options)

    @app.get("/")
    def home() -> str:
        look.show_account(
            "Amina <Okafor>",
            sign_out_url="/sign-out",
            navigation=[
                {"text": "Profile", "href": "/profile", "current": True},
                {"text": "Apps", "href": "/apps", "current": False},
            ],
        )
        return render_template_string(source)

    @app.get("/anonymous")
    def anonymous() -> str:
        return render_template_string(source)

    return app


def test_a_page_for_a_stranger_has_no_account() -> None:
    html = app_showing().test_client().get("/anonymous").text
    check_page(html)
    assert "Sign out" not in html
    assert "<nav" not in html


def test_a_signed_in_person_sees_name_and_navigation() -> None:
    html = app_showing().test_client().get("/").text
    check_page(html)
    assert "Amina &lt;Okafor&gt;" in html
    assert 'href="/profile" aria-current="page"' in html
    assert 'href="/apps"' in html


def test_signing_out_is_a_post_with_a_csrf_token() -> None:
    html = app_showing().test_client().get("/").text
    form = html[html.index('<form action="/sign-out"') : html.index("</form>")]
    assert 'method="post"' in form
    assert 'name="csrf_token" value="' in form


def test_the_development_banner_is_shown_when_asked_for() -> None:
    banner = "Development: not for real people’s data"
    assert banner in app_showing(development=True).test_client().get("/anonymous").text
    assert banner not in app_showing().test_client().get("/anonymous").text


def test_an_unbranded_page_has_neither_crown_nor_gov_uk_font_nor_link() -> None:
    html = app_showing().test_client().get("/").text
    assert "app-unbranded" in html
    assert "govuk-logo" not in html
    assert "GOV.UK" not in html


def test_the_branded_page_has_the_gov_uk_logo_and_the_account() -> None:
    html = app_showing(branded=True).test_client().get("/").text
    check_page(html)
    assert 'aria-label="GOV.UK"' in html
    assert "app-unbranded" not in html
    assert "Sign out" in html


def test_the_service_may_have_another_name() -> None:
    html = app_showing(service_name="Passport").test_client().get("/anonymous").text
    assert "<title>Home – Passport</title>" in html


def test_the_footer_keeps_links_for_the_signed_in_from_strangers() -> None:
    links = [look.FooterLink("Privacy notice", "home"), look.FooterLink("Seen", "home", signed_in_only=True)]
    client = app_showing(footer=links).test_client()
    assert ">Seen</a>" in client.get("/").text
    stranger = client.get("/anonymous").text
    assert ">Privacy notice</a>" in stranger
    assert ">Seen</a>" not in stranger


def test_an_error_of_the_form_is_in_the_title_and_the_summary() -> None:
    class NameForm(FlaskForm):  # type: ignore[misc]
        name = StringField("Name", [InputRequired("Enter a name")], widget=TextInput())

    app = page_app()

    @app.get("/")
    def view() -> str:
        form = NameForm(meta={"csrf": False})
        form.validate()
        source = PAGE.replace("</h1>", "</h1>{{ form.name() }}")
        return render_template_string(source, form=form)

    html = app.test_client().get("/").text
    check_page(html)
    assert "<title>Error: Home – Lanyard</title>" in html
    assert '<a href="#name">Enter a name</a>' in html


def test_flashed_messages_are_shown_once_success_first() -> None:
    app = app_showing()

    @app.get("/flash")
    def leave() -> str:
        flash("Look at this")
        flash("All done", "success")
        return ""

    client = app.test_client()
    client.get("/flash")
    html = client.get("/").text
    check_page(html)
    assert 0 < html.index("All done") < html.index("Look at this")
    assert "All done" not in client.get("/").text


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 429, 500, 503])
def test_an_error_page_says_what_happened_and_shows_the_reference(status: int) -> None:
    app = page_app()
    with app.test_request_context():
        html = render_template("errors/error.html", status=status, reference="REF-1")
    check_page(html)
    assert "REF-1" in html


def test_an_error_page_of_a_rarer_status_speaks_for_its_class() -> None:
    with page_app().test_request_context():
        assert "problem with what was sent" in render_template("errors/error.html", status=418)
        assert "problem with the service" in render_template("errors/error.html", status=502)


def test_a_refusal_that_has_a_reason_does_not_say_that_somebody_was_quicker() -> None:
    with page_app().test_request_context():
        lost = render_template("errors/error.html", status=409)
        refused = render_template("errors/error.html", status=409, reason="The clearance is suspended.")
    assert "Somebody else got there first" in lost
    assert "Somebody else" not in refused
    assert "This cannot be done now" in refused


def test_an_error_page_shows_a_given_reason_escaped() -> None:
    with page_app().test_request_context():
        html = render_template("errors/error.html", status=403, reason="Because <b>")
    assert "Because &lt;b&gt;" in html


def test_an_asset_changes_its_address_with_its_content(tmp_path: Path) -> None:
    app = page_app()
    app.static_folder = str(tmp_path)
    asset = tmp_path / "a.css"
    addresses = set()
    for content in ("one", "another", "one"):
        asset.write_text(content)
        with app.test_request_context():
            addresses.add(look.asset_url("a.css"))
    assert len(addresses) == 2


def test_every_asset_of_the_page_is_there() -> None:
    client = app_showing().test_client()
    html = client.get("/").text
    addresses = {part.split('"')[0] for part in html.split('"') if part.startswith("/static/")}
    assert len(addresses) >= 4
    assert {client.get(address).status_code for address in addresses} == {200}


def test_a_page_without_components_passes() -> None:
    check_page(show("<p>Hello</p>"))


def test_a_command_writes_dates_without_a_request() -> None:
    with page_app().app_context():
        assert civil_date(date(2026, 4, 1)) == "1 April 2026"
