"""One loan in the demonstration: agreed by everybody who takes part, and begun on the day it is loaded."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session

from app.demo.officers import officer, person
from profiles.loans import approving, clearance, drafting, reading, signing
from profiles.loans.advancing import advance
from profiles.loans.approving import HostPost
from profiles.loans.drafting import Wish
from profiles.loans.models import LoanSide, Payer
from profiles.temporal import civil_date, months_after

EMPLOYEE = "Nadia Rahman"
MONTHS = 12


def load_loan(session: Session, now: datetime, organisations: Mapping[str, UUID]) -> int:
    """Lend somebody of HMRC to the Home Office, if nobody has yet; return how many loans were made."""
    employee = person(session, EMPLOYEE)
    if reading.of_person(session, employee):
        return 0
    home, host = LoanSide.HOME, LoanSide.HOST
    wish = Wish(
        host_organisation_id=organisations["HO"],
        start_date=civil_date(now),
        last_day=_last_day(civil_date(now)),
        payer=Payer.HOST,
        purpose="To help with a peak of asylum decisions.",
    )
    post = HostPost("HEO", "Caseworker", "Operational Delivery", "Asylum Decisions", "Croydon")
    own: dict[str, Any] = {"session": session, "now": now, "person_id": employee}
    loan = drafting.draft(**officer(session, now, "Gethin Rees"), person_id=employee, wish=wish)
    drafting.submit(**own, loan_id=loan.id)
    approving.approve(**officer(session, now, "Harriet Khan"), loan_id=loan.id, side=home)
    approving.describe_post(**officer(session, now, "Omar Hughes"), loan_id=loan.id, post=post)
    approving.approve(**officer(session, now, "Olivia Ward"), loan_id=loan.id, side=host)
    signing.sign(**own, loan_id=loan.id)
    shown = clearance.shown(session, loan, now)
    signing.agree_clearance(**officer(session, now, "Callum Reid"), loan_id=loan.id, shown=shown)
    advance(session, loan, now)
    return 1


def _last_day(start_date: date) -> date:
    return months_after(start_date, MONTHS) - timedelta(days=1)
