"""The form of a change of post; fields are called as the columns and terms are."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField
from wtforms.validators import InputRequired, Optional

from app.people.post_fields import (
    grade_choices,
    grade_field,
    line_manager_field,
    required_clearance_field,
)
from app.people.reason_fields import reason_field, source_field
from app.portable_profile.words import post_changes
from app.transfers.forms import PoundsField, text_field
from app.translation import gettext as _
from app.widgets import CivilDateField, Radios, SelectChoice
from profiles.employments.models import Posting
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import PostChange, PostTerms, RecordChange
from profiles.portable_profile.rules import EDITABLE
from profiles.portable_profile.wanted import wanted_by
from profiles.temporal import INSTANT, civil_date, end_of_day, start_of_day

_DAYS = ("first_day", "last_day")
_PAY = ("salary_pence", "scale", "scale_minimum_pence", "scale_maximum_pence", "pay_location")
_POST = EDITABLE[Kind.POSTING]


class PostForm(FlaskForm):  # type: ignore[misc]
    """How somebody changes post, from when, to what, and what it pays."""

    change = RadioField(_l("How do they change post?"), [InputRequired(_l("Choose one"))], widget=Radios())
    first_day = CivilDateField(
        _l("First day in the new post"),
        [InputRequired(_l("Enter the first day"))],
        description=_l("It may lie ahead or in the past."),
    )
    last_day = CivilDateField(
        _l("Last day, of a temporary promotion"),
        [Optional()],
        description=_l("On the day after, the present post and pay go on by themselves."),
    )
    local_grade = grade_field()
    job_title = text_field(_l("Job title"), _l("Enter the job title"))
    profession = text_field(_l("Profession (optional)"))
    unit = text_field(_l("Team or unit (optional)"))
    location = text_field(_l("Place of work (optional)"))
    line_manager_id = line_manager_field()
    required_clearance = required_clearance_field()
    salary_pence = PoundsField(
        _l("Yearly salary, full-time, in pounds"),
        [Optional()],
        description=_l("Leave it open where it stays as it is."),
    )
    scale = text_field(_l("Name of the scale (optional)"))
    scale_minimum_pence = PoundsField(_l("The scale from (optional)"), [Optional()])
    scale_maximum_pence = PoundsField(_l("The scale to (optional)"), [Optional()])
    pay_location = text_field(_l("Pay location (optional)"), description=_l("For example, London"))
    mark_time_until = CivilDateField(
        _l("Mark time through, at a lower grade (optional)"),
        [Optional()],
        description=_l("The present salary is kept above the new scale until this day. Enter the scale too."),
    )
    allowance_pence = PoundsField(
        _l("Temporary responsibility allowance, a year, full-time (optional)"),
        [Optional()],
        description=_l("It ends with the temporary promotion."),
    )
    source = source_field()
    reason = reason_field()
    version = HiddenField()

    def __init__(self, posting: Posting, change: RecordChange | None) -> None:
        """``posting`` is the present one or, with the ``change`` that recorded it, the one to correct."""
        super().__init__(data=_filled(posting, change))
        self.change.choices = [SelectChoice(one.value, words) for one, words in post_changes().items()]
        self.local_grade.choices = grade_choices(posting.organisation_id, posting.local_grade)

    @property
    def sections(self) -> list[tuple[str, list[Any]]]:
        """The fields under their headings."""
        return [
            (_("The change"), [self[one] for one in ("change", *_DAYS)]),
            (_("The post"), [self[one] for one in _POST]),
            (_("Pay"), [self[one] for one in (*_PAY, "mark_time_until", "allowance_pence")]),
            (_("Why"), [self.source, self.reason, self.version]),
        ]

    def values(self) -> dict[str, Any]:
        """The columns and terms, once the form is valid."""
        typed = self.data
        values = {name: typed[name] for name in (*_POST, *PostTerms.model_fields)}
        values["change"] = PostChange(typed["change"])
        values["valid_from"] = start_of_day(typed["first_day"])
        if typed["last_day"] is not None:
            values["valid_to"] = end_of_day(typed["last_day"])
        return values


def _filled(posting: Posting, change: RecordChange | None) -> dict[str, Any]:
    filled: dict[str, Any] = {name: getattr(posting, name) for name in _POST}
    filled["version"] = str(posting.id)
    if change is None:
        return filled
    said = dict(wanted_by(change).values)
    begins, until = said.pop("valid_from"), said.pop("valid_to", None)
    days = {"first_day": civil_date(begins), "last_day": civil_date(until - INSTANT) if until else None}
    return filled | said | days
