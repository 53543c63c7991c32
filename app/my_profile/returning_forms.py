"""What somebody states of the account that was theirs, who comes back without a passkey."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms.validators import InputRequired

from app.transfers.forms import text_field
from app.widgets import CivilDateField
from profiles.appointments.claims import Statement


class StatementForm(FlaskForm):  # type: ignore[misc]
    """The name as it was, the day of birth, and a number that an employer gave."""

    given_names = text_field(_l("First name"), _l("Enter your first name"))
    family_name = text_field(
        _l("Family name"),
        _l("Enter your family name"),
        description=_l("As it was when you worked in the Civil Service, if it has changed since."),
    )
    born_on = CivilDateField(
        _l("Date of birth"),
        [InputRequired(_l("Enter your date of birth"))],
        description=_l("For example, 27 3 1980."),
    )
    employment_number = text_field(
        _l("Employment or staff number"),
        _l("Enter the number that an employer in the Civil Service gave you"),
        description=_l("It is on a payslip, a P45 or a P60 of that time."),
    )

    def statement(self) -> Statement:
        """What was stated, once the form is valid."""
        assert self.born_on.data is not None  # noqa: S101
        return Statement(
            self.given_names.data or "",
            self.family_name.data or "",
            self.born_on.data,
            self.employment_number.data or "",
        )
