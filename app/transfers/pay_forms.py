"""What payroll answers: what it needs before its cut-off date, and whether the first pay came out right."""

from collections.abc import Collection
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField
from wtforms.validators import InputRequired

from app.translation import gettext as _
from app.widgets import Checkbox, Radios, SelectChoice
from profiles.transfers.models import PayItem


class PayrollDetailsForm(FlaskForm):  # type: ignore[misc]
    """What payroll has taken up, each by itself; what it is, is typed nowhere here."""

    tax = BooleanField(
        _l("Tax code and pay to date"),
        [InputRequired(_l("Confirm that you have the tax code"))],
        widget=Checkbox(),
    )
    student_loan = BooleanField(
        _l("Student loan: its plan, or that there is none"),
        [InputRequired(_l("Confirm that you know of a student loan"))],
        widget=Checkbox(),
    )
    bank = BooleanField(
        _l("Bank details"), [InputRequired(_l("Confirm that you have the bank details"))], widget=Checkbox()
    )
    advances = BooleanField(
        _l("Advances and other sums still to be paid back, or that there are none"),
        [InputRequired(_l("Confirm that you know of advances"))],
        widget=Checkbox(),
    )


def _item(label: Any, missing: Any) -> RadioField:
    return RadioField(label, [InputRequired(missing)], widget=Radios())


class FirstPayForm(FlaskForm):  # type: ignore[misc]
    """Whether each came out right."""

    first_pay = _item(
        _l("Was the first pay the right amount, on the right day?"), _l("Say whether the first pay is right")
    )
    leave = _item(_l("Is the leave balance that came along right?"), _l("Say whether the leave is right"))
    pension = _item(_l("Does the pension go on as it was?"), _l("Say whether the pension is right"))

    def __init__(self) -> None:
        super().__init__()
        for item in PayItem:
            self[item.value].choices = [
                SelectChoice("yes", _("Yes")),
                SelectChoice("no", _("No, it is being put right")),
            ]

    def right(self) -> dict[PayItem, bool]:
        """What was answered of each."""
        return {item: self[item.value].data == "yes" for item in PayItem}

    def labels_of(self, items: Collection[PayItem]) -> list[str]:
        """The questions about these, in their order."""
        return [str(self[item.value].label.text) for item in PayItem if item in items]
