"""Pairwise subjects (OpenID Connect Core §8.1)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session

from app.database import transaction
from identity.subjects.service import sub_for
from tests.factories.people import make_person


def test_a_person_keeps_the_sub_at_a_sector(session: Session, now: datetime) -> None:
    person_id = make_person(session, now)
    sub = sub_for(session, "app.example", person_id, now)
    assert sub_for(session, "app.example", person_id, now + timedelta(days=9000)) == sub


def test_sectors_and_people_have_subs_of_their_own(session: Session, now: datetime) -> None:
    one, other = make_person(session, now), make_person(session, now, "sam.jones@hmrc.gov.uk")
    subs = {
        sub_for(session, sector, person, now)
        for sector in ("a.example", "b.example")
        for person in (one, other)
    }
    assert len(subs) == 4


def test_a_sub_is_opaque_and_long_enough(session: Session, now: datetime) -> None:
    """At least 128 random bits, at most 255 ASCII characters (OpenID Connect Core §2)."""
    sub = sub_for(session, "app.example", make_person(session, now), now)
    assert 22 <= len(sub) <= 255
    assert sub.isascii()


def test_first_uses_at_once_agree_on_one_sub(engine: Engine, now: datetime) -> None:
    with transaction(engine) as session:
        person_id = make_person(session, now)

    def first_use(_: int) -> str:
        with transaction(engine) as session:
            return sub_for(session, "app.example", person_id, now)

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(first_use, range(16)))) == 1
