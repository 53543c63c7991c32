"""Loans, their agreements with approvals, and their history."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

TABLES = ("loan_steps", "loan_approvals", "loan_agreements", "loans")


def _state(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=40), nullable=nullable)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, AutoString(), nullable=False)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, UTCDateTime(), nullable=nullable)


def _id(name: str, of: str, *, nullable: bool = False) -> sa.Column[sa.Uuid]:
    return sa.Column(name, sa.Uuid(), sa.ForeignKey(f"{of}.id"), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "loans",
        sa.Column("id", sa.Uuid(), primary_key=True),
        _id("person_id", "people"),
        sa.Column("employment_id", sa.Uuid(), nullable=False),
        _id("home_organisation_id", "organisations"),
        _id("host_organisation_id", "organisations"),
        _state("kind"),
        _state("state"),
        sa.Column("in_flight", sa.Boolean(), nullable=False),
        sa.Column("host_informed", sa.Boolean(), nullable=False),
        _text("purpose"),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        _moment("begins_at"),
        _moment("ends_at"),
        _id("prepared_by", "people"),
        _id("clearance_agreed_by", "people", nullable=True),
        _id("return_confirmed_by", "people", nullable=True),
        _id("transfer_id", "transfers", nullable=True),
        _state("resumes_to", nullable=True),
        _state("hold_side", nullable=True),
        _id("hold_owner_id", "people", nullable=True),
        _text("hold_reason"),
        sa.Column("review_on", sa.Date(), nullable=True),
        _moment("reminded_at", nullable=True),
        _moment("created_at"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("home_organisation_id <> host_organisation_id", name="loan_of_two_organisations"),
    )
    for column in ("person_id", "home_organisation_id", "host_organisation_id", "state"):
        op.create_index(f"ix_loans_{column}", "loans", [column])
    for column in ("begins_at", "ends_at"):
        op.create_index(f"ix_loans_{column}", "loans", [column])
    flying = sa.text("in_flight")
    op.create_index(
        "ix_loans_one_in_flight",
        "loans",
        ["person_id"],
        unique=True,
        sqlite_where=flying,
        postgresql_where=flying,
    )
    op.create_table(
        "loan_agreements",
        sa.Column("id", sa.Uuid(), primary_key=True),
        _id("loan_id", "loans"),
        sa.Column("number", sa.Integer(), nullable=False),
        _state("outcome"),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        _state("payer"),
        *(_text(name) for name in ("local_grade", "job_title", "profession", "unit", "location")),
        _id("proposed_by", "people"),
        _moment("proposed_at"),
        _id("described_by", "people", nullable=True),
        _moment("signed_at", nullable=True),
        sa.UniqueConstraint("loan_id", "number"),
    )
    op.create_index("ix_loan_agreements_loan_id", "loan_agreements", ["loan_id"])
    waiting = sa.text("outcome = 'open'")
    op.create_index(
        "ix_loan_agreements_open",
        "loan_agreements",
        ["loan_id"],
        unique=True,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_table(
        "loan_approvals",
        sa.Column("id", sa.Uuid(), primary_key=True),
        _id("agreement_id", "loan_agreements"),
        _state("side"),
        _id("officer_id", "people"),
        _id("operator_id", "organisations", nullable=True),
        _moment("approved_at"),
        sa.UniqueConstraint("agreement_id", "side"),
        sa.UniqueConstraint("agreement_id", "officer_id"),
    )
    op.create_index("ix_loan_approvals_agreement_id", "loan_approvals", ["agreement_id"])
    op.create_table(
        "loan_steps",
        sa.Column("id", sa.Uuid(), primary_key=True),
        _id("loan_id", "loans"),
        _state("from_state"),
        _state("to_state"),
        _moment("at"),
        _id("by", "people", nullable=True),
        _state("side", nullable=True),
        _text("reason"),
        _state("reason_for", nullable=True),
    )
    op.create_index("ix_loan_steps_loan_id", "loan_steps", ["loan_id"])


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
