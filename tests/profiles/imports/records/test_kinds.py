"""The format follows the models: no fact is forgotten, and none travels by mistake."""

from app.migrations.models import metadata
from profiles.imports.records.kinds import KINDS, NOT_TRAVELLING
from profiles.temporal import Fact


def facts(base: type[Fact] = Fact) -> set[type[Fact]]:
    metadata()
    return {one for one in base.__subclasses__() if hasattr(one, "__table__")}


def test_every_fact_has_a_kind_or_a_reason_to_stay() -> None:
    travelling = {kind.model for kind in KINDS.values()}
    assert travelling | set(NOT_TRAVELLING) == facts()
    assert travelling.isdisjoint(NOT_TRAVELLING)


def test_every_column_of_a_fact_travels() -> None:
    for kind in KINDS.values():
        fields = {*kind.values.values(), *(one.field for one in kind.references)}
        assert fields <= set(kind.record.model_fields)
        carried = {*kind.values, *(one.column for one in kind.references), "search_key", "person_id"}
        assert set(kind.columns) <= carried, kind.name
