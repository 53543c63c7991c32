"""What was recorded while an import was being written must not exclude what it brings, on either database.

PostgreSQL refuses that by itself. SQLite does not, and whoever records something by hand does not see what an
import is going to put in the place of something else.
"""

from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlmodel import Session, col

from profiles.errors import Conflict
from profiles.imports.records.identities import ids_after
from profiles.imports.records.kinds import KINDS, PAY_SCALE, Kind
from profiles.imports.records.workbook import Workbook
from profiles.pay import scales
from profiles.pay.models import PayScale
from profiles.temporal import Exclusive


def check(session: Session, workbook: Workbook, load_id: UUID) -> None:
    """Look for it in the transaction that shows the load; nobody else writes meanwhile. Raises Conflict."""
    for name in workbook.column("SELECT DISTINCT target FROM plan"):
        if name in KINDS and _is_overlapped(session, KINDS[name], load_id):
            raise Conflict("Something that this import brings was recorded meanwhile.")
    of_scales = "SELECT DISTINCT json_extract(row, '$.organisation_id') FROM plan WHERE target = ?"
    for organisation_id in workbook.column(of_scales, PAY_SCALE):
        if _is_respelt(session, UUID(organisation_id), load_id):
            raise Conflict("A place of this import was recorded meanwhile, in other letters.")


def _is_overlapped(session: Session, kind: Kind, load_id: UUID) -> bool:
    """Whether what somebody has recorded since the import came overlaps something that is so."""
    return any(_is_overlapped_by(session, kind, rule, load_id) for rule in kind.model.exclusive)


def _is_overlapped_by(session: Session, kind: Kind, rule: Exclusive, load_id: UUID) -> bool:
    since, other = kind.table.alias("since"), kind.table.alias("other")
    same = [since.c[column] == other.c[column] for column in rule.columns]
    if rule.only is not None:
        same += [one.c[rule.only[0]] == rule.only[1] for one in (since, other)]
    overlapping = exists().where(
        other.c.superseded_at.is_(None),
        other.c.id != since.c.id,
        or_(other.c.valid_to.is_(None), other.c.valid_to > since.c.valid_from),
        or_(since.c.valid_to.is_(None), other.c.valid_from < since.c.valid_to),
        *same,
    )
    recorded = select(since.c.id).where(
        since.c.id >= ids_after(load_id),
        since.c.load_id.is_(None),
        since.c.superseded_at.is_(None),
        overlapping,
    )
    return session.execute(recorded.limit(1)).first() is not None


def _is_respelt(session: Session, organisation_id: UUID, load_id: UUID) -> bool:
    """Whether what somebody has recorded since names the pay location of a scale in another spelling."""
    scales.hold(session, organisation_id)
    current = select(col(PayScale.local_grade), col(PayScale.location)).where(
        col(PayScale.organisation_id) == organisation_id, col(PayScale.superseded_at).is_(None)
    )
    since = current.where(col(PayScale.id) >= ids_after(load_id), col(PayScale.load_id).is_(None))
    spelt = {(grade, scales.place_key(place)): place for grade, place in session.execute(since)}
    brought = session.execute(current.where(col(PayScale.load_id) == load_id))
    return any(spelt.get((grade, scales.place_key(place)), place) != place for grade, place in brought)
