"""An organisation that nobody needs any more ends with a day, and not before."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from app.database import open_session
from profiles.audit.service import Initiator
from profiles.bulk_moves.closing import Remaining, remaining
from profiles.bulk_moves.ending import end_organisation
from profiles.errors import Conflict, Invalid
from profiles.organisations.service import domains_of, tree
from profiles.portable_profile.models import Action, ChangeState, RecordChange
from profiles.roles.models import Role, RoleAssignment
from profiles.temporal import current, end_of_day, start_of_day
from tests.factories.apps import make_app
from tests.factories.bulk_moves import make_moving
from tests.factories.organisations import PROVENANCE, make_organisation
from tests.factories.people import give_role, make_employee, make_person

LAST_DAY = date(2026, 3, 31)
AFTER = end_of_day(LAST_DAY)


def end(session: Session, now: datetime, organisation_id: UUID, last_day: date = LAST_DAY) -> None:
    how = {"organisation_id": organisation_id, "last_day": last_day}
    end_organisation(session, now, PROVENANCE, Initiator.system("test"), **how)


def there(session: Session, organisation_id: UUID, at: datetime, now: datetime) -> bool:
    return organisation_id in tree(session, at, now).organisations


def test_it_is_there_through_its_last_day_and_its_domains_and_roles_with_it(
    session: Session, now: datetime
) -> None:
    gone = make_organisation(session, now, "DECC").id
    officer = make_person(session, now)
    give_role(session, now, officer, Role.HR_OFFICER, gone)
    end(session, now, gone)
    just_before = AFTER - timedelta(microseconds=1)
    assert (there(session, gone, just_before, now), there(session, gone, AFTER, now)) == (True, False)
    for at, many in ((just_before, 1), (AFTER, 0)):
        assert len(domains_of(session, gone, at, now)) == many
        assert len(current(session, RoleAssignment, at, now, person_id=officer)) == many


def test_another_last_day_corrects_it(session: Session, now: datetime) -> None:
    gone, later = make_organisation(session, now, "DECC").id, now + timedelta(hours=1)
    end(session, now, gone)
    for last_day in (date(2026, 5, 31), date(2026, 2, 1)):
        end(session, later, gone, last_day)
        assert there(session, gone, start_of_day(last_day), later)
        assert not there(session, gone, end_of_day(last_day), later)
        later += timedelta(hours=1)
    assert there(session, gone, start_of_day(LAST_DAY), now)


@pytest.mark.parametrize("what", ["somebody", "something below", "an app"])
def test_it_does_not_end_while_it_is_needed(session: Session, now: datetime, what: str) -> None:
    needed = make_organisation(session, now, "DECC")
    if what == "somebody":
        make_employee(session, now, needed)
    elif what == "something below":
        make_organisation(session, now, "OGA", parent=needed)
    else:
        make_app(session, now, needed)
    with pytest.raises(Conflict):
        end(session, now, needed.id)


def test_a_bulk_move_to_it_has_to_end_before(engine: Engine, now: datetime) -> None:
    """Its people would be moved to an organisation that is no more."""
    moving = make_moving(engine, now)

    def moves() -> bool:
        with open_session(engine, writes=False) as session:
            return Remaining.MOVES in remaining(session, moving.beis.id, now)

    assert not moves()
    move_id = moving.draft()
    assert moves()
    moving.cancel(move_id)
    assert not moves()


def test_a_change_that_waits_for_a_second_officer_there_has_to_be_decided(
    session: Session, now: datetime
) -> None:
    gone = make_organisation(session, now, "DECC")
    proposer, person_id = make_person(session, now), make_person(session, now, "leaver@decc.gov.uk")
    change = RecordChange(
        person_id=person_id,
        organisation_id=gone.id,
        kind="pay",
        action=Action.END,
        content={},
        source="test",
        reason="test",
        state=ChangeState.WAITING,
        proposed_by=proposer,
        proposed_at=now,
    )
    session.add(change)
    session.flush()
    assert remaining(session, gone.id, now) == [Remaining.CHANGES]
    with pytest.raises(Conflict, match="second officer"):
        end(session, now, gone.id)
    change.state = ChangeState.REFUSED
    session.flush()
    assert remaining(session, gone.id, now) == []


def test_a_day_before_its_first_or_that_is_its_last_is_refused(session: Session, now: datetime) -> None:
    gone = make_organisation(session, now, "DECC").id
    end(session, now, gone)
    for last_day in (date(2009, 12, 31), LAST_DAY):
        with pytest.raises(Invalid) as refused:
            end(session, now, gone, last_day)
        assert refused.value.field == "last_day"
