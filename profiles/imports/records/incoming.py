"""A record on its way to become a fact, with everything that it names resolved."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class Incoming:
    """One record. ``columns`` are plain values; ``subject_is_new`` says so of whom or what it is about.

    ``continues``: it goes on with a fact that another record began.
    ``told`` is when it was recorded and superseded, of an import with history, and whose word it is.
    """

    n: int
    file: str
    line: int
    key: str
    content_hash: bytes
    fact_id: UUID
    person_id: UUID | None
    person_key: str | None
    is_new: bool
    subject_is_new: bool
    columns: dict[str, Any]
    reason: str
    continues: bool
    told: dict[str, Any]
