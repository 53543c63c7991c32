"""The forms of bulk moves. Fields have the names that ``profiles.errors.Invalid`` uses."""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Sequence

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import Field, RadioField, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from app.transfers.forms import text_field
from app.translation import gettext as _
from app.widgets import CivilDateField, Radios, Select, SelectChoice, TextArea, stripped
from profiles.bulk_moves.agreeing import LONGEST_REASON
from profiles.bulk_moves.models import PayrollDetail
from profiles.organisations.grades import CommonGrade
from profiles.organisations.service import OrganisationView

ALL, SOME, LIST = "all", "some", "list"
YES, NO = "yes", "no"


class PlacesForm(FlaskForm):  # type: ignore[misc]
    """From where to where."""

    exporting_organisation_id = SelectField(
        _l("Which organisation do they leave?"),
        [InputRequired(_l("Choose an organisation"))],
        widget=Select(),
    )
    importing_organisation_id = SelectField(
        _l("Which organisation do they join?"), [InputRequired(_l("Choose an organisation"))], widget=Select()
    )

    def __init__(
        self, mine: Iterable[OrganisationView], others: Iterable[OrganisationView], **kwargs: object
    ) -> None:
        super().__init__(**kwargs)
        self.exporting_organisation_id.choices = [SelectChoice(str(one.id), one.name) for one in mine]
        self.importing_organisation_id.choices = [
            SelectChoice("", _("Choose")),
            *(SelectChoice(str(one.id), one.name) for one in others),
        ]


class DayForm(FlaskForm):  # type: ignore[misc]
    """When."""

    start_date = CivilDateField(
        _l("Start date"),
        [InputRequired(_l("Enter the start date"))],
        description=_l("Their first day in the new organisation. The day before is the last in the old one."),
    )


