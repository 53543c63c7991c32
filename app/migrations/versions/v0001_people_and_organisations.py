"""Organisations, people, and the loads that bring many facts at once."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

from app.migrations.exclusion import create_range_types, drop_range_types, exclude_overlaps

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "organisations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "loads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("content_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("rows_total", sa.Integer(), nullable=False),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("started_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("published_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organisation_id", "kind", "content_hash"),
    )
    op.create_table(
        "email_domains",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fact_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("valid_to", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("recorded_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("superseded_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("superseded_by", sa.Uuid(), nullable=True),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("load_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("domain", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["load_id"],
            ["loads.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("email_domains", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_email_domains_domain"), ["domain"], unique=False)
        batch_op.create_index(batch_op.f("ix_email_domains_fact_id"), ["fact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_email_domains_load_id"), ["load_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_email_domains_organisation_id"), ["organisation_id"], unique=False
        )
    op.create_table(
        "local_grades",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fact_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("valid_to", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("recorded_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("superseded_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("superseded_by", sa.Uuid(), nullable=True),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("load_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("label", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("common_grade", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["load_id"],
            ["loads.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("local_grades", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_local_grades_fact_id"), ["fact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_local_grades_load_id"), ["load_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_local_grades_organisation_id"), ["organisation_id"], unique=False
        )
    op.create_table(
        "organisation_details",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fact_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("valid_to", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("recorded_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("superseded_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("superseded_by", sa.Uuid(), nullable=True),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("load_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["load_id"],
            ["loads.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("organisation_details", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_organisation_details_fact_id"), ["fact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_organisation_details_load_id"), ["load_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_organisation_details_organisation_id"), ["organisation_id"], unique=False
        )
    op.create_table(
        "person_names",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fact_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("valid_to", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("recorded_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("superseded_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("superseded_by", sa.Uuid(), nullable=True),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("load_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("given_names", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("middle_names", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("family_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("known_as", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("search_key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["load_id"],
            ["loads.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("person_names", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_person_names_fact_id"), ["fact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_person_names_load_id"), ["load_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_person_names_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_person_names_search_key"), ["search_key"], unique=False)
    op.create_table(
        "work_addresses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fact_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("valid_to", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("recorded_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("superseded_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("superseded_by", sa.Uuid(), nullable=True),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("load_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("address", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["load_id"],
            ["loads.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("work_addresses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_work_addresses_address"), ["address"], unique=False)
        batch_op.create_index(batch_op.f("ix_work_addresses_fact_id"), ["fact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_work_addresses_load_id"), ["load_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_work_addresses_person_id"), ["person_id"], unique=False)
    create_range_types()
    exclude_overlaps("organisation_details", uuids=("organisation_id",))
    exclude_overlaps("email_domains", texts=("domain",))
    exclude_overlaps("local_grades", uuids=("organisation_id",), texts=("label",))
    exclude_overlaps("person_names", uuids=("person_id",))
    exclude_overlaps("work_addresses", texts=("address",))


def downgrade() -> None:
    with op.batch_alter_table("work_addresses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_work_addresses_person_id"))
        batch_op.drop_index(batch_op.f("ix_work_addresses_load_id"))
        batch_op.drop_index(batch_op.f("ix_work_addresses_fact_id"))
        batch_op.drop_index(batch_op.f("ix_work_addresses_address"))
    op.drop_table("work_addresses")
    with op.batch_alter_table("person_names", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_person_names_search_key"))
        batch_op.drop_index(batch_op.f("ix_person_names_person_id"))
        batch_op.drop_index(batch_op.f("ix_person_names_load_id"))
        batch_op.drop_index(batch_op.f("ix_person_names_fact_id"))
    op.drop_table("person_names")
    with op.batch_alter_table("organisation_details", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organisation_details_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_organisation_details_load_id"))
        batch_op.drop_index(batch_op.f("ix_organisation_details_fact_id"))
    op.drop_table("organisation_details")
    with op.batch_alter_table("local_grades", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_local_grades_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_local_grades_load_id"))
        batch_op.drop_index(batch_op.f("ix_local_grades_fact_id"))
    op.drop_table("local_grades")
    with op.batch_alter_table("email_domains", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_email_domains_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_email_domains_load_id"))
        batch_op.drop_index(batch_op.f("ix_email_domains_fact_id"))
        batch_op.drop_index(batch_op.f("ix_email_domains_domain"))
    op.drop_table("email_domains")
    op.drop_table("loads")
    op.drop_table("people")
    op.drop_table("organisations")
    drop_range_types()
