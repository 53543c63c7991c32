"""What the organisation's own systems call the records that another provider hands over.

Import knows a system's record by its key. Without the keys the first file of a system would bring everything
a second time after a provider was replaced; with them it goes on where it was.
"""

from collections.abc import Collection

from profiles.imports.records.kinds import IMPORTED, PERSON
from profiles.imports.records.workbook import Workbook

_UNKNOWN = """
SELECT s.file, s.line FROM sent_keys s LEFT JOIN known k ON k.kind = {kind} AND k.key = s.{field}
WHERE s.{field} IS NOT NULL AND k.key IS NULL
"""


def check(workbook: Workbook, own_code: str, own_source: str, codes: Collection[str]) -> None:
    """Report keys of other organisations' systems, of nothing, or used twice, and words of such systems."""
    _report_foreign_words(workbook, codes)
    if not workbook.column("SELECT 1 FROM sent_keys LIMIT 1"):
        return
    allowed = ", ".join("?" * len(codes))
    workbook.report_records(
        "organisation",
        "not_yours",
        f"must be {own_code}, or one below it",
        f"SELECT file, line FROM sent_keys WHERE organisation NOT IN ({allowed})",  # noqa: S608 - question marks
        *codes,
    )
    workbook.report_records(
        "source",
        "own_key",
        "is the system that this import is from: let the import have a source of its own",
        "SELECT file, line FROM sent_keys WHERE organisation = ? AND source = ?",
        *(own_code, own_source),
    )
    workbook.report_records(
        "source_key",
        "key_twice",
        "stands on an earlier line already, for another record of this kind",
        "SELECT file, line FROM (SELECT file, line, row_number() OVER ("
        "PARTITION BY kind, organisation, source, key ORDER BY rowid) AS nth FROM sent_keys) WHERE nth > 1",
    )
    for field, kind in (("record", "s.kind"), ("person", f"'{PERSON}'")):
        workbook.report_records(
            field,
            "unknown_reference",
            "names no record of these files",
            _UNKNOWN.format(kind=kind, field=field),
        )


def _report_foreign_words(workbook: Workbook, codes: Collection[str]) -> None:
    """Whose word a record is that passes on what a system has said, is that of the organisation's systems."""
    said = workbook.column(
        "SELECT DISTINCT json_extract(content, '$.source') FROM records"
        " WHERE recorded_at IS NULL AND json_extract(content, '$.source') IS NOT NULL"
    )
    for label in said:
        code, _, source = label.removeprefix(IMPORTED).partition(":")
        if code not in codes or not source:
            workbook.report_records(
                "source",
                "not_yours",
                "must name a system of the organisation, as import:CODE:name",
                "SELECT file, line FROM records WHERE json_extract(content, '$.source') = ?",
                label,
            )
