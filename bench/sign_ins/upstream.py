"""A department's provider with nothing to it: discovery, keys, and a token endpoint, over TLS.

``python -m bench.sign_ins.upstream PORT CERTIFICATE KEY``. A code says who signed in; its PKCE challenge is
checked, the client's assertion must be there and is believed. ID tokens are signed by ES256.
"""

import asyncio
import base64
import hashlib
import json
import ssl
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey

from bench import server
from bench.server import free_port
from bench.sign_ins.people import CLIENT_ID

_KEY = ECKey.generate_key("P-256", {"alg": "ES256", "use": "sig"}, private=True, auto_kid=True)
_LIFE = 300


@dataclass(frozen=True)
class Department:
    """Where the provider answers, and the certificate by which it is known."""

    port: int
    certificate: Path
    key: Path

    @property
    def issuer(self) -> str:
        """As in its ID tokens."""
        return f"https://127.0.0.1:{self.port}"


def make_department(folder: Path) -> Department:
    """A place for a provider, with a certificate that lasts for a day."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    department = Department(free_port(), folder / "department.crt", folder / "department.key")
    department.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    department.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return department


@contextmanager
def running(department: Department, folder: Path) -> Iterator[int]:
    """Run the provider beside the driver, until the block ends; its process."""
    command = [sys.executable, "-m", "bench.sign_ins.upstream", str(department.port)]
    command += [str(department.certificate), str(department.key)]
    with server.beside_the_driver(command, folder / "department.log", department.port) as process:
        yield process


def answer_of(issuer: str, target: str, body: bytes) -> dict[str, Any] | None:
    """What the provider says at a path; None where there is nothing, or the code does not fit."""
    match target:
        case "/.well-known/openid-configuration":
            return {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/keys",
            }
        case "/keys":
            return {"keys": [_KEY.as_dict(private=False)]}
        case "/token":
            return _tokens(issuer, {name: values[0] for name, values in parse_qs(body.decode()).items()})
    return None


def _tokens(issuer: str, form: dict[str, str]) -> dict[str, Any] | None:
    grant = json.loads(base64.urlsafe_b64decode(form["code"]))
    digest = hashlib.sha256(form["code_verifier"].encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    if challenge != grant["code_challenge"] or not form["client_assertion"]:
        return None
    now = int(time.time())
    claims = {
        "iss": issuer,
        "sub": grant["sub"],
        "aud": CLIENT_ID,
        "iat": now,
        "auth_time": now,
        "exp": now + _LIFE,
        "nonce": grant["nonce"],
    }
    return {"id_token": jwt.encode({"alg": "ES256", "kid": _KEY.kid}, claims, _KEY), "token_type": "Bearer"}


async def _serve(port: int, certificate: str, key: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    issuer = f"https://127.0.0.1:{port}"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        lengths = [line[15:] for line in head.lower().split("\r\n") if line.startswith("content-length:")]
        body = await reader.readexactly(int(lengths[0])) if lengths else b""
        said = answer_of(issuer, head.split(" ", 2)[1], body)
        content = json.dumps(said).encode()
        status = "200 OK" if said is not None else "400 Bad Request"
        writer.write(
            f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n"
            "Connection: close\r\n\r\n".encode()
            + content
        )
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", port, ssl=context) as serving:
        await serving.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
