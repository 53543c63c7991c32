"""What a page shows of a transfer to somebody who decides: what was read is what is agreed to.

The page's form carries it, and it comes back with the decision: where it is not what the page would show now,
nothing is decided, and the page says what has changed.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from profiles.entitlements.preview import AccessChange
from profiles.errors import Conflict
from profiles.organisations import service as organisations
from profiles.transfers import policy
from profiles.transfers.models import Side, Transfer
from profiles.transfers.preview import preview_move

Shown = Mapping[str, str]
DATES = ("last_day", "start_date")
TERMS = (
    *("local_grade", "job_title", "profession", "unit", "location", "employment_number", "work_address"),
    *("salary_pence", "fte_thousandths", "pay_location", "contract_type", "required_level"),
)
ACCESS = "access:"
"""How the names of entries about an app begin; the app's own name follows."""
RELEASED = "released:"
"""How the names of what the old department hands on begin; what it is called follows."""


@dataclass(frozen=True)
class Difference:
    """One entry that is not what the page showed. ``unverified_was`` is what came back with the form."""

    name: str
    unverified_was: str
    now: str


def to_employee(transfer: Transfer) -> Shown:
    """The terms and the dates."""
    return _said(transfer, (*TERMS, *DATES))


def to_line_manager(transfer: Transfer) -> Shown:
    """The dates."""
    return _said(transfer, DATES)


def to_officer(session: Session, transfer: Transfer, side: Side, now: datetime) -> Shown:
    """The dates and what changes at the side's own apps; the new department reads the terms too."""
    names = (*TERMS, *DATES) if side is Side.IMPORTING else DATES
    ours = organisations.tree(session, now).subtree_of(policy.organisation_of(transfer, side))
    try:
        preview = preview_move(session, transfer, now, ours)
    except Conflict:
        return _said(transfer, names)
    return {**_said(transfer, names), **_access(preview.changes, side)}


def packed(shown: Shown) -> str:
    """As a form carries it."""
    return json.dumps(shown, sort_keys=True)


def differences(shown: Shown, unverified: str) -> list[Difference]:
    """What is not as the page showed it, in the order in which the page shows it.

    What nobody showed, or cannot be read, differs in every entry.
    """
    said = _unpacked(unverified)
    names = [*shown, *(name for name in said if name not in shown)]
    return [
        Difference(name, said.get(name, ""), shown.get(name, ""))
        for name in names
        if said.get(name) != shown.get(name)
    ]


def _unpacked(unverified: str) -> Shown:
    try:
        said = json.loads(unverified)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(said, dict):
        return {}
    return {name: value for name, value in said.items() if isinstance(value, str)}


def _said(transfer: Transfer, names: Iterable[str]) -> dict[str, str]:
    return {name: _plain(getattr(transfer, name)) for name in names}


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else "" if value is None else str(value)


def _access(changes: Iterable[AccessChange], side: Side) -> dict[str, str]:
    """By names, which several apps may share. The old department is not shown which roles begin elsewhere."""
    found: dict[str, list[str]] = {}
    for one in changes:
        after = () if side is Side.EXPORTING else one.roles_after
        roles = "/".join(", ".join(some) for some in (one.roles_before, after))
        found.setdefault(f"{ACCESS}{one.app_name}", []).append(f"{one.app_id} {one.change.value} {roles}")
    return {name: "; ".join(sorted(said)) for name, said in found.items()}
