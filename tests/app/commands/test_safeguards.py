"""``lanyard safeguards``: a file that only its key opens."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine
from sqlmodel import select

from app.commands import context, main
from app.commands.sealed_file import seal, unseal
from app.config import development_defaults
from app.database import open_session, transaction
from identity.sessions.models import SessionClient
from profiles.errors import Invalid
from profiles.organisations.service import get_by_code
from profiles.people.models import SensitiveMark
from profiles.suspensions.models import AccountSuspension
from profiles.temporal import current
from tests.app.imports.test_safeguards import MARK, SUSPENDED
from tests.factories.apps import make_app
from tests.factories.importing import Importing
from tests.factories.organisations import make_organisation
from tests.factories.records import json_lines, person_records
from tests.factories.session_clients import use_app


@pytest.fixture
def importing(
    engine: Engine, database_url: str, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Importing]:
    """HMRC with somebody whom the source hr calls P1, and the command's settings."""
    for name, value in {**development_defaults(tmp_path), "LANYARD_DATABASE_URL": database_url}.items():
        monkeypatch.setenv(name, value)
    context.settings.cache_clear()
    context.engine.cache_clear()
    with transaction(engine) as session:
        organisation_id = make_organisation(session, now, "HMRC").id
    importing = Importing(engine, now, organisation_id)
    importing.whole(*person_records("1"))
    yield importing
    context.settings.cache_clear()
    context.engine.cache_clear()


def run(*arguments: str, key: str = "") -> Result:
    return CliRunner().invoke(main, ["safeguards", *arguments, "--organisation", "HMRC"], input=f"{key}\n")


def test_who_is_suspended_by_a_file_is_signed_out_and_the_next_export_says_so(
    importing: Importing, tmp_path: Path
) -> None:
    person_id, now = importing.person(), datetime.now(UTC)
    with transaction(importing.engine) as session:
        hmrc = get_by_code(session, "HMRC", now)
        used = use_app(session, now, person_id, make_app(session, now, hmrc)).id
    sealed, key = seal(json_lines(MARK, SUSPENDED))
    (tmp_path / "in").write_bytes(sealed)
    done = run("import", str(tmp_path / "in"), "--source", "hr", key=key)
    assert "2 lines were recorded" in done.output, done.output
    with open_session(importing.engine, writes=False) as session:
        ended = session.get_one(SessionClient, used).ended_at
        assert ended is not None
        for model in (SensitiveMark, AccountSuspension):
            assert current(session, model, datetime.now(UTC), datetime.now(UTC), person_id=person_id)
    left = run("export", str(tmp_path / "out"))
    sealed = (tmp_path / "out").read_bytes()
    assert "2 lines were written" in left.output
    assert (tmp_path / "out").stat().st_mode & 0o077 == 0
    opened = unseal(sealed, left.output.split()[-1])
    assert str(person_id).encode() in opened
    assert str(person_id).encode() not in sealed
    again = run("import", str(tmp_path / "out"), "--source", "hr", key=left.output.split()[-1])
    assert "0 lines were recorded" in again.output


def test_a_file_of_anybody_who_has_not_the_key_is_refused(importing: Importing, tmp_path: Path) -> None:
    sealed, key = seal(json_lines(MARK))
    forged, _ = seal(json_lines(MARK | {"person": "P2"}))
    plain = json_lines(MARK)
    changed = sealed[:-10] + bytes([sealed[-10] ^ 1]) + sealed[-9:]
    for number, content in enumerate((forged, plain, changed)):
        (tmp_path / str(number)).write_bytes(content)
        refused = run("import", str(tmp_path / str(number)), "--source", "hr", key=key)
        assert refused.exit_code == 1
        assert "does not open the file" in refused.output
    with open_session(importing.engine, writes=False) as session:
        assert session.exec(select(SensitiveMark)).all() == []


@pytest.mark.parametrize("key", ["", "AAAA", "not a key", "\u00e9"])
def test_what_is_no_key_opens_nothing(key: str) -> None:
    with pytest.raises(Invalid):
        unseal(seal(b"x")[0], key)


@pytest.mark.parametrize(
    "header",
    ["[]", "{}", "1", '{"alg": [], "enc": {}}', '{"alg": "dir", "enc": "A256GCM", "crit": 1}'],
)
def test_whatever_its_header_says_a_file_of_somebody_else_is_refused(header: str) -> None:
    sealed, key = seal(b"x")
    _, *rest = sealed.split(b".")
    with pytest.raises(Invalid):
        unseal(b".".join([urlsafe_b64encode(header.encode()).rstrip(b"="), *rest]), key)


def test_people_of_an_unknown_source_are_asked_for_first(importing: Importing, tmp_path: Path) -> None:
    sealed, key = seal(json_lines(MARK))
    (tmp_path / "in").write_bytes(sealed)
    refused = run("import", str(tmp_path / "in"), "--source", "other", key=key)
    assert (refused.exit_code, "import those first" in refused.output) == (1, True)
