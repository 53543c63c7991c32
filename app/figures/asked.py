"""Which days and whose moves a reader asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask import request
from flask_babel import lazy_gettext as _l
from wtforms import Form, RadioField, SelectField
from wtforms.validators import Optional, ValidationError

from app.access import permissions
from app.translation import gettext as _
from app.widgets import CivilDateField, Radios, Select, SelectChoice
from profiles.errors import Invalid, NotFound
from profiles.figures.scope import Period
from profiles.figures.service import Reader, reader_of
from profiles.organisations.service import OrganisationTree
from profiles.roles.permissions import Permission


class Span(StrEnum):
    """The periods that are asked for mostly; each ends today."""

    MONTH = "30"
    QUARTER = "91"
    YEAR = "365"
    OWN = "own"


class AskedForm(Form):
    """A period, and one organisation or all."""

    span = RadioField(
        _l("Which days?"),
        [Optional()],
        choices=lambda: [
            SelectChoice(Span.MONTH.value, _("The last 30 days")),
            SelectChoice(Span.QUARTER.value, _("The last quarter (91 days)")),
            SelectChoice(Span.YEAR.value, _("The last year (365 days)")),
            SelectChoice(Span.OWN.value, _("Other days")),
        ],
        widget=Radios(),
    )
    first = CivilDateField(_l("First day"), description=_l("For other days: 1 4 2026, say."))
    last = CivilDateField(_l("Last day"))
    organisation = SelectField(_l("Whose moves?"), [Optional()], widget=Select())

    def validate_first(self, field: CivilDateField) -> None:
        """Other days have a first one, which has begun."""
        if self.span.data == Span.OWN and field.data is None:
            raise ValidationError(_("Enter the first day"))

    def validate_last(self, field: CivilDateField) -> None:
        """And a last one."""
        if self.span.data == Span.OWN and field.data is None:
            raise ValidationError(_("Enter the last day"))


@dataclass(frozen=True)
class Asked:
    """What is shown; with a form that holds an error, the last 30 days are."""

    period: Period
    reader: Reader
    whose: str
    form: AskedForm

    @property
    def query(self) -> Mapping[str, Any]:
        """The same for a link."""
        found: dict[str, Any] = {"span": self.form.span.data, "organisation": self.form.organisation.data}
        for name in ("first", "last"):
            day: date | None = self.form[name].data
            if day is not None and self.form.span.data == Span.OWN:
                found[name] = [day.day, day.month, day.year]
        return {name: value for name, value in found.items() if value}


def asked_for(known: OrganisationTree, today: date) -> Asked:
    """What the address asks for. Raises NotFound for an organisation whose figures one may not see."""
    form = AskedForm(request.args, span=Span.MONTH.value)
    mine = permissions().organisations(Permission.SEE_FIGURES)
    everywhere = Permission.SEE_FIGURES in permissions().platform
    names = {"": _("All organisations") if everywhere else _("All of yours")} | {
        str(place): one.name for place, one in known.organisations.items() if everywhere or place in mine
    }
    form.organisation.choices = [SelectChoice(*pair) for pair in names.items()]
    organisation_id = _organisation_id()
    reader = reader_of(permissions(), organisation_id)
    whose = names.get(str(organisation_id or ""))
    if whose is None:
        raise NotFound(_("There is no such organisation."))
    if form.span.data not in list(Span):
        form.span.data = Span.MONTH.value
    return Asked(_period(form, today), reader, whose, form)


def _organisation_id() -> UUID | None:
    try:
        return UUID(request.args.get("organisation", ""))
    except ValueError:
        return None


def _period(form: AskedForm, today: date) -> Period:
    usual = Period(today - timedelta(days=29), today)
    if not form.validate():
        return usual
    first, last = form.first.data, form.last.data
    if form.span.data != Span.OWN or first is None or last is None:
        return Period(today - timedelta(days=int(form.span.data) - 1), today)
    try:
        return Period(first, last)
    except Invalid as refusal:
        form.last.errors = [refusal.message]
        return usual
