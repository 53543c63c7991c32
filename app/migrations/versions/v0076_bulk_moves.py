"""Bulk moves, the people on their lists, agreements and history; which organisation took over from which."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None

TABLES = (
    "organisation_successions",
    "bulk_move_steps",
    "bulk_move_agreements",
    "bulk_move_members",
    "bulk_moves",
)


def _state(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=40), nullable=nullable)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, AutoString(), nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, UTCDateTime(), nullable=nullable)


def _id(name: str, of: str, *, nullable: bool = False) -> sa.Column[sa.Uuid]:
    return sa.Column(name, sa.Uuid(), sa.ForeignKey(f"{of}.id"), nullable=nullable)


def _key() -> sa.Column[sa.Uuid]:
    return sa.Column("id", sa.Uuid(), primary_key=True)


def upgrade() -> None:
    op.create_table(
        "bulk_moves",
        _key(),
        _id("exporting_organisation_id", "organisations"),
        _id("importing_organisation_id", "organisations"),
        _state("state"),
        _flag("by_list"),
        _flag("include_subtree"),
        _state("common_grade", nullable=True),
        _text("profession"),
        sa.Column("start_date", sa.Date(), nullable=False),
        _moment("starts_at"),
        _flag("ends_exporter"),
        _flag("addresses_go_along"),
        _id("prepared_by", "people"),
        _id("confirmed_by", "people", nullable=True),
        _moment("created_at"),
        _moment("busy_until", nullable=True),
        _moment("looked_at", nullable=True),
        _moment("exporter_ended_at", nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("exporting_organisation_id <> importing_organisation_id", name="many_between_two"),
    )
    for column in ("exporting_organisation_id", "importing_organisation_id", "state"):
        op.create_index(f"ix_bulk_moves_{column}", "bulk_moves", [column])
    op.create_table(
        "bulk_move_members",
        _key(),
        _id("bulk_move_id", "bulk_moves"),
        _id("person_id", "people"),
        sa.Column("employment_id", sa.Uuid(), nullable=False),
        _id("organisation_id", "organisations"),
        _text("number"),
        _state("state"),
        _state("reason", nullable=True),
        _text("words"),
        _flag("in_flight"),
        _text("new_number"),
        sa.Column("new_employment_id", sa.Uuid(), nullable=True),
        _moment("scheduled_at", nullable=True),
        _moment("chased_at", nullable=True),
        sa.UniqueConstraint("bulk_move_id", "person_id"),
    )
    op.create_index("ix_bulk_move_members_person_id", "bulk_move_members", ["person_id"])
    op.create_index("ix_bulk_move_members_state", "bulk_move_members", ["bulk_move_id", "state"])
    flying = sa.text("in_flight")
    op.create_index(
        "ix_bulk_move_members_one_in_flight",
        "bulk_move_members",
        ["person_id"],
        unique=True,
        sqlite_where=flying,
        postgresql_where=flying,
    )
    op.create_table(
        "bulk_move_agreements",
        _key(),
        _id("bulk_move_id", "bulk_moves"),
        _state("side"),
        _id("officer_id", "people"),
        _id("operator_id", "organisations", nullable=True),
        _moment("agreed_at"),
        sa.UniqueConstraint("bulk_move_id", "side"),
        sa.UniqueConstraint("bulk_move_id", "officer_id"),
    )
    op.create_table(
        "bulk_move_steps",
        _key(),
        _id("bulk_move_id", "bulk_moves"),
        _state("from_state"),
        _state("to_state"),
        _moment("at"),
        _id("by", "people", nullable=True),
        _text("reason"),
    )
    for table in ("bulk_move_agreements", "bulk_move_steps"):
        op.create_index(f"ix_{table}_bulk_move_id", table, ["bulk_move_id"])
    op.create_table(
        "organisation_successions",
        _key(),
        _id("predecessor_id", "organisations"),
        _id("successor_id", "organisations"),
        _moment("since"),
        sa.UniqueConstraint("predecessor_id", "successor_id"),
    )
    for column in ("predecessor_id", "successor_id"):
        op.create_index(f"ix_organisation_successions_{column}", "organisation_successions", [column])


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
