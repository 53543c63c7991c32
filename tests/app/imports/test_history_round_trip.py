"""What is exported with its history and imported elsewhere answers the same, of each day as known on each."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, col, delete, select

from app.database import create_engine, open_session, transaction
from profiles.errors import Conflict, Invalid
from profiles.imports.records.export import Export
from profiles.imports.records.kinds import KINDS, PERSON, Kind
from profiles.imports.records.models import Source, SourceRecord
from profiles.imports.safeguards import kinds as safeguards
from profiles.imports.safeguards.export import SafeguardExport
from profiles.imports.safeguards.loading import SafeguardImport
from profiles.loads import Load
from profiles.organisations.models import LocalGrade
from profiles.temporal import Fact, Provenance, as_of, end, known, record, replace, supersede
from tests.factories.exports import PROVIDER, without_ids
from tests.factories.facts_of_any_kind import values_of
from tests.factories.importing import Importing
from tests.factories.organisations import INITIATOR, make_organisation
from tests.factories.records import clearance_records, person_records
from tests.support.databases import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator

BEGAN = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)
NOW = BEGAN + timedelta(days=100)
EVERY = {**KINDS, **safeguards.KINDS}
"""What the two files of an organisation tell."""
ACTIONS = ("begin", "correct", "move", "stretch", "retract")
STAY = {"name": {"move", "retract"}, "employment": {"move", "stretch", "retract"}}
"""What would leave nobody of whom the organisation has a record."""

Step = tuple[str, str, int, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(sorted(EVERY)),
        st.sampled_from(ACTIONS),
        st.integers(0, 5),
        st.integers(0, 40),
        st.integers(1, 40),
    ),
    min_size=1,
    max_size=25,
)


class Past:
    """An organisation and somebody of theirs, to whose record things are done, an hour apart."""

    def __init__(self, url: str) -> None:
        self.engine = create_engine(url)
        with transaction(self.engine) as session:
            self.organisation_id = make_organisation(session, BEGAN, "HMRC").id
        self.importing = Importing(self.engine, BEGAN, self.organisation_id)
        office = {"kind": "office", "source_key": "O1", "valid_from": "2020-01-01", "name": "HQ"}
        office |= {"street_address": "1 High Street", "locality": "Leeds", "postal_code": "LS1"}
        self.sent = [*person_records("1"), *clearance_records("1"), office | {"country": "United Kingdom"}]
        self.importing.whole(*self.sent)
        self.now = self.importing.now
        self.ids: dict[str, UUID] = {
            "person_id": self.importing.person(),
            "organisation_id": self.organisation_id,
            "line_manager_id": self.importing.person(),
            "approved_by": self.importing.person(),
        }
        for name in ("employment", "clearance", "office"):
            (one,) = self.importing.seen(KINDS[name].model)
            self.ids[f"{name}_id"] = one.fact_id

    def do(self, step: Step) -> None:
        """Do something to the record; what cannot be is not done."""
        name, action, n, starts, lasts = step
        if action in STAY.get(name, ()):
            return
        self.now += timedelta(hours=1)
        with transaction(self.engine) as session, suppress(Conflict, Invalid), session.begin_nested():
            self._do(session, EVERY[name], action, n, starts, lasts)

    def _do(self, session: Session, kind: Kind, action: str, n: int, starts: int, lasts: int) -> None:
        model: Any = kind.model
        begins = datetime(2025, 3, 25, tzinfo=UTC) + timedelta(days=starts, hours=n)
        ends = begins + timedelta(days=lasts) if lasts % 3 else None
        said = Provenance(None, f"page:{n}", f"Because\r\nof {n}" if n % 2 else "")
        stamp = said.stamp(self.now, begins, ends)
        ids = {one: self.ids[one] for one in kind.columns if one in self.ids}
        if action == "begin":
            record(session, model(**values_of(model, n), **ids, **stamp))
            return
        rows = session.exec(select(model).where(known(model, self.now)).order_by(model.id)).all()
        if not rows:
            return
        one: Any = rows[starts % len(rows)]
        changes = {name: value for name, value in values_of(model, n).items() if name not in _keys(model)}
        if action == "correct":
            replace(session, one, self.now, said, **changes)
        elif action == "move":
            replace(session, one, self.now, said, valid_from=begins, valid_to=ends)
        elif action == "retract":
            supersede(session, one, self.now, None)
        elif one.valid_from < begins and (one.valid_to is None or begins < one.valid_to):
            values = one.model_dump(exclude={"id", "superseded_at", "superseded_by", "load_id"})
            end(session, one, begins, self.now, said)
            record(session, model(**(values | changes | said.stamp(self.now, begins, values["valid_to"]))))

    def exported(self) -> bytes:
        return exported(self.engine, self.organisation_id)

    def guarded(self) -> bytes:
        return guarded(self.engine, self.organisation_id)


def exported(engine: Engine, organisation_id: UUID) -> bytes:
    with open_session(engine, writes=False) as session:
        leaving = Export(session, NOW, organisation_id=organisation_id, with_history=True)
        content = b"".join(leaving.lines())
        assert leaving.left_out == 0
        return content


def guarded(engine: Engine, organisation_id: UUID) -> bytes:
    with open_session(engine, writes=False) as session:
        return b"".join(SafeguardExport(session, NOW, organisation_id, with_history=True).lines())


def _keys(model: type[Fact]) -> set[str]:
    """What a fact is known by, and stays."""
    return {"label", "number", "level"} & {column for rule in model.exclusive for column in rule.columns}


@contextmanager
def elsewhere(url: str, content: bytes, guarding: bytes) -> Iterator[Importing]:
    """A database in which nothing is recorded but the organisation, and then these two files."""
    engine = create_engine(url)
    with transaction(engine) as session:
        organisation_id = make_organisation(session, BEGAN, "HMRC").id
        session.exec(delete(LocalGrade))
    importing = Importing(engine, NOW, organisation_id)
    importing.with_history(content)
    read = SafeguardImport("safeguards.jsonl", [guarding], NOW, with_history=True)
    assert read.problems == []
    with transaction(engine) as session:
        provider = session.exec(select(Source).where(Source.name == PROVIDER)).one()
        read.record(session, INITIATOR, organisation_id=organisation_id, source=provider)
    yield importing
    engine.dispose()


def instants(session: Session, model: Any) -> tuple[set[datetime], set[datetime]]:
    """The moments at which an answer can change: in valid time, and in what is known."""
    valid, told = {BEGAN - timedelta(days=9999)}, {BEGAN - timedelta(days=1), NOW}
    for one in session.exec(select(model)):
        valid |= {at for at in (one.valid_from, one.valid_to) if at}
        told |= {at for at in (one.recorded_at, one.superseded_at) if at}
    return valid, told | set(session.exec(select(Load.published_at)).all())


def answers(
    session: Session, kind: Kind, valid: set[datetime], told: set[datetime], ids: dict[Any, Any]
) -> list[Any]:
    """Everything that is so, of each moment as known at each."""
    model: Any = kind.model
    names = ["fact_id", "valid_from", "valid_to", "source", "reason", *kind.columns]
    return [
        (
            valid_at,
            known_at,
            sorted(
                tuple(str(ids.get(getattr(one, name), getattr(one, name))) for name in names)
                for one in session.exec(select(model).where(as_of(model, valid_at, known_at)))
            ),
        )
        for valid_at in sorted(valid)
        for known_at in sorted(told)
    ]


def same_everywhere(kind: str, steps: list[Step]) -> None:
    with fresh_database(kind) as here, fresh_database(kind) as there:
        past = Past(here)
        for step in steps:
            past.do(step)
        with (
            elsewhere(there, past.exported(), past.guarded()) as other,
            open_session(past.engine, writes=False) as one,
            open_session(other.engine, writes=False) as two,
        ):
            ids: dict[Any, Any] = {past.organisation_id: other.organisation_id}
            for name in (PERSON, *KINDS):
                for key, fact_id in two.exec(
                    select(SourceRecord.source_key, SourceRecord.fact_id).where(
                        col(SourceRecord.kind) == name,
                        col(SourceRecord.source_id) == col(Source.id),
                        col(Source.name) == PROVIDER,
                    )
                ):
                    ids[UUID(key)] = fact_id
            for record_kind in EVERY.values():
                valid, told = instants(one, record_kind.model)
                before = answers(one, record_kind, valid, told, ids)
                assert before == answers(two, record_kind, valid, told, {}), record_kind.name
            left = exported(other.engine, other.organisation_id)
            assert without_ids(left) == without_ids(past.exported())
            left = guarded(other.engine, other.organisation_id)
            assert without_ids(left) == without_ids(past.guarded())
            past.importing.now = other.now
            again = [one.begin(*past.sent).check(1000) for one in (past.importing, other)]
            assert (again[0].problems, again[0].counts) == (again[1].problems, again[1].counts)
            assert again[0].counts["changed"] == again[0].counts["added"] == 0
        past.engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_past_of_every_kind_of_fact_comes_back_as_it_was(kind: str) -> None:
    steps = [
        (name, action, n, 5 * n, 7 * n + 1)
        for n, action in enumerate(("begin", "correct", "stretch", "move"))
        for name in EVERY
    ]
    same_everywhere(kind, steps)


@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(steps=STEPS)
def test_whatever_the_past_was_it_comes_back_as_it_was(steps: list[Step]) -> None:
    same_everywhere("sqlite", steps)
