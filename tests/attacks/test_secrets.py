"""Secrets at rest and in comparison: what a thief of the database or a patient listener learns."""

import ast
import re
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from identity.clients.token_metadata import TokenMetadata
from tests.identity.endpoints.provider import Provider, basic

ROOT = Path(__file__).resolve().parents[2]
OPAQUE = TokenMetadata(grant_types=("authorization_code", "refresh_token"), access_token_format="opaque")
# Names of what must not be compared byte by byte in a time that depends on where it differs.
SECRET = re.compile(r"(secret|password|_token|verifier|challenge|signature|secret_hash|token_hash)$")
# What is compared all the same, and why.
KNOWN = {("app/config.py", "secret"): "a program that starts refuses development's own secrets in production"}


def compared(path: Path) -> list[tuple[str, str]]:
    """Names like those of secrets that stand beside == or != in a file."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Compare):
            continue
        if not all(isinstance(operator, ast.Eq | ast.NotEq) for operator in node.ops):
            continue
        sides = [node.left, *node.comparators]
        if any(isinstance(side, ast.Constant) or ast.unparse(side).startswith("col(") for side in sides):
            continue  # with a literal, or by the database
        for side in sides:
            name = ast.unparse(side.func if isinstance(side, ast.Call) else side).rpartition(".")[2]
            if SECRET.search(name):
                found.append((path.relative_to(ROOT).as_posix(), name))
    return found


def test_secrets_are_not_compared_byte_by_byte() -> None:
    """In the database they are found by their hash; in Python ``hmac.compare_digest`` does it."""
    files = [path for part in ("app", "identity", "profiles") for path in (ROOT / part).rglob("*.py")]
    assert {one for path in files for one in compared(path)} == set(KNOWN)


def test_nothing_that_was_given_out_rests_in_the_database(provider: Provider) -> None:
    """Codes, tokens, references, sessions and secrets are kept as hashes, in every table and column."""
    client = provider.another_client(tokens=OPAQUE)
    provider.sign_in()
    asked = {"client_id": client.client_id, "scope": "openid offline_access"}
    code = provider.code(**asked)
    tokens = provider.redeem(code, client).json
    refreshed = provider.refresh(tokens["refresh_token"], client).json
    pushed = provider.post("/par", provider.request(**asked), headers=basic(client)).json["request_uri"]
    cookie = provider.browser.get_cookie("__Host-lanyard_session", domain="id.example")
    given = [code, pushed, client.client_secret, cookie.value if cookie else ""]
    given += [
        one[name] for one in (tokens, refreshed) for name in ("access_token", "id_token", "refresh_token")
    ]
    assert all(len(one) >= 32 for one in given), given
    with provider.engine.connect() as connection:
        for table in inspect(provider.engine).get_table_names():
            rows = str(connection.execute(text(f'SELECT * FROM "{table}"')).all())
            for one in given:
                assert one not in rows, table
                assert one.rpartition(":")[2] not in rows, table


@pytest.mark.parametrize("name", ["code", "access_token", "refresh_token", "request_uri"])
def test_what_is_given_out_cannot_be_guessed(provider: Provider, name: str) -> None:
    """RFC 6749 §10.10: at least 128 random bits, none of which two share."""
    client = provider.another_client(tokens=OPAQUE)
    provider.sign_in()
    asked = {"client_id": client.client_id, "scope": "openid offline_access"}

    def one() -> str:
        if name == "code":
            return provider.code(**asked)
        if name == "request_uri":
            pushed = provider.post("/par", provider.request(**asked), headers=basic(client)).json
            return str(pushed["request_uri"]).rpartition(":")[2]
        return str(provider.redeem(provider.code(**asked), client).json[name])

    several = [one() for _ in range(4)]
    assert len(set(several)) == 4
    assert all(len(value) >= 22 for value in several)
    assert len({value[:11] for value in several}) == len({value[-11:] for value in several}) == 4
