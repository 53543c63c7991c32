"""The two dates that a page about a profile is asked for, in its address: ``valid_on`` and ``known_on``."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from wtforms import Form
from wtforms.validators import Optional

from app.widgets import CivilDateField
from profiles.temporal import moment_of


class DatesForm(Form):
    """The day to look at, and the day with whose knowledge; empty is today."""

    valid_on = CivilDateField(
        _l("As it was on"),
        [Optional()],
        called=_l("The day to look at"),
        description=_l("For example, 27 3 2025"),
    )
    known_on = CivilDateField(
        _l("As we knew it on"),
        [Optional()],
        called=_l("The day of what we knew"),
        description=_l("Leave it empty for what we know today, with all corrections"),
    )


@dataclass(frozen=True)
class AskedDates:
    """A point of both time lines; ``form`` shows what was asked for, and what is wrong with it."""

    valid_at: datetime
    known_at: datetime
    form: DatesForm

    @property
    def query(self) -> dict[str, Any]:
        """The same point for a link to another page; nothing for what was not asked for."""
        typed = {"valid_on": self.form.valid_on.data, "known_on": self.form.known_on.data}
        return {name: [day.day, day.month, day.year] for name, day in typed.items() if day}


def asked_dates(now: datetime) -> AskedDates:
    """What the address asks for, or now for what it does not say."""
    form = DatesForm(request.args)
    form.validate()
    return AskedDates(moment_of(form.valid_on.data, now), min(moment_of(form.known_on.data, now), now), form)
