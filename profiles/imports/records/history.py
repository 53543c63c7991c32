"""Lines that go on with a fact, and lines that say since when and until when it was believed.

A fact may have several lines: stretches of time, as a clearance has, and what was believed of it before it
was corrected. The first has the fact's key; each of the others has a key of its own and names that one.
"""

from datetime import datetime

from profiles.imports.records.workbook import Workbook, instant_text

_BOTH_SO = """
SELECT DISTINCT b.file, b.line FROM records a
JOIN records b ON b.kind = a.kind AND b.exclusive = a.exclusive AND b.n > a.n
WHERE a.valid_from < coalesce(b.valid_until, '9999') AND b.valid_from < coalesce(a.valid_until, '9999')
    AND coalesce(a.recorded_at, '') < coalesce(b.superseded_at, '9999')
    AND coalesce(b.recorded_at, '') < coalesce(a.superseded_at, '9999')
"""
"""The records that hold at a moment at which an earlier one holds, as believed at one moment."""


def check(workbook: Workbook, now: datetime, *, with_history: bool) -> None:
    """Report lines that go on with what they cannot, and moments of recording that are not to be believed.

    When something was recorded is for this installation to say, unless the import is one ``with_history``;
    then each of its lines says so.
    """
    _report_continued(workbook)
    if not with_history:
        workbook.report_records(
            "recorded_at",
            "not_yours",
            "says when it was recorded, which only the operator of this service may import, with --history",
            "SELECT file, line FROM records WHERE recorded_at IS NOT NULL",
        )
        return
    workbook.report_records(
        "recorded_at",
        "missing",
        "is missing: in an import with history every record says when it was recorded",
        "SELECT file, line FROM records WHERE recorded_at IS NULL",
    )
    for field in ("recorded_at", "superseded_at"):
        workbook.report_records(
            field,
            "in_future",
            "lies ahead, and nothing was known or corrected then",
            f"SELECT file, line FROM records WHERE {field} > ?",  # noqa: S608 - a constant
            instant_text(now),
        )
    workbook.report_records(
        "valid_from",
        "overlap",
        "covers a time that an earlier record of these files covers, believed at the same moment, where only"
        " one can be so",
        _BOTH_SO,
    )


def _report_continued(workbook: Workbook) -> None:
    if not workbook.column("SELECT 1 FROM records WHERE continues IS NOT NULL LIMIT 1"):
        return
    workbook.report_records(
        "continues",
        "unknown_reference",
        "names no record of this kind, of these files or of earlier ones",
        "SELECT r.file, r.line FROM records r LEFT JOIN known k ON k.kind = r.kind AND k.key = r.continues"
        " WHERE r.continues IS NOT NULL AND k.key IS NULL",
    )
    workbook.report_records(
        "continues",
        "unknown_reference",
        "must name the first record of the fact, and not one that goes on with another",
        "SELECT r.file, r.line FROM records r JOIN records b ON b.kind = r.kind AND b.key = r.continues"
        " WHERE b.continues IS NOT NULL",
    )
    workbook.report_records(
        "continues",
        "other_subject",
        "goes on with a record of somebody, or something, else",
        "SELECT r.file, r.line FROM records r JOIN records b ON b.kind = r.kind AND b.key = r.continues"
        " WHERE EXISTS (SELECT 1 FROM refs x LEFT JOIN refs y ON y.n = b.n AND y.field = x.field"
        " WHERE x.n = r.n AND x.field IN ('person', 'employment', 'clearance') AND x.key IS NOT y.key)",
    )
