"""What signing in may ask: whose address is this, may they sign in, to which app, and who works where.

Only what is so at the moment counts: an address that an organisation has taken back finds nobody.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from profiles.apps.models import App
from profiles.employments.models import Employment, Posting
from profiles.organisations import service as organisations
from profiles.organisations.models import EmailDomain, OrganisationDetail
from profiles.people import service as people
from profiles.people.models import WorkAddress
from profiles.sign_in.standing import standing_of, works_within
from profiles.temporal import current, known


@dataclass(frozen=True)
class AppInWords:
    """An app by the names that it has in our own records, whatever its client says of itself."""

    name: str
    organisation_name: str


def app_in_words(session: Session, app_id: UUID, at: datetime) -> AppInWords | None:
    """The app and who runs it; None for an app of nobody who is known at ``at``."""
    app = session.get(App, app_id)
    if app is None:
        return None
    run_by = current(session, OrganisationDetail, at, at, organisation_id=app.organisation_id)
    return AppInWords(app.name, run_by[0].name) if run_by else None


def find_person_by_address(session: Session, address: str, at: datetime) -> UUID | None:
    """Whose work address this is at ``at``, however it is written; None when it is nobody's."""
    if "\0" in address:  # PostgreSQL cannot even be asked about it
        return None
    found = current(session, WorkAddress, at, at, address=address.strip().lower())
    return found[0].person_id if found else None


def may_sign_in(session: Session, person_id: UUID, at: datetime) -> bool:
    """Whether the person has a work address, an employment or a role at ``at``, and is not suspended.

    What a closed or suspended organisation gave them does not count. It is one question whatever the answer,
    so that nobody learns from the time that it takes.
    """
    return standing_of(session, person_id, at).may_sign_in


def employer_of(session: Session, person_id: UUID, at: datetime) -> UUID | None:
    """The organisation that employs the person at ``at``; None when nobody does."""
    employed = current(session, Employment, at, at, person_id=person_id)
    return employed[0].organisation_id if employed else None


def works_for(session: Session, person_id: UUID, organisation_id: UUID, at: datetime) -> bool:
    """Whether the person is employed or posted at ``at`` in this organisation or one below it.

    A department's provider speaks for these people and for nobody else; that of an organisation which is
    closed or suspended speaks for nobody.
    """
    return works_within(session, person_id, organisation_id, at)


def left_since(
    session: Session, person_id: UUID, organisation_id: UUID, since: datetime, at: datetime
) -> bool:
    """Whether the person has stopped working in this organisation, or below it, after ``since``.

    Also when they work there again at ``at``: what they had there before does not come back by itself.
    """
    within = organisations.tree(session, at).subtree_of(organisation_id)
    stints = [
        (begins, ends)
        for model in (Employment, Posting)
        for begins, ends in session.execute(
            select(col(model.valid_from), col(model.valid_to)).where(
                known(model, at), col(model.person_id) == person_id, col(model.organisation_id).in_(within)
            )
        )
    ]
    ended = [ends for _, ends in stints if ends is not None and since < ends <= at]
    return any(
        not any(begins <= end and (ends is None or ends > end) for begins, ends in stints) for end in ended
    )


def find_organisation_of_domain(session: Session, address: str, at: datetime) -> tuple[UUID, ...]:
    """The organisation that published this address's domain, and those above it, the nearest first.

    What stands before the @ is not looked at: nobody learns whether the address exists.
    """
    domain = address.rpartition("@")[2].strip().lower()
    if "\0" in domain or not domain:
        return ()
    found = current(session, EmailDomain, at, at, domain=domain)
    return organisations.tree(session, at).ancestors_of(found[0].organisation_id) if found else ()


def is_within(session: Session, organisation_id: UUID, above_id: UUID, at: datetime) -> bool:
    """Whether an organisation is this one or below it."""
    return organisation_id in organisations.tree(session, at).subtree_of(above_id)


def organisation_name(session: Session, organisation_id: UUID, at: datetime) -> str:
    """What an organisation is called. Raises NotFound."""
    return organisations.get(session, organisation_id, at).name


def organisation_names(session: Session, at: datetime) -> dict[UUID, str]:
    """What every organisation is called at ``at``."""
    return {one.organisation_id: one.name for one in current(session, OrganisationDetail, at, at)}


def known_addresses(session: Session, person_id: UUID, at: datetime) -> list[str]:
    """The work addresses that are the person's at ``at``, oldest first."""
    return people.addresses_of(session, person_id, at)


def addresses_around(session: Session, person_id: UUID, at: datetime) -> list[str]:
    """Every address at which the person may read a warning: theirs at ``at``, lately, or soon."""
    return people.addresses_around(session, person_id, at)


def display_name(session: Session, person_id: UUID, at: datetime) -> str:
    """What to call the person on a page. Raises NotFound."""
    return people.display_name(people.name_of(session, person_id, at))