class BeganForm(DayForm):
    """On which day one of them began in truth."""

    def __init__(self, backdate_days: int, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.start_date.description = ngettext(
            "Today at the latest, and %(num)s day at most from the start date of the bulk move.",
            "Today at the latest, and %(num)s days at most from the start date of the bulk move.",
            backdate_days,
        )


class BackForm(FlaskForm):  # type: ignore[misc]
    """Where people go back to, and when."""

    origin_id = RadioField(
        _l("Which organisation do they go back to?"),
        [InputRequired(_l("Choose an organisation"))],
        widget=Radios(),
    )
    start_date = CivilDateField(
        _l("Start date"),
        [InputRequired(_l("Enter the start date"))],
        description=_l("Their first day back. The day before is the last where they are now."),
    )

    def __init__(self, origins: Sequence[tuple[str, str, int]], **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.origin_id.choices = [
            SelectChoice(value, _("%(name)s: %(people)s people came", name=name, people=f"{people:,}"))
            for value, name, people in origins
        ]
        if len(origins) == 1:
            self.origin_id.data = origins[0][0]


class WhoForm(FlaskForm):  # type: ignore[misc]
    """Who."""

    who = RadioField(
        _l("Who moves?"),
        [InputRequired(_l("Choose who moves"))],
        choices=[
            SelectChoice(ALL, _l("Everybody")),
            SelectChoice(SOME, _l("Everybody of one grade or profession")),
            SelectChoice(LIST, _l("The people on a list")),
        ],
        widget=Radios(),
    )


class WhichForm(FlaskForm):  # type: ignore[misc]
    """Which of them."""

    common_grade = SelectField(_l("Grade"), default="", widget=Select())
    profession = text_field(_l("Profession"), description=_l("As it stands in the postings."))

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.common_grade.choices = [
            SelectChoice("", _("Any grade")),
            *(SelectChoice(one.value, one.value) for one in CommonGrade),
        ]

    def validate_profession(self, _field: Field) -> None:
        """A rule for some says which."""
        if not self.profession.data and not self.common_grade.data:
            raise ValidationError(_("Choose a grade, or enter a profession"))


def _yes_or_no(label: str, hint: str = "") -> RadioField:
    return RadioField(
        label,
        [InputRequired(_l("Choose yes or no"))],
        choices=[SelectChoice(YES, _l("Yes")), SelectChoice(NO, _l("No"))],
        description=hint,
        widget=Radios(),
    )


def _there_or_missing(label: str) -> RadioField:
    return RadioField(
        label,
        [InputRequired(_l("Say whether you have it"))],
        choices=[SelectChoice(YES, _l("We have it")), SelectChoice(NO, _l("It is missing"))],
        widget=Radios(),
    )


class BelowForm(FlaskForm):  # type: ignore[misc]
    """Whether it is about the organisations below as well."""

    include_subtree = _yes_or_no(_l("Do the people of the organisations below it move too?"))


class AddressesForm(FlaskForm):  # type: ignore[misc]
    """What becomes of work addresses."""

    addresses_go_along = _yes_or_no(
        _l("Do their work e-mail addresses go along?"),
        _l("They keep them until the new organisation gives them others."),
    )


class EndsForm(FlaskForm):  # type: ignore[misc]
    """What becomes of the organisation."""

    ends_exporter = _yes_or_no(
        _l("Does the old organisation end?"),
        _l(
            "When nobody works there any more its apps, e-mail domains and sign-in provider become the new "
            "organisation’s."
        ),
    )


class ProvidersForm(FlaskForm):  # type: ignore[misc]
    """What becomes of its sign-in provider."""

    providers_go_along = _yes_or_no(
        _l("Does its sign-in provider go along on the start date?"),
        _l(
            "Then people sign in with their accounts there as before, and the new organisation’s "
            "administrators run it. If not, they need another way to sign in for the first morning."
        ),
    )


class LinesForm(FlaskForm):  # type: ignore[misc]
    """Lines that are pasted, or in a file."""

    nothing_sent = _l("Enter employment numbers, or choose a file")

    def validate_numbers(self, _field: Field) -> None:
        """There is something to read."""
        if not self.text():
            raise ValidationError(self.nothing_sent)

    def text(self) -> str:
        """What was pasted, and what the file holds; read once."""
        if not hasattr(self, "_read"):
            sent = self.file.data.read() if self.file.data else b""
            # Spreadsheets save "Unicode text" as UTF-16, which begins with a mark.
            encoding = "utf-16" if sent[:2] in (BOM_UTF16_LE, BOM_UTF16_BE) else "utf-8-sig"
            self._read = f"{self.numbers.data or ''}\n{sent.decode(encoding, errors='replace')}".strip()
        return self._read


class ListForm(LinesForm):
    """The people on the list."""

    numbers = TextAreaField(
        _l("Employment numbers"),
        description=_l("One on each line. What follows a comma is not read, so you can paste from a table."),
        widget=TextArea(),
    )
    file = FileField(_l("Or a file with them"))


class ChecksForm(LinesForm):
    """What payroll says of many."""

    nothing_sent = _l("Choose a file, or paste its lines")
    file = FileField(_l("The file that you downloaded here, with your answers"))
    numbers = TextAreaField(
        _l("Or paste its lines"),
        description=_l("With the line of the column names: number, first_pay, leave, pension."),
        widget=TextArea(),
    )


class DetailsForm(FlaskForm):  # type: ignore[misc]
    """Whether payroll has each of what it needs; what it is, is typed nowhere here."""

    tax = _there_or_missing(_l("Tax code and pay to date"))
    student_loan = _there_or_missing(_l("Student loan: its plan, or that there is none"))
    bank = _there_or_missing(_l("Bank details"))
    advances = _there_or_missing(_l("Advances and other sums still to be paid back, or that there are none"))

    def has(self) -> dict[PayrollDetail, bool]:
        """What was answered of each."""
        return {one: self[one.value].data == YES for one in PayrollDetail}


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """Why."""

    reason = TextAreaField(
        _l("Reason"),
        [
            DataRequired(_l("Say why, so that the others know what to do")),
            Length(max=LONGEST_REASON, message=_l("Use %(max)d characters or fewer")),
        ],
        description=_l("HR of both departments can read it."),
        widget=TextArea(),
        filters=[stripped],
    )


class ButtonForm(FlaskForm):  # type: ignore[misc]
    """A form of one button."""
