"""Moves the first day of a loan that has begun in the record: the post at the host, and what was shared then.

Every fact keeps its identity and its source. What others have recorded at the host since stays, and only what
would lie before the first day gives way. Of days before the one that was recorded nobody has agreed to share
a clearance, or to give a role by hand: these begin no sooner.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.apps.models import App
from profiles.employments.models import Posting
from profiles.entitlements.models import Entitlement
from profiles.loans import facts, reading
from profiles.loans.models import Loan
from profiles.organisations import service as organisations
from profiles.temporal import Fact, Provenance, history, replace, supersede

REASON = "the loan began on another day"


def shift_beginning(session: Session, loan: Loan, begins_at: datetime, now: datetime, by: UUID) -> None:
    """Let what began with the loan begin at another instant. Raises Conflict where that is taken."""
    for fact in list(_beginning(session, loan, begins_at, now)):
        provenance = Provenance(by, fact.source, REASON)
        if fact.valid_to is not None and fact.valid_to <= begins_at:
            supersede(session, fact, now, by)
            continue
        changes: dict[str, Any] = {"valid_from": begins_at}
        replace(session, fact, now, provenance, **changes)


def _beginning(session: Session, loan: Loan, begins_at: datetime, now: datetime) -> Iterator[Fact]:
    recorded = facts.recorded(session, loan, now)
    first = min((one.valid_from for one in recorded if isinstance(one, Posting)), default=loan.begins_at)
    for fact in recorded:
        with_it = isinstance(fact, Posting) and fact.valid_from in (first, loan.begins_at)
        if fact.valid_from < begins_at or with_it:
            yield fact
    hosts = organisations.tree(session, now).subtree_of(loan.host_organisation_id)
    theirs = set(session.exec(select(App.id).where(col(App.organisation_id).in_(hosts))))
    since = reading.own_since(session, loan)
    for granted in history(session, Entitlement, now, person_id=loan.person_id):
        if granted.app_id in theirs and since <= granted.valid_from < begins_at:
            yield granted
