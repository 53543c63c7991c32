"""The provider as it runs for everybody: served by gunicorn on a free port, with an app and people for it."""

from __future__ import annotations

import os
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
    listening = serving.listen()
    values = {
        "LANYARD_ENVIRONMENT": "development",
        "LANYARD_ISSUER": serving.address(listening),
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
        with serving.process(_gunicorn, listening, inherited | values, folder / "provider.log"):
            # Relying parties wait some seconds for an answer; on a busy machine a start takes longer.
            requests.get(f"{settings.issuer}/jwks.json", timeout=serving.START_SECONDS).raise_for_status()
            yield provider
    finally:
        engine.dispose()


def _gunicorn(descriptor: int) -> list[str]:
    server = [sys.executable, "-m", "gunicorn", "wsgi:application", "--no-control-socket"]
    return [*server, "--bind", f"fd://{descriptor}", "--worker-class", "gthread", "--threads", "4"]


def _with_an_app(settings: Settings, engine: Engine) -> ServedProvider:
    """A department, and Casework with a rule for EO and above and an agreement."""
    now = datetime.now(UTC)
    with transaction(engine) as session:
        create_initial_keys(session, KeyEncryption(settings.encryption_keys), now)
        organisation = make_organisation(session, now)
        casework = make_app(session, now, organisation)
        make_rule(session, now, casework, organisation_id=organisation.id, grade_from=CommonGrade.EO)
    return ServedProvider(settings.issuer, settings, engine, organisation, casework)
