"""Every table that says something of a person has a rule or a reason; the guide says each rule."""

from pathlib import Path

from app.migrations.models import metadata
from app.retention.records import RECORDS
from app.retention.register import FORGOTTEN, KEPT, OF_THE_ACCOUNT
from profiles.portable_profile.kinds import MODELS
from profiles.retention.rules import FROM_BIRTH, YEARS, RetainedKind

GUIDE = (Path(__file__).parents[2] / "docs" / "guides" / "retention.md").read_text()
DECIDED = {one.table for one in RECORDS} | {
    str(part.model.__tablename__) for one in RECORDS for part in one.parts
}


def test_every_table_about_people_has_a_rule_or_a_reason() -> None:
    personal = {
        table.name
        for table in metadata().tables.values()
        if "person_id" in table.columns
        or any(key.column.table.name == "people" for key in table.foreign_keys)
    }
    known = DECIDED | FORGOTTEN | OF_THE_ACCOUNT | KEPT.keys() | {"source_records"}
    assert personal <= known, personal - known
    assert known <= metadata().tables.keys()


def test_every_kind_of_fact_of_a_profile_has_a_rule() -> None:
    tables = {str(model.__tablename__) for model in MODELS.values()}
    assert tables <= DECIDED | OF_THE_ACCOUNT


def test_every_kind_has_its_period_in_the_guide() -> None:
    assert YEARS.keys() == set(RetainedKind) == {one.kind for one in RECORDS}
    for kind, years in YEARS.items():
        period = f"to age {years}" if kind in FROM_BIRTH else f"{years} year{'s' if years > 1 else ''}"
        assert f"| `{kind}` | {period} |" in GUIDE


def test_nothing_refers_to_what_is_deleted_but_what_goes_with_it() -> None:
    """A reference that stays would make the database refuse the deletion."""
    tables = metadata().tables
    refer = {
        (table.name, key.column.table.name)
        for table in tables.values()
        for key in table.foreign_keys
        if key.column.table.name in DECIDED | OF_THE_ACCOUNT
    }
    go_along = {(part.model.__tablename__, one.table) for one in RECORDS for part in one.parts}
    go_along |= {
        (part.model.__tablename__, part.through[0].__tablename__)
        for one in RECORDS
        for part in one.parts
        if part.through
    }
    waits = {("loans", "transfers"), ("transfers", "transfers")}
    assert refer <= go_along | waits
