"""``lanyard departments``."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from app.commands import context, main
from app.config import development_defaults
from app.database import transaction
from identity.acr import LADDER, SINGLE_FACTOR
from identity.federation import links, providers
from profiles.audit.service import Initiator
from tests.factories.organisations import make_organisation
from tests.factories.people import make_person
from tests.factories.upstreams import ISSUER, make_provider

ADDRESS = "priya.patel@hmrc.gov.uk"


@pytest.fixture
def ready(
    engine: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    """A provider in use whose account opens Priya's profile, on the commands' own database."""
    for name, value in {**development_defaults(tmp_path), "LANYARD_DATABASE_URL": database_url}.items():
        monkeypatch.setenv(name, value)
    now = datetime.now(UTC)
    with transaction(engine) as session:
        make_provider(session, now, make_organisation(session, now).id, ceiling=LADDER[1])
        priya, initiator = make_person(session, now, ADDRESS), Initiator.system("test")
        links.link(
            session, now, issuer=ISSUER, subject="account-1", realm="", person_id=priya, initiator=initiator
        )
    context.settings.cache_clear()
    context.engine.cache_clear()
    yield engine
    context.settings.cache_clear()
    context.engine.cache_clear()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["departments", *arguments])


def test_a_ceiling_is_lowered(ready: Engine) -> None:
    assert LADDER[1] in run("list").output
    assert run("ceiling", ISSUER, SINGLE_FACTOR).exit_code == 0
    with transaction(ready) as session:
        assert providers.in_use(session)[0].ceiling == SINGLE_FACTOR


def test_an_unknown_issuer_or_level_is_refused(ready: Engine) -> None:
    assert run("ceiling", "https://elsewhere.example", SINGLE_FACTOR).exit_code == 1
    assert run("ceiling", ISSUER, "gold").exit_code == 2


def test_where_organisations_share_an_issuer_the_realm_says_which(ready: Engine) -> None:
    now = datetime.now(UTC)
    shared = "https://accounts.google.com"
    with transaction(ready) as session:
        make_provider(
            session, now, make_organisation(session, now, "HO").id, issuer=shared, realm="hd=ho.gov.uk"
        )
    assert "hd=ho.gov.uk" in run("ceiling", shared, SINGLE_FACTOR).output
    assert run("ceiling", shared, SINGLE_FACTOR, "--realm", "hd=ho.gov.uk").exit_code == 0
    with transaction(ready) as session:
        assert providers.by_place(session)[shared, "hd=ho.gov.uk"].ceiling == SINGLE_FACTOR


def test_a_provider_is_ended(ready: Engine) -> None:
    assert run("end", ISSUER).exit_code == 0
    with transaction(ready) as session:
        assert not providers.in_use(session)
    assert run("end", ISSUER).exit_code == 1


def test_a_wrong_link_is_undone(ready: Engine) -> None:
    assert run("unlink", ADDRESS).exit_code == 0
    with transaction(ready) as session:
        assert links.find_link(session, ISSUER, "account-1") is None


def test_an_address_of_nobody_is_refused(ready: Engine) -> None:
    assert run("unlink", "nobody@hmrc.gov.uk").exit_code == 1
