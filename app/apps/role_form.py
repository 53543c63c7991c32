"""The form of a role that an app knows."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField
from wtforms.validators import InputRequired

from app.transfers.forms import text_field
from app.widgets import TextInput
from profiles.apps.roles import HIGHEST_RANK

_RANK = _l("Enter a whole number from 0 to %(max)s", max=f"{HIGHEST_RANK:,}")


def _label() -> Any:
    return text_field(
        _l("What people read"),
        _l("Enter what people read"),
        description=_l("For example, “Senior caseworker”. People, approvers and auditors read it."),
    )


class RoleForm(FlaskForm):  # type: ignore[misc]
    """A new role: what people read, what the app is told, how powerful it is."""

    label = _label()
    name = text_field(
        _l("What the app is told"),
        _l("Enter what the app is told"),
        description=_l(
            "The app finds it in the claim of roles, such as “senior-caseworker”. It stays as it is."
        ),
    )
    rank = IntegerField(
        _l("Rank"),
        [InputRequired(_RANK)],
        widget=TextInput(),
        description=_l("A whole number: the role with the highest is the most powerful, and is named first."),
    )


class RenameRoleForm(FlaskForm):  # type: ignore[misc]
    """Another label of a role."""

    label = _label()


class RemoveRoleForm(FlaskForm):  # type: ignore[misc]
    """Nothing but the button."""
