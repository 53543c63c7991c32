"""Organisations' sign-in policies, suspensions, what is attested of a passkey, when a session was proved."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from app.migrations import versioning
from app.migrations.exclusion import exclude_overlaps

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_WATCHED = {
    "sign_in_policies": versioning.ANY_COLUMN,
    "organisation_suspensions": versioning.ANY_COLUMN,
}
_OPEN = sa.text("closed_at IS NULL")


def upgrade() -> None:
    _create_facts("sign_in_policies", _of("organisations", "organisation_id"), *_terms())
    _create_facts("organisation_suspensions", _of("organisations", "organisation_id"))
    _create_facts(
        "account_suspensions", _of("people", "person_id"), _of("organisations", "organisation_id", True)
    )
    op.create_index("ix_account_suspensions_person_id", "account_suspensions", ["person_id"])
    for table in ("sign_in_policies", "organisation_suspensions", "account_suspensions"):
        op.create_index(f"ix_{table}_organisation_id", table, ["organisation_id"])
    for column in ("valid_from", "recorded_at"):
        op.create_index(f"ix_account_suspensions_{column}", "account_suspensions", [column])
    for column in ("valid_to", "superseded_at"):
        set_only = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_account_suspensions_{column}",
            "account_suspensions",
            [column],
            sqlite_where=set_only,
            postgresql_where=set_only,
        )
    exclude_overlaps("sign_in_policies", uuids=("organisation_id",))
    exclude_overlaps("organisation_suspensions", uuids=("organisation_id",))
    exclude_overlaps("account_suspensions", uuids=("person_id",))
    op.create_table(
        "sign_in_policy_proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        _of("organisations", "organisation_id"),
        *_terms(),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("reason", AutoString(), nullable=False),
        _of("people", "proposed_by"),
        _moment("proposed_at", nullable=False),
        _of("people", "confirmed_by", True),
        _moment("closed_at", nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "uq_sign_in_policy_proposals_open",
        "sign_in_policy_proposals",
        ["organisation_id"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    versioning.watch("sign_in", _WATCHED)
    long_ago = (
        "1970-01-01 00:00:00+00" if op.get_context().dialect.name == "postgresql" else "1970-01-01 00:00:00"
    )
    op.add_column(
        "login_sessions", sa.Column("proved_at", UTCDateTime(), nullable=False, server_default=long_ago)
    )
    op.execute("UPDATE login_sessions SET proved_at = created_at")
    op.add_column(
        "passkeys",
        sa.Column("attestation", sa.String(length=40), nullable=False, server_default="none"),
    )
    op.add_column(
        "passkeys", sa.Column("is_attested", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    op.drop_column("passkeys", "is_attested")
    op.drop_column("passkeys", "attestation")
    op.drop_column("login_sessions", "proved_at")
    versioning.unwatch("sign_in", _WATCHED)
    for table in (
        "sign_in_policy_proposals",
        "account_suspensions",
        "organisation_suspensions",
        "sign_in_policies",
    ):
        op.drop_table(table)


def _terms() -> list[sa.Column[Any]]:
    return [
        sa.Column("methods", sa.JSON(), nullable=False),
        sa.Column("least_level", AutoString(length=80), nullable=False),
        sa.Column("officer_level", AutoString(length=80), nullable=False),
        sa.Column("attestation", sa.String(length=40), nullable=False),
        sa.Column("accepted_aaguids", sa.JSON(), nullable=False),
        sa.Column("idle_minutes", sa.Integer(), nullable=True),
        sa.Column("absolute_minutes", sa.Integer(), nullable=True),
        sa.Column("set_up_days", sa.Integer(), nullable=False),
    ]


def _create_facts(table: str, *columns: sa.Column[Any]) -> None:
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
        sa.Column("source", AutoString(), nullable=False),
        sa.Column("reason", AutoString(), nullable=False),
        sa.Column("load_id", sa.Uuid(), sa.ForeignKey("loads.id"), nullable=True),
        *columns,
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("fact_id", "load_id"):
        op.create_index(f"ix_{table}_{column}", table, [column])


def _of(table: str, column: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(column, sa.Uuid(), sa.ForeignKey(f"{table}.id"), nullable=nullable)


def _moment(name: str, *, nullable: bool) -> sa.Column[Any]:
    return sa.Column(name, UTCDateTime(), nullable=nullable)
