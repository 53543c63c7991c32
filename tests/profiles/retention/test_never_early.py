"""However facts were recorded, ended and corrected: what was so within its period is not deleted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.database import create_engine, open_session, transaction
from profiles.clearances.models import ClearanceStatus
from profiles.clearances.states import OVER
from profiles.errors import Conflict, Invalid
from profiles.retention import deletions
from profiles.retention.deleting import delete_batch
from profiles.retention.due import count_due
from profiles.retention.facts import EXPIRING
from profiles.retention.records import Retained
from profiles.retention.rules import YEARS, RetainedKind, limit_of
from profiles.temporal import as_of, civil_date, end, replace, supersede
from tests.factories.organisations import PROVENANCE, make_organisation
from tests.factories.people import make_employee, make_person
from tests.factories.retained import make_fact, retained
from tests.support.databases import fresh_database

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BEGAN = datetime(2003, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
STATUSES = [ClearanceStatus.ACTIVE, ClearanceStatus.LAPSED, ClearanceStatus.IN_VETTING]
YEARS_OF_TEST = {**YEARS, RetainedKind.VETTING: 5, RetainedKind.LEAVE: 5}
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("record", "replace", "end", "supersede")),
        st.integers(0, 5),
        st.one_of(st.none(), st.integers(1, 15)),
        st.integers(0, 2),
        st.sampled_from((0, 3, 8, 15, 19, 21, 23)),
    ),
    min_size=2,
    max_size=6,
)
Step = tuple[str, int, int | None, int, int]


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[Engine, dict[str, UUID]]]:
    """A database with an organisation, two officers and an employee."""
    with fresh_database("sqlite") as url:
        engine = create_engine(url)
        with transaction(engine) as session:
            organisation = make_organisation(session, NOW, "HMRC")
            dora, dan = (make_person(session, NOW, f"{one}@hmrc.gov.uk") for one in ("dora", "dan"))
            employee = make_employee(session, NOW, organisation).person_id
        ids = {"organisation": organisation.id, "dora": dora, "dan": dan, "employee": employee}
        yield engine, ids
        engine.dispose()


def do(session: Session, rule: Retained, ids: dict[str, UUID], step: Step, at: datetime) -> None:
    """One step at a moment, or nothing where it cannot be."""
    action, which, lasts, n, _year = step
    model: Any = rule.model
    more = {"status": STATUSES[n], "expires_on": [None, date(2012, 1, 1)][n % 2]} if _vetting(rule) else {}
    held = session.exec(select(model).where(model.superseded_at.is_(None)).order_by(model.id)).all()
    ends = None if lasts is None else BEGAN + lasts * YEAR
    with suppress(Conflict, Invalid), session.begin_nested():
        if action == "record" or not held:
            make_fact(session, rule.table, ids["employee"], ids["organisation"], at, ends, **more)
            return
        one = held[which % len(held)]
        if action == "replace":
            replace(session, one, at, PROVENANCE, valid_to=ends, **more)
        elif action == "end":
            end(session, one, ends or at, at, PROVENANCE)
        else:
            supersede(session, one, at, None)


def needed(session: Session, rule: Retained, since: datetime) -> set[UUID]:
    """The facts that were so at some moment since, as known then or as known now."""
    model: Any = rule.model
    moments = [since + n * YEAR / 2 for n in range(50) if since + n * YEAR / 2 < NOW] + [NOW]
    found = set()
    for at in moments:
        for known_at in (at, NOW):
            rows = session.exec(select(model).where(as_of(model, at, known_at))).all()
            found |= {one.fact_id for one in rows if _is_in_force(one, at)}
    ahead = select(model).where(col(model.superseded_at).is_(None), col(model.valid_from) > NOW)
    return found | {one.fact_id for one in session.exec(ahead).all()}


def _is_in_force(row: Any, at: datetime) -> bool:
    """Of a clearance, that it is not over by its status or its last day."""
    status = getattr(row, "status", None)
    if status is None:
        return True
    expired = status in EXPIRING and row.valid_to is None and row.expires_on and row.expires_on < at.date()
    return status not in OVER and not expired


def _vetting(rule: Retained) -> bool:
    return rule.kind is RetainedKind.VETTING


@pytest.mark.parametrize("table", ["leave_balances", "clearances"])
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(steps=STEPS)
@example(steps=[("record", 0, None, 0, 0), ("end", 0, 2, 0, 21)])
@example(steps=[("record", 0, None, 0, 0), ("replace", 0, None, 1, 15), ("supersede", 0, None, 0, 21)])
def test_nothing_is_deleted_within_its_period(
    place: tuple[Engine, dict[str, UUID]], table: str, steps: list[Step]
) -> None:
    engine, ids = place
    rule = retained(table)
    limit = limit_of(rule.kind, YEARS_OF_TEST, civil_date(NOW))
    with open_session(engine, writes=True) as session:
        for step in sorted(steps, key=lambda one: one[-1]):
            do(session, rule, ids, step, BEGAN + step[-1] * YEAR)
        model: Any = rule.model
        facts = set(session.exec(select(model.fact_id)).all())
        kept = needed(session, rule, limit.at)
        counts = count_due(session, [rule], YEARS_OF_TEST, {ids["organisation"]}, civil_date(NOW), NOW)
        with suppress(Conflict):
            deletion = deletions.propose(
                session,
                NOW,
                organisation_id=ids["organisation"],
                counts=counts,
                years=YEARS_OF_TEST,
                officer_id=ids["dora"],
            )
            deletions.confirm(session, NOW, deletion=deletion, records=[rule], officer_id=ids["dan"])
            while delete_batch(session, [rule], YEARS_OF_TEST, lambda *_: 0, NOW):
                session.expire_all()
        left = set(session.exec(select(model.fact_id)).all())
        assert kept <= left
        if not _vetting(rule):
            assert left <= kept | _corrected_since(session, rule, limit.at)
        assert left <= facts
        session.rollback()


def _corrected_since(session: Session, rule: Retained, since: datetime) -> set[UUID]:
    """What was replaced or withdrawn within the period was believed within it, whenever it was so."""
    model: Any = rule.model
    return set(session.exec(select(model.fact_id).where(col(model.superseded_at) > since)).all())
