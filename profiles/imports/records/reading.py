"""Reads files of records line by line: JSON Lines of any kinds, or CSV of one kind, both UTF-8.

A file is read as a stream, whatever its size; each line gives a record or what is wrong with it.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from pydantic import ValidationError
from pydantic_core import from_json

from profiles.imports.records.kinds import (
    IDENTITY_PROOFING,
    IMPORTED,
    KINDS,
    ORGANISATION,
    PAY_SCALE,
    PERSON,
    SOURCE_KEY,
    VERSION,
    Kind,
    Record,
    SourceKey,
)
from profiles.imports.records.problems import Problem, problems_of
from profiles.imports.records.values import ALL_TEXT
from profiles.imports.spreadsheets import is_formula, is_no_text
from profiles.pay.scales import find_fault
from profiles.people.identity_proofing import is_profile_of

LONGEST_LINE = 64 * 1024
"""Bytes. A quotation mark that is never closed makes one record of all that follows."""
_BOM = b"\xef\xbb\xbf"
_NO_COMMAS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_JSON_BLANKS = " \t\r\n"
_NAME = re.compile(r"[^/\\]{1,100}\.(csv|jsonl|ndjson)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Read:
    """A line that was read: a record of a kind, what a system calls one, or problems.

    ``named``: the kinds and keys of what a line with problems would have brought, and the organisation that
    it is about. Who refers to it is not told that it is missing.
    """

    line: int
    kind: Kind | None = None
    record: Record | None = None
    source_key: SourceKey | None = None
    problems: tuple[Problem, ...] = ()
    named: tuple[tuple[str, str], ...] = ()


class _Refused(Exception):
    """Nothing after this line can be read."""

    def __init__(self, line: int, code: str, message: str) -> None:
        super().__init__(message)
        self.line, self.code, self.message = line, code, message


def read(file: str, chunks: Iterable[bytes], kinds: Mapping[str, Kind] = KINDS) -> Iterator[Read]:
    """Every line of a file of these kinds; what makes the rest unreadable is the last of its problems."""
    found = _NAME.fullmatch(file)
    try:
        if found is None:
            raise _Refused(0, "file_name", "must be called like posting.csv or records.jsonl")
        lines = _lines(chunks)
        yield from _csv(file, lines, kinds) if found[1].lower() == "csv" else _json(file, lines, kinds)
    except _Refused as refused:
        yield Read(refused.line, problems=(Problem(file, refused.line, "", refused.code, refused.message),))


def kind_of(file: str, kinds: Mapping[str, Kind] = KINDS) -> Kind | None:
    """The kind that a CSV file's name says, as ``posting.csv`` and ``hmrc-2026-03.posting.csv`` do."""
    return kinds.get(file.lower().removesuffix(".csv").rpartition(".")[2].replace("-", "_"))


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """The lines with their ends, decoded. Raises _Refused for what is no UTF-8, or no line."""
    number = 0
    for number, line in enumerate(_split(chunks), 1):
        if number == 1:
            if b"\0\0" in line[:4]:  # four bytes a letter, or such a byte order mark
                raise _Refused(1, "encoding", "is saved as UTF-32. Save it as UTF-8.")
            if line.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in line[:2]:
                raise _Refused(1, "encoding", "is saved as UTF-16. Save it as UTF-8.")
            if is_no_text(line):
                raise _Refused(
                    1, "encoding", "is a workbook, an archive or a document. Save it as CSV, UTF-8."
                )
            line = line.removeprefix(_BOM)
            if b"\r" in line.rstrip(b"\r\n"):
                raise _Refused(1, "line_ends", "ends its lines as old Macs did. Save it as CSV, UTF-8.")
        if len(line) > LONGEST_LINE:
            raise _Refused(number, "too_long", f"is longer than {LONGEST_LINE:,} bytes")
        if b"\0" in line:
            raise _Refused(number, "not_printable", "holds a NUL byte")
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError as error:
            byte = line[error.start]
            raise _Refused(
                number, "encoding", f"is not UTF-8 (byte 0x{byte:02x}). Save the file as UTF-8."
            ) from None
    if number == 0:
        raise _Refused(0, "empty", "is empty")


