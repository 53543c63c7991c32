"""Rows of several tables that are written in one go, each after those to which it belongs."""

from typing import Any

from sqlalchemy import Connection, insert
from sqlmodel import SQLModel

from profiles.bulk_moves.models import BulkMove, BulkMoveMember
from profiles.loans.models import Loan, LoanAgreement
from profiles.people.models import Person
from profiles.transfers.models import Transfer

Rows = dict[type[SQLModel], list[dict[str, Any]]]
_FIRST: tuple[type[SQLModel], ...] = (Person, Transfer, Loan, LoanAgreement, BulkMove, BulkMoveMember)


def add(rows: Rows, model: type[SQLModel], **values: Any) -> None:
    """One more row."""
    rows.setdefault(model, []).append(values)


def write(connection: Connection, rows: Rows) -> None:
    """Write them all: people first, then moves, then what belongs to them."""
    for model in sorted(rows, key=lambda one: _FIRST.index(one) if one in _FIRST else len(_FIRST)):
        connection.execute(insert(model), rows[model])
