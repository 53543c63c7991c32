"""Which organisations below the importing one an import is about, and as far as whose role it reaches."""

import sqlalchemy as sa
from alembic import op

revision = "0087"
down_revision = "0086"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("imports") as table:
        table.add_column(sa.Column("sent_by", sa.Uuid()))
        table.create_foreign_key("fk_imports_sent_by_people", "people", ["sent_by"], ["id"])
    op.execute("UPDATE imports SET sent_by = started_by")
    op.create_table(
        "import_organisations",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        sa.PrimaryKeyConstraint("import_id", "organisation_id"),
        sqlite_with_rowid=False,
    )
    # What was checked before anybody noted whom it is about is checked again.
    op.execute(
        "UPDATE imports SET state = 'received', plan_hash = '', decided_by = NULL"
        " WHERE state IN ('ready', 'waiting', 'approved')"
    )


def downgrade() -> None:
    op.drop_table("import_organisations")
    with op.batch_alter_table("imports") as table:
        table.drop_constraint("fk_imports_sent_by_people", type_="foreignkey")
        table.drop_column("sent_by")
