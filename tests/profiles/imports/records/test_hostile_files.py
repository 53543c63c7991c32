"""What an attacker, a spreadsheet or a careless program sends is refused by its line."""

import json

import pytest

from profiles.imports.records.reading import LONGEST_LINE, read
from tests.factories.records import json_lines, person_records

NAME, *_OTHERS, PAY = person_records("1")
HEAD = b"source_key,person,given_names,family_name,valid_from\n"
ROW = b"N1,P1,Ada,Byron,2024-01-01\n"
GOOD = json_lines(NAME)
DEEP = 20_000


def read_as(file: str, content: bytes) -> tuple[int, list[tuple[int, str, str]]]:
    """How many records there are, and the first lines, fields and codes of what is wrong."""
    pieces = [content[at : at + 65_536] for at in range(0, len(content), 65_536)]
    lines = list(read(file, pieces))
    wrong = [(one.line, one.field, one.code) for line in lines for one in line.problems]
    return sum(line.record is not None for line in lines), wrong[:1]


def pay(salary: str) -> bytes:
    """A record whose salary is written so."""
    return json.dumps(PAY).replace(str(PAY["salary_pence"]), salary).encode() + b"\n"


def name(**changes: object) -> bytes:
    return json_lines(NAME | changes)


@pytest.mark.parametrize(
    "number",
    ["1e400", "1e3", "30000.0", "-0.0", "NaN", "Infinity", "-Infinity", "true", '"30000"', "[1]", '{"a": 1}'],
)
def test_a_number_is_digits_alone(number: str) -> None:
    assert read_as("r.jsonl", pay(number)) == (0, [(1, "salary_pence", "whole_number")])


@pytest.mark.parametrize(
    "line",
    [
        pay("9" * 5000),
        pay("030000"),
        pay("0x10"),
        pay("[" * DEEP + "]" * DEEP),
        pay('{"a":' * 8000 + "1" + "}" * 8000),
        pay('{"a": 1, "a": 2}'),
        b'{"kind": ' + b"[" * DEEP + b"]" * DEEP + b"}\n",
        b'{"kind": "name", "k\\u0069nd": "pay"}\n',
        json.dumps(NAME | {"given_names": "\ud800"}).encode() + b"\n",
        json.dumps(NAME | {"\ud800": "A"}).encode() + b"\n",
        b"null\n",
        b'"name"\n',
        b"{'kind': 'name'}\n",
        b'{"kind": "name",}\n',
        b"\xef\xbb\xbf\xef\xbb\xbf" + GOOD,
        *(blank.encode() + GOOD for blank in ("\u00a0", "\u2028", "\u0085", "\x0b", "\x0c", "\x1e")),
    ],
)
def test_what_is_no_json_is_refused_by_its_line(line: bytes) -> None:
    assert read_as("r.jsonl", line) == (0, [(1, "", "not_json")])


@pytest.mark.parametrize("version", ["true", "1.0", '"1"', "[1]", "null", "2", "1e0"])
def test_the_version_of_the_format_is_a_whole_number(version: str) -> None:
    first = f'{{"kind": "format", "version": {version}}}\n'.encode()
    assert read_as("r.jsonl", first + GOOD) == (0, [(1, "", "version")])


@pytest.mark.parametrize(
    "day",
    [
        *("0000-01-01", "2024-00-10", "2024-02-30", "1899-12-31", "2200-01-01", "2024-W01-1", "2024-001"),
        *("2024-01-01\n", "２０２４-01-01", "2024-01-01T24:00:00Z", "2016-12-31T23:59:60Z"),
        *("2024-01-01T00:00:00+24:00", "2024-01-01T00:00:00+99:99", "2024-01-01T00:00:00.1234567Z"),
        *(20240101, 1.5e9, True, [2024, 1, 1]),
    ],
)
def test_a_day_is_a_real_day(day: object) -> None:
    assert read_as("r.jsonl", name(valid_from=day)) == (0, [(1, "valid_from", "day")])


@pytest.mark.parametrize(
    "text",
    [
        *("A\0", "A\x1b[2J", "A\u202e", "A\u200f", "A\u200d", "A\ufeffB", "A\u2028B", "A\u00a0B"),
        *("A\U000e0041", "A\uffff", "A\ue000"),
    ],
)
def test_a_name_is_printable(text: str) -> None:
    assert read_as("r.jsonl", name(given_names=text)) == (0, [(1, "given_names", "not_printable")])


