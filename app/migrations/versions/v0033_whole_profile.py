"""Line managers and required clearances; scales, mark time, allowances, pension, leave and absence; and all
that belongs to a clearance.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from app.migrations.exclusion import exclude_overlaps

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

TABLES = (
    "pay_allowances",
    "pension_memberships",
    "leave_balances",
    "absence_summaries",
    "clearance_caveats",
    "clearance_events",
    "dispensations",
)
_DECIDED = ("decided_on", "expires_on")


def upgrade() -> None:
    _add_to_existing()
    _create_of_employments()
    _create_of_clearances()
    exclude_overlaps("pay_allowances", uuids=("employment_id",), texts=("kind",))
    exclude_overlaps("pension_memberships", uuids=("employment_id",))
    exclude_overlaps("leave_balances", uuids=("employment_id",))
    exclude_overlaps("absence_summaries", uuids=("employment_id",))
    exclude_overlaps("clearance_caveats", uuids=("clearance_id",), texts=("name",))
    exclude_overlaps("dispensations", uuids=("person_id", "organisation_id"), texts=("level",))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    with op.batch_alter_table("clearances") as batch:
        batch.drop_column("extended_from")
        for column in _DECIDED:
            batch.alter_column(column, existing_type=sa.Date(), nullable=False)
    for column in ("scale", "location", "mark_time_until"):
        op.drop_column("pay_records", column)
    with op.batch_alter_table("postings") as batch:
        batch.drop_column("required_clearance")
        batch.drop_column("line_manager_id")


def _add_to_existing() -> None:
    with op.batch_alter_table("postings") as batch:
        batch.add_column(sa.Column("line_manager_id", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("required_clearance", AutoString(), nullable=True))
        batch.create_foreign_key("postings_line_manager_id_fkey", "people", ["line_manager_id"], ["id"])
    for column in ("scale", "location"):
        op.add_column("pay_records", sa.Column(column, AutoString(), nullable=False, server_default=""))
    op.add_column("pay_records", sa.Column("mark_time_until", sa.Date(), nullable=True))
    with op.batch_alter_table("clearances") as batch:
        batch.add_column(sa.Column("extended_from", sa.Date(), nullable=True))
        for column in _DECIDED:
            batch.alter_column(column, existing_type=sa.Date(), nullable=True)


def _create_of_employments() -> None:
    def create(table: str, *columns: sa.Column[Any]) -> None:
        employed = (sa.Column("employment_id", sa.Uuid(), nullable=False), _of("organisations"))
        _create_facts(table, *employed, *columns, indexed=("employment_id",))

    create(
        "pay_allowances",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("amount_pence", sa.Integer(), nullable=False),
        sa.Column("currency", AutoString(), nullable=False),
    )
    create(
        "pension_memberships",
        sa.Column("scheme", sa.String(length=40), nullable=False),
        sa.Column("member_number", AutoString(), nullable=False),
    )
    create(
        "leave_balances",
        sa.Column("leave_year_from", sa.Date(), nullable=False),
        sa.Column("entitlement_hundredths", sa.Integer(), nullable=False),
        sa.Column("carried_over_hundredths", sa.Integer(), nullable=False),
        sa.Column("taken_hundredths", sa.Integer(), nullable=False),
    )
    create(
        "absence_summaries",
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("absent_hundredths", sa.Integer(), nullable=False),
        sa.Column("occasions", sa.Integer(), nullable=False),
    )


def _create_of_clearances() -> None:
    _create_facts(
        "clearance_caveats",
        sa.Column("clearance_id", sa.Uuid(), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        _of("organisations", nullable=True),
        indexed=("clearance_id", "valid_from", "recorded_at"),
    )
    for column in ("valid_to", "superseded_at"):
        where = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_clearance_caveats_{column}",
            "clearance_caveats",
            [column],
            sqlite_where=where,
            postgresql_where=where,
        )
    _create_facts(
        "clearance_events",
        sa.Column("clearance_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("reference", AutoString(), nullable=False),
        indexed=("clearance_id",),
    )
    _create_facts(
        "dispensations",
        _of("organisations"),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("mitigations", AutoString(), nullable=False),
        sa.Column("approved_by", sa.Uuid(), sa.ForeignKey("people.id"), nullable=False),
    )


def _create_facts(table: str, *columns: sa.Column[Any], indexed: tuple[str, ...] = ()) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fact_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", UTCDateTime(), nullable=False),
        sa.Column("valid_to", UTCDateTime(), nullable=True),
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.Column("superseded_at", UTCDateTime(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("superseded_by", sa.Uuid(), nullable=True),
        sa.Column("source", AutoString(), nullable=False),
        sa.Column("reason", AutoString(), nullable=False),
        sa.Column("load_id", sa.Uuid(), sa.ForeignKey("loads.id"), nullable=True),
        sa.Column("person_id", sa.Uuid(), sa.ForeignKey("people.id"), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("fact_id", "load_id", "person_id", *indexed):
        op.create_index(f"ix_{table}_{column}", table, [column])


def _of(table: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column("organisation_id", sa.Uuid(), sa.ForeignKey(f"{table}.id"), nullable=nullable)
