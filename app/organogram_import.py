"""Runs the import of an organogram: the transactions that ``profiles.imports.organograms`` leaves to us."""

import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from app.database import transaction
from app.table_statistics import TableStatistics
from profiles.audit.service import Initiator
from profiles.errors import Conflict
from profiles.imports.organograms.reading import Organogram, read_organogram
from profiles.imports.organograms.service import begin, finish, write

Progress = Callable[[int, int], None]
"""Told the people written so far and the people in all."""


@dataclass(frozen=True)
class Summary:
    """What a file holds, and what importing it did; ``resumed_from`` counts people written before."""

    organisation: str
    content_hash: str
    snapshot: str
    changed: bool
    resumed_from: int
    rows: int
    people: int
    postings: int
    pay_records: int
    part_time: int
    unpublished_pay: int
    grades: int
    no_common_grade: list[str]
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """The same, for JSON."""
        return asdict(self)


def import_organogram(
    engine: Engine,
    content: bytes,
    *,
    code: str,
    snapshot: date | None,
    allow_unmapped: bool,
    initiator: Initiator,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    progress: Progress = lambda done, total: None,
) -> Summary:
    """Import a file's bytes, or what a broken attempt left to do. A file imported before changes nothing.

    Raises what ``read_organogram`` and ``begin`` raise, and Conflict when the same file is being imported.
    """
    started = time.monotonic()
    organogram = read_organogram(content)
    try:
        with transaction(engine) as session:
            begun = begin(
                session, clock(), organogram, code=code, snapshot=snapshot, allow_unmapped=allow_unmapped
            )
        if not begun.published:
            progress(begun.people_done, organogram.people)
            statistics = TableStatistics(engine)
            for batch in begun.batches():
                with transaction(engine) as session:
                    write(session, batch, begun.target.load_id)
                statistics.written(batch.counts())
                progress(batch.end, organogram.people)
            statistics.complete()
            with transaction(engine) as session:
                finish(session, clock(), begun, initiator)
    except IntegrityError as error:
        raise Conflict("Somebody else wrote the same addresses meanwhile. Start the import again.") from error
    return Summary(
        organisation=code,
        content_hash=organogram.content_hash,
        snapshot=begun.target.snapshot.isoformat(),
        changed=not begun.published,
        resumed_from=begun.people_done,
        grades=len(begun.grades),
        no_common_grade=[label for label, grade in begun.grades.items() if grade is None],
        seconds=round(time.monotonic() - started, 2),
        **_counts(organogram),
    )


def date_in_name(name: str) -> date | None:
    """The day that a file's name gives as ``2013-09-30``; None when it gives none."""
    found = re.search(r"(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)", name)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def _counts(organogram: Organogram) -> dict[str, int]:
    unpublished = sum(group.people for group in organogram.groups if group.minimum_pence is None)
    return {
        "rows": len(organogram.groups),
        "people": organogram.people,
        "postings": organogram.people,
        "pay_records": organogram.people - unpublished,
        "part_time": sum(group.part_time for group in organogram.groups),
        "unpublished_pay": unpublished,
    }
