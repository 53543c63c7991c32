"""Imports of records: their files, what sources call what they brought, conflicts and possible duplicates."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sources",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", AutoString(length=60), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organisation_id", "name"),
    )
    _imports()
    _source_records()
    _conflicts()


def _imports() -> None:
    op.create_table(
        "imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("content_hash", AutoString(length=64), nullable=False),
        sa.Column("started_by", sa.Uuid(), nullable=True),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_reason", AutoString(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("load_id", sa.Uuid(), nullable=False),
        sa.Column("plan_hash", AutoString(), nullable=False),
        sa.Column("problems", sa.Integer(), nullable=False),
        sa.Column("affected", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("step", AutoString(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("busy_until", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"]),
        sa.ForeignKeyConstraint(["started_by"], ["people.id"]),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_imports_organisation_id", "imports", ["organisation_id"])
    op.create_index("ix_imports_state", "imports", ["state"])
    op.create_table(
        "import_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("name", AutoString(length=120), nullable=False),
        sa.Column("piece", sa.Integer(), nullable=False),
        sa.Column("is_report", sa.Boolean(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("import_id", "name", "piece", "is_report"),
    )
    op.create_index("ix_import_files_import_id", "import_files", ["import_id"])


def _source_records() -> None:
    op.create_table(
        "source_records",
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("kind", AutoString(length=40), nullable=False),
        sa.Column("source_key", AutoString(length=100), nullable=False),
        sa.Column("fact_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("load_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"]),
        sa.ForeignKeyConstraint(["load_id"], ["loads.id"]),
        sa.PrimaryKeyConstraint("source_id", "kind", "source_key"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_source_records_load_id", "source_records", ["load_id"])
    op.create_table(
        "planned_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("load_id", sa.Uuid(), nullable=False),
        sa.Column("kind", AutoString(length=40), nullable=False),
        sa.Column("source_key", AutoString(length=100), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["load_id"], ["loads.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_planned_changes_record", "planned_changes", ["load_id", "kind", "source_key"])


def _conflicts() -> None:
    op.create_table(
        "field_authorities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", AutoString(length=40), nullable=False),
        sa.Column("field", AutoString(length=60), nullable=False),
        sa.Column("source", AutoString(length=60), nullable=False),
        sa.Column("set_at", UTCDateTime(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        sa.ForeignKeyConstraint(["set_by"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organisation_id", "kind", "field"),
    )
    op.create_table(
        "field_conflicts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("load_id", sa.Uuid(), nullable=False),
        sa.Column("kind", AutoString(length=40), nullable=False),
        sa.Column("fact_id", sa.Uuid(), nullable=False),
        sa.Column("field", AutoString(length=60), nullable=False),
        sa.Column("source", AutoString(length=60), nullable=False),
        sa.Column("offered", sa.JSON(), nullable=False),
        sa.Column("recorded", sa.JSON(), nullable=False),
        sa.Column("recorded_source", AutoString(), nullable=False),
        sa.Column("settled_at", UTCDateTime(), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("settlement", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["load_id"], ["loads.id"]),
        sa.ForeignKeyConstraint(["settled_by"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("fact_id", "field", "source", "load_id"),
    )
    op.create_index("ix_field_conflicts_open", "field_conflicts", ["organisation_id", "settled_at"])
    op.create_index("ix_field_conflicts_person_id", "field_conflicts", ["person_id"])
    op.create_index("ix_field_conflicts_load_id", "field_conflicts", ["load_id"])
    op.create_table(
        "possible_duplicates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("source_key", AutoString(length=100), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("load_id", sa.Uuid(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column("found_at", UTCDateTime(), nullable=False),
        sa.Column("settled_at", UTCDateTime(), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("is_same", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"]),
        sa.ForeignKeyConstraint(["candidate_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["load_id"], ["loads.id"]),
        sa.ForeignKeyConstraint(["settled_by"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source_id", "source_key", "candidate_id"),
    )
    op.create_index("ix_possible_duplicates_organisation_id", "possible_duplicates", ["organisation_id"])
    op.create_index("ix_possible_duplicates_candidate_id", "possible_duplicates", ["candidate_id"])
    op.create_index("ix_possible_duplicates_load_id", "possible_duplicates", ["load_id"])


def downgrade() -> None:
    for table in (
        "possible_duplicates",
        "field_conflicts",
        "field_authorities",
        "planned_changes",
        "source_records",
        "import_files",
        "imports",
        "sources",
    ):
        op.drop_table(table)
