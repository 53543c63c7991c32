"""Who is above whom: line managers, as postings name them."""

from datetime import datetime

from sqlmodel import Session

from profiles.employments.models import Posting
from profiles.temporal import history


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
