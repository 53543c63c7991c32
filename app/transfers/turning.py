"""A move that is approved on or after its dates takes effect in the request that approves it."""

from datetime import datetime

from sqlmodel import Session

from app.access_changes import settle_people
from profiles.transfers import service
from profiles.transfers.models import Transfer


def turn_if_due(session: Session, transfer: Transfer, now: datetime) -> None:
    """Take the steps that time has brought already; sessions that no longer fit end."""
    if service.advance(session, transfer, now):
        settle_people(session, [transfer.person_id], now, "A transfer took effect.")
