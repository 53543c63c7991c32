"""What an auditor asks the trail for, in the address of the page."""

from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from sqlmodel import Session
from wtforms import Form, StringField
from wtforms.validators import Length, Optional, ValidationError

from app.request_transaction import request_time
from app.translation import gettext as _
from app.widgets import CivilDateField, TextInput, stripped
from profiles.audit.search import Asked, Scope
from profiles.employments.breaks import places_of
from profiles.sign_in.service import find_person_by_address
from profiles.temporal import end_of_day, start_of_day

LONGEST = 200


class SearchForm(Form):
    """What, by whom, and on which days; what is empty leaves nothing out."""

    q = StringField(
        _l("Find entries"),
        [Length(max=LONGEST, message=_l("Use %(max)d characters or fewer"))],
        description=_l(
            "The beginning of an event, such as transfer, the identifier of a person, organisation, app or "
            "entry, or an entry’s position"
        ),
        widget=TextInput(),
        filters=[stripped],
    )
    by = StringField(
        _l("Who began it"),
        [Length(max=LONGEST, message=_l("Use %(max)d characters or fewer"))],
        description=_l(
            "The work e-mail address of somebody who works for you, or the identifier of a person or an app"
        ),
        widget=TextInput(),
        filters=[stripped],
    )
    since = CivilDateField(_l("From"), [Optional()], description=_l("For example, 27 3 2025"))
    until = CivilDateField(_l("To"), [Optional()])

    def validate_until(self, field: CivilDateField) -> None:
        """The days are in their order."""
        if field.data and self.since.data and field.data < self.since.data:
            raise ValidationError(_("“To” must not be before “From”"))


@dataclass(frozen=True)
class AskedOfTrail:
    """What was asked for; ``form`` shows it, and what is wrong with it."""

    form: SearchForm

    @property
    def is_narrowed(self) -> bool:
        """Whether more than the first field is filled in."""
        return any((self.form.by.data, self.form.since.data, self.form.until.data, self.form.errors))

    @property
    def query(self) -> dict[str, Any]:
        """The same for a link to another page."""
        days = {"since": self.form.since.data, "until": self.form.until.data}
        return {name: self.form[name].data for name in ("q", "by") if self.form[name].data} | {
            name: [day.day, day.month, day.year] for name, day in days.items() if day
        }

    def in_trail(self, session: Session, scope: Scope) -> Asked:
        """As the trail is searched; an address is that of somebody who works where the auditor may look."""
        since, until, by = self.form.since.data, self.form.until.data, self.form.by.data or ""
        now = request_time()
        person_id = find_person_by_address(session, by, now) if "@" in by else None
        if person_id is not None and (
            scope.platform or {*places_of(session, person_id, now)} & {*scope.organisation_ids}
        ):
            by = str(person_id)
        return Asked(
            self.form.q.data or "",
            by,
            start_of_day(since) if since else None,
            end_of_day(until) if until else None,
        )


def asked_of_trail() -> AskedOfTrail:
    """What the address asks for."""
    form = SearchForm(request.args)
    form.validate()
    return AskedOfTrail(form)
