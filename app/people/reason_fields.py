"""Where an officer has a change from, and why: two fields that forms about a record share."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from app.transfers.forms import text_field
from app.widgets import TextArea, stripped


def source_field() -> Any:
    """Where the officer has it from."""
    return text_field(
        _l("Where you have it from"),
        _l("Say where you have it from"),
        description=_l("For example, a letter"),
    )


def reason_field() -> Any:
    """Why it is recorded."""
    return TextAreaField(
        _l("Reason"),
        [DataRequired(_l("Say why")), Length(max=500, message=_l("Use %(max)d characters or fewer"))],
        description=_l("It stays with the record. The person can read it."),
        widget=TextArea(),
        filters=[stripped],
    )
