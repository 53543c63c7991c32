"""Exports of records in tests, and what of two of them must be the same."""

from __future__ import annotations

import json
from typing import Any

REFERENCES = ("person", "employment", "clearance", "office", "line_manager", "approved_by")
POINTERS = (*REFERENCES, "record", "continues")
KEY, PROVIDER = "source_key", "old-provider"


def without_ids(content: bytes) -> list[dict[str, Any]]:
    """The records, each key of Lanyard's own replaced by the place at which it first stands.

    What the provider who was replaced called them differs, for there was none before.
    """
    seen: dict[str, int] = {}
    return [
        {name: seen.setdefault(value, len(seen)) if name in own else value for name, value in record.items()}
        for record in map(json.loads, content.splitlines())
        for own in ((*POINTERS, *(() if record["kind"] == KEY else (KEY,))),)
        if record["kind"] != KEY or record["source"] != PROVIDER
    ]
