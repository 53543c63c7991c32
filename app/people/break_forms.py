"""The forms of a career break; fields of a return are called as the columns and terms are."""

from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField
from wtforms.validators import InputRequired

from app.people.post_fields import (
    grade_choices,
    grade_field,
    line_manager_field,
    required_clearance_field,
)
from app.people.reason_fields import reason_field, source_field
from app.scaled_field import ScaledField
from app.transfers.forms import PoundsField, text_field
from app.translation import gettext as _
from app.widgets import CivilDateField
from profiles.employments.models import Posting
from profiles.pay.models import PayRecord
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import ReturnTerms
from profiles.portable_profile.rules import EDITABLE
from profiles.temporal import start_of_day

_POST = EDITABLE[Kind.POSTING]
_PAY = tuple(ReturnTerms.model_fields)


class BreakForm(FlaskForm):  # type: ignore[misc]
    """From when a career break is, and until when it is expected to be."""

    first_day = CivilDateField(
        _l("First day of the break"),
        [InputRequired(_l("Enter the first day"))],
        description=_l("Post, pay, roles and access end with the day before. It may be past."),
    )
    return_on = CivilDateField(
        _l("Day on which they are expected back"),
        [InputRequired(_l("Enter the day"))],
        description=_l("You are reminded when it has passed. Nothing opens by itself on that day."),
    )
    source = source_field()
    reason = reason_field()
    version = HiddenField()

    def values(self) -> dict[str, Any]:
        """The columns, once the form is valid."""
        return {"valid_from": start_of_day(self.data["first_day"]), "return_on": self.return_on.data}


class ExpectedForm(FlaskForm):  # type: ignore[misc]
    """Another day on which somebody is expected back."""

    return_on = CivilDateField(
        _l("Day on which they are expected back"), [InputRequired(_l("Enter the day"))]
    )
    source = source_field()
    reason = reason_field()
    version = HiddenField()

    def values(self) -> dict[str, Any]:
        """The column, once the form is valid."""
        return {"return_on": self.return_on.data}


class ReturnForm(FlaskForm):  # type: ignore[misc]
    """From when somebody is back, to which post, and what it pays."""

    first_day = CivilDateField(
        _l("First day back"),
        [InputRequired(_l("Enter the first day"))],
        description=_l("It may be earlier or later than expected."),
    )
    local_grade = grade_field()
    job_title = text_field(_l("Job title"), _l("Enter the job title"))
    profession = text_field(_l("Profession (optional)"))
    unit = text_field(_l("Team or unit (optional)"))
    location = text_field(_l("Place of work (optional)"))
    line_manager_id = line_manager_field()
    required_clearance = required_clearance_field()
    salary_pence = PoundsField(
        _l("Yearly salary, full-time, in pounds"), [InputRequired(_l("Enter the amount"))]
    )
    fte_thousandths = ScaledField(
        _l("Hours"),
        [InputRequired(_l("Enter the number"))],
        10,
        description=_l("A percentage of full time, like 100 or 60"),
    )
    source = source_field()
    reason = reason_field()
    version = HiddenField()

    def __init__(
        self, organisation_id: UUID, post: Posting | None, pay: PayRecord | None, version: str
    ) -> None:
        """``post`` and ``pay`` are those of before the break, or of a return that is recorded already."""
        filled: dict[str, Any] = {name: getattr(post, name) for name in _POST} if post else {}
        filled |= {name: getattr(pay, name) for name in _PAY} if pay else {}
        super().__init__(data=filled | {"version": version})
        self.local_grade.choices = grade_choices(organisation_id)

    @property
    def sections(self) -> list[tuple[str, list[Any]]]:
        """The fields under their headings."""
        return [
            (_("The return"), [self.first_day]),
            (_("The post"), [self[one] for one in _POST]),
            (_("Pay"), [self[one] for one in _PAY]),
            (_("Why"), [self.source, self.reason, self.version]),
        ]

    def values(self) -> dict[str, Any]:
        """The columns and terms, once the form is valid."""
        values = {name: self.data[name] for name in (*_POST, *_PAY)}
        return values | {"valid_from": start_of_day(self.data["first_day"])}
