"""An authenticator in software: makes passkeys and answers with them, well or wrongly as a test says.

It follows Web Authentication Level 3 §6 and shares no code with the library that the provider verifies with,
except CBOR.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from uuid import UUID

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.attestation import Maker

NO_MODEL = UUID(int=0)
PRESENT, VERIFIED, ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40


def encode(value: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """One device with one passkey. Change a field to make it misbehave."""

    origin: str = "http://localhost"
    rp_id: str = "localhost"
    flags: int = PRESENT | VERIFIED
    aaguid: UUID = NO_MODEL
    maker: Maker | None = None
    """Who attests it, where the browser is asked for that."""
    sign_count: int = 0
    user_handle: bytes = b""
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: dict[str, Any], **changed: Any) -> str:
        """The answer to ``navigator.credentials.create``, as the page sends it."""
        self.user_handle = decode(options["user"]["id"])
        point = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        attested = self.aaguid.bytes + struct.pack(">H", len(self.credential_id)) + self.credential_id
        data = self._data(ATTESTED) + attested + cbor2.dumps(cose)
        client_data = self._client_data("webauthn.create", options, changed)
        statement = {"fmt": "none", "attStmt": {}, "authData": data}
        if self.maker is not None and options.get("attestation") == "direct":
            statement |= {"fmt": "packed", "attStmt": self.maker.statement(data, client_data)}
        response = {
            "clientDataJSON": encode(client_data),
            "attestationObject": encode(cbor2.dumps(statement)),
            "transports": ["internal", "unheard-of"],
        }
        return self._answer(response)

    def get(self, options: dict[str, Any], **changed: Any) -> str:
        """The answer to ``navigator.credentials.get``, as the page sends it."""
        self.sign_count += 1
        data = self._data(0)
        client_data = self._client_data("webauthn.get", options, changed)
        signed = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": encode(client_data),
            "authenticatorData": encode(data),
            "signature": encode(signed),
            "userHandle": encode(self.user_handle) or None,
        }
        return self._answer(response)

    def _data(self, more: int) -> bytes:
        rp_id_hash = hashlib.sha256(self.rp_id.encode()).digest()
        return rp_id_hash + struct.pack(">BI", self.flags | more, self.sign_count)

    def _client_data(self, kind: str, options: dict[str, Any], changed: dict[str, Any]) -> bytes:
        data = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(data | changed).encode()

    def _answer(self, response: dict[str, Any]) -> str:
        identifier = encode(self.credential_id)
        return json.dumps({"id": identifier, "rawId": identifier, "type": "public-key", "response": response})


def options_of(page: str) -> dict[str, Any]:
    """What the page would call the browser with."""
    options: dict[str, Any] = json.loads(unescape(page.split('data-options="')[1].split('"')[0]))
    return options


def note_of(page: str) -> str:
    """The note of the page's challenge."""
    return unescape(page.split('name="note" value="')[1].split('"')[0])
