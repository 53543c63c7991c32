"""What a model says may not overlap, PostgreSQL refuses by itself."""

import re

from sqlalchemy import text

from app.database import create_engine
from app.migrations.models import metadata
from profiles.temporal import Fact
from tests.support.databases import fresh_database


def facts_below(model: type[Fact]) -> set[type[Fact]]:
    return {one for below in model.__subclasses__() for one in {below, *facts_below(below)}}


def rule_of(definition: str) -> tuple[list[str], str]:
    """The columns that agree, and the value by which the rule is limited, of a constraint of PostgreSQL's."""
    assert "tstzrange(valid_from, valid_to) WITH &&" in definition
    excluding, _, condition = definition.partition(" WHERE ")
    assert "superseded_at IS NULL" in condition
    limited = re.search(r"\(*(\w+)\)*(?:::text)? = '(\w+)'", condition)
    same = set(re.findall(r"(?:uuid|text)range\((?:\(|COALESCE)*(\w+)", excluding))
    return sorted(same), "=".join(limited.groups()) if limited else ""


def test_every_exclusive_fact_has_its_constraint() -> None:
    metadata()
    wanted = sorted(
        (model.__tablename__, sorted(rule.columns), "=".join(rule.only or ()))
        for model in facts_below(Fact)
        for rule in model.exclusive
    )
    asked = (
        "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'x'"
    )
    with fresh_database("postgresql") as url:
        engine = create_engine(url)
        with engine.connect() as connection:
            found = sorted((table, *rule_of(said)) for table, said in connection.execute(text(asked)))
        engine.dispose()
    assert found == wanted
