"""WTForms fields and widgets in the GOV.UK look; the quirks of govuk-frontend-wtf are kept in here.

Forms import from this module only:

    start_date = CivilDateField(_l("Start date"), description=_l("For example, 27 3 2026"))
    email = StringField(_l("E-mail address"), widget=TextInput())

What is mended: a date posted with a part missing is an error of the form, not a crash; a date's error leads
to its day; errors of the whole form lead nowhere instead of to "#None"; no empty hint under a group;
Day, Month and Year can be translated.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, TypedDict

from flask_babel import gettext
from govuk_frontend_wtf.wtforms_widgets import (
    GovCheckboxesInput,
    GovCheckboxInput,
    GovDateInput,
    GovPasswordInput,
    GovRadioInput,
    GovSelect,
    GovSubmitInput,
    GovTextArea,
    GovTextInput,
)
from wtforms import DateField, Field, Form, FormField
from wtforms import SelectChoice as SelectChoice  # type: ignore[attr-defined] # newer than the stubs

from profiles.temporal import is_recorded_day

__all__ = [
    "Checkbox",
    "Checkboxes",
    "CivilDateField",
    "PasswordInput",
    "Radios",
    "Select",
    "SelectChoice",
    "Submit",
    "TextArea",
    "TextInput",
    "error_list",
    "stripped",
]


def stripped(text: str | None) -> str:
    """What was typed, without blanks around it: a filter of text fields."""
    return (text or "").strip()


class _Translated:
    """What govuk-frontend-jinja would say in English, in the language of the page."""

    def map_gov_params(self, field: Field, **kwargs: Any) -> dict[str, Any]:
        params: dict[str, Any] = super().map_gov_params(field, **kwargs)  # type: ignore[misc]
        if "errorMessage" in params:
            params["errorMessage"]["visuallyHiddenText"] = gettext("Error")
        return params


class TextInput(_Translated, GovTextInput):  # type: ignore[misc]
    """A one-line text input."""


class PasswordInput(_Translated, GovPasswordInput):  # type: ignore[misc]
    """A password input with a button that shows what was typed; what was typed is never sent back."""

    def map_gov_params(self, field: Field, **kwargs: Any) -> dict[str, Any]:
        params = super().map_gov_params(field, **kwargs)
        params.setdefault("showPasswordText", gettext("Show"))
        params.setdefault("hidePasswordText", gettext("Hide"))
        params.setdefault("showPasswordAriaLabelText", gettext("Show password"))
        params.setdefault("hidePasswordAriaLabelText", gettext("Hide password"))
        params.setdefault("passwordShownAnnouncementText", gettext("Your password is visible"))
        params.setdefault("passwordHiddenAnnouncementText", gettext("Your password is hidden"))
        return params


class TextArea(_Translated, GovTextArea):  # type: ignore[misc]
    """A text input of several lines."""


class Select(_Translated, GovSelect):  # type: ignore[misc]
    """A select for one of many choices; prefer radios for few."""


class _Group(_Translated):
    """Radios and checkboxes, without the empty hint."""

    def map_gov_params(self, field: Field, **kwargs: Any) -> dict[str, Any]:
        params = super().map_gov_params(field, **kwargs)
        if not params["hint"].get("text") and not params["hint"].get("html"):
            del params["hint"]
        return params


class Radios(_Group, GovRadioInput):  # type: ignore[misc]
    """Radio buttons; the field's label is the legend."""


class Checkboxes(_Group, GovCheckboxesInput):  # type: ignore[misc]
    """Checkboxes of a SelectMultipleField; the field's label is the legend."""


class Checkbox(_Group, GovCheckboxInput):  # type: ignore[misc]
    """The one checkbox of a BooleanField."""


