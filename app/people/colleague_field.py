"""A field for a colleague, typed as their work e-mail address."""

from uuid import UUID

from flask_babel import gettext
from wtforms import Field

from app.access import permissions
from app.request_transaction import request_session, request_time
from app.widgets import TextInput
from profiles.employments.service import current_postings
from profiles.errors import NotFound
from profiles.people.service import addresses_of, display_name, name_of
from profiles.roles.permissions import Permission
from profiles.sign_in.service import find_person_by_address


class ColleagueField(Field):
    """Its data is the id of somebody who works in an organisation whose people the officer sees, or None.

    Whoever is named already stays so, also after they have left. Nobody elsewhere is found: whether an
    address exists there is not said.
    """

    widget = TextInput()
    data: UUID | None

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = (valuelist[0] if valuelist else "").strip()
        self.data = None
        if not typed:
            return
        if self.object_data is not None and typed == _shown(self.object_data):
            self.data = self.object_data
            return
        session, now = request_session(), request_time()
        found = find_person_by_address(session, typed, now)
        posted = current_postings(session, found, now) if found is not None else []
        if all(one.organisation_id not in _mine() for one in posted):
            raise ValueError(gettext("Nobody in your organisation has this work e-mail address"))
        self.data = found

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return _shown(self.data) if self.data is not None else ""


def _shown(person_id: UUID) -> str:
    """Their newest address with the officer's organisations, or what they are called without one."""
    session, now = request_session(), request_time()
    addresses = addresses_of(session, person_id, now, _mine())
    if addresses:
        return addresses[-1]
    try:
        return display_name(name_of(session, person_id, now))
    except NotFound:
        return str(person_id)


def _mine() -> frozenset[UUID]:
    return permissions().organisations(Permission.SEE_PEOPLE)
