"""The feed follows the sealed trail: whatever is recorded or withdrawn is told, late commits included."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session

from app.database import transaction
from profiles.audit.catalogue import Event
from profiles.audit.sealing import seal
from profiles.audit.service import append
from profiles.people.contact import give_phone
from profiles.portable_profile.feed import FactChange, Mark, changes_after, end_of_feed
from profiles.portable_profile.kinds import Kind
from profiles.temporal import end, start_of_day
from tests.factories.organisations import INITIATOR, PROVENANCE, make_organisation
from tests.factories.people import make_employee, make_person

BEGINNING = Mark(0)


def read_all(session: Session, now: datetime, mark: Mark = BEGINNING) -> Iterator[FactChange]:
    """Seal what was written and read on, page by page, to the end."""
    seal(session, now, limit=5000, everything=True)
    more = True
    while more:
        page = changes_after(session, mark, tuple(Kind))
        yield from page.changes
        mark, more = page.mark, page.more
    assert mark == end_of_feed(session)


def test_a_change_says_what_and_from_when(session: Session, now: datetime) -> None:
    posting = make_employee(session, now, make_organisation(session, now, "HMRC"))
    told = {one.kind: one for one in read_all(session, now)}
    assert {Kind.NAME, Kind.ADDRESS, Kind.EMPLOYMENT, Kind.POSTING} == told.keys()
    assert told[Kind.POSTING].fact_id == posting.fact_id
    assert told[Kind.POSTING].valid_from == start_of_day(date(2020, 4, 1))
    assert not any(one.withdrawn for one in told.values())


def test_an_entry_that_was_committed_late_is_behind_every_mark(engine: Engine, now: datetime) -> None:
    """Its id and its time are older than what was read; only its place in the trail is new."""
    with transaction(engine) as session:
        make_person(session, now, "early.bird@hmrc.gov.uk")
        [*_] = read_all(session, now)
        mark = end_of_feed(session)
    with transaction(engine) as session:
        late = make_person(session, now - timedelta(minutes=30), "late.comer@hmrc.gov.uk")
        assert {one.person_id for one in read_all(session, now, mark)} == {late}


def test_what_is_withdrawn_is_told_as_such_and_what_is_corrected_as_recorded(
    session: Session, now: datetime
) -> None:
    posting = make_employee(session, now, make_organisation(session, now, "HMRC"))
    who = {"person_id": posting.person_id, "organisation_id": posting.organisation_id}
    for minutes, number in ((1, "+44 20 7946 0001"), (2, "+44 20 7946 0002")):
        at = now + timedelta(minutes=minutes)
        since = now - timedelta(days=10 * minutes)
        give_phone(session, at, PROVENANCE, INITIATOR, **who, unverified_number=number, valid_from=since)
    told = [one.withdrawn for one in read_all(session, now) if one.kind is Kind.PHONE]
    assert told == [False, True, False]
    mark, later = end_of_feed(session), now + timedelta(minutes=3)
    end(session, posting, start_of_day(date(2026, 5, 1)), later, PROVENANCE)
    append(session, Event.PROFILE_CHANGED, INITIATOR, later, person_id=posting.person_id)
    [ended] = read_all(session, later, mark)
    assert (ended.kind, ended.withdrawn) == (Kind.POSTING, False)
    assert ended.valid_to == start_of_day(date(2026, 5, 1))
