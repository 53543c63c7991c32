"""The versions of facts that an export writes, and the fields that every record has, whatever its kind."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col

from profiles.imports.records.facts import plain, time_text
from profiles.imports.records.values import trimmed
from profiles.loads import Load

AT_ONCE = 2000


class Told(NamedTuple):
    """A version of a fact, and between which moments it is what was known."""

    version: Any
    recorded_at: datetime
    superseded_at: datetime | None


def heard(model: Any, until: Any, *, with_history: bool) -> ColumnElement[bool]:
    """The versions that are written of what was said up to ``until``; of a load, once it is published."""
    said = and_(
        model.recorded_at <= until,
        or_(model.load_id.is_(None), col(Load.published_at) <= until),
    )
    if with_history:
        return said
    return and_(said, or_(model.superseded_at.is_(None), model.superseded_at > until))


def rows(session: Session, model: Any, query: Any) -> Iterator[Told]:
    """What a question finds: a version, when its load was published, the last moment that counts."""
    query = query.outerjoin(Load, col(Load.id) == model.load_id)
    query = query.order_by(model.valid_from, model.fact_id, model.recorded_at)
    for version, published_at, until in session.execute(query.execution_options(yield_per=AT_ONCE)):
        recorded_at = max(version.recorded_at, published_at or version.recorded_at)
        superseded_at = version.superseded_at
        if superseded_at is not None and superseded_at > until:
            superseded_at = None
        if superseded_at is None or superseded_at > recorded_at:
            yield Told(version, recorded_at, superseded_at)


def fields_of(kind: str, told: Told, *, is_first: bool, with_history: bool) -> dict[str, Any]:
    """What a record says whatever its kind; others of the fact name the key of the one that ``is_first``."""
    version = told.version
    fields: dict[str, Any] = {
        "kind": kind,
        "source_key": str(version.fact_id if is_first else version.id),
        "continues": None if is_first else str(version.fact_id),
        "valid_from": time_text(version.valid_from, ends=False),
        "valid_until": time_text(version.valid_to, ends=True) if version.valid_to else None,
        "reason": version.reason,
    }
    if with_history:
        fields |= {
            "recorded_at": plain(told.recorded_at),
            "superseded_at": plain(told.superseded_at),
            "source": version.source,
        }
    return fields


def line_of(record: dict[str, Any]) -> bytes:
    """A line of a file, which import reads whatever somebody once typed or pasted."""
    said = {name: _readable(value) if isinstance(value, str) else value for name, value in record.items()}
    return json.dumps(said, ensure_ascii=False).encode() + b"\n"


def _readable(text: str) -> str:
    """The same without what cannot be printed and blanks around it; of another kind of blank a plain one."""
    if text.isprintable() and text == trimmed(text):
        return text
    kept = (one if one.isprintable() or one in "\r\n\t" else " " if one.isspace() else "" for one in text)
    return trimmed("".join(kept))
