"""What is asked about an appointment: the terms of a move, and what a move carries along."""

from typing import Any

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.transfers.forms import ReasonForm, TermsForm
from app.widgets import CivilDateField, Select, TextArea, stripped
from profiles.appointments.service import Contract
from profiles.organisations.grades import CommonGrade


class WhyForm(ReasonForm):
    """Why an appointment is refused or cancelled."""

    reason = TextAreaField(
        _l("Reason"),
        [
            DataRequired(_l("Say why, so that your colleague knows what to do")),
            Length(max=1000, message=_l("Use 1,000 characters or fewer")),
        ],
        description=_l("Your organisation reads it, and the person in what is held about them."),
        widget=TextArea(),
        filters=[stripped],
    )


class AppointmentForm(TermsForm):
    """There is no last day in an old department, and nothing that anybody releases."""

    continuous_service_from = CivilDateField(
        _l("Continuous service since (optional)"),
        [Optional()],
        description=_l("Leave it empty for the start date, where service was broken."),
    )
    ends_on = CivilDateField(
        _l("Last day (optional)"),
        [Optional()],
        description=_l("Of a fixed term, or of somebody who comes from a body outside for a time."),
    )
    bpss_checked_on = CivilDateField(
        _l("Date of your BPSS check"),
        [InputRequired(_l("Enter the date of your BPSS check"))],
        description=_l("The Baseline Personnel Security Standard check, which they have passed with you."),
    )
    required_level = SelectField(
        _l("Clearance that the post needs"),
        [Optional()],
        description=_l(
            "Nobody approves before it is there, or a security officer lets them start before it."
        ),
        widget=Select(),
    )

    def __init__(self, grades: dict[str, CommonGrade | None], backdate_days: int = 0, **kwargs: Any) -> None:
        super().__init__(grades, **kwargs)
        if backdate_days:
            self.start_date.description = ngettext(
                "The first day with you. It may have passed yesterday.",
                "The first day with you. It may have passed by %(num)d days.",
                backdate_days,
            )
        del self.last_day
        self.line_manager.description = gettext("They are recorded with the post.")

    def contract(self) -> Contract:
        """What the terms do not say, once the form is valid."""
        return Contract(self.continuous_service_from.data, self.ends_on.data)
