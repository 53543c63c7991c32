"""Files that nobody may get in, each with what is wrong: the line, the field and the code of the report.

``FAULTS`` are records, which come as JSON Lines and as CSV; ``FILES`` are bytes, wrong as they stand.
HMRC has recorded person 1, whose manager is person 2, and person 3, who has left; ENDED was below it.
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.factories.records import clearance_records, csv_file, json_lines, leaver_records, person_records

Found = list[tuple[int, str, str]]
"""Line, field and code."""


def managed(key: str, manager: str, **changes: Any) -> list[dict[str, Any]]:
    """A new person with a manager."""
    *others, posting, pay = person_records(key, **changes)
    return [*others, posting | {"line_manager": f"P{manager}"}, pay]


RECORDED = [*managed("1", "2"), *person_records("2"), *leaver_records("3")]


@dataclass(frozen=True)
class Fault:
    """Records of which one, counted from 0, is wrong in a field."""

    records: Sequence[dict[str, Any]]
    wrong: int
    field: str
    code: str

    def json_lines(self) -> tuple[dict[str, bytes], Found]:
        return {"records.jsonl": json_lines(*self.records)}, [(self.wrong + 1, self.field, self.code)]

    def csv(self) -> tuple[dict[str, bytes], Found]:
        kinds = dict.fromkeys(one["kind"] for one in self.records)
        apart = {kind: [one for one in self.records if one["kind"] == kind] for kind in kinds}
        wrong = self.records[self.wrong]
        line = 2 + next(n for n, one in enumerate(apart[wrong["kind"]]) if one is wrong)
        return {f"{kind}.csv": csv_file(*ones) for kind, ones in apart.items()}, [
            (line, self.field, self.code)
        ]


def _changed(which: int, field: str, code: str, **changes: Any) -> Fault:
    """A good new person with one record changed."""
    records = person_records("7")
    records[which] = records[which] | changes
    return Fault(records, which, field, code)


def _scale(field: str, code: str, **changes: Any) -> Fault:
    """A good pay scale, and another that is wrong."""
    good = {"kind": "pay_scale", "source_key": "Y1", "valid_from": "2024-08-01", "local_grade": "Officer"}
    good |= {"minimum_pence": 2_800_000, "maximum_pence": 3_100_000}
    return Fault([good, good | {"source_key": "Y2", "location": "London"} | changes], 1, field, code)


_LONDON = _scale("", "").records[1]
NAME, BORN, EMPLOYMENT, POSTING, PAY = range(5)
_AGAIN = person_records("7")[PAY] | {"valid_from": "2020-01-01", "valid_until": "2020-12-31"}
_SECOND = person_records("7")[PAY] | {"source_key": "S8", "valid_from": "2025-01-01"}
_ELSEWHERE = {"kind": "address", "source_key": "A7", "person": "P7", "valid_from": "2024-04-01"}
_PROOF = {"kind": "identity_proofing", "source_key": "Q7", "person": "P7", "confidence": "medium"}
_PROOF |= {"gpg45_profile": "M1A", "evidence": "passport", "valid_from": "2024-04-01"}
_ENDED = {"valid_from": "2025-01-01", "status": "withdrawn"}
_ROUND = [*managed("7", "8"), *managed("8", "9"), *managed("9", "8")]

FAULTS: dict[str, Fault] = {
    "a day that is none": _changed(NAME, "valid_from", "day", valid_from="2024-02-30"),
    "29 February of a common year": _changed(NAME, "valid_from", "day", valid_from="2023-02-29"),
    "a British date": _changed(BORN, "born_on", "day", born_on="17/05/1990"),
    "a date as a spreadsheet counts": _changed(PAY, "valid_from", "day", valid_from="45383"),
    "a year for ever": _changed(PAY, "valid_until", "day", valid_until="9999-12-31"),
    "a moment before all others": _changed(PAY, "valid_from", "day", valid_from="0001-01-01T00:00:00+14:00"),
    "a moment after all others": _changed(PAY, "valid_until", "day", valid_until="9999-12-31T23:59:59-12:00"),
    "a moment of no time zone": _changed(PAY, "valid_from", "day", valid_from="2024-04-01T09:00:00"),
    "other digits": _changed(NAME, "valid_from", "day", valid_from="٢٠٢٤-04-01"),
    "no beginning": _changed(NAME, "valid_from", "missing", valid_from=None),
    "an end before the beginning": _changed(PAY, "valid_until", "ends_first", valid_until="2024-03-30"),
    "a huge number": _changed(PAY, "salary_pence", "out_of_range", salary_pence=2**31),
    "a negative number": _changed(PAY, "salary_pence", "out_of_range", salary_pence=-1),
    "pounds and pence": _changed(PAY, "salary_pence", "whole_number", salary_pence=30000.50),
    "a number in words": _changed(PAY, "salary_pence", "whole_number", salary_pence="£30,000"),
    "a word that is none": _changed(POSTING, "posting_kind", "not_one_of", posting_kind="holiday"),
    "another currency": _changed(PAY, "currency", "pattern", currency="pounds"),
    "a long text": _changed(POSTING, "job_title", "too_long", job_title="x" * 301),
    "a long key": _changed(PAY, "source_key", "too_long", source_key="x" * 101),
    "a control character": _changed(NAME, "given_names", "not_printable", given_names="A\x1bda"),
    "text that turns round": _changed(NAME, "given_names", "not_printable", given_names="A\u202eda"),
    "a name that nobody sees": _changed(NAME, "given_names", "blanks", given_names="\u3164"),
    "blanks around": _changed(NAME, "given_names", "blanks", given_names=" Ada"),
    "a key twice": Fault([*person_records("7"), _AGAIN], 5, "source_key", "key_twice"),
    "two at one time": Fault([*person_records("7"), _SECOND], 5, "valid_from", "overlap"),
    "nobody's pay": Fault(person_records("7")[PAY:], 0, "employment", "unknown_reference"),
    "a manager who is nobody": Fault(managed("7", "99"), POSTING, "line_manager", "unknown_reference"),
    "a scale upside down": _scale("maximum_pence", "out_of_range", maximum_pence=2_799_999),
    "a scale in pounds": _scale("minimum_pence", "out_of_range", minimum_pence=28_000),
    "a scale of pounds and pence": _scale("minimum_pence", "whole_number", minimum_pence="28000.00"),
    "a scale of no grade": _scale("local_grade", "unknown_grade", local_grade="Wizard"),
    "a scale of another's grade": _scale("organisation", "not_yours", organisation="HO"),
    "a place spelt in two ways": Fault(
        [_LONDON, _LONDON | {"source_key": "Y3", "location": "LONDON"}], 1, "location", "another_spelling"
    ),
    "two scales at one time": _scale("valid_from", "overlap", location="", valid_from="2025-04-01"),
    "a scale twice": _scale("source_key", "key_twice", source_key="Y1"),
    "a scale that ends first": _scale("valid_until", "ends_first", valid_until="2024-07-30"),
    "a scale from no day": _scale("valid_from", "day", valid_from="2024-02-30"),
    "an unknown grade": _changed(POSTING, "local_grade", "unknown_grade", local_grade="Wizard"),
    "their own manager": Fault(managed("7", "7"), POSTING, "line_manager", "circle"),
    "managers in a circle": Fault(_ROUND, 13, "line_manager", "circle"),
    "a circle with what is recorded": Fault(managed("2", "1")[POSTING:], 0, "line_manager", "circle"),
    "an organisation that there is not": _changed(
        EMPLOYMENT, "organisation", "not_yours", organisation="NOWHERE"
    ),
    "an organisation that has ended": _changed(EMPLOYMENT, "organisation", "not_yours", organisation="ENDED"),
    "another organisation": _changed(EMPLOYMENT, "organisation", "not_yours", organisation="HO"),
    "another's domain": Fault(
        [*person_records("7"), _ELSEWHERE | {"address": "a@ho.gov.uk"}], 5, "address", "not_yours"
    ),
    "no address": Fault([*person_records("7"), _ELSEWHERE | {"address": "a@"}], 5, "address", "address"),
    "who has left": Fault([person_records("3", given_names="Eve")[NAME]], 0, "", "not_yours"),
    "a clearance that comes back": Fault(
        [
            *person_records("7"),
            clearance_records("7", status="withdrawn", valid_until="2024-12-31")[0],
            clearance_records("7", valid_from="2025-01-01")[0] | {"source_key": "C8", "continues": "C7"},
        ],
        5,
        "",
        "step",
    ),
    "a check that lies ahead": Fault(
        [*person_records("7"), _PROOF | {"checked_by": "HR", "valid_from": "2030-01-01"}],
        5,
        "valid_from",
        "in_future",
    ),
    "a document's number": Fault(
        [*person_records("7"), _PROOF | {"checked_by": "HR 123456789"}], 5, "checked_by", "document_number"
    ),
}

_HEAD = b"source_key,person,given_names,family_name,valid_from\n"
_GOOD = b"N7,P7,Ada,Byron,2024-01-01\n"
_LINE = json_lines(person_records("1")[PAY])
_WORKBOOK = b"PK\x03\x04\x14\x00\x06\x00\x08\x00"

FILES: dict[str, tuple[str, bytes, Found]] = {
    "nothing": ("name.csv", b"", [(0, "", "empty")]),
    "nothing in lines": ("records.jsonl", b"", [(0, "", "empty")]),
    "no records": ("name.csv", _HEAD, [(0, "", "empty")]),
    "no records in lines": ("records.jsonl", b'{"kind": "format", "version": 1}\n', [(0, "", "empty")]),
    "an empty line": ("name.csv", _HEAD + _GOOD + b"\n", [(3, "", "empty_line")]),
    "an empty line in lines": ("records.jsonl", b"\n" + _LINE, [(1, "", "empty_line")]),
    "a column missing": ("name.csv", b"source_key,person\nN7,P7\n", [(1, "", "columns")]),
    "a column too many": ("name.csv", _HEAD[:-1] + b",bonus\n" + _GOOD[:-1] + b",1\n", [(1, "", "columns")]),
    "a column twice": ("name.csv", _HEAD[:-1] + b",person\n" + _GOOD[:-1] + b",P7\n", [(1, "", "columns")]),
    "semicolons": ("name.csv", (_HEAD + _GOOD).replace(b",", b";"), [(1, "", "columns")]),
    "tabs": ("name.csv", (_HEAD + _GOOD).replace(b",", b"\t"), [(1, "", "columns")]),
    "a line for a spreadsheet": ("name.csv", b"sep=,\n" + _HEAD + _GOOD, [(1, "", "columns")]),
    "two byte order marks": ("name.csv", b"\xef\xbb\xbf" * 2 + _HEAD + _GOOD, [(1, "", "columns")]),
    "a page of the web": ("name.csv", b"<html><table><tr><td>N7</td></tr></table>", [(1, "", "columns")]),
    "a line end within a name": (
        "name.csv",
        _HEAD + _GOOD.replace(b"Ada", b'"A\nda"') + b"N8,P8,Bo,Byron,2024-02-30\n",
        [(2, "given_names", "not_printable"), (4, "valid_from", "day")],
    ),
    "the end of a file of DOS": ("name.csv", _HEAD + _GOOD + b"\x1a", [(3, "", "columns")]),
    "UTF-16 without a mark": (
        "name.csv",
        (_HEAD + _GOOD).decode().encode("utf-16-be"),
        [(1, "", "encoding")],
    ),
    "half a letter in UTF-8": (
        "name.csv",
        _HEAD + _GOOD.replace(b"Ada", b"A\xed\xa0\x80da"),
        [(2, "", "encoding")],
    ),
    "a short row": ("name.csv", _HEAD + b"N7,P7\n", [(2, "", "columns")]),
    "a field of no kind": ("records.jsonl", b'{"kind": "salary"}\n', [(1, "kind", "not_one_of")]),
    "a field too many": (
        "records.jsonl",
        json_lines(person_records("1")[PAY] | {"bonus": 1}),
        [(1, "bonus", "unknown_field")],
    ),
    "Windows": (
        "name.csv",
        _HEAD + _GOOD + b"N8,P8,O\x92Neil,B,2024-01-01\n",
        [(3, "", "encoding")],
    ),
    "Windows in lines": ("records.jsonl", _LINE + b'{"kind": "\xe9"}\n', [(2, "", "encoding")]),
    "UTF-16": ("name.csv", (_HEAD + _GOOD).decode().encode("utf-16"), [(1, "", "encoding")]),
    "UTF-16 in lines": ("records.jsonl", _LINE.decode().encode("utf-16"), [(1, "", "encoding")]),
    "a byte order mark in the middle": (
        "name.csv",
        _HEAD + _GOOD + b"\xef\xbb\xbf" + _GOOD.replace(b"N7", b"N8"),
        [(3, "source_key", "not_printable")],
    ),
    "a byte order mark within lines": (
        "records.jsonl",
        _LINE + b"\xef\xbb\xbf" + _LINE,
        [(2, "", "not_json")],
    ),
    "a NUL byte": ("name.csv", _HEAD + b"N7,P7,A\0da,B,2024-01-01\n", [(2, "", "not_printable")]),
    "a NUL byte in lines": ("records.jsonl", _LINE + b"\0\n", [(2, "", "not_printable")]),
    "lines of an old Mac": ("name.csv", (_HEAD + _GOOD).replace(b"\n", b"\r"), [(1, "", "line_ends")]),
    "lines of an old Mac in lines": (
        "records.jsonl",
        (_LINE * 2).replace(b"\n", b"\r"),
        [(1, "", "line_ends")],
    ),
    "a quotation mark left open": (
        "name.csv",
        _HEAD + _GOOD + b'N8,P8,"Ada,Byron,2024-01-01\n' + _GOOD * 9,
        [(3, "", "not_csv")],
    ),
    "a quotation mark closed too early": (
        "name.csv",
        _HEAD + b'N7,P7,"A"da,Byron,2024-01-01\n',
        [(2, "", "not_csv")],
    ),
    "a line too long": ("name.csv", _HEAD + b"N7,P7," + b"x" * 70_000 + b",B,\n", [(2, "", "too_long")]),
    "a line too long in lines": ("records.jsonl", _LINE + b" " * 70_000 + _LINE, [(2, "", "too_long")]),
    "a formula": ("name.csv", _HEAD + _GOOD.replace(b"Ada", b"=A1&B1"), [(2, "given_names", "formula")]),
    "an error": (
        "name.csv",
        _HEAD + _GOOD.replace(b"Ada", b"#REF!"),
        [(2, "given_names", "formula")],
    ),
    "a workbook": ("name.csv", _WORKBOOK, [(1, "", "encoding")]),
    "a workbook by name": ("staff.xlsx", _WORKBOOK, [(0, "", "file_name")]),
    "a compressed file": ("records.jsonl", gzip.compress(_LINE), [(1, "", "encoding")]),
    "an array": ("records.jsonl", b"[" + _LINE.strip() + b"]\n", [(1, "", "not_json")]),
    "two on one line": ("records.jsonl", _LINE.strip() + _LINE, [(1, "", "not_json")]),
    "a name twice": ("records.jsonl", b'{"kind": "pay", "kind": "name"}\n', [(1, "", "not_json")]),
    "half a letter": (
        "records.jsonl",
        b'{"kind": "name", "source_key": "\\ud800"}\n',
        [(1, "", "not_json")],
    ),
    "brackets without end": ("records.jsonl", b"[" * 30_000 + b"\n", [(1, "", "not_json")]),
    "a name twice, once escaped": (
        "records.jsonl",
        _LINE.replace(b'"kind"', b'"ki\\u006ed": "name", "kind"'),
        [(1, "", "not_json")],
    ),
    "a spreadsheet in lines": ("records.jsonl", _HEAD, [(1, "", "not_json")]),
    "a later version": ("records.jsonl", b'{"kind": "format", "version": 2}\n' + _LINE, [(1, "", "version")]),
    "a version that is true": (
        "records.jsonl",
        b'{"kind": "format", "version": true}\n' + _LINE,
        [(1, "", "version")],
    ),
    "a number beyond all": (
        "records.jsonl",
        _LINE.replace(b"3000000", b"1e400"),
        [(1, "salary_pence", "whole_number")],
    ),
    "a published organogram": ("hmrc-2013-09-30-junior.csv", b"Parent Department\n", [(0, "", "file_name")]),
}
