"""Offices, work phones, who works where, and dates of birth."""

from typing import Any

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

from app.migrations.exclusion import exclude_overlaps

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLES = ("offices", "birth_dates", "work_phones", "work_places")


def upgrade() -> None:
    _create_facts(
        "offices",
        _of("organisations", "organisation_id"),
        _text("name"),
        _text("street_address"),
        _text("locality"),
        _text("region"),
        _text("postal_code"),
        _text("country"),
        indexed="organisation_id",
    )
    _create_facts(
        "birth_dates",
        _of("people", "person_id"),
        sa.Column("born_on", sa.Date(), nullable=False),
        indexed="person_id",
    )
    _create_facts(
        "work_phones",
        _of("people", "person_id"),
        _of("organisations", "organisation_id"),
        _text("number", 16),
        sa.Column("is_verified", sa.Boolean(), nullable=False),
        indexed="person_id",
    )
    _create_facts(
        "work_places",
        _of("people", "person_id"),
        _of("organisations", "organisation_id"),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        indexed="person_id",
    )
    exclude_overlaps("offices", uuids=("organisation_id",), texts=("name",))
    exclude_overlaps("birth_dates", uuids=("person_id",))
    for table in ("work_phones", "work_places"):
        exclude_overlaps(table, uuids=("person_id", "organisation_id"))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_facts(table: str, *columns: sa.Column[Any], indexed: str) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fact_id", sa.Uuid(), nullable=False),
        _moment("valid_from", nullable=False),
        _moment("valid_to", nullable=True),
        _moment("recorded_at", nullable=False),
        _moment("superseded_at", nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("superseded_by", sa.Uuid(), nullable=True),
        _text("source"),
        _text("reason"),
        sa.Column("load_id", sa.Uuid(), sa.ForeignKey("loads.id"), nullable=True),
        *columns,
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("fact_id", "load_id", indexed):
        op.create_index(f"ix_{table}_{column}", table, [column])


def _of(table: str, column: str) -> sa.Column[Any]:
    return sa.Column(column, sa.Uuid(), sa.ForeignKey(f"{table}.id"), nullable=False)


def _text(name: str, length: int | None = None) -> sa.Column[Any]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(length=length), nullable=False)


def _moment(name: str, *, nullable: bool) -> sa.Column[Any]:
    return sa.Column(name, sqlmodel.sql.sqltypes.UTCDateTime(), nullable=nullable)
