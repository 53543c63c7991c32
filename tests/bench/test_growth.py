"""The population on which growth is measured could be one: whole, consistent, with its indexes back."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, func, inspect, select, text, update
from sqlmodel import Session, col

from app.database import open_session, transaction
from bench import growth
from bench.bulk_loading import refuse_overlaps
from bench.invented_facts import person_id
from profiles.disclosure.service import access
from profiles.entitlements.who_may_use import who_may_use
from profiles.people.models import Person, PersonName
from profiles.portable_profile.kinds import MODELS, Kind
from profiles.portable_profile.reading import profile_as_of

PEOPLE = 30


def test_a_population_is_whole_and_consistent(engine: Engine, database_url: str) -> None:
    indexes = _indexes(engine)
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
    assert _indexes(engine) == indexes


def test_versions_that_overlap_are_found(engine: Engine, database_url: str) -> None:
    growth.prepare(engine, database_url, PEOPLE, at_the_large=10, agencies=3)
    with transaction(engine) as session:
        refuse_overlaps(session.connection(), PersonName)
        last = select(func.max(col(PersonName.valid_from))).scalar_subquery()
        session.execute(update(PersonName).where(col(PersonName.valid_to) == last).values(valid_to=None))
        with pytest.raises(RuntimeError, match="person_names: versions overlap"):
            refuse_overlaps(session.connection(), PersonName)


def _indexes(engine: Engine) -> set[tuple[str, ...]]:
    """All indexes, on PostgreSQL with what they are of."""
    asked = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index'",
        "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    }
    with open_session(engine, writes=False) as session:
        return {tuple(row) for row in session.execute(text(asked[engine.dialect.name]))}


def _assert_three_each(session: Session, model: type) -> None:
    """Of everybody, and whatever they refer to exists."""
    table = inspect(model).local_table
    counted = select(func.count()).select_from(table).group_by(table.c.person_id)
    assert session.execute(counted).scalars().all() == [3] * PEOPLE
    for key in table.foreign_keys:
        lost = select(func.count()).where(key.parent.is_not(None), key.parent.not_in(select(key.column)))
        assert session.execute(lost).scalar_one() == 0, key.parent
