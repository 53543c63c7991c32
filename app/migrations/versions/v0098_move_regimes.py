"""Each transfer, loan and bulk move keeps which rules it follows, by the kinds of its organisations."""

import sqlalchemy as sa
from alembic import op

revision = "0098"
down_revision = "0097"
branch_labels = None
depends_on = None

_SIDES = {
    "transfers": ("exporting_organisation_id", "importing_organisation_id"),
    "loans": ("home_organisation_id", "host_organisation_id"),
    "bulk_moves": ("exporting_organisation_id", "importing_organisation_id"),
}
_WITHIN = {
    "department": "civil_service",
    "agency": "civil_service",
    "police_force": "police",
    "armed_service": "armed_services",
    "outside": "outside",
}
_JOINING = {
    "civil_service": "joining_civil_service",
    "police": "joining_police",
    "armed_services": "joining_armed_services",
}
_BEGUN_NO_MORE = {
    "transfers": frozenset({"outside"}),
    "loans": frozenset(),
    "bulk_moves": frozenset({"joining_armed_services", "outside"}),
}
"""What was begun all the same goes on as it was agreed."""


def upgrade() -> None:
    for name, (begins, ends) in _SIDES.items():
        with op.batch_alter_table(name) as table:
            table.add_column(
                sa.Column("regime", sa.String(length=40), nullable=False, server_default="civil_service")
            )
        moves = sa.table(name, sa.column("regime"), sa.column(begins), sa.column(ends))
        for one in _WITHIN:
            for other in _WITHIN:
                regime = _regime(one, other)
                if regime != "civil_service" and regime not in _BEGUN_NO_MORE[name]:
                    op.execute(
                        sa.update(moves)
                        .where(moves.c[begins].in_(_of_kind(one)), moves.c[ends].in_(_of_kind(other)))
                        .values(regime=regime)
                    )
        with op.batch_alter_table(name) as table:
            table.alter_column("regime", server_default=None, existing_type=sa.String(length=40))


def downgrade() -> None:
    for name in _SIDES:
        with op.batch_alter_table(name) as table:
            table.drop_column("regime")


def _regime(one: str, other: str) -> str:
    service = _WITHIN[other]
    return service if _WITHIN[one] == service else _JOINING.get(service, service)


def _of_kind(kind: str) -> sa.Select[tuple[object]]:
    organisations = sa.table("organisations", sa.column("id"), sa.column("kind"))
    return sa.select(organisations.c.id).where(organisations.c.kind == kind)
