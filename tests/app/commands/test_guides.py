"""The commands in the guides do what the guides say, word for word."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine
from sqlmodel import select

from app.commands import context, main
from app.config import development_defaults
from app.database import transaction
from identity.clients.models import Client
from profiles.disclosure import service as disclosure
from profiles.organisations.service import get_by_code
from tests.factories.organisations import make_organisation
from tests.factories.people import make_employee

GUIDES = Path(__file__).parents[3] / "docs" / "guides"
KINDS = ("web-app", "single-page-app", "native-app", "service")


@pytest.fixture(autouse=True)
def _environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str, engine: Engine
) -> Iterator[None]:
    """Production's rules for addresses, on the test's own database with one department."""
    settings = development_defaults(tmp_path) | {
        "LANYARD_ENVIRONMENT": "production",
        "LANYARD_ISSUER": "https://id.example",
        "LANYARD_SECRET_KEY": "a secret key that is long enough for production",
        "LANYARD_ENCRYPTION_KEY": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        "LANYARD_DATABASE_URL": database_url,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    context.settings.cache_clear()
    context.engine.cache_clear()
    with transaction(engine) as session:
        make_organisation(session, context.command_time(), "HMRC")
    yield
    context.engine().dispose()
    context.settings.cache_clear()
    context.engine.cache_clear()


def commands(guide: str) -> list[list[str]]:
    """The ``lanyard clients create`` lines of a guide, as a shell reads them."""
    text = (GUIDES / f"{guide}.md").read_text(encoding="utf-8")
    blocks = "\n".join(re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    lines = blocks.replace("\\\n", " ").splitlines()
    return [shlex.split(line)[1:] for line in lines if line.startswith("lanyard clients create ")]


@pytest.mark.parametrize("guide", KINDS)
def test_every_registration_of_a_guide_is_accepted(engine: Engine, guide: str) -> None:
    registrations = commands(guide)
    assert registrations
    for arguments in registrations:
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0, (arguments, result.output)
    with transaction(engine, writes=False) as session:
        assert len(session.exec(select(Client)).all()) == len(registrations)


@pytest.mark.parametrize("guide", KINDS[:3])
def test_after_the_first_the_departments_people_can_use_the_app(engine: Engine, guide: str) -> None:
    """It records the agreement and lets the organisation in, so that nothing is left to do."""
    result = CliRunner().invoke(main, [*commands(guide)[0], "--json"])
    assert result.exit_code == 0, result.output
    now = context.command_time()
    with transaction(engine) as session:
        client = session.get(Client, json.loads(result.stdout)["client_id"])
        assert client is not None
        person_id = make_employee(session, now, get_by_code(session, "HMRC", now)).person_id
        assert disclosure.access(session, person_id, client.app_id, now).allowed


@pytest.mark.parametrize(
    ("guide", "kind"),
    [
        ("web-app", ("web", "client_secret_basic")),
        ("single-page-app", ("web", "none")),
        ("native-app", ("native", "none")),
        ("service", ("web", "client_secret_basic")),
    ],
)
def test_it_is_registered_as_the_kind_that_the_guide_is_about(
    engine: Engine, guide: str, kind: tuple[str, str]
) -> None:
    CliRunner().invoke(main, commands(guide)[0])
    with transaction(engine, writes=False) as session:
        client = session.exec(select(Client)).one()
        assert (client.application_type, client.token_endpoint_auth_method) == kind
