"""Whatever is done to facts of whatever kind: none is lost, and what was known then reads as it did then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.database import create_engine, open_session, transaction
from app.migrations.models import metadata
from profiles.errors import Conflict, Invalid
from profiles.temporal import Fact, Provenance, as_of, end, record, replace, supersede
from tests.factories.apps import make_app
from tests.factories.facts_of_any_kind import is_id, own_columns, values_of
from tests.factories.organisations import make_organisation
from tests.factories.people import make_person
from tests.support.databases import fresh_database

BEGAN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
IS_SO = {"superseded_at", "superseded_by"}
"""All of a version that may ever change, once."""

metadata()
KINDS = sorted(
    (one for one in Fact.__subclasses__() if hasattr(one, "__table__")), key=lambda one: one.__name__
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("record", "replace", "move", "end", "supersede")),
        st.integers(0, 5),
        st.integers(0, 6),
        st.integers(1, 6),
    ),
    min_size=2,
    max_size=7,
)
Step = tuple[str, int, int, int]


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[Engine, dict[str, UUID]]]:
    """A database with a person, an organisation and an app, and the ids that facts name."""
    with fresh_database("sqlite") as url:
        engine = create_engine(url)
        with transaction(engine) as session:
            organisation = make_organisation(session, BEGAN, "HMRC")
            other = make_organisation(session, BEGAN, "HO")
            app = make_app(session, BEGAN, other)
            person_id = make_person(session, BEGAN)
            ids = {"organisation_id": organisation.id, "app_id": app.id, "parent_id": other.id}
            ids |= {"operator_id": other.id, "predecessor_id": organisation.id, "successor_id": other.id}
        yield engine, ids | {"person_id": person_id}
        engine.dispose()


def do(session: Session, model: Any, ids: dict[str, UUID], step: Step, now: datetime) -> None:
    """One step, or nothing where it cannot be."""
    action, n, starts, lasts = step
    begins = BEGAN + timedelta(days=starts)
    said = Provenance(ids["person_id"], f"page:{n}", f"Because of {n}")
    held = session.exec(select(model).where(model.superseded_at.is_(None)).order_by(model.id)).all()
    with suppress(Conflict, Invalid), session.begin_nested():
        if action == "record":
            named = {
                name: ids.get(name, ids["person_id"]) for name in own_columns(model) if is_id(model, name)
            }
            stamp = said.stamp(now, begins, begins + timedelta(days=lasts))
            record(session, model(**values_of(model, n), **named, **stamp))
        elif held:
            one: Any = held[starts % len(held)]
            if action == "replace":
                replace(session, one, now, said, **values_of(model, n))
            elif action == "move":
                replace(session, one, now, said, valid_from=begins, valid_to=None)
            elif action == "end":
                end(session, one, begins, now, said)
            else:
                supersede(session, one, now, ids["person_id"])


def versions(session: Session, model: Any) -> dict[UUID, dict[str, Any]]:
    return {one.id: one.model_dump() for one in session.exec(select(model))}


def answers(session: Session, model: Any, known_at: datetime) -> list[list[UUID]]:
    """What is so on some days, as known at a moment."""
    days = (BEGAN + timedelta(days=day) for day in (-1, 2, 5, 11))
    return [
        sorted(one.id for one in session.exec(select(model).where(as_of(model, day, known_at))))
        for day in days
    ]


@pytest.mark.parametrize("model", KINDS, ids=lambda model: model.__name__)
@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(steps=STEPS)
def test_nothing_is_lost_and_the_past_reads_as_it_did(
    place: tuple[Engine, dict[str, UUID]], model: type[Fact], steps: list[Step]
) -> None:
    engine, ids = place
    then: dict[datetime, list[list[UUID]]] = {}
    before: dict[UUID, dict[str, Any]] = {}
    with open_session(engine, writes=True) as session:
        # So that every example corrects something, whatever else it does.
        for hour, step in enumerate([("record", 0, 0, 6), ("replace", 1, 0, 1), *steps]):
            now = BEGAN + hour * HOUR
            do(session, model, ids, step, now)
            after = versions(session, model)
            for version_id, was in before.items():
                changed = {name for name in was if was[name] != after[version_id][name]}
                assert changed <= (IS_SO if was["superseded_at"] is None else set())
            before, then[now] = after, answers(session, model, now)
        assert then == {known_at: answers(session, model, known_at) for known_at in then}
        assert len(before) > 1
        session.rollback()
