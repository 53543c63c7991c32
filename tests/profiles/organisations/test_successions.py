"""Who took over from whom is a fact on two time lines, and never goes round in a circle."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session

from profiles.audit.service import Initiator
from profiles.errors import Conflict, Invalid
from profiles.organisations import successions
from profiles.organisations.models import OrganisationDetail, Succession
from profiles.temporal import Provenance, current, end, start_of_day
from tests.factories.organisations import PROVENANCE, make_organisation
from tests.factories.people import make_person

JULY = start_of_day(date(2016, 7, 14))


def take_over(
    session: Session, now: datetime, before: UUID, after: UUID, since: datetime = JULY
) -> Succession:
    return successions.succeed(
        session,
        now,
        PROVENANCE,
        Initiator.system("test"),
        predecessor_id=before,
        successor_id=after,
        since=since,
    )


def told(session: Session, at: datetime, known_at: datetime) -> list[tuple[str, str, datetime]]:
    return [
        (one.predecessor, one.successor, one.since) for one in successions.handovers(session, at, known_at)
    ]


def test_it_is_so_from_its_day_on_and_known_from_when_it_was_recorded(
    session: Session, now: datetime
) -> None:
    decc, beis = (make_organisation(session, now, code).id for code in ("DECC", "BEIS"))
    take_over(session, now, decc, beis)
    assert told(session, now, now) == [("DECC", "BEIS", JULY)]
    assert told(session, JULY - timedelta(seconds=1), now) == []
    assert told(session, now, now - timedelta(seconds=1)) == []
    assert successions.handovers(session, now, now, decc) == successions.handovers(session, now, now, beis)


def test_a_correction_leaves_what_was_believed_before(session: Session, now: datetime) -> None:
    decc, beis = (make_organisation(session, now, code).id for code in ("DECC", "BEIS"))
    officer, later = make_person(session, now), now + timedelta(hours=1)
    held = take_over(session, now, decc, beis)
    corrected = successions.correct(
        session,
        later,
        Provenance(officer, "page", "It was a week later"),
        Initiator.person(officer),
        held,
        JULY + timedelta(days=7),
    )
    assert (corrected.fact_id, corrected.recorded_by) == (held.fact_id, officer)
    assert told(session, now, now) == [("DECC", "BEIS", JULY)]
    assert told(session, later, later) == [("DECC", "BEIS", JULY + timedelta(days=7))]
    with pytest.raises(Conflict):
        successions.take_back(session, later, PROVENANCE, Initiator.person(officer), held)


def test_what_is_taken_back_never_was_so_and_can_be_recorded_anew(session: Session, now: datetime) -> None:
    decc, beis = (make_organisation(session, now, code).id for code in ("DECC", "BEIS"))
    later = now + timedelta(hours=1)
    successions.take_back(
        session, later, PROVENANCE, Initiator.system("test"), take_over(session, now, decc, beis)
    )
    assert told(session, later, later) == []
    assert told(session, later, now) == [("DECC", "BEIS", JULY)]
    take_over(session, later, beis, decc)
    assert told(session, later, later) == [("BEIS", "DECC", JULY)]


def test_nobody_takes_over_from_themselves_or_from_who_took_over_from_them(
    session: Session, now: datetime
) -> None:
    one, two, three = (make_organisation(session, now, code).id for code in ("BERR", "BIS", "BEIS"))
    take_over(session, now, one, two)
    take_over(session, now, two, three)
    for before, after in ((one, one), (two, one), (three, one)):
        with pytest.raises(Invalid) as refused:
            take_over(session, now, before, after)
        assert refused.value.field == "successor"
    with pytest.raises(Conflict):
        take_over(session, now, one, two)
    take_over(session, now, one, three)


def test_the_successor_was_there_on_that_day_and_the_predecessor_before(
    session: Session, now: datetime
) -> None:
    decc, beis = (make_organisation(session, now, code).id for code in ("DECC", "BEIS"))
    [detail] = current(session, OrganisationDetail, now, now, organisation_id=decc)
    end(session, detail, JULY, now, PROVENANCE)
    for before, after, since in (
        (decc, beis, start_of_day(date(2009, 1, 1))),
        (beis, decc, JULY),
    ):
        with pytest.raises(Invalid) as refused:
            take_over(session, now, before, after, since)
        assert refused.value.field == "since"
    take_over(session, now, decc, beis)
