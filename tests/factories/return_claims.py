"""Somebody who has left HMRC, comes back without a passkey, and what they state."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import select

from profiles.appointments import claims
from profiles.appointments.claim_models import ReturnClaim
from profiles.appointments.claims import Statement
from profiles.employments.models import Employment
from profiles.people.models import BirthDate, PersonName
from profiles.temporal import current
from tests.factories.retained import born
from tests.factories.transfers import Move

BORN = date(1980, 3, 27)
WAIT = timedelta(days=7)
STOP = "http://localhost/invited/stop/link"


def statement_of(move: Move, **changes: Any) -> Statement:
    """What fits the employee's record, unless said otherwise; their birth date is recorded by it."""
    if not current(move.session, BirthDate, move.now, move.now, person_id=move.employee):
        born(move.session, move.employee, BORN, move.now)
    (name,) = current(move.session, PersonName, move.now, move.now, person_id=move.employee)
    number = move.session.exec(select(Employment.number).where(Employment.person_id == move.employee)).first()
    fits = Statement(name.given_names.upper(), f" {name.family_name}", BORN, number or "")
    return replace(fits, **changes)


def state(move: Move, token: str, **changes: Any) -> ReturnClaim:
    return claims.state(move.session, move.now, unverified_token=token, said=statement_of(move, **changes))


def check(move: Move, claim: ReturnClaim, officer: UUID) -> None:
    """An officer of the Home Office has met them."""
    claims.check(
        move.session,
        move.now,
        claim,
        officer_id=officer,
        permissions=move.permissions(officer),
        wait=WAIT,
        stop_link=STOP,
    )


def check_by_two(move: Move, claim: ReturnClaim) -> Move:
    """Both have, and the waiting time is over."""
    check(move, claim, move.preparer)
    check(move, claim, move.home_office_officer)
    return replace(move, now=move.now + WAIT)


def give_codes(move: Move, claim: ReturnClaim) -> tuple[str, str]:
    """What is kept of the codes of both."""
    kept = ("1" * 64, "2" * 64)
    for officer, code in zip((move.preparer, move.home_office_officer), kept, strict=True):
        claims.issue(move.session, move.now, claim, officer_id=officer, code_hash=code)
    return kept
