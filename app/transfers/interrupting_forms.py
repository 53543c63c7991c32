"""The forms by which a transfer is held, cancelled or given other dates."""

from typing import Any

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.widgets import Checkbox, CivilDateField, Radios, SelectChoice, TextArea, stripped
from profiles.transfers.ending import Cause
from profiles.transfers.models import Side
from profiles.transfers.not_joining import SAID_BY, Why


class HoldForm(FlaskForm):  # type: ignore[misc]
    """Why a transfer waits, and until when at first."""

    reason = TextAreaField(
        _l("Reason"),
        [
            DataRequired(_l("Say why, for your colleagues")),
            Length(max=1000, message=_l("Use 1,000 characters or fewer")),
        ],
        description=_l("Only officers of your department can read it."),
        widget=TextArea(),
        filters=[stripped],
    )
    review_on = CivilDateField(
        _l("When do you look at it again?"),
        [InputRequired(_l("Enter the date of the review"))],
        description=_l("You get a mail on that day. Within six months."),
    )


class CauseForm(FlaskForm):  # type: ignore[misc]
    """Why somebody leaves instead of moving."""

    cause = RadioField(
        _l("Why do they leave?"),
        [InputRequired(_l("Choose why they leave"))],
        description=_l("Only officers of your department can read it."),
        widget=Radios(),
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.cause.choices = [
            SelectChoice(Cause.RESIGNED.value, gettext("They have resigned")),
            SelectChoice(Cause.DISMISSED.value, gettext("They are dismissed")),
            SelectChoice(Cause.DIED.value, gettext("They have died")),
        ]


class NotJoiningForm(FlaskForm):  # type: ignore[misc]
    """Why somebody who has left never joins, as far as this side may say so."""

    why = RadioField(
        _l("Why do they not join?"),
        [InputRequired(_l("Choose why they do not join"))],
        description=_l("Only officers of your department can read it."),
        widget=Radios(),
    )

    def __init__(self, side: Side) -> None:
        super().__init__()
        words = {
            Why.RESIGNED: gettext("They do not want to come any more"),
            Why.OFFER_WITHDRAWN: gettext("Your department has withdrawn the offer"),
            Why.DIED: gettext("They have died"),
        }
        self.why.choices = [
            SelectChoice(one.value, text) for one, text in words.items() if one in SAID_BY[side]
        ]


class DatesForm(FlaskForm):  # type: ignore[misc]
    """Other dates of a transfer."""

    start_date = CivilDateField(
        _l("Start date"),
        [InputRequired(_l("Enter the start date"))],
    )
    last_day = CivilDateField(
        _l("Last day in the old department (optional)"),
        [Optional()],
        description=_l("Leave it empty for the day before the start date."),
    )

    def __init__(self, backdate_days: int) -> None:
        super().__init__()
        self.start_date.description = (
            ngettext(
                "The first day with you. It may be today, or have passed by %(num)s day at most.",
                "The first day with you. It may be today, or have passed by %(num)s days at most.",
                backdate_days,
            )
            if backdate_days
            else gettext("The first day with you. It may be today.")
        )


class RestartForm(DatesForm):
    """The dates that a move had in truth."""

    def __init__(self, backdate_days: int) -> None:
        super().__init__(backdate_days)
        self.start_date.description = ngettext(
            "Today at the latest, and %(num)s day at most from the one that is recorded.",
            "Today at the latest, and %(num)s days at most from the one that is recorded.",
            backdate_days,
        )


class ReversalForm(FlaskForm):  # type: ignore[misc]
    """From when on somebody is back where they were."""

    start_date = CivilDateField(
        _l("First day back"),
        [Optional()],
        description=_l("It may be today. Leave it empty where they never came."),
    )
    last_day = CivilDateField(
        _l("Last day where they work now (optional)"),
        [Optional()],
        description=_l("Leave it empty for the day before the first day back."),
    )
    never_came = BooleanField(_l("They never came"), widget=Checkbox())
