"""An authenticator in software: one device with one passkey (Web Authentication Level 3 §6)."""

import base64
import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from bench.server import ISSUER

_PRESENT_AND_VERIFIED = 0x05
_RP_ID = urlsplit(ISSUER).netloc
_RP_ID_HASH = hashlib.sha256(_RP_ID.encode()).digest()
_SHA256 = ec.ECDSA(hashes.SHA256())


def encode(value: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


@dataclass
class Authenticator:
    """Signs by ES256 for whoever ``user_handle`` names, and counts."""

    user_handle: bytes
    credential_id: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    sign_count: int = 0
    _key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def public_key(self) -> bytes:
        """In COSE (RFC 9052), as it is registered."""
        point = self._key.public_key().public_numbers()
        return cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        )

    def answer(self, options: dict[str, Any]) -> str:
        """What ``navigator.credentials.get`` gives, as the page sends it. Raises KeyError, ValueError."""
        if options["rpId"] != _RP_ID or options["userVerification"] != "required":
            raise ValueError("the options are for another site, or let nobody be verified")
        self.sign_count += 1
        data = _RP_ID_HASH + struct.pack(">BI", _PRESENT_AND_VERIFIED, self.sign_count)
        client = {
            "type": "webauthn.get",
            "challenge": options["challenge"],
            "origin": ISSUER,
            "crossOrigin": False,
        }
        client_data = json.dumps(client).encode()
        response = {
            "clientDataJSON": encode(client_data),
            "authenticatorData": encode(data),
            "signature": encode(self._key.sign(data + hashlib.sha256(client_data).digest(), _SHA256)),
            "userHandle": encode(self.user_handle),
        }
        credential_id = self.credential_id
        return json.dumps(
            {"id": credential_id, "rawId": credential_id, "type": "public-key", "response": response}
        )
