"""What a source sent earlier and does not send now: it stays as it is, and is told."""

from contextlib import closing
from itertools import islice

from sqlalchemy import distinct, func
from sqlalchemy import select as columns
from sqlmodel import Session, col

from profiles.imports.records.checking import Place
from profiles.imports.records.models import SourceRecord
from profiles.imports.records.problems import Problem
from profiles.imports.records.workbook import Workbook, kinds_present
from profiles.loads import published_loads

MOST_NAMED = 10_000
"""Of one kind: a source that sends a part of its people, or what changed alone, leaves out all the others."""
_SENT = "SELECT fact_id FROM known JOIN records USING (kind, key) WHERE kind = ?"


def report(session: Session, workbook: Workbook, place: Place) -> int:
    """Note each by its key, at most `MOST_NAMED` of a kind, and how many more there are; how many in all."""
    return sum(_report_kind(session, workbook, place, kind.name) for kind in kinds_present(workbook))


def _report_kind(session: Session, workbook: Workbook, place: Place, kind: str) -> int:
    earlier = (
        col(SourceRecord.source_id) == place.source_id,
        col(SourceRecord.kind) == kind,
        col(SourceRecord.load_id).in_(published_loads()),
    )
    facts = session.execute(
        columns(func.count(distinct(col(SourceRecord.fact_id)))).where(*earlier)
    ).scalar_one()
    known = "SELECT count(DISTINCT fact_id) FROM known WHERE kind = ? AND hash IS NOT NULL"
    (sent_again,) = workbook.column(f"{known} AND fact_id IN ({_SENT})", kind, kind)
    if facts == sent_again:
        return 0
    sent = set(workbook.column(_SENT, kind))
    found = session.execute(
        columns(col(SourceRecord.source_key), col(SourceRecord.fact_id))
        .where(*earlier)
        .order_by(col(SourceRecord.source_key))
        .execution_options(yield_per=2000)
    )
    with closing(found):
        missing = (key for key, fact_id in found if fact_id.bytes not in sent)
        named = list(islice(missing, MOST_NAMED))
    messages = [f"The {kind} {key} came earlier and is missing now. It stays as it is." for key in named]
    more = max(facts - sent_again - len(named), 0) if len(named) == MOST_NAMED else 0
    if more:
        messages.append(
            f"{more:,} more of the kind {kind} came earlier and are missing now. They stay as they are."
        )
    workbook.note(*(Problem("", 0, "source_key", "vanished", message) for message in messages))
    return len(named) + more
