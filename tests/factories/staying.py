"""Somebody whom no move concerns."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session


def stays(_session: Session, _person_id: UUID, _at: datetime) -> bool:
    """That no move of theirs is agreed."""
    return False
