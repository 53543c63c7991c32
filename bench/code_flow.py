"""Full code flows with an existing session: authorize, token, userinfo, each answer checked."""

import base64
import hashlib
import http.client
import json
import random
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import Engine
from sqlmodel import col, select

from app.database import transaction
from app.demo.apps import load_apps, load_clients
from app.demo.organisations import organisation_ids
from bench.report import Measure, percentiles
from bench.server import on_other_cores, running_server
from identity.clients.service import ClientCredentials
from identity.sessions import service as sessions
from identity.sessions.cookie import cookie_name
from identity.sessions.service import Limits
from profiles.apps.models import App
from profiles.disclosure import service as disclosure
from profiles.employments.models import Posting
from profiles.organisations.models import LocalGrade

CALLERS = 4
PEOPLE = 200
REDIRECT_URI = "http://localhost:8001/callback"
SCOPE = "openid profile email employment entitlements"


@dataclass
class Caller:
    """A relying party's and a browser's side of the flow, on one connection that stays open."""

    port: int
    client: ClientCredentials
    keys: KeySet
    latencies: list[float] = field(default_factory=list)
    failure: str = ""

    def run(self, cookies: Sequence[str], until: float) -> None:
        """Walk flows one after the other until a moment of the monotonic clock."""
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        turn = 0
        try:
            while time.monotonic() < until:
                started = time.perf_counter()
                self.flow(cookies[turn % len(cookies)])
                self.latencies.append(time.perf_counter() - started)
                turn += 1
        except (OSError, ValueError, KeyError, http.client.HTTPException) as error:
            self.failure = f"{type(error).__name__}: {error}"
        finally:
            self._connection.close()

    def flow(self, cookie: str) -> None:
        """One sign-in at the app. Raises ValueError when any answer is not what it must be."""
        verifier, state, nonce = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self.client.client_id,
                "redirect_uri": REDIRECT_URI,
                "scope": SCOPE,
                "state": state,
                "nonce": nonce,
                "code_challenge": challenge,
                "code_challenge_method": "S256",
            }
        )
        _, headers, _ = self._ask("GET", f"/authorize?{query}", 303, {"Cookie": cookie})
        returned = parse_qs(urlsplit(headers["Location"]).query)
        _check(returned["state"] == [state], "another state came back")
        basic = base64.b64encode(f"{self.client.client_id}:{self.client.client_secret}".encode()).decode()
        body = urlencode(
            {
                "grant_type": "authorization_code",
                "code": returned["code"][0],
                "redirect_uri": REDIRECT_URI,
                "code_verifier": verifier,
            }
        )
        form = {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"}
        tokens = json.loads(self._ask("POST", "/token", 200, form, body)[2])
        claims = jwt.decode(tokens["id_token"], self.keys, algorithms=["RS256"]).claims
        _check(claims["nonce"] == nonce, "another nonce is in the ID token")
        _check(claims["aud"] in (self.client.client_id, [self.client.client_id]), "another audience")
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        told = json.loads(self._ask("GET", "/userinfo", 200, bearer)[2])
        _check(told["sub"] == claims["sub"], "userinfo is about somebody else")
        _check(bool(told["roles"]), "userinfo tells no role")

    def _ask(
        self, method: str, path: str, status: int, headers: dict[str, str], body: str | None = None
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        _check(
            answer.status == status, f"{path.partition('?')[0]} answered {answer.status}: {content[:300]!r}"
        )
        return answer.status, answer.headers, content


def measure(engine: Engine, database_url: str, folder: Path, *, seconds: float) -> list[Measure]:
    """Flows a second that one core serves, and how long one takes while four callers ask."""
    client, cookies = prepare(engine, folder)
    with running_server(database_url, folder) as port, on_other_cores():
        keys = KeySet.import_key_set(_get(port, "/jwks.json"))
        callers = [Caller(port, client, keys) for _ in range(CALLERS)]
        shares = [cookies[number::CALLERS] for number in range(CALLERS)]
        _run(callers, shares, min(5, seconds))
        for caller in callers:
            caller.latencies.clear()
        started = time.monotonic()
        _run(callers, shares, seconds)
        took = time.monotonic() - started
        extras = [
            *percentiles("discovery document", _latencies(port, "/.well-known/openid-configuration")),
            *percentiles("JWKS", _latencies(port, "/jwks.json")),
        ]
    latencies = [one for caller in callers for one in caller.latencies]
    job = "code flow with a session, one core"
    rate = Measure(job, "rate", round(len(latencies) / took, 1), "flows/s")
    return [rate, *percentiles(job, latencies), *extras]


def prepare(engine: Engine, folder: Path) -> tuple[ClientCredentials, list[str]]:
    """Register HMRC's app, and sign in people who may use it and have seen its notice; their cookies."""
    now = datetime.now(UTC)
    limits = Limits(idle=timedelta(hours=1), absolute=timedelta(hours=12))
    cookies = []
    with transaction(engine) as session:
        organisations = organisation_ids(session)
        load_apps(session, now, organisations, (8001, 8002))
        written = load_clients(session, now, organisations, (8001, 8002), folder / "clients")
        client = next(one for file, one in written.items() if file.stem == "HMRC")
        app_id = session.exec(select(App.id).where(col(App.name) == "Tax Case Desk")).one()
        graded = select(LocalGrade.label).where(col(LocalGrade.common_grade).is_not(None))
        employees = select(Posting.person_id).where(
            col(Posting.organisation_id) == organisations["HMRC"], col(Posting.local_grade).in_(graded)
        )
        everybody = list(session.exec(employees.order_by(col(Posting.id))))
        for person_id in random.Random(2).sample(everybody, min(PEOPLE, len(everybody))):
            notice = disclosure.notice_needed(session, person_id, app_id, now)
            if notice is not None:
                disclosure.acknowledge_notice(session, person_id, app_id, notice.digest, now)
            token = sessions.start(session, now, person_id=person_id, limits=limits)
            cookies.append(f"{cookie_name(https=False)}={token}")
    return client, cookies


def _run(callers: Sequence[Caller], shares: Sequence[Sequence[str]], seconds: float) -> None:
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=caller.run, args=(share, until))
        for caller, share in zip(callers, shares, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for caller in callers:
        if caller.failure:
            raise RuntimeError(f"a flow failed: {caller.failure}")


def _latencies(port: int, path: str, number: int = 300) -> list[float]:
    taken = []
    for _ in range(number):
        started = time.perf_counter()
        _get(port, path)
        taken.append(time.perf_counter() - started)
    return taken


def _get(port: int, path: str) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        content = answer.read()
        _check(answer.status == 200, f"{path} answered {answer.status}")
        return json.loads(content)
    finally:
        connection.close()


def _check(fine: bool, otherwise: str) -> None:
    if not fine:
        raise ValueError(otherwise)
