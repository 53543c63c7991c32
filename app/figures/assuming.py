"""What the hours saved are worked out from: a page to read it, and for the centre one to say it anew."""

import re
from decimal import Decimal
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import Field, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from app.access import permissions, signed_in_person
from app.display_formats import civil_date, money
from app.figures.blueprint import blueprint
from app.request_transaction import request_session, request_time
from app.transfers.forms import PoundsField, show_refusal
from app.translation import gettext as _
from app.widgets import CivilDateField, TextArea, TextInput, stripped
from profiles.errors import Invalid
from profiles.figures.assumptions import LONGEST_SOURCE, Assumed, assume, assumed, on_day
from profiles.roles.permissions import Permission, requires
from profiles.temporal import civil_date as day_of

_NUMBERS = ("least_minutes", "most_minutes", "task_minutes", "hour_pence")
_HOURS = re.compile(r"[0-9]{1,4}([.][0-9]{1,2})?")


class HoursField(Field):
    """Hours typed with decimals; its data is whole minutes, or None."""

    widget = TextInput()
    data: int | None

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed. Raises ValueError for what is no number of hours."""
        typed = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not typed:
            return
        if not _HOURS.fullmatch(typed):
            raise ValueError(_("Enter hours, like 7.5"))
        self.data = round(Decimal(typed) * 60)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return hours(self.data) if self.data is not None else ""


class AssumptionForm(FlaskForm):  # type: ignore[misc]
    """All that is assumed, from a day on."""

    begins_on = CivilDateField(
        _l("For moves with a start date from"),
        [InputRequired(_l("Enter the first start date"))],
        description=_l("It may lie in the past: the figures since then are worked out anew."),
    )
    least_minutes = HoursField(
        _l("Hours that beginning anew costs at least, of everybody’s work"),
        [InputRequired(_l("Enter the least hours"))],
    )
    most_minutes = HoursField(_l("And at most"), [InputRequired(_l("Enter the most hours"))])
    task_minutes = HoursField(
        _l("Hours that a task done in Lanyard costs"), [InputRequired(_l("Enter the hours of a task"))]
    )
    hour_pence = PoundsField(_l("Pounds that an hour costs (optional)"), [Optional()])
    source = TextAreaField(
        _l("Where are these numbers from?"),
        [
            InputRequired(_l("Say where the numbers are from")),
            Length(max=LONGEST_SOURCE, message=_l("Use %(max)d characters or fewer")),
        ],
        description=_l("Everybody who sees the figures reads it."),
        widget=TextArea(),
        filters=[stripped],
    )


@blueprint.get("/figures/assumptions")
@requires(Permission.SEE_FIGURES)
def assumptions() -> str:
    """All that is or was assumed, the newest first."""
    rows = assumption_rows(assumed(request_session()))
    may_assume = permissions().anywhere(Permission.SET_ASSUMPTIONS)
    return render_template("figures/assumptions.html", rows=rows[::-1], may_assume=may_assume)


@blueprint.get("/figures/assumptions/new")
@requires(Permission.SET_ASSUMPTIONS)
def new_assumption() -> Response:
    """Begin with what holds today."""
    today = day_of(request_time())
    held = on_day(assumed(request_session()), today)
    begin: dict[str, Any] = {name: getattr(held, name) for name in _NUMBERS} | {"begins_on": today}
    return _ask(AssumptionForm(formdata=None, data=begin))


@blueprint.post("/figures/assumptions/new")
@requires(Permission.SET_ASSUMPTIONS)
def record_assumption() -> Response:
    """Record it, or show what is wrong."""
    form = AssumptionForm()
    if not form.validate_on_submit():
        return _ask(form, 422)
    wanted = Assumed(**{name: form[name].data for name in (*_NUMBERS, "source", "begins_on")})
    try:
        assume(
            request_session(),
            request_time(),
            officer_id=signed_in_person(),
            permissions=permissions(),
            wanted=wanted,
        )
    except Invalid as refusal:
        show_refusal(form, refusal)
        return _ask(form, 422)
    flash(_("The figures are worked out with it from now on."), "success")
    return redirect(url_for("figures.assumptions"), 303)


def assumption_rows(known: list[Assumed]) -> list[tuple[str, ...]]:
    """Each in words: from when, hours, what an hour costs, and where it is from."""
    return [
        (
            civil_date(one.begins_on) if one.begins_on else _("Always"),
            _("%(least)s to %(most)s", least=hours(one.least_minutes), most=hours(one.most_minutes)),
            hours(one.task_minutes),
            _("Not said") if one.hour_pence is None else money(one.hour_pence),
            one.source,
        )
        for one in known
    ]


def hours(minutes: int) -> str:
    """Minutes as hours with decimals."""
    return f"{minutes / 60:.2f}".rstrip("0").rstrip(".")


def _ask(form: AssumptionForm, status: int = 200) -> Response:
    return Response(render_template("figures/new_assumption.html", form=form), status, mimetype="text/html")
