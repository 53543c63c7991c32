"""Deputies of officers, and the shared services through which roles are held and transfers approved."""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("role_assignments") as batch_op:
        batch_op.add_column(sa.Column("deputy_of", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("operator_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key("fk_role_assignments_deputy_of", "people", ["deputy_of"], ["id"])
        batch_op.create_foreign_key(
            "fk_role_assignments_operator_id", "organisations", ["operator_id"], ["id"]
        )
        batch_op.create_index("ix_role_assignments_deputy_of", ["deputy_of"])
    with op.batch_alter_table("transfer_approvals") as batch_op:
        batch_op.add_column(sa.Column("operator_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(
            "fk_transfer_approvals_operator_id", "organisations", ["operator_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("transfer_approvals") as batch_op:
        batch_op.drop_constraint("fk_transfer_approvals_operator_id", type_="foreignkey")
        batch_op.drop_column("operator_id")
    with op.batch_alter_table("role_assignments") as batch_op:
        batch_op.drop_index("ix_role_assignments_deputy_of")
        batch_op.drop_constraint("fk_role_assignments_operator_id", type_="foreignkey")
        batch_op.drop_constraint("fk_role_assignments_deputy_of", type_="foreignkey")
        batch_op.drop_column("operator_id")
        batch_op.drop_column("deputy_of")
