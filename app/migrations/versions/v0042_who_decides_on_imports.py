"""Who decides on an import: whom it is about, whether clearances are in it, and whose system a source is."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

IMPORTED = (
    "local_grades",
    "offices",
    "person_names",
    "birth_dates",
    "work_addresses",
    "work_phones",
    "work_places",
    "employments",
    "postings",
    "pay_records",
    "pay_allowances",
    "pension_memberships",
    "leave_balances",
    "absence_summaries",
    "clearances",
    "sponsorships",
    "clearance_caveats",
    "clearance_events",
    "dispensations",
)


def upgrade() -> None:
    op.add_column("imports", sa.Column("of_vetting", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("imports", sa.Column("clearances", sa.JSON(), nullable=False, server_default="[]"))
    op.create_table(
        "import_people",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("import_id", "person_id"),
        sqlite_with_rowid=False,
    )
    # What was checked by the rules before is checked by those of now.
    op.execute(
        "UPDATE imports SET state = 'received', plan_hash = '', decided_by = NULL"
        " WHERE state IN ('ready', 'waiting', 'approved')"
    )
    for table in IMPORTED:
        _name_the_organisation(table)


def _name_the_organisation(table: str) -> None:
    """``import:hr`` becomes ``import:HMRC:hr``: two organisations may call a system the same."""
    op.execute(
        f"UPDATE {table} SET source = 'import:' || ("  # noqa: S608 - our own names
        f"SELECT o.code FROM loads l JOIN organisations o ON o.id = l.organisation_id"
        f" WHERE l.id = {table}.load_id) || substr(source, 7)"
        " WHERE source LIKE 'import:%' AND load_id IN (SELECT id FROM loads WHERE kind = 'records')"
    )
    settled = (
        f"FROM field_conflicts c JOIN organisations o ON o.id = c.organisation_id"
        f" WHERE c.fact_id = {table}.fact_id AND c.settlement = 'taken'"
        f" AND 'import:' || c.source = {table}.source"
    )
    op.execute(
        f"UPDATE {table} SET source = 'import:' || (SELECT min(o.code) {settled}) || substr(source, 7)"  # noqa: S608
        f" WHERE load_id IS NULL AND EXISTS (SELECT 1 {settled})"
    )


def downgrade() -> None:
    op.drop_table("import_people")
    op.drop_column("imports", "clearances")
    op.drop_column("imports", "of_vetting")