class Submit(GovSubmitInput):  # type: ignore[misc]
    """A button that is sent once, even when it is pressed twice."""

    def map_gov_params(self, field: Field, **kwargs: Any) -> dict[str, Any]:
        params: dict[str, Any] = super().map_gov_params(field, **kwargs)
        params.setdefault("preventDoubleClick", True)
        # Its value would be the label, in the language of the page: nothing that a view should read.
        params["value"] = None
        return params


class _DateParts(GovDateInput):  # type: ignore[misc]
    """Day, month and year as three inputs of one name."""

    def map_gov_params(self, field: "CivilDateField", **kwargs: Any) -> dict[str, Any]:
        # Past the parent's own mapping, which unpacks what was posted without counting it.
        params: dict[str, Any] = super(GovDateInput, self).map_gov_params(field, **kwargs)
        error = ""
        if field.errors:
            error = " govuk-input--error"
            params["errorMessage"]["visuallyHiddenText"] = gettext("Error")
        labels = (gettext("Day"), gettext("Month"), gettext("Year"))
        params.setdefault("fieldset", {"legend": {"text": field.label.text}})
        params["items"] = [
            {"label": label, "id": f"{field.id}-{part}", "name": field.name, "value": value}
            | {"classes": f"govuk-input--width-{width}{error}"}
            for label, part, value, width in zip(
                labels, ("day", "month", "year"), _parts_shown(field), (2, 2, 4), strict=True
            )
        ]
        return params


class CivilDateField(DateField):
    """A civil date asked for as day, month and year; a month may be a word. Its data is a `date` or None.

    ``called`` is what errors call it, where the label is no name of a date. An empty date is left to the
    validators (InputRequired, Optional); a partial or impossible one, or one that no record can speak of, is
    an error here.
    """

    widget = _DateParts()

    def __init__(
        self, label: Any = None, validators: Sequence[Any] = (), called: Any = None, **kwargs: Any
    ) -> None:
        self.typed_parts: list[str] = []
        self._called = called
        super().__init__(label, list(validators), format=["%d %m %Y", "%d %B %Y", "%d %b %Y"], **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        parts = [part.strip() for part in valuelist]
        self.typed_parts = [*parts, "", "", ""][:3]
        # InputRequired and Optional look at the first value only: a date without a day would be none to them.
        self.raw_data = [" ".join(parts).strip()]
        self.data = None
        if not any(parts):
            return
        names = (gettext("day"), gettext("month"), gettext("year"))
        missing = [name for name, part in zip(names, self.typed_parts, strict=True) if not part]
        if missing:
            raise ValueError(gettext("%(label)s must include a %(part)s", label=self._name, part=missing[0]))
        try:
            super().process_formdata(self.raw_data)
        except ValueError:
            raise ValueError(gettext("%(label)s must be a real date", label=self._name)) from None
        if self.data is not None and not is_recorded_day(self.data):
            self.data = None
            raise ValueError(gettext("%(label)s must be a real date", label=self._name))

    @property
    def _name(self) -> Any:
        return self._called or self.label.text


class ErrorLink(TypedDict, total=False):
    """One line of the error summary; an error of the whole form has no href."""

    text: str
    href: str


def error_list(form: Form) -> list[ErrorLink]:
    """The first error of each field, in the order of the form, each with the address of its input."""
    links: list[ErrorLink] = [{"text": str(error)} for error in form.form_errors]
    links.extend({"text": text, "href": f"#{target}"} for text, target in _field_errors(form))
    return links


def _field_errors(form: Form) -> Iterator[tuple[str, str]]:
    for field in form:
        if isinstance(field, FormField):
            yield from _field_errors(field.form)
        elif field.errors:
            yield str(field.errors[0]), f"{field.id}-day" if isinstance(field, CivilDateField) else field.id


def _parts_shown(field: "CivilDateField") -> list[str]:
    """What the person typed, else the date that the form began with."""
    if field.typed_parts:
        return field.typed_parts
    if isinstance(field.data, date):
        return [str(field.data.day), str(field.data.month), str(field.data.year)]
    return ["", "", ""]
