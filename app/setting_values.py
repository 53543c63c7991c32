"""What settings may say: types that refuse a value which is not safe, or can never work."""

import base64
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificates
from pydantic import AfterValidator, SecretStr

from identity.acr import ACR_VALUES
from profiles.clearances.levels import ClearanceLevel
from profiles.retention.rules import RetainedKind


def _an_origin(issuer: str) -> str:
    parts = urlsplit(issuer)
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.path
        or parts.query
        or parts.fragment
    ):
        raise ValueError("must be like https://lanyard.example: no path, query or final slash")
    return issuer


def _keys_of_32_bytes(keys: SecretStr) -> SecretStr:
    for key in keys.get_secret_value().split(","):
        try:
            size = len(base64.b64decode(key, validate=True))
        except ValueError:
            size = 0
        if size != 32:
            raise ValueError("must be 32 bytes in base64 (several: separated by commas)")
    return keys


def _published(level: str) -> str:
    if level not in ACR_VALUES:
        raise ValueError(f"must be one of {', '.join(ACR_VALUES)}")
    return level


def _years_of_clearances(years: dict[ClearanceLevel, int]) -> dict[ClearanceLevel, int]:
    if any(not 1 <= one <= 50 for one in years.values()):
        raise ValueError("a clearance lasts from 1 to 50 years")
    return years


def _years_of_records(years: dict[RetainedKind, int]) -> dict[RetainedKind, int]:
    if any(not 1 <= one <= 120 for one in years.values()):
        raise ValueError("records are kept from 1 to 120 years")
    return years


Origin = Annotated[str, AfterValidator(_an_origin)]
EncryptionKeys = Annotated[SecretStr, AfterValidator(_keys_of_32_bytes)]
Level = Annotated[str, AfterValidator(_published)]
LevelOrNone = Annotated[str, AfterValidator(lambda level: level and _published(level))]
ClearanceYears = Annotated[dict[ClearanceLevel, int], AfterValidator(_years_of_clearances)]
RetentionYears = Annotated[dict[RetainedKind, int], AfterValidator(_years_of_records)]


def read_certificates(folder: Path) -> tuple[bytes, ...]:
    """The certificates of a folder, in PEM. Raises ValueError, naming the file, for what is none."""
    if not folder.is_dir():
        raise ValueError("LANYARD_ATTESTATION_ROOTS is not a folder")
    found: list[bytes] = []
    for file in sorted(folder.glob("*.pem")):
        try:
            certificates = load_pem_x509_certificates(file.read_bytes())
        except ValueError:
            raise ValueError(f"{file.name} in LANYARD_ATTESTATION_ROOTS holds no certificate") from None
        found += [one.public_bytes(Encoding.PEM) for one in certificates]
    return tuple(found)
