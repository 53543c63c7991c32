"""Which employment moves: asked only of whoever has several, and answered by nobody else."""

from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField
from wtforms.validators import InputRequired

from app.access import signed_in_person
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from app.widgets import Radios, SelectChoice
from profiles.organisations import service as organisations
from profiles.transfers import movable


class WhichForm(FlaskForm):  # type: ignore[misc]
    """One of the employments that can move."""

    employment_id = RadioField(
        _l("Which employment moves?"),
        [InputRequired(_l("Choose the employment that moves"))],
        description=_l("The others stay as they are, and the new department does not learn of them."),
        widget=Radios(),
    )

    @property
    def chosen(self) -> UUID:
        """The employment, once the form is valid."""
        return UUID(self.employment_id.data)


def which_form() -> WhichForm | None:
    """The question, or None for whoever has no choice."""
    session, now = request_session(), request_time()
    found = movable.to_choose_from(session, signed_in_person(), now)
    if not found:
        return None
    form = WhichForm()
    form.employment_id.choices = [
        SelectChoice(
            str(one.employment_id),
            _(
                "%(job)s, %(organisation)s",
                job=one.job_title,
                organisation=organisations.get(session, one.organisation_id, now).name,
            ),
        )
        for one in found
    ]
    return form
