"""A loan that is agreed on its start date, or whose end moves, takes effect in the request that does so."""

from datetime import datetime

from flask import current_app
from sqlmodel import Session

from app.access_changes import settle_people
from profiles.loans.advancing import advance
from profiles.loans.models import Loan


def settle(session: Session, loan: Loan, now: datetime) -> None:
    """Take the steps that time has brought already; sessions that no longer fit end."""
    if advance(session, loan, now, current_app.config["LOAN_LIMITS"]):
        settle_people(session, [loan.person_id], now, "A loan took effect.")
