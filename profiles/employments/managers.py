"""Who is above whom: line managers, as postings name them."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.employments.models import Posting
from profiles.employments.service import current_postings
from profiles.errors import Invalid
from profiles.organisations import service as organisations
from profiles.people.models import WorkAddress
from profiles.temporal import current, history


def find_manager(
    session: Session, person_id: UUID, place: UUID, unverified_address: str, now: datetime
) -> UUID | None:
    """Who has this work address and works at ``place``, or below it; None where none is named.

    Raises Invalid naming ``line_manager`` where nobody does, and for the person themselves.
    """
    address = unverified_address.strip().lower()
    if not address:
        return None
    found = current(session, WorkAddress, now, now, address=address) if "\0" not in address else []
    ours = organisations.tree(session, now).subtree_of(place)
    for one in found:
        posts = current_postings(session, one.person_id, now)
        if one.person_id != person_id and any(post.organisation_id in ours for post in posts):
            return one.person_id
    raise Invalid("Nobody in your organisation has this work address.", field="line_manager")


def goes_round(session: Session, posting: Posting, known_at: datetime) -> bool:
    """Whether by this posting somebody would be, at some moment of it, above themselves."""
    waiting = [(posting.line_manager_id, posting.valid_from, posting.valid_to)]
    seen = set(waiting)
    while waiting:
        manager_id, begins, ends = waiting.pop()
        if manager_id == posting.person_id:
            return True
        if manager_id is None:
            continue
        for one in history(session, Posting, known_at, person_id=manager_id):
            since = max(begins, one.valid_from)
            until = min((end for end in (ends, one.valid_to) if end is not None), default=None)
            further = (one.line_manager_id, since, until)
            if (until is None or since < until) and further not in seen:
                seen.add(further)
                waiting.append(further)
    return False
