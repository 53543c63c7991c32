"""The bytes that are hashed and signed, once: for sealing, for verifying, and for others who verify."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

START = "0" * 64
"""The chain hash before position 1."""

_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))

ENTRY_FIELDS = (
    "id",
    "at",
    "event",
    "initiator_kind",
    "initiator",
    "person_id",
    "organisation_id",
    "app_id",
    "details",
)
"""The columns of an entry that its hash covers: all of them."""


def canonical_json(value: Any) -> bytes:
    """JSON in one form only: keys sorted, no spaces, UTF-8 (RFC 8785 §3.2, for whole numbers and text)."""
    # A lone surrogate is not UTF-8, but an entry that holds one must not stop the chain.
    return _ENCODER.encode(value).encode("utf-8", "surrogatepass")


def instant(at: datetime) -> str:
    """An instant as text in one form only: UTC, microseconds, ``2026-03-02T09:00:00.000000Z``."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def entry_record(values: Iterable[Any]) -> dict[str, Any]:
    """The values of an entry's columns, in the order of ``ENTRY_FIELDS``, as they are hashed and exported."""
    return {name: _json_value(value) for name, value in zip(ENTRY_FIELDS, values, strict=True)}


def entry_hash(record: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical JSON of an entry's record, in hexadecimal."""
    return hashlib.sha256(canonical_json(record)).hexdigest()


def chain_hash(previous: str, entry: str, position: int) -> str:
    """SHA-256 over previous chain hash, entry's hash (32 bytes each) and position (8 bytes, big-endian).

    Raises ValueError when a hash is not hexadecimal.
    """
    covered = bytes.fromhex(previous) + bytes.fromhex(entry) + position.to_bytes(8, "big")
    return hashlib.sha256(covered).hexdigest()


def checkpoint_statement(position: int, chain: str, signed_at: datetime) -> bytes:
    """What a checkpoint's signature covers; the type keeps it from passing for anything else we sign."""
    return canonical_json(
        {
            "type": "lanyard-audit-checkpoint",
            "position": position,
            "chain_hash": chain,
            "signed_at": instant(signed_at),
        }
    )


def _json_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, UUID):
        return str(value)
    return value
