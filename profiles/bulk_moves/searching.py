"""Finds people on the list of a bulk move: by a name, or an employment number, as far as the reader may.

Nobody who is marked sensitive is found. The old organisation finds whom it has let go by the name that they
had then, and not by the one that they have now.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, false
from sqlmodel import and_, col, exists, func, or_, true

from profiles.bulk_moves.models import TURNED, BulkMove, BulkMoveMember
from profiles.people.models import PersonName
from profiles.people.sensitive import is_listed
from profiles.people.service import search_key
from profiles.temporal import as_of
from profiles.transfers.models import Side

M = BulkMoveMember


def found_by(move: BulkMove, sides: Collection[Side], text: str, now: datetime) -> ColumnElement[bool]:
    """Whether a member has every word of the text in their name, or a number that begins so; all without it.

    ``sides`` are those for which the reader acts.
    """
    asked = search_key(text)
    if not asked:
        return true()
    gone = false() if Side.IMPORTING in sides else col(M.state).in_(TURNED)
    then = move.starts_at - timedelta.resolution
    named = or_(and_(~gone, _is_called(asked, now)), and_(gone, _is_called(asked, then)))
    numbered = or_(
        *(func.lower(col(number)).startswith(asked, autoescape=True) for number in (M.number, M.new_number))
    )
    return and_(is_listed(col(M.person_id), now), or_(named, numbered))


def _is_called(asked: str, at: datetime) -> ColumnElement[bool]:
    words = (col(PersonName.search_key).contains(word, autoescape=True) for word in asked.split())
    return exists().where(col(PersonName.person_id) == col(M.person_id), as_of(PersonName, at, at), *words)
