"""A maker of security keys: its root, and packed attestation statements (Web Authentication Level 3 §8.2)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

MODEL = UUID("cb69481e-8ff7-4039-93ec-0a2729a154a8")
_AAGUID = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
_BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
_END = _BEGINNING + timedelta(days=36500)


def _name(unit: str, common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "GB"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Maker"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


@dataclass
class Maker:
    """Signs for its models. Change a field to make its certificates wrong."""

    unit: str = "Authenticator Attestation"
    is_authority: bool = False
    certified_model: UUID | None = MODEL
    root_key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def root(self) -> bytes:
        """The certificate that a platform trusts, in PEM."""
        return self._certificate(self.root_key, _name("Root", "Root"), ca=True).public_bytes(Encoding.PEM)

    def statement(self, authenticator_data: bytes, client_data: bytes) -> dict[str, Any]:
        """A packed attestation statement over these."""
        signed = authenticator_data + hashlib.sha256(client_data).digest()
        subject = _name(self.unit, "Key")
        leaf = self._certificate(self.key, subject, ca=self.is_authority, model=self.certified_model)
        return {
            "alg": -7,
            "sig": self.key.sign(signed, ec.ECDSA(hashes.SHA256())),
            "x5c": [leaf.public_bytes(Encoding.DER)],
        }

    def _certificate(
        self, key: ec.EllipticCurvePrivateKey, subject: x509.Name, *, ca: bool, model: UUID | None = None
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(_name("Root", "Root"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(_BEGINNING)
            .not_valid_after(_END)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if model is not None:
            extension = x509.UnrecognizedExtension(_AAGUID, b"\x04\x10" + model.bytes)
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(self.root_key, hashes.SHA256())