def _split(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line + b"\n"
        if len(rest) > LONGEST_LINE:
            break
    if rest:
        yield rest


def _json(file: str, lines: Iterable[str], kinds: Mapping[str, Kind]) -> Iterator[Read]:
    is_empty = True
    for number, line in enumerate(lines, 1):
        found = _json_line(file, number, line.strip(_JSON_BLANKS), kinds)
        if found is not None:
            is_empty = False
            yield found
    if is_empty:
        raise _Refused(0, "empty", "holds no records")


def _json_line(file: str, number: int, text: str, kinds: Mapping[str, Kind]) -> Read | None:
    """What a line gives; None where it only names the format."""
    if not text.strip():
        return _wrong(file, number, "", "empty_line", "is an empty line")
    try:
        found = _decoded(text)
    except (ValueError, RecursionError):
        return _wrong(file, number, "", "not_json", "is not readable as JSON, or has a name twice")
    if not isinstance(found, dict):
        return _wrong(file, number, "", "not_json", "must be a JSON object")
    if found.get("kind") != "format":
        return _one(file, number, found, text, kinds)
    version = found.get("version")
    if type(version) is not int or version != VERSION:  # to Python, 1 is true and 1.0
        raise _Refused(number, "version", f"is of another version of the format than {VERSION}")
    return None


def _decoded(text: str) -> object:
    """What a line of JSON says. Raises ValueError, also for a name that stands twice, and RecursionError.

    Where every quotation mark that ends a name has its colon right behind it, as programs write them, there
    are no more names than colons behind quotation marks; only other lines are read the slow way.
    """
    if _QUOTED_THEN_BLANK.search(text) is None:
        with suppress(ValueError):
            found = from_json(text)
            if isinstance(found, dict) and text.count('":') == len(found):
                return found
    return _DECODER.decode(text)


def _no_name_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


_QUOTED_THEN_BLANK = re.compile(r'"\s')
_DECODER = json.JSONDecoder(object_pairs_hook=_no_name_twice)


def _one(file: str, line: int, found: Mapping[str, object], text: str, kinds: Mapping[str, Kind]) -> Read:
    name = found.get("kind")
    if name == SOURCE_KEY and kinds is KINDS:
        return _source_key(file, line, text)
    kind = kinds.get(name) if isinstance(name, str) else None
    if kind is None:
        listed = ", ".join((*kinds, *([SOURCE_KEY] if kinds is KINDS else [])))
        return _wrong(file, line, "kind", "not_one_of", f"must be one of {listed}")
    try:
        return _checked(file, line, kind, kind.record.model_validate_json(text))
    except ValidationError as error:
        return Read(line, kind, problems=tuple(problems_of(file, line, error)), named=_named(kind, found))


def _source_key(file: str, line: int, text: str) -> Read:
    try:
        found = SourceKey.model_validate_json(text)
    except ValidationError as error:
        return Read(line, problems=tuple(problems_of(file, line, error)))
    if found.of == PERSON and found.record is None:
        return _wrong(file, line, "record", "missing", "is missing: a person is called something here")
    return Read(line, source_key=found)


def _csv(file: str, lines: Iterator[str], kinds: Mapping[str, Kind]) -> Iterator[Read]:
    kind = kind_of(file, kinds)
    if kind is None:
        listed = ", ".join(f"{name}.csv" for name in kinds)
        raise _Refused(0, "file_name", f"does not say what it holds. Call it one of {listed}.")
    rows = csv.reader(lines, strict=True)
    header = next(_rows(rows))[1]
    _check_header(kind, header)
    is_empty = True
    for line, row in _rows(rows):
        is_empty = False
        if not row:
            yield _wrong(file, line, "", "empty_line", "is an empty line")
        elif len(row) != len(header):
            message = f"has {len(row)} columns where there must be {len(header)}"
            yield _wrong(file, line, "", "columns", message)
        else:
            cells = {name: cell for name, cell in zip(header, row, strict=True) if cell != ""}
            formulas = [name for name, cell in cells.items() if is_formula(cell)]
            if formulas:
                problems = tuple(_formula(file, line, name) for name in formulas)
                yield Read(line, kind, problems=problems, named=_named(kind, cells))
                continue
            try:
                record = kind.record.model_validate_strings(cells, context=ALL_TEXT)
                yield _checked(file, line, kind, record)
            except ValidationError as error:
                problems = tuple(problems_of(file, line, error))
                yield Read(line, kind, problems=problems, named=_named(kind, cells))
    if is_empty:
        raise _Refused(0, "empty", "holds no records, only the names of the columns")


def _rows(rows: "csv._reader") -> Iterator[tuple[int, list[str]]]:  # type: ignore[name-defined]
    """Each record with the line on which it begins."""
    while True:
        line = rows.line_num + 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:
            raise _Refused(
                line, "not_csv", "is not readable as CSV: look for a lone quotation mark"
            ) from None
        yield line, row


def _check_header(kind: Kind, header: list[str]) -> None:
    fields = {name: info for name, info in kind.record.model_fields.items() if name != "kind"}
    missing = [name for name, info in fields.items() if info.is_required() and name not in header]
    unknown = [name for name in header if name not in fields]
    said = []
    if len(header) == 1 and (apart := next((one for one in _NO_COMMAS if one in header[0]), None)):
        raise _Refused(1, "columns", f"has {_NO_COMMAS[apart]} between its columns. Save it with commas.")
    if missing:
        said.append(f"missing columns: {', '.join(missing)}")
    if unknown:
        said.append(f"unknown columns: {', '.join(repr(name[:60]) for name in unknown[:20])}")
    if len(set(header)) != len(header):
        said.append("a column stands twice")
    if said:
        raise _Refused(1, "columns", f"{'; '.join(said)}. A {kind.name} has: {', '.join(fields)}")


def _checked(file: str, line: int, kind: Kind, record: Record) -> Read:
    found = _fault(kind, record)
    if found is None:
        return Read(line, kind, record)
    return Read(line, kind, problems=(Problem(file, line, *found),), named=_named(kind, vars(record)))


def _fault(kind: Kind, record: Record) -> tuple[str, str, str] | None:
    """What is wrong between the fields of a record: a field, a code and a message."""
    if record.valid_until is not None and record.valid_until <= record.valid_from:
        return "valid_until", "ends_first", "ends before it begins"
    if record.continues == record.source_key:
        return "continues", "unknown_reference", "names the record itself"
    needs_moment = record.superseded_at is not None or not (record.source or IMPORTED).startswith(IMPORTED)
    if record.recorded_at is None and needs_moment:
        return "recorded_at", "missing", "is missing beside superseded_at or source"
    if record.superseded_at is not None and record.superseded_at <= cast(datetime, record.recorded_at):
        return "superseded_at", "ends_first", "must be later than recorded_at"
    if kind.name == PAY_SCALE:
        return _fault_of_scale(record)
    if kind.name == IDENTITY_PROOFING:
        found, confidence = getattr(record, "gpg45_profile"), getattr(record, "confidence")  # noqa: B009
        if found and not is_profile_of(found, confidence):
            return "gpg45_profile", "pattern", "is no identity profile of this level, as M1A is of medium"
    return None


def _fault_of_scale(scale: Any) -> tuple[str, str, str] | None:
    if not scale.local_grade:
        return "local_grade", "missing", "is empty"
    fault = find_fault(scale.minimum_pence, scale.maximum_pence)
    if fault is None:
        return None
    field, message = fault
    return field, "out_of_range", f"{message}; amounts are in pence"


def _named(kind: Kind, fields: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    keys = [(kind.name, fields.get("source_key")), (ORGANISATION, fields.get("organisation"))]
    if kind.name == "name":
        keys.append((PERSON, fields.get("person")))
    return tuple((name, key) for name, key in keys if isinstance(key, str) and key.isprintable())


def _formula(file: str, line: int, field: str) -> Problem:
    return Problem(file, line, field, "formula", "holds a spreadsheet's formula or error. Send its value")


def _wrong(file: str, line: int, field: str, code: str, message: str) -> Read:
    return Read(line, problems=(Problem(file, line, field, code, message),))
