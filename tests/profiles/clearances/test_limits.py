"""An organisation uses clearances for fewer years than a level lasts: one proposes it, another confirms."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from profiles.audit.models import AuditEntry
from profiles.clearances import limits
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.policy import LimitFact, Obstacle, judge
from profiles.clearances.validity import STANDARD, last_day_of, last_decided
from profiles.employments.models import Posting, PostingKind
from profiles.entitlements.policy import decide
from profiles.entitlements.service import facts_and_rules
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.organisations.service import OrganisationView
from profiles.roles.models import Role
from profiles.temporal import end_of_day, record
from tests.factories.apps import make_app, make_rule
from tests.factories.clearances import make_clearance
from tests.factories.facts import HMRC, HOME_OFFICE, LONG_AGO, NOW, clearance, sponsorship
from tests.factories.organisations import PROVENANCE, make_organisation
from tests.factories.people import give_role, make_employee

DECIDED = date(2021, 3, 3)
"""Five years are over at the end of ``NOW``'s day, 2 March 2026."""


def limit(organisation_id: UUID = HMRC, years: int = 5, **more: Any) -> LimitFact:
    values: dict[str, Any] = {"level": ClearanceLevel.SC, "valid_from": LONG_AGO}
    return LimitFact(organisation_id=organisation_id, years=years, **(values | more))


@pytest.mark.parametrize(
    ("held", "limited", "at", "obstacle"),
    [
        ({"decided_on": DECIDED}, {}, NOW, None),
        ({"decided_on": DECIDED}, {}, end_of_day(date(2026, 3, 2)), Obstacle.TOO_OLD),
        ({"decided_on": date(2021, 3, 2)}, {}, NOW, Obstacle.TOO_OLD),
        ({"decided_on": date(2021, 3, 2)}, {"organisation_id": HOME_OFFICE}, NOW, None),
        ({"decided_on": date(2021, 3, 2)}, {"level": ClearanceLevel.DV}, NOW, None),
        ({"decided_on": date(2021, 3, 2)}, {"valid_to": NOW}, NOW, None),
        ({"decided_on": date(2021, 3, 2)}, {"valid_from": NOW + timedelta(days=1)}, NOW, None),
        ({"decided_on": None}, {}, NOW, None),
    ],
)
def test_what_a_limit_ends(
    held: dict[str, Any], limited: dict[str, Any], at: datetime, obstacle: Obstacle | None
) -> None:
    (judged,) = judge([clearance(**held)], [sponsorship()], {HMRC}, at, (), [limit(**limited)])
    assert judged.obstacle is obstacle


def test_on_loan_the_strictest_of_home_and_hosts_counts() -> None:
    held, sponsored = [clearance(decided_on=date(2021, 3, 2))], [sponsorship()]
    (judged,) = judge(held, sponsored, {HMRC, HOME_OFFICE}, NOW, (), [limit(HOME_OFFICE), limit(HMRC, 9)])
    assert judged.obstacle is Obstacle.TOO_OLD


@given(
    decided_on=st.dates(date(2000, 1, 1), date(2040, 12, 31)),
    years=st.integers(1, 9),
    ahead=st.integers(-2, 2),
)
def test_the_last_day_and_the_last_decision_say_the_same(decided_on: date, years: int, ahead: int) -> None:
    day = last_day_of(decided_on, years) + timedelta(days=ahead)
    assert (decided_on <= last_decided(day, years)) == (day > last_day_of(decided_on, years))


@pytest.fixture
def hmrc(session: Session, now: datetime) -> OrganisationView:
    return make_organisation(session, now)


@pytest.fixture
def officers(session: Session, now: datetime, hmrc: OrganisationView) -> list[UUID]:
    found = [make_employee(session, now, hmrc, name).person_id for name in ("sam.one", "sue.two")]
    for one in found:
        give_role(session, now, one, Role.SECURITY_OFFICER, hmrc.id)
    return found


def proposed(
    session: Session, now: datetime, hmrc: OrganisationView, officer_id: UUID, years: int | None = 5
) -> limits.ClearanceLimitProposal:
    return limits.propose(
        session,
        now,
        organisation_id=hmrc.id,
        level=ClearanceLevel.SC,
        years=years,
        reason="Decided by the risk owner on 1 March",
        officer_id=officer_id,
        periods=STANDARD,
    )


