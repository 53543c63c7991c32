"""Whom to ask, on the pages for who cannot sign in: what the organisation publishes, where it is known."""

from uuid import UUID

from identity.context import current
from identity.sessions.cookie import signed_in_now
from identity.sign_in.blueprint import blueprint
from profiles.sign_in.contacts import Contact, Team, find_contact, find_contact_for


@blueprint.app_template_global()
def contact_of_organisation(team: str, organisation_id: UUID | None) -> Contact | None:
    """The team of an organisation that was named or chosen; nothing of any person is looked at."""
    if organisation_id is None:
        return None
    context = current()
    with context.reading() as session:
        return find_contact(session, organisation_id, Team(team), context.now())


@blueprint.app_template_global()
def contact_of_person(team: str, person_id: UUID | None) -> Contact | None:
    """The team of whoever employs a person who has proved who they are."""
    if person_id is None:
        return None
    context = current()
    with context.reading() as session:
        return find_contact_for(session, person_id, Team(team), context.now())


@blueprint.app_template_global()
def my_contact(team: str) -> Contact | None:
    """The team of whoever employs the person who is signed in at this browser."""
    signed_in = signed_in_now()
    return contact_of_person(team, signed_in.person_id if signed_in else None)
