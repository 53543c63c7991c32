"""Decisions of the vetting authority as they are recorded."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlmodel import Session

from profiles.clearances import service
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import Clearance, ClearanceStatus, SponsorshipKind
from profiles.errors import Conflict, Invalid
from profiles.temporal import current, history
from profiles.transfers import ending as transfers
from tests.factories.clearances import make_clearance
from tests.factories.organisations import INITIATOR, PROVENANCE, make_organisation
from tests.factories.people import make_person
from tests.factories.transfers import RELEASE, make_move


def test_a_clearance_is_shown_with_its_sponsors_the_primary_first(session: Session, now: datetime) -> None:
    hmrc, home_office = make_organisation(session, now), make_organisation(session, now, "HO")
    person_id = make_person(session, now)
    held = make_clearance(session, now, person_id, hmrc)
    service.sponsor(
        session,
        now,
        PROVENANCE,
        person_id=person_id,
        clearance_id=held.fact_id,
        organisation_id=home_office.id,
        valid_from=now - timedelta(days=9999),
        kind=SponsorshipKind.SHARED,
    )

    (view,) = service.clearances_of(session, person_id, now)

    assert (view.level, view.status) == (ClearanceLevel.SC, ClearanceStatus.ACTIVE)
    assert view.sponsors == (
        (hmrc.id, SponsorshipKind.PRIMARY),
        (home_office.id, SponsorshipKind.SHARED),
    )


def test_a_suspension_holds_from_now_and_leaves_the_past_as_it_was(session: Session, now: datetime) -> None:
    hmrc, person_id = make_organisation(session, now), make_person(session, now)
    held = make_clearance(session, now, person_id, hmrc)

    service.set_status(
        session, now, PROVENANCE, INITIATOR, clearance_id=held.fact_id, status=ClearanceStatus.SUSPENDED
    )

    before, after = history(session, Clearance, now, person_id=person_id)
    assert (before.status, before.valid_to) == (ClearanceStatus.ACTIVE, now)
    assert (after.status, after.valid_from, after.valid_to) == (ClearanceStatus.SUSPENDED, now, None)
    assert before.fact_id == after.fact_id == held.fact_id


def test_two_primary_sponsors_at_once_are_refused(session: Session, now: datetime) -> None:
    hmrc, person_id = make_organisation(session, now), make_person(session, now)
    held = make_clearance(session, now, person_id, hmrc)

    with pytest.raises(Conflict):
        service.sponsor(
            session,
            now,
            PROVENANCE,
            person_id=person_id,
            clearance_id=held.fact_id,
            organisation_id=make_organisation(session, now, "HO").id,
            valid_from=now,
        )


def test_a_clearance_that_expires_before_it_was_decided_is_refused(session: Session, now: datetime) -> None:
    hmrc, person_id = make_organisation(session, now), make_person(session, now)

    with pytest.raises(Invalid) as refused:
        make_clearance(session, now, person_id, hmrc, expires_on=date(2009, 12, 31))

    assert refused.value.field == "expires_on"


def test_what_lapses_with_a_move_can_be_suspended_and_the_end_of_the_move_revives_nothing(
    session: Session, now: datetime
) -> None:
    move = make_move(session, now)
    transfer = move.schedule(replace(RELEASE, clearance_released=False))
    (held,) = current(session, Clearance, now, now, person_id=move.employee)
    assert held.valid_to is not None

    suspended = service.set_status(
        session, now, PROVENANCE, INITIATOR, clearance_id=held.fact_id, status=ClearanceStatus.SUSPENDED
    )
    assert suspended.valid_to is None

    transfers.withdraw(session, now, transfer_id=transfer.id, person_id=move.employee)
    versions = history(session, Clearance, now, person_id=move.employee)
    assert [one.status for one in versions if one.valid_to is None or one.valid_to > now] == [
        ClearanceStatus.SUSPENDED
    ]
