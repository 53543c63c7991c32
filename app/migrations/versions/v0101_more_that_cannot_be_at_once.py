"""What else cannot be so twice at once: a share, a post on loan, a role of an app, and one in Lanyard.

A clearance is shared once with an organisation, an employment has one post on loan in one, and somebody holds
a role of an app by hand once. A role in Lanyard they hold once at each organisation in their own right, and
once for each officer whose deputy they are.
"""

import sqlalchemy as sa

from app.migrations.exclusion import allow_overlaps, exclude_overlaps
from app.migrations.overlaps import facts_table, refuse, take_out

revision = "0101"
down_revision = "0100"
branch_labels = None
depends_on = None

_SPONSORSHIPS = facts_table("sponsorships", "person_id", "clearance_id", "organisation_id", kind=sa.String())
_ENTITLEMENTS = facts_table("entitlements", "person_id", "app_id", "approved_by", role_name=sa.String())
_ROLES = facts_table(
    "role_assignments",
    *("person_id", "organisation_id", "deputy_of", "operator_id"),
    role=sa.String(),
    include_subtree=sa.Boolean(),
)
_POST = ("local_grade", "job_title", "profession", "unit", "location", "required_clearance")
_POSTINGS = facts_table(
    "postings",
    *("person_id", "employment_id", "organisation_id", "line_manager_id"),
    kind=sa.String(),
    **dict.fromkeys(_POST, sa.String()),
)


def upgrade() -> None:
    refuse(
        [
            *take_out(_SPONSORSHIPS, ("clearance_id", "organisation_id"), only=("kind", "shared")),
            *take_out(_ENTITLEMENTS, ("person_id", "app_id", "role_name")),
            *take_out(
                _ROLES,
                ("person_id", "role", "organisation_id", "deputy_of"),
                ("include_subtree", "operator_id"),
            ),
            *take_out(
                _POSTINGS,
                ("employment_id", "organisation_id"),
                (*_POST, "line_manager_id"),
                only=("kind", "host"),
            ),
        ]
    )
    exclude_overlaps(
        "sponsorships",
        uuids=("clearance_id", "organisation_id"),
        only="kind = 'shared'",
        rule="no_overlap_shared",
    )
    exclude_overlaps("entitlements", uuids=("person_id", "app_id"), texts=("role_name",))
    exclude_overlaps(
        "role_assignments", uuids=("person_id",), texts=("role",), optional=("organisation_id", "deputy_of")
    )
    exclude_overlaps(
        "postings", uuids=("employment_id", "organisation_id"), only="kind = 'host'", rule="no_overlap_host"
    )


def downgrade() -> None:
    allow_overlaps("postings", "no_overlap_host")
    for table in ("role_assignments", "entitlements"):
        allow_overlaps(table)
    allow_overlaps("sponsorships", "no_overlap_shared")
