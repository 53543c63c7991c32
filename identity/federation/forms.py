"""The form that finds out which department somebody belongs to."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length


class DepartmentForm(FlaskForm):  # type: ignore[misc]
    """A work address, of which only the domain counts."""

    address = StringField(
        _l("Work e-mail address"),
        [
            InputRequired(_l("Enter your work e-mail address")),
            Length(max=254, message=_l("Enter a shorter address")),
        ],
        id="address",
    )
