"""The population on which growth is measured could be one: whole, consistent, with its indexes back."""

from datetime import UTC, datetime

from sqlalchemy import Engine, func, inspect, select, text
from sqlmodel import Session, col

from app.database import open_session
from app.migrations import check
from bench import growth
from bench.invented_facts import person_id
from profiles.disclosure.service import access
from profiles.entitlements.who_may_use import who_may_use
from profiles.people.models import Person
from profiles.portable_profile.kinds import MODELS, Kind
from profiles.portable_profile.reading import profile_as_of

PEOPLE = 30


def test_a_population_is_whole_and_consistent(engine: Engine, database_url: str) -> None:
    app_id = growth.prepare(engine, database_url, PEOPLE, at_the_large=10, agencies=3)
    now = datetime.now(UTC)
    with open_session(engine, writes=False) as session:
        for model in MODELS.values():
            _assert_three_each(session, model)
        profile = profile_as_of(session, person_id(7), now, now)
        assert {kind: len(facts) for kind, facts in profile.facts.items()} == dict.fromkeys(Kind, 1)
        assert all(judgement.usable for judgement in profile.judged().values())

        people = session.execute(select(col(Person.id))).scalars().all()
        decided = {one: access(session, one, app_id, now) for one in people}
        allowed = {one: decision.roles for one, decision in decided.items() if decision.allowed}
        assert who_may_use(session, app_id, now, now) == allowed
        assert len(allowed) == 11  # ten of the large department, and one who has a grant
    check(database_url)
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            kept = "SELECT count(*) FROM pg_constraint WHERE conname = 'postings_no_overlap' AND convalidated"
            assert connection.execute(text(kept)).scalar_one() == 1


def _assert_three_each(session: Session, model: type) -> None:
    """Of everybody, and whatever they refer to exists."""
    table = inspect(model).local_table
    counted = select(func.count()).select_from(table).group_by(table.c.person_id)
    assert session.execute(counted).scalars().all() == [3] * PEOPLE
    for key in table.foreign_keys:
        lost = select(func.count()).where(key.parent.is_not(None), key.parent.not_in(select(key.column)))
        assert session.execute(lost).scalar_one() == 0, key.parent
