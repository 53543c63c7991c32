"""Fields and widgets in the look: what is shown, what is read, where errors lead."""

from datetime import date
from typing import Any

import pytest
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    Form,
    FormField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Optional

from app.widgets import (
    Checkbox,
    Checkboxes,
    CivilDateField,
    PasswordInput,
    Radios,
    Select,
    Submit,
    TextArea,
    TextInput,
    error_list,
)
from tests.app.page_app import page_app
from tests.app.page_checks import check_page

AB = [SelectChoice("a", "A"), SelectChoice("b", "B")]


class MoveForm(FlaskForm):  # type: ignore[misc]
    class Meta:
        csrf = False

    email = StringField("E-mail", [InputRequired("Enter an e-mail address")], widget=TextInput())
    password = PasswordField("Password", [InputRequired("Enter your password")], widget=PasswordInput())
    start = CivilDateField("Start date", [InputRequired("Enter the start date")])
    grade = SelectField("Grade", choices=AB, widget=Select())
    kind = RadioField("Kind", [InputRequired("Select the kind")], choices=AB, widget=Radios())
    done = SelectMultipleField(
        "Done", [InputRequired("Select what is done")], choices=AB, widget=Checkboxes()
    )
    sure = BooleanField("I am sure", [InputRequired("Confirm")], widget=Checkbox())
    why = TextAreaField("Why", [InputRequired("Say why")], description="One sentence", widget=TextArea())
    submit = SubmitField("Continue", widget=Submit())


def shown(data: dict[str, Any] | None = None, **initial: Any) -> str:
    """The page with every field of the form, after `data` was posted."""
    app = page_app()
    with app.test_request_context(method="POST" if data is not None else "GET", data=data):
        form = MoveForm(**initial)
        if data is not None:
            form.validate()
        source = (
            '{% extends "layout.html" %}{% from "components/forms.html" import post_form %}'
            '{% block page_title %}Move{% endblock %}{% block page %}<h1>Move</h1>{% call post_form("/") %}'
            "{% for field in form %}{{ field() }}{% endfor %}{% endcall %}{% endblock %}"
        )
        return str(app.jinja_env.from_string(source).render(**_context(app), form=form))


def _context(app: Any) -> dict[str, Any]:
    context: dict[str, Any] = {}
    app.update_template_context(context)
    return context


def dates(*parts: str, validators: list[Any] | None = None) -> tuple[date | None, list[str]]:
    """What a date field reads from its posted parts, and its errors."""

    class DateForm(Form):
        start = CivilDateField("Start date", validators or [InputRequired("Enter the start date")])

    with page_app().test_request_context():
        form = DateForm(MultiDict([("start", part) for part in parts]))
        form.validate()
        return form.start.data, [str(error) for error in form.start.errors]


def test_an_untouched_form_is_a_good_page() -> None:
    check_page(shown())


def test_a_form_with_every_error_is_a_good_page() -> None:
    html = shown({"start": ["", "", ""]})
    check_page(html)
    assert html.count("govuk-error-message") >= 7


def test_errors_lead_to_the_first_input_of_their_field() -> None:
    html = shown({})
    for target in ("email", "password", "start-day", "kind", "done", "sure", "why"):
        assert f'<a href="#{target}">' in html


def test_a_password_is_never_sent_back() -> None:
    assert "hunter2" not in shown({"password": "hunter2"})


def test_what_was_typed_is_shown_again_escaped() -> None:
    html = shown({"email": "<x>", "start": ["31", "2", "2026"], "kind": "b"})
    assert 'value="&lt;x&gt;"' in html
    assert 'id="start-day" name="start" type="text" value="31"' in html
    assert 'value="b" checked' in html


def test_a_date_that_the_form_begins_with_is_shown_in_parts() -> None:
    html = shown(start=date(2026, 4, 1))
    for part, value in (("day", 1), ("month", 4), ("year", 2026)):
        assert f'id="start-{part}" name="start" type="text" value="{value}"' in html


def test_a_group_without_description_has_no_hint() -> None:
    html = shown()
    assert 'id="kind-hint"' not in html
    assert 'id="why-hint"' in html


def test_a_button_is_sent_once() -> None:
    assert 'data-prevent-double-click="true"' in shown()


@pytest.mark.parametrize(
    "parts", [("1", "4", "2026"), ("01", "04", "2026"), (" 1", "April", "2026"), ("1", "apr", "2026")]
)
def test_a_date_is_read_from_its_parts(parts: tuple[str, ...]) -> None:
    assert dates(*parts) == (date(2026, 4, 1), [])


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        ((), "Enter the start date"),
        (("", " ", ""), "Enter the start date"),
        (("1", "", "2026"), "Start date must include a month"),
        (("", "4", "2026"), "Start date must include a day"),
        (("1", "4"), "Start date must include a year"),
        (("31", "2", "2026"), "Start date must be a real date"),
        (("1", "4", "26"), "Start date must be a real date"),
        (("1", "4", "2026", "5"), "Start date must be a real date"),
        (("x", "4", "2026"), "Start date must be a real date"),
    ],
)
def test_a_date_that_cannot_be_read_says_why(parts: tuple[str, ...], error: str) -> None:
    assert dates(*parts) == (None, [error])


def test_a_partial_date_is_an_error_even_where_it_is_optional() -> None:
    assert dates("", "4", "2026", validators=[Optional()]) == (None, ["Start date must include a day"])


def test_an_optional_date_may_be_left_empty() -> None:
    assert dates("", "", "", validators=[Optional()]) == (None, [])


def test_an_error_of_the_whole_form_leads_nowhere() -> None:
    form = Form()
    form.form_errors = ["The dates overlap"]
    assert error_list(form) == [{"text": "The dates overlap"}]


def test_errors_of_a_form_within_a_form_lead_to_its_fields() -> None:
    class Inner(Form):
        town = StringField("Town", [InputRequired("Enter a town")])

    class Outer(Form):
        home = FormField(Inner)

    with page_app().test_request_context():
        form = Outer(MultiDict())
        form.validate()
        assert error_list(form) == [{"text": "Enter a town", "href": "#home-town"}]