@pytest.mark.parametrize(
    "text", ["   ", " A", "\u3164", "A\u3164", "\u2800\u2800", "\u115f \u1160", "\uffa0A"]
)
def test_a_name_is_seen(text: str) -> None:
    """Fillers are letters to Unicode; whoever reads the name sees nothing."""
    assert read_as("r.jsonl", name(given_names=text)) == (0, [(1, "given_names", "blanks")])


@pytest.mark.parametrize("field", ["given_names", "family_name"])
def test_what_has_to_say_something_is_not_empty_in_json_lines_either(field: str) -> None:
    assert read_as("r.jsonl", name(**{field: ""})) == (0, [(1, field, "missing")])
    assert read_as("r.jsonl", name(middle_names="", known_as="")) == (1, [])


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (HEAD + b"N1,P1,Ada\rB,C,2024-01-01\n", (0, [(2, "", "not_csv")])),
        (HEAD + b'N1,P1,"A\nB",C,2024-01-01\n', (0, [(2, "given_names", "not_printable")])),
        (HEAD + b"N1,P1,Ada,B,1E+05\n", (0, [(2, "valid_from", "day")])),
        (HEAD + b"N1,P1,=cmd|'/c'!A0,B,2024-01-01\n", (0, [(2, "given_names", "formula")])),
        (HEAD + b"N1,P1,@SUM(1),B,2024-01-01\n", (0, [(2, "given_names", "formula")])),
        (HEAD + b"N1,P1,\xed\xa0\x80,B,2024-01-01\n", (0, [(2, "", "encoding")])),
        (HEAD + ROW + b"\x1a\n", (1, [(3, "", "columns")])),
        (HEAD + b",,,,\n", (0, [(2, "source_key", "missing")])),
        (HEAD + ROW[:-1] + b",\n", (0, [(2, "", "columns")])),
        (HEAD + b'N1,P1,"Ada', (0, [(2, "", "not_csv")])),
        (
            HEAD + b'N1,P1,"' + b"A\n" * LONGEST_LINE + b'",B,2024-01-01\n',
            (0, [(2, "given_names", "too_long")]),
        ),
        (b"sep=,\n" + HEAD + ROW, (0, [(1, "", "columns")])),
        (b"kind," + HEAD + b"pay," + ROW, (0, [(1, "", "columns")])),
        (HEAD.upper() + ROW, (0, [(1, "", "columns")])),
        (HEAD.replace(b",", b"\t") + ROW, (0, [(1, "", "columns")])),
        (b",".join(b"c%d" % n for n in range(9000)) + b"\n", (0, [(1, "", "columns")])),
        (b"x" * 10_000_000, (0, [(1, "", "too_long")])),
        (HEAD + ROW[:6] + b"x" * 10_000_000 + b",B,2024-01-01\n", (0, [(2, "", "too_long")])),
        (HEAD.replace(b"\n", b"\r\n") + ROW, (1, [])),
        (b"\xef\xbb\xbf" + HEAD + ROW.rstrip(), (1, [])),
    ],
)
def test_a_spreadsheet_is_refused_by_its_line(rows: bytes, expected: object) -> None:
    assert read_as("name.csv", rows) == expected


@pytest.mark.parametrize(
    ("start", "code"),
    [
        *(
            (mark, "encoding")
            for mark in (b"PK\x03\x04", b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\0", b"7z\xbc\xaf")
        ),
        *(
            (mark, "encoding")
            for mark in (b"%PDF-1.7\n", b"\xd0\xcf\x11\xe0", b"\x28\xb5\x2f\xfd", b"\xff\xfe")
        ),
        (b'{"kind": "' + b"x" * 10_000_000, "too_long"),
    ],
)
def test_nothing_is_unpacked_and_no_line_is_read_without_end(start: bytes, code: str) -> None:
    assert read_as("r.jsonl", start + GOOD) == (0, [(1, "", code)])


@pytest.mark.parametrize(("apart", "said"), [(b";", "semicolons"), (b"\t", "tabs"), (b"|", "vertical bars")])
def test_columns_without_commas_are_called_so(apart: bytes, said: str) -> None:
    head = b"source_key,person,given_names,family_name,valid_from\n".replace(b",", apart)
    (found,) = read("name.csv", [head])
    assert said in found.problems[0].message


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_another_encoding_is_named(encoding: str) -> None:
    (found,) = read("name.csv", [(HEAD + ROW).decode().encode(encoding)])
    assert f"is saved as {encoding[:6].upper()}." in found.problems[0].message
