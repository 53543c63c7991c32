"""Two records that are one person's, and their separation; whom a source's record is about by its key there.

Of records that were imported before, the key is known where the source has only one for the person.
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("source_records", sa.Column("person_key", AutoString(length=100), nullable=True))
    is_person = sa.text("kind = 'person'")
    op.create_index(
        "ix_source_records_for_0066",
        "source_records",
        ["source_id", "person_id"],
        sqlite_where=is_person,
        postgresql_where=is_person,
    )
    op.execute(
        "UPDATE source_records SET person_key = (SELECT min(p.source_key) FROM source_records p"
        " WHERE p.source_id = source_records.source_id AND p.kind = 'person'"
        " AND p.person_id = source_records.person_id HAVING count(*) = 1)"
        " WHERE person_id IS NOT NULL"
    )
    op.drop_index("ix_source_records_for_0066", "source_records")
    op.execute("UPDATE source_records SET person_key = source_key WHERE kind = 'person'")
    op.create_table(
        "merges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("survivor_id", sa.Uuid(), nullable=False),
        sa.Column("merged_id", sa.Uuid(), nullable=True),
        sa.Column("duplicate_id", sa.Uuid(), nullable=True),
        sa.Column("source_keys", sa.JSON(), nullable=False),
        sa.Column("state", AutoString(length=40), nullable=False),
        sa.Column("merged_at", UTCDateTime(), nullable=True),
        sa.Column("split_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("merged_id <> survivor_id", name="two_records"),
        sa.ForeignKeyConstraint(["survivor_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["merged_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_merges_survivor_id", "merges", ["survivor_id"])
    op.create_index("ix_merges_merged_id", "merges", ["merged_id"])
    is_open = sa.text("state IN ('proposed', 'merged')")
    op.create_index(
        "uq_merges_open", "merges", ["merged_id"], unique=True, sqlite_where=is_open, postgresql_where=is_open
    )
    op.create_index("uq_merges_duplicate", "merges", ["duplicate_id"], unique=True)
    op.create_table(
        "merged_facts",
        sa.Column("merge_id", sa.Uuid(), nullable=False),
        sa.Column("fact_id", sa.Uuid(), nullable=False),
        sa.Column("kind", AutoString(length=40), nullable=False),
        sa.Column("became", sa.Uuid(), nullable=False),
        sa.Column("carried", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["merge_id"], ["merges.id"]),
        sa.PrimaryKeyConstraint("merge_id", "fact_id"),
    )
    op.create_table(
        "merge_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merge_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("action", AutoString(length=40), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("seen", AutoString(length=64), nullable=False),
        sa.Column("reason", AutoString(), nullable=False),
        sa.Column("state", AutoString(length=40), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", UTCDateTime(), nullable=False),
        sa.Column("second_by", sa.Uuid(), nullable=True),
        sa.Column("second_at", UTCDateTime(), nullable=True),
        sa.Column("security_by", sa.Uuid(), nullable=True),
        sa.Column("security_at", UTCDateTime(), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["merge_id"], ["merges.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        *(
            sa.ForeignKeyConstraint([one], ["people.id"])
            for one in ("person_id", "proposed_by", "second_by", "security_by", "ended_by")
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_merge_requests_person_id", "merge_requests", ["person_id"])
    op.create_index("ix_merge_requests_organisation_id", "merge_requests", ["organisation_id"])
    waits = sa.text("state = 'waiting'")
    op.create_index(
        "uq_merge_requests_waiting",
        "merge_requests",
        ["merge_id"],
        unique=True,
        sqlite_where=waits,
        postgresql_where=waits,
    )


def downgrade() -> None:
    op.drop_table("merge_requests")
    op.drop_table("merged_facts")
    op.drop_table("merges")
    with op.batch_alter_table("source_records") as records:
        records.drop_column("person_key")
