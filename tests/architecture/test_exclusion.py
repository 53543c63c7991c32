"""What a model says may not overlap, PostgreSQL refuses by itself."""

from sqlalchemy import text

from app.database import create_engine
from app.migrations.models import metadata
from profiles.temporal import Fact
from tests.support.databases import fresh_database


def facts_below(model: type[Fact]) -> set[type[Fact]]:
    return {one for below in model.__subclasses__() for one in {below, *facts_below(below)}}


def test_every_exclusive_fact_has_its_constraint() -> None:
    metadata()
    wanted = {str(model.__tablename__) + "_no_overlap" for model in facts_below(Fact) if model.exclusive}
    with fresh_database("postgresql") as url:
        engine = create_engine(url)
        with engine.connect() as connection:
            found = connection.scalars(text("SELECT conname FROM pg_constraint WHERE contype = 'x'")).all()
        engine.dispose()
    assert set(found) == wanted