def test_it_holds_once_another_officer_has_confirmed_it_and_cuts_access(
    session: Session, now: datetime, hmrc: OrganisationView, officers: list[UUID]
) -> None:
    app = make_app(session, now, hmrc)
    make_rule(session, now, app, least_clearance="SC")
    person_id = make_employee(session, now, hmrc).person_id
    make_clearance(session, now, person_id, hmrc)  # decided on 1 January 2021
    assert limits.turned(session, hmrc.id, ClearanceLevel.SC, 5, now) == 1
    proposal = proposed(session, now, hmrc, officers[0])
    assert decide(*facts_and_rules(session, person_id, app.id, now), now).allowed
    with pytest.raises(NotPermitted):
        limits.confirm(session, proposal, officers[0], now, STANDARD)
    limits.confirm(session, proposal, officers[1], now, STANDARD)
    decision = decide(*facts_and_rules(session, person_id, app.id, now), now)
    assert (decision.allowed, decision.reasons[0].nearest.obstacle) == (False, Obstacle.TOO_OLD)  # type: ignore[union-attr]
    with pytest.raises(Conflict):
        limits.confirm(session, proposal, officers[1], now, STANDARD)
    later = now + timedelta(hours=1)
    limits.confirm(session, proposed(session, later, hmrc, officers[1], None), officers[0], later, STANDARD)
    assert decide(*facts_and_rules(session, person_id, app.id, later), later).allowed
    events = session.exec(
        select(AuditEntry.event).where(AuditEntry.event.startswith("clearance_limit")).order_by(AuditEntry.id)
    ).all()
    assert events == ["clearance_limit.proposed", "clearance_limit.confirmed"] * 2


@pytest.mark.parametrize(("is_lent", "expected"), [(True, 1), (False, 0)])
def test_on_loan_the_clearance_that_home_sponsors_counts_at_the_host(
    session: Session, now: datetime, hmrc: OrganisationView, is_lent: bool, expected: int
) -> None:
    host = make_organisation(session, now, "HO")
    home = make_employee(session, now, hmrc)
    make_clearance(session, now, home.person_id, hmrc)  # decided on 1 January 2021
    values = home.model_dump(include={"person_id", "local_grade", "job_title", "profession"})
    employment_id = home.employment_id if is_lent else make_employee(session, now, host, "x.y").employment_id
    place = {"organisation_id": host.id, "employment_id": employment_id, "kind": PostingKind.HOST}
    record(session, Posting(**values, **place, **PROVENANCE.stamp(now, now)))
    assert limits.turned(session, host.id, ClearanceLevel.SC, 5, now) == expected
    assert limits.turned(session, hmrc.id, ClearanceLevel.SC, 5, now) == 1


def test_a_token_outlives_no_limit(
    session: Session, now: datetime, hmrc: OrganisationView, officers: list[UUID]
) -> None:
    app = make_app(session, now, hmrc)
    make_rule(session, now, app, least_clearance="SC")
    person_id = make_employee(session, now, hmrc).person_id
    make_clearance(session, now, person_id, hmrc)
    limits.confirm(session, proposed(session, now, hmrc, officers[0], 6), officers[1], now, STANDARD)
    decision = decide(*facts_and_rules(session, person_id, app.id, now), now)
    assert (decision.allowed, decision.until) == (True, end_of_day(date(2026, 12, 31)))


@pytest.mark.parametrize(("level", "years"), [("SC", 10), ("SC", 0), ("SC", None), ("BPSS", 3), ("DV", 7)])
def test_never_longer_than_the_level_lasts(
    session: Session, now: datetime, hmrc: OrganisationView, level: str, years: int | None
) -> None:
    asked: dict[str, Any] = {"organisation_id": hmrc.id, "level": ClearanceLevel(level), "years": years}
    with pytest.raises(Invalid) as refused:
        limits.check(session, now, **asked, periods=STANDARD)
    assert refused.value.field == "years"


def test_one_proposal_of_a_level_at_a_time(
    session: Session, now: datetime, hmrc: OrganisationView, officers: list[UUID]
) -> None:
    proposal = proposed(session, now, hmrc, officers[0])
    with pytest.raises(Conflict):
        proposed(session, now, hmrc, officers[1], 4)
    limits.withdraw(session, proposal, officers[1], now)
    assert limits.open_proposals(session, {hmrc.id}) == []
    assert limits.limits_at(session, hmrc.id, now) == {}
    proposed(session, now, hmrc, officers[1], 4)
