"""Which employment a move ends, of somebody who has several: they say so themselves.

They do when they make a code or accept an invitation, so that the new department learns of the one that moves
and of no other: HR may not learn that another organisation holds a record. The others stay as they are.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.employments.models import Posting, PostingKind
from profiles.employments.service import current_postings
from profiles.errors import Conflict, Invalid
from profiles.organisations import service as organisations


def home_postings(session: Session, person_id: UUID, now: datetime) -> Sequence[Posting]:
    """Where somebody is employed and posted now."""
    return [one for one in current_postings(session, person_id, now) if one.kind is PostingKind.HOME]


def to_choose_from(session: Session, person_id: UUID, now: datetime) -> Sequence[Posting]:
    """Those of several employments that can move; nothing where somebody has one at most.

    Not one in whose organisation, or below it, they have another: what rests on which, nobody can tell.
    """
    home = home_postings(session, person_id, now)
    if len(home) < 2:
        return ()
    tree = organisations.tree(session, now)
    return [
        one
        for one in home
        if not any(
            other is not one and other.organisation_id in tree.subtree_of(one.organisation_id)
            for other in home
        )
    ]


def why_none(session: Session, person_id: UUID, now: datetime) -> str | None:
    """Why none of several employments can move, in words for the person; None where one can."""
    several = len(home_postings(session, person_id, now)) > 1
    return NONE_CAN if several and not to_choose_from(session, person_id, now) else None


def check_choice(session: Session, person_id: UUID, employment_id: UUID | None, now: datetime) -> UUID | None:
    """The employment that somebody says is to move; None where they have one at most.

    Raises Invalid naming ``employment_id`` unless it is one that can, or Conflict where none can.
    """
    if len(home_postings(session, person_id, now)) < 2:
        return None
    found = to_choose_from(session, person_id, now)
    if not found:
        raise Conflict(NONE_CAN)
    if employment_id not in {one.employment_id for one in found}:
        raise Invalid("Choose the employment that moves.", field="employment_id")
    return employment_id


def posting_to_leave(session: Session, person_id: UUID, employment_id: UUID | None, now: datetime) -> Posting:
    """The home posting that a move of this employment would end, or of the only one there is.

    Raises Invalid where there is none, where there are several and none was chosen, or it cannot move by now;
    which of these it is, the new department is not told, nor that there are several.
    """
    home = home_postings(session, person_id, now)
    if not home:
        raise Invalid("This person has no employment that could be moved.", field="code")
    if len(home) == 1 and employment_id in (None, home[0].employment_id):
        return home[0]
    chosen = [one for one in to_choose_from(session, person_id, now) if one.employment_id == employment_id]
    if not chosen:
        raise Invalid(
            "This transfer code or answer cannot be used any more. Ask them for another.", field="code"
        )
    return chosen[0]


NONE_CAN = (
    "You have more than one employment in one organisation, so that none can be moved by itself. Ask HR of "
    "your department."
)
