"""What an import does to clearances: whether its steps are allowed, and what a security officer is shown.

Lanyard records what the vetting authority decided, by the same table of steps as everywhere else.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from profiles.clearances import states
from profiles.clearances.models import ClearanceStatus
from profiles.imports.records.kinds import Kind

MOST_LINES = 200
"""Changes that are shown; beyond, they are only counted."""
_WHAT = {
    "clearance": "level",
    "sponsorship": "kind",
    "caveat": "name",
    "clearance_event": "kind",
    "dispensation": "level",
}


def find_refused_step(
    stay: Iterable[Mapping[str, Any]],
    written: Iterable[Mapping[str, Any]],
    gone: Iterable[Mapping[str, Any]],
) -> str | None:
    """Why the steps of one person's clearances of a level are not allowed; None where they are.

    The versions that stay, those to be written, and those in whose place they come, as plain columns.
    """
    planned = list(written)
    was: dict[Any, list[Mapping[str, Any]]] = {}
    for one in gone:
        was.setdefault(one["fact_id"], []).append(one)
    for one in planned:
        before = was.get(one["fact_id"], [])
        # Of several stretches of one clearance the line below tells which follows which.
        if len(before) == 1 and not _follows(before[0], one):
            return _in_words(before[0], one)
    line = sorted([*stay, *planned], key=lambda one: datetime.fromisoformat(one["valid_from"]))
    for earlier, later in pairwise(line):
        if (earlier in planned or later in planned) and not _follows(earlier, later):
            return _in_words(earlier, later)
    return None


def line_of(
    kind: Kind, person_id: UUID | None, before: Mapping[str, Any] | None, after: Mapping[str, Any]
) -> dict[str, Any]:
    """One change, for whoever decides on it: of what, and where it stood and will stand."""
    return {
        "person": person_id.hex if person_id else None,
        "kind": kind.name,
        "what": after[_WHAT[kind.name]],
        "before": before.get("status") if before else None,
        "after": after.get("status"),
        "is_new": before is None,
        "from": after["valid_from"],
    }


def _follows(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a status may follow; what is over makes room for a clearance of its own."""
    was, becomes = ClearanceStatus(before["status"]), ClearanceStatus(after["status"])
    is_another = before["fact_id"] != after["fact_id"]
    begins_anew = is_another and was in states.OVER and becomes in states.ALLOWED[None]
    return was is becomes or begins_anew or becomes in states.ALLOWED[was]


def _in_words(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    now, then = (one["status"].replace("_", " ") for one in (before, after))
    return f"makes of a clearance that is {now} one that is {then}, which cannot follow"
