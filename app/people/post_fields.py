"""The fields of a post that several forms ask for; they are called as the columns are."""

from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.validators import InputRequired, Optional

from app.people.colleague_field import ColleagueField
from app.request_transaction import request_session, request_time
from app.widgets import Select, SelectChoice
from profiles.clearances.levels import ClearanceLevel
from profiles.organisations import service as organisations


def grade_field() -> Any:
    """One of the organisation's own grades, which ``grade_choices`` offers."""
    return SelectField(_l("Grade"), [InputRequired(_l("Choose a grade"))], widget=Select())


def grade_choices(organisation_id: UUID, besides: str | None = None) -> list[SelectChoice]:
    """An organisation's grades, with the common grade where it differs; ``besides`` is offered too."""
    grades = organisations.grades_of(request_session(), organisation_id, request_time())
    if besides is not None and besides not in grades:
        grades[besides] = None
    return [
        SelectChoice(label, f"{label} ({grade.value})" if grade and grade.value != label else label)
        for label, grade in grades.items()
    ]


def line_manager_field() -> Any:
    """A colleague, by their address."""
    return ColleagueField(
        _l("Work e-mail address of the line manager (optional)"),
        [Optional()],
        description=_l("Somebody of your organisation"),
    )


def required_clearance_field() -> Any:
    """What the post asks for; nobody is cleared by it."""
    return SelectField(
        _l("Clearance that the post needs"),
        [Optional()],
        widget=Select(),
        choices=lambda: [
            SelectChoice("", _l("None")),
            *(SelectChoice(one.value, one.value) for one in ClearanceLevel),
        ],
        filters=[lambda typed: typed or None],
        description=_l("This grants none. Apps that ask for one open when security officers record it."),
    )
