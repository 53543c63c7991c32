"""What comes after a clearance was granted, and who may start without one."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session

from profiles.clearances import aftercare, service
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import CaveatKind, Clearance, ClearanceEventKind, ClearanceStatus
from profiles.clearances.policy import Obstacle, judge
from profiles.clearances.validity import ValidityPeriods
from profiles.entitlements.service import facts_of
from profiles.errors import Conflict, Invalid, InvalidTransition, NotPermitted
from profiles.temporal import Provenance, current, end
from tests.factories.clearances import make_clearance
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE, make_organisation
from tests.factories.people import make_person

Held = tuple[Clearance, UUID, UUID]


@pytest.fixture
def held(session: Session, now: datetime) -> Held:
    """SC through 31 May 2030, whose it is, and who sponsors it."""
    hmrc, person_id = make_organisation(session, now), make_person(session, now)
    return make_clearance(session, now, person_id, hmrc), person_id, hmrc.id


def obstacle(session: Session, held: Held, at: datetime, known_at: datetime | None = None) -> Obstacle | None:
    """What stands in the way of using it where it is sponsored."""
    facts = facts_of(session, held[1], known_at or at)
    (judged,) = judge(facts.clearances, facts.sponsorships, {held[2]}, at, facts.caveats)
    return judged.obstacle


def test_an_extension_passes_the_longest_life_and_keeps_the_day_that_was(
    session: Session, now: datetime, held: Held
) -> None:
    expired = datetime.combine(date(2030, 6, 2), now.timetz())
    assert obstacle(session, held, expired, now) is Obstacle.EXPIRED

    extended = aftercare.extend(
        session, now, PROVENANCE, INITIATOR, clearance_id=held[0].fact_id, until=date(2033, 1, 1)
    )

    assert (extended.expires_on, extended.extended_from) == (date(2033, 1, 1), date(2030, 5, 31))
    assert obstacle(session, held, expired, now) is None


@pytest.mark.parametrize("until", [date(2030, 5, 31), date(2026, 1, 1)])
def test_an_extension_must_be_longer(session: Session, now: datetime, held: Held, until: date) -> None:
    with pytest.raises(Invalid):
        aftercare.extend(session, now, PROVENANCE, INITIATOR, clearance_id=held[0].fact_id, until=until)


def test_a_condition_stands_in_the_way_until_it_is_met(session: Session, now: datetime, held: Held) -> None:
    caveat = aftercare.add_caveat(
        session,
        now,
        PROVENANCE,
        INITIATOR,
        clearance_id=held[0].fact_id,
        name="Debts reviewed",
        kind=CaveatKind.CONDITION,
    )
    assert obstacle(session, held, now) is Obstacle.CAVEAT

    later = now + timedelta(days=1)
    end(session, caveat, later, later, PROVENANCE)

    assert obstacle(session, held, later) is None
    assert obstacle(session, held, now, later) is Obstacle.CAVEAT


def test_a_caveat_may_bind_a_clearance_to_one_organisation(
    session: Session, now: datetime, held: Held
) -> None:
    elsewhere = make_organisation(session, now, "HO")
    aftercare.add_caveat(
        session,
        now,
        PROVENANCE,
        INITIATOR,
        clearance_id=held[0].fact_id,
        name="Home Office only",
        kind=CaveatKind.ORGANISATION,
        organisation_id=elsewhere.id,
    )
    assert obstacle(session, held, now) is Obstacle.CAVEAT


def test_an_addition_such_as_strap_limits_nothing(session: Session, now: datetime, held: Held) -> None:
    aftercare.add_caveat(
        session,
        now,
        PROVENANCE,
        INITIATOR,
        clearance_id=held[0].fact_id,
        name="STRAP 2",
        kind=CaveatKind.ADDITION,
    )
    assert obstacle(session, held, now) is None


def test_a_review_sets_when_the_next_is_due(session: Session, now: datetime, held: Held) -> None:
    aftercare.note(
        session,
        now,
        PROVENANCE,
        INITIATOR,
        clearance_id=held[0].fact_id,
        kind=ClearanceEventKind.APPRAISAL,
        next_review_on=date(2027, 3, 2),
    )
    (found,) = current(session, Clearance, now, now, fact_id=held[0].fact_id)
    assert found.review_due_on == date(2027, 3, 2)


def test_an_application_can_be_used_once_it_is_granted(session: Session, now: datetime, held: Held) -> None:
    person_id, sponsor_id = held[1], held[2]
    asked = service.request(
        session,
        now,
        PROVENANCE,
        INITIATOR,
        person_id=person_id,
        level=ClearanceLevel.DV,
        sponsor_id=sponsor_id,
        valid_from=now,
    )

    def say(status: ClearanceStatus, hours: int) -> Clearance:
        at = now + timedelta(hours=hours)
        return service.set_status(
            session, at, PROVENANCE, INITIATOR, clearance_id=asked.fact_id, status=status
        )

    say(ClearanceStatus.BPSS_CONFIRMED, 1)
    say(ClearanceStatus.IN_VETTING, 2)
    facts = facts_of(session, person_id, now + timedelta(hours=2))
    judged = judge(facts.clearances, facts.sponsorships, {sponsor_id}, now + timedelta(hours=2))
    assert [one.obstacle for one in judged if one.clearance.level is ClearanceLevel.DV] == [
        Obstacle.NOT_GRANTED
    ]
    granted = say(ClearanceStatus.ACTIVE, 3)
    assert (granted.decided_on, granted.expires_on) == (date(2026, 3, 2), date(2033, 3, 1))


def test_what_the_table_does_not_allow_changes_nothing(session: Session, now: datetime, held: Held) -> None:
    with pytest.raises(InvalidTransition):
        service.set_status(
            session,
            now,
            PROVENANCE,
            INITIATOR,
            clearance_id=held[0].fact_id,
            status=ClearanceStatus.REFUSED,
        )
    assert obstacle(session, held, now) is None


def test_a_lapsed_clearance_is_reinstated_within_the_window_only(
    session: Session, now: datetime, held: Held
) -> None:
    values = {"clearance_id": held[0].fact_id, "periods": ValidityPeriods(reinstatement=timedelta(days=30))}
    service.set_status(session, now, PROVENANCE, INITIATOR, status=ClearanceStatus.LAPSED, **values)
    late = now + timedelta(days=31)
    asked = ClearanceStatus.REINSTATEMENT_REQUESTED
    with pytest.raises(Conflict, match="too long ago"):
        service.set_status(session, late, PROVENANCE, INITIATOR, status=asked, **values)
    soon = now + timedelta(days=29)
    service.set_status(session, soon, PROVENANCE, INITIATOR, status=asked, **values)
    service.set_status(session, soon, PROVENANCE, INITIATOR, status=ClearanceStatus.ACTIVE, **values)
    assert obstacle(session, held, soon) is None


def test_what_is_over_makes_room_for_a_new_clearance_of_the_level(
    session: Session, now: datetime, held: Held
) -> None:
    service.set_status(
        session, now, PROVENANCE, INITIATOR, clearance_id=held[0].fact_id, status=ClearanceStatus.WITHDRAWN
    )
    later = now + timedelta(days=400)
    service.record_decision(
        session,
        later,
        PROVENANCE,
        INITIATOR,
        person_id=held[1],
        level=ClearanceLevel.SC,
        decided_on=later.date(),
        sponsor_id=held[2],
        valid_from=later,
    )
    assert obstacle(session, held, later) is None


def test_a_dispensation_needs_somebody_else_and_opens_no_app(session: Session, now: datetime) -> None:
    hmrc, person_id = make_organisation(session, now), make_person(session, now)
    officer, other = (make_person(session, now, f"{name}@hmrc.gov.uk") for name in ("a.one", "b.two"))
    recorded = Provenance(officer, "page", "urgent")

    def dispense(approved_by: UUID) -> None:
        aftercare.dispense(
            session,
            now,
            recorded,
            INITIATOR,
            person_id=person_id,
            organisation_id=hmrc.id,
            level=ClearanceLevel.SC,
            mitigations="Escorted",
            approved_by=approved_by,
            valid_from=LONG_AGO,
            valid_to=now + timedelta(days=30),
        )

    for refused in (person_id, officer):
        with pytest.raises(NotPermitted):
            dispense(refused)
    dispense(other)
    assert facts_of(session, person_id, now).clearances == ()
