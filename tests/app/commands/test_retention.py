"""``lanyard retention`` as it is typed."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from app.commands import context, main
from app.config import development_defaults
from app.database import transaction
from tests.factories.organisations import make_organisation
from tests.factories.people import make_person
from tests.factories.retained import make_fact

LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)


@pytest.fixture
def ready(
    engine: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    values = {"LANYARD_DATABASE_URL": database_url, "LANYARD_RETENTION_YEARS": '{"leave": 3}'}
    for name, value in {**development_defaults(tmp_path), **values}.items():
        monkeypatch.setenv(name, value)
    context.settings.cache_clear()
    context.engine.cache_clear()
    yield engine
    context.settings.cache_clear()
    context.engine.cache_clear()


def preview(*arguments: str) -> str:
    run = CliRunner().invoke(main, ["retention", "preview", *arguments])
    assert run.exit_code == 0, run.output
    return run.output


def test_the_preview_counts_by_organisation_and_kind_and_names_nobody(ready: Engine) -> None:
    with transaction(ready) as session:
        now = datetime.now(UTC)
        hmrc, person_id = make_organisation(session, now, "HMRC").id, make_person(session, now)
        make_organisation(session, now, "HO")
        make_fact(session, "leave_balances", person_id, hmrc, LONG_AGO, LONG_AGO + timedelta(days=1))
    due = {"organisation": "HMRC", "kind": "leave", "due": 1, "held": 0, "years": 3}
    assert json.loads(preview("--on", "1993-01-02", "--json")) == {"on": "1993-01-02", "due": [due]}
    assert "Nothing is due on 1 January 1993." in preview("--on", "1993-01-01")
    assert "Nothing is due" in preview("--organisation", "HO")
    assert "leave" in preview("--organisation", "HMRC")
