"""What several of the organisations that people leave have given them, the new one gives once."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from app.database import open_session, transaction
from profiles.bulk_moves.models import MemberState
from profiles.clearances.models import Sponsorship, SponsorshipKind
from profiles.people.models import WorkPhone
from profiles.temporal import current, end_of_day, record
from tests.factories.bulk_moves import START, make_moving
from tests.factories.clearances import make_clearance
from tests.factories.organisations import PROVENANCE, make_organisation


def test_a_share_and_a_phone_of_two_places_become_one_that_lasts_as_long_as_the_longer(
    engine: Engine, now: datetime
) -> None:
    moving = make_moving(engine, now, people=1)
    person_id, begins = moving.people[0], end_of_day(START)
    with transaction(engine) as session:
        below = make_organisation(session, now, "DECC-T", parent=moving.decc)
        elsewhere = make_organisation(session, now, "HMRC")
        clearance_id = make_clearance(session, now, person_id, elsewhere).fact_id
        for place_id, days in ((moving.decc.id, 60), (below.id, 90)):
            given: dict[str, Any] = {"person_id": person_id, "organisation_id": place_id}
            given |= PROVENANCE.stamp(now, now, begins + timedelta(days=days))
            record(session, WorkPhone(number="+442079460123", **given))
            shared = {"clearance_id": clearance_id, "kind": SponsorshipKind.SHARED}
            record(session, Sponsorship(**shared, **given))
    move_id = moving.scheduled()
    assert moving.states(move_id)[person_id] is MemberState.SCHEDULED

    def held(model: Any) -> list[tuple[UUID, datetime | None]]:
        with open_session(engine, writes=False) as session:
            found = current(session, model, begins, moving.now, person_id=person_id)
            return [(one.organisation_id, one.valid_to) for one in found if one.valid_from > now]

    assert held(WorkPhone) == held(Sponsorship) == [(moving.beis.id, begins + timedelta(days=90))]
