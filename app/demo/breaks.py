"""One career break in the demonstration: begun half a year before it is loaded, and to last as long again."""

from datetime import datetime, timedelta

from sqlmodel import Session

from app.demo.officers import person
from profiles.employments.models import CareerBreak, Posting
from profiles.portable_profile.changes import decide, submit
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action
from profiles.portable_profile.wanted import Wanted
from profiles.temporal import civil_date, current, history, start_of_day

EMPLOYEE = "Rhys Bevan"
HALF = timedelta(days=183)


def load_break(session: Session, now: datetime) -> int:
    """Let somebody of HMRC be on a career break, if nobody has been; return how many breaks were made."""
    employee = person(session, EMPLOYEE)
    posts = current(session, Posting, now, now, person_id=employee)
    if history(session, CareerBreak, now, person_id=employee) or not posts:
        return 0
    today = civil_date(now)
    wanted = Wanted(
        person_id=employee,
        organisation_id=posts[0].organisation_id,
        kind=Kind.CAREER_BREAK,
        action=Action.BEGIN_BREAK,
        values={"valid_from": start_of_day(today - HALF), "return_on": today + HALF},
        reason="To care for a relative.",
        source="page:letter",
        version_id=posts[0].id,
    )
    change = submit(session, wanted, now, person(session, "Gethin Rees"), alone_up_to=0)
    decide(session, change, now, person(session, "Harriet Khan"), approved=True)
    return 1
