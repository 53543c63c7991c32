"""The provider as it runs for everybody: served by granian on a free port, with an app and people for it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import choice
from string import ascii_lowercase
from typing import Any

import requests
from sqlalchemy import Engine

from app.config import DEVELOPMENT_ENCRYPTION_KEY, Settings
from app.database import create_engine, transaction
from app.worker import Worker
from identity.clients import service as clients
from identity.clients.service import ClientCredentials
from identity.keys.encryption import KeyEncryption
from identity.keys.rotation import create_initial_keys
from identity.sign_in.passwords import PasswordCost, set_password
from profiles.apps.models import App
from profiles.organisations.grades import CommonGrade
from profiles.organisations.service import OrganisationView
from tests.factories.apps import make_app, make_rule
from tests.factories.organisations import INITIATOR, make_organisation
from tests.factories.people import make_employee
from tests.support import serving

PASSWORD = "a long walk to the sea"
CHEAP = PasswordCost(time=1, memory_kib=64)


@dataclass(frozen=True)
class Somebody:
    """A person who can sign in with ``PASSWORD``."""

    name: str
    address: str


@dataclass(frozen=True)
class ServedProvider:
    """A running provider of one department with the app Casework, which EO and above may use."""

    issuer: str
    settings: Settings
    engine: Engine
    organisation: OrganisationView
    department_app: App

    def hire(self, *, local_grade: str = "Higher Officer") -> Somebody:
        """Somebody new with a password, who has not seen the notice; a Contractor may not use the app."""
        now, family_name = datetime.now(UTC), "".join(choice(ascii_lowercase) for _ in range(12))
        with transaction(self.engine) as session:
            account = f"priya.{family_name}"
            posting = make_employee(session, now, self.organisation, account, local_grade=local_grade)
            set_password(session, posting.person_id, PASSWORD, now, CHEAP)
        return Somebody(f"Priya {family_name.title()}", f"{account}@hmrc.gov.uk")

    def register(self, name: str, **metadata: Any) -> ClientCredentials:
        """A client of the app, in RFC 7591's names."""
        with transaction(self.engine) as session:
            return clients.register(
                session,
                datetime.now(UTC),
                INITIATOR,
                client_name=name,
                app_id=self.department_app.id,
                development=True,
                **metadata,
            )

    def deliver_logouts(self) -> None:
        """What the worker does in one turn."""
        assert Worker(self.settings, self.engine, lambda: datetime.now(UTC)).once()


@contextmanager
def served_provider(database_url: str, folder: Path) -> Iterator[ServedProvider]:
    """Serve the application on this migrated database; its log is in the folder."""
    port = serving.free_port()
    values = {
        "LANYARD_ENVIRONMENT": "development",
        "LANYARD_ISSUER": f"http://localhost:{port}",
        "LANYARD_DATABASE_URL": database_url,
        "LANYARD_SECRET_KEY": "only for these tests",
        "LANYARD_ENCRYPTION_KEY": DEVELOPMENT_ENCRYPTION_KEY,
        "LANYARD_PASSWORD_COST": str(CHEAP.time),
        "LANYARD_PASSWORD_MEMORY_KIB": str(CHEAP.memory_kib),
    }
    settings = Settings(**{name.removeprefix("LANYARD_").lower(): value for name, value in values.items()})
    engine = create_engine(database_url)
    try:
        provider = _with_an_app(settings, engine)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("LANYARD_")}
        with _served(port, inherited | values, folder / "provider.log"):
            yield provider
    finally:
        engine.dispose()


@contextmanager
def _served(port: int, environment: dict[str, str], log: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "granian", "wsgi:application", "--port", str(port)]
    command += ["--interface", "wsgi", "--http", "1", "--no-ws", "--blocking-threads", "4"]
    with log.open("wb") as output:
        server = subprocess.Popen(command, cwd=serving.ROOT, env=environment, stdout=output, stderr=output)
    with serving.stopped_afterwards(server):
        serving.wait_until_it_answers(port, server, log)
        # Relying parties wait some seconds for an answer; on a busy machine the first one takes longer.
        address = f"{environment['LANYARD_ISSUER']}/jwks.json"
        requests.get(address, timeout=serving.START_SECONDS).raise_for_status()
        yield


def _with_an_app(settings: Settings, engine: Engine) -> ServedProvider:
    """A department, and Casework with a rule for EO and above and an agreement."""
    now = datetime.now(UTC)
    with transaction(engine) as session:
        create_initial_keys(session, KeyEncryption(settings.encryption_keys), now)
        organisation = make_organisation(session, now)
        casework = make_app(session, now, organisation)
        make_rule(session, now, casework, organisation_id=organisation.id, grade_from=CommonGrade.EO)
    return ServedProvider(settings.issuer, settings, engine, organisation, casework)
