"""Somebody with all that a career break ends, and HR who record the break and the return."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import select

from profiles.apps.models import App
from profiles.clearances.models import Sponsorship
from profiles.clearances.validity import STANDARD
from profiles.employments.models import CareerBreak, Employment, Posting
from profiles.entitlements.models import Entitlement
from profiles.entitlements.policy import decide as decide_access
from profiles.entitlements.service import facts_of, rules_of
from profiles.pay.models import PayReason, PayRecord
from profiles.people.models import WorkAddress
from profiles.portable_profile.changes import decide, submit
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action, ChangeState, LeavingCause, RecordChange
from profiles.portable_profile.wanted import Wanted
from profiles.roles.models import Role, RoleAssignment
from profiles.temporal import current, history, record, start_of_day
from tests.factories.apps_of_move import make_apps
from tests.factories.organisations import LONG_AGO, PROVENANCE
from tests.factories.people import give_role
from tests.factories.transfers import Move

BEGINS = start_of_day(date(2026, 4, 1))
EXPECTED = date(2026, 10, 1)
RETURNS = start_of_day(date(2026, 9, 1))
LAPSES = start_of_day(STANDARD.sponsored_until(date(2026, 4, 1)))
PAUSED = (Posting, PayRecord, RoleAssignment, Entitlement)
STAYS = (Employment, WorkAddress, Sponsorship)
POST = {"local_grade": "Higher Officer", "job_title": "Caseworker", "required_clearance": None}


def settle(move: Move) -> Move:
    """Give the employee a post, pay, a role in Lanyard, one given by hand and a clearance."""
    apps = make_apps(move)
    give_role(move.session, move.now, move.employee, Role.HR_OFFICER, move.hmrc.id)
    stamp = PROVENANCE.stamp(move.now, LONG_AGO) | {"person_id": move.employee}
    grant = Entitlement(app_id=apps.tax_desk.id, role_name="manager", approved_by=move.hmrc_officer, **stamp)
    record(move.session, grant)
    (post,) = current(move.session, Posting, move.now, move.now, person_id=move.employee)
    paid = {"employment_id": post.employment_id, "organisation_id": move.hmrc.id}
    record(
        move.session,
        PayRecord(salary_pence=3_800_000, pay_reason=PayReason.APPOINTMENT, **paid, **stamp),
    )
    move.now += timedelta(hours=1)
    return move


def held(move: Move, model: Any, at: datetime) -> list[Any]:
    return list(current(move.session, model, at, move.now, person_id=move.employee))


def kept(move: Move, models: tuple[Any, ...], at: datetime) -> list[bool]:
    return [bool(held(move, model, at)) for model in models]


def ask(move: Move, action: Action, about: Posting | None = None, **values: object) -> RecordChange:
    """Ask for it of the last post, or break, that is recorded, or of ``about``."""
    model: Any = Posting if action is Action.BEGIN_BREAK else CareerBreak
    found = history(move.session, model, move.now, person_id=move.employee)
    version: Any = about or found[-1]
    wanted = Wanted(
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        kind=Kind.CAREER_BREAK,
        action=action,
        values=values,
        reason="A letter of 1 March",
        source="page:letter",
        version_id=version.id,
    )
    return submit(move.session, wanted, move.now, move.hmrc_officer, alone_up_to=1000)


def app_of(move: Move) -> UUID:
    found: UUID = move.session.exec(select(App.id).where(App.name == "Tax Desk")).one()
    return found


def decided(move: Move, app_id: UUID, at: datetime) -> bool:
    facts, rules = facts_of(move.session, move.employee, move.now), rules_of(move.session, app_id, move.now)
    return decide_access(facts, rules, at).allowed


def begin(move: Move, about: Posting | None = None, **values: object) -> RecordChange:
    said = {"valid_from": BEGINS, "return_on": EXPECTED} | values
    found = ask(move, Action.BEGIN_BREAK, about, **said)
    move.now += timedelta(minutes=5)
    return found


def leave(move: Move, second: UUID, employment_id: UUID, ends_at: datetime, cause: LeavingCause) -> None:
    """HR record that they leave, and a second officer approves."""
    (employment,) = history(move.session, Employment, move.now, fact_id=employment_id)
    wanted = Wanted(
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        kind=Kind.EMPLOYMENT,
        action=Action.LEAVE,
        values={"cause": cause, "valid_to": ends_at},
        reason="A letter",
        source="page:letter",
        version_id=employment.id,
    )
    change = submit(move.session, wanted, move.now, move.hmrc_officer, alone_up_to=1000)
    move.now += timedelta(minutes=5)
    decide(move.session, change, move.now, second, approved=True)


def come_back(move: Move, second: UUID, returns: datetime = RETURNS) -> RecordChange:
    terms = {"salary_pence": 4_000_000, "fte_thousandths": 600}
    change = ask(move, Action.END_BREAK, valid_from=returns, **POST, **terms)
    move.now += timedelta(minutes=5)
    if change.state is ChangeState.WAITING:
        decide(move.session, change, move.now, second, approved=True)
    move.now += timedelta(minutes=5)
    return change
