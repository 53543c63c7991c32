"""The forms of bulk moves. Fields have the names that ``profiles.errors.Invalid`` uses."""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, Field, RadioField, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from app.transfers.forms import text_field
from app.translation import gettext as _
from app.widgets import Checkbox, CivilDateField, Radios, Select, SelectChoice, TextArea, stripped
from profiles.bulk_moves.agreeing import LONGEST_REASON
from profiles.bulk_moves.drafting import Draft, numbers_of
from profiles.organisations.grades import CommonGrade
from profiles.organisations.service import OrganisationView

ALL, SOME, LIST = "all", "some", "list"


class DraftForm(FlaskForm):  # type: ignore[misc]
    """From where to where, when, and who."""

    exporting_organisation_id = SelectField(
        _l("Which organisation do they leave?"),
        [InputRequired(_l("Choose an organisation"))],
        widget=Select(),
    )
    importing_organisation_id = SelectField(
        _l("Which organisation do they join?"), [InputRequired(_l("Choose an organisation"))], widget=Select()
    )
    start_date = CivilDateField(
        _l("Start date"),
        [InputRequired(_l("Enter the start date"))],
        description=_l("Their first day in the new organisation. The day before is the last in the old one."),
    )
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
    include_subtree = BooleanField(_l("Also the people of the organisations below it"), widget=Checkbox())
    common_grade = SelectField(_l("Grade"), default="", widget=Select())
    profession = text_field(_l("Profession"), description=_l("As it stands in the postings."))
    numbers = TextAreaField(
        _l("Employment numbers"),
        description=_l("One on each line. What follows a comma is not read, so you can paste from a table."),
        widget=TextArea(),
    )
    file = FileField(_l("Or a file with them"))
    addresses_go_along = BooleanField(
        _l("Their work e-mail addresses go along, until the new organisation gives them others"),
        widget=Checkbox(),
        default=True,
    )
    providers_go_along = BooleanField(
        _l(
            "Where it ends, the new organisation takes over its own sign-in provider on the start date, and "
            "people’s accounts there go on"
        ),
        widget=Checkbox(),
    )
    ends_exporter = BooleanField(
        _l(
            "The old organisation ends when nobody works there any more. Its apps and e-mail domains become "
            "the new organisation’s"
        ),
        widget=Checkbox(),
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
        self.common_grade.choices = [
            SelectChoice("", _("Any grade")),
            *(SelectChoice(one.value, one.value) for one in CommonGrade),
        ]

    def validate_numbers(self, _field: Field) -> None:
        """A list has numbers."""
        if self.who.data == LIST and not self._text():
            raise ValidationError(_("Enter employment numbers, or choose a file"))

    def validate_profession(self, _field: Field) -> None:
        """A rule for some says which."""
        if self.who.data == SOME and not self.profession.data and not self.common_grade.data:
            raise ValidationError(_("Choose a grade, or enter a profession"))

    def wish(self) -> Draft:
        """What the officer asks for, once the form is valid."""
        some, typed = self.who.data == SOME, self.data
        return Draft(
            exporting_organisation_id=UUID(self.exporting_organisation_id.data),
            importing_organisation_id=UUID(self.importing_organisation_id.data),
            start_date=typed["start_date"],
            numbers=numbers_of(self._text()) if self.who.data == LIST else None,
            include_subtree=bool(self.include_subtree.data),
            common_grade=CommonGrade(self.common_grade.data) if some and self.common_grade.data else None,
            profession=self.profession.data or "" if some else "",
            ends_exporter=bool(self.ends_exporter.data),
            addresses_go_along=bool(self.addresses_go_along.data),
            providers_go_along=bool(self.providers_go_along.data),
        )

    def _text(self) -> str:
        """What was pasted, and what the file holds; read once."""
        if not hasattr(self, "_read"):
            sent = self.file.data.read() if self.file.data else b""
            # Spreadsheets save "Unicode text" as UTF-16, which begins with a mark.
            encoding = "utf-16" if sent[:2] in (BOM_UTF16_LE, BOM_UTF16_BE) else "utf-8-sig"
            self._read = f"{self.numbers.data or ''}\n{sent.decode(encoding, errors='replace')}".strip()
        return self._read


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
