"""``lanyard audit`` as an operator runs it."""

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from app.audit.checkpoint_keys import known_public_keys, signer_of
from app.commands import context
from app.commands.audit import audit
from app.config import DEVELOPMENT_ENCRYPTION_KEY, DEVELOPMENT_SECRET_KEY
from app.database import transaction
from identity.keys.encryption import KeyEncryption
from identity.keys.key_ring import KeyRing
from identity.keys.rotation import create_initial_keys
from profiles.audit import service
from profiles.audit.catalogue import Event
from profiles.audit.models import AuditEntry
from profiles.audit.sealing import checkpoint, seal
from profiles.audit.service import Initiator


@pytest.fixture
def run(monkeypatch, database_url):
    """Runs a command of the group against the test's own database."""
    environment = {
        "LANYARD_ENVIRONMENT": "development",
        "LANYARD_ISSUER": "http://localhost:8000",
        "LANYARD_DATABASE_URL": database_url,
        "LANYARD_SECRET_KEY": DEVELOPMENT_SECRET_KEY,
        "LANYARD_ENCRYPTION_KEY": DEVELOPMENT_ENCRYPTION_KEY,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    context.settings.cache_clear()
    context.engine.cache_clear()
    yield lambda *arguments: CliRunner().invoke(audit, [str(argument) for argument in arguments])
    context.engine().dispose()
    context.settings.cache_clear()
    context.engine.cache_clear()


@pytest.fixture
def sealed(engine, now):
    """Three entries under one checkpoint, signed by a key of the database."""
    encryption = KeyEncryption.from_base64(DEVELOPMENT_ENCRYPTION_KEY)
    with transaction(engine) as session:
        create_initial_keys(session, encryption, now)
        for number in range(3):
            service.append(
                session, Event.PERSON_CREATED, Initiator.system("test"), now, details={"number": number}
            )
    with transaction(engine) as session:
        seal(session, now)
        checkpoint(session, now, signer_of(KeyRing.of_local_keys(encryption), session, now))


@pytest.fixture
def tampered(engine, sealed):
    with transaction(engine) as session:
        session.execute(update(AuditEntry).values(initiator="nobody"))


def test_a_whole_trail_is_said_to_be_whole(run, sealed):
    result = run("verify")
    assert (result.exit_code, result.output) == (0, "The audit trail is whole: 3 entries, 1 checkpoints.\n")


def test_a_fault_is_named_and_fails(run, tampered):
    result = run("verify")
    assert result.exit_code == 1
    assert "FAULT (changed) at position 1" in result.output


def test_an_export_is_verified_by_itself(run, sealed, tmp_path):
    assert run("export", tmp_path / "trail").exit_code == 0
    result = run("verify", "--file", tmp_path / "trail")
    assert result.exit_code == 0
    assert "not who made it" in result.output


def test_an_export_is_verified_under_keys_from_elsewhere(run, sealed, engine, tmp_path):
    run("export", tmp_path / "trail")
    with transaction(engine, writes=False) as session:
        (tmp_path / "jwks").write_text(json.dumps({"keys": known_public_keys(session)}))
    result = run("verify", "--file", tmp_path / "trail", "--keys", tmp_path / "jwks")
    assert result.exit_code == 0
    assert "not who made it" not in result.output


def test_keys_that_do_not_know_the_signer_fail(run, sealed, tmp_path):
    (tmp_path / "jwks").write_text('{"keys": []}')
    result = run("verify", "--keys", tmp_path / "jwks")
    assert result.exit_code == 1
    assert "unknown key" in result.output


def test_a_checkpoint_kept_elsewhere_is_asked_too(run, sealed, tmp_path):
    (tmp_path / "kept").write_text(run("checkpoint").output)
    assert run("verify", "--checkpoint", tmp_path / "kept").exit_code == 0


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--file", "Line 1 is not JSON"),
        ("--keys", "is not a JWKS"),
        ("--checkpoint", "not a checkpoint"),
    ],
)
def test_a_file_of_another_kind_gets_one_clear_line(run, tmp_path, option, said):
    (tmp_path / "other").write_text("other\n")
    result = run("verify", option, tmp_path / "other")
    assert result.exit_code == 1
    assert said in result.output
    assert len(result.output.splitlines()) <= 2


def test_a_folder_that_is_not_there_gets_one_clear_line(run, tmp_path):
    result = run("export", tmp_path / "missing" / "trail")
    assert result.exit_code == 1
    assert result.output.startswith("Error: Cannot write ")
