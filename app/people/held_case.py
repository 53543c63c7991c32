"""What changes of something that a record holds share: who may, what the form showed, and what is wanted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from flask import url_for
from flask_wtf import FlaskForm
from wtforms import HiddenField

from app.access import permissions
from app.people.reason_fields import reason_field, source_field
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.errors import Conflict, NotFound, NotPermitted
from profiles.organisations import service as organisations
from profiles.portable_profile.employers import employers_part
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action
from profiles.portable_profile.reading import Profile
from profiles.portable_profile.wanted import Wanted
from profiles.roles.permissions import Permission
from profiles.temporal import Fact


class BackForm(FlaskForm):  # type: ignore[misc]
    """Why what is recorded is taken back."""

    source = source_field()
    reason = reason_field()
    version = HiddenField()

    def values(self) -> dict[str, Any]:
        """Nothing is said beside the reason."""
        return {}


@dataclass(frozen=True)
class HeldCase:
    """Whose record it is, and what an officer does to ``held``; ``form`` says of which version it was shown.

    The form has ``values``: the columns and terms, once it is valid.
    """

    profile: Profile
    held: Any
    action: Action
    form: Any
    kind: ClassVar[Kind]

    @property
    def employer(self) -> str:
        """What the organisation is called whose entry it is."""
        return organisations.get(request_session(), self.held.organisation_id, request_time()).name

    @property
    def back_href(self) -> str:
        """The person."""
        return url_for("people.person", person_id=self.profile.person_id)

    def wanted(self) -> Wanted:
        """The change, once the form is valid. Raises Conflict when the form showed another version."""
        typed = self.form.data
        if typed["version"] != str(self.held.id):
            raise Conflict("This record was changed meanwhile. Look at it again before you change it.")
        return Wanted(
            person_id=self.profile.person_id,
            organisation_id=self.held.organisation_id,
            kind=self.kind,
            action=self.action,
            values=self.form.values(),
            reason=typed["reason"],
            source=f"page:{typed['source']}",
            version_id=self.held.id,
        )


def part_to_change(person_id: UUID, at: datetime | None = None) -> Profile:
    """The officer's part of a record, ``at`` a moment or now. Raises NotFound, NotPermitted for their own."""
    session, now = request_session(), request_time()
    profile = employers_part(session, person_id, permissions(), valid_at=at or now, known_at=now, now=now)
    if permissions().are_of(person_id):
        raise NotPermitted(_("A colleague must change your own record."))
    return profile


def get_own(found: Any, profile: Profile) -> Any:
    """An entry of an organisation whose records the officer changes. Raises NotFound.

    A fact is a copy: the form is shown again after what was refused is rolled back.
    """
    mine = permissions().organisations(Permission.CHANGE_RECORDS)
    if found is None or found.person_id != profile.person_id or found.organisation_id not in mine:
        raise NotFound(_("There is no such entry in this record."))
    return type(found)(**found.model_dump()) if isinstance(found, Fact) else found
