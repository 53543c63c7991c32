"""Every bad file is refused with the line, the field and a reason, and without anybody's values."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest

from profiles.imports.records.problems import Problem
from profiles.imports.records.reading import LONGEST_LINE, read
from tests.factories.records import csv_file, json_lines, person_records

NAME = "source_key,person,given_names,family_name,valid_from\n"
PAY = person_records("1")[-1]


def problems(file: str, *chunks: bytes) -> list[tuple[int, str, str]]:
    return [(one.line, one.field, one.code) for one in found(file, chunks)]


def found(file: str, chunks: Iterable[bytes]) -> list[Problem]:
    return [problem for line in read(file, chunks) for problem in line.problems]


@pytest.mark.parametrize(
    ("file", "content", "expected"),
    [
        ("name.csv", b"", (0, "", "empty")),
        ("name.csv", NAME.encode(), (0, "", "empty")),
        ("name.csv", b"source_key,person\nN1,P1\n", (1, "", "columns")),
        ("name.csv", NAME.replace("person", "who").encode() + b"N1,P1,A,B,2024-01-01\n", (1, "", "columns")),
        ("name.csv", (NAME[:-1] + ",person\n").encode() + b"N1,P1,A,B,2024-01-01,P1\n", (1, "", "columns")),
        ("name.csv", NAME.encode() + b"N1,P1,A,B\n", (2, "", "columns")),
        ("name.csv", NAME.encode() + b"N1,P1,Zo\xeb,B,2024-01-01\n", (2, "", "encoding")),
        ("name.csv", NAME.encode("utf-16"), (1, "", "encoding")),
        ("name.csv", NAME.encode() + b"N1,P1,A\0,B,2024-01-01\n", (2, "", "not_printable")),
        ("name.csv", NAME.encode() + b'N1,P1,"A,B,2024-01-01\n', (2, "", "not_csv")),
        ("name.csv", NAME.encode() + b"N1,P1,A,B,01/04/2024\n", (2, "valid_from", "day")),
        ("name.csv", NAME.encode() + b"N1,P1,A,B,2024-02-30\n", (2, "valid_from", "day")),
        ("name.csv", NAME.encode() + b"N1,P1,A,B,1711929600\n", (2, "valid_from", "day")),
        ("name.csv", NAME.encode() + b"N1,P1,,B,2024-01-01\n", (2, "given_names", "missing")),
        ("name.csv", NAME.encode() + b"N1,P1, A,B,2024-01-01\n", (2, "given_names", "blanks")),
        ("name.csv", NAME.encode() + b"N1,P1,A,B,2024-01-01\n\n", (3, "", "empty_line")),
        ("people.csv", NAME.encode(), (0, "", "file_name")),
        ("name.xlsx", b"PK", (0, "", "file_name")),
        ("r.jsonl", b"{", (1, "", "not_json")),
        ("r.jsonl", b"[]\n", (1, "", "not_json")),
        ("r.jsonl", b'{"kind": "pay", "kind": "name"}\n', (1, "", "not_json")),
        ("r.jsonl", b'{"kind":"pay","kind" :"name"}\n', (1, "", "not_json")),
        ("r.jsonl", b'{"kind":"pay","kind"\t:"name"}\n', (1, "", "not_json")),
        ("r.jsonl", b'{"kind":"pay","reason":{"a":1,"a":2}}\n', (1, "", "not_json")),
        ("r.jsonl", b'{"kind": "salary"}\n', (1, "kind", "not_one_of")),
        ("r.jsonl", b'{"kind": ["pay"]}\n', (1, "kind", "not_one_of")),
        ("r.jsonl", b'{"kind": "format", "version": 2}\n', (1, "", "version")),
        ("r.jsonl", json_lines(PAY | {"salary_pence": "3000000"}), (1, "salary_pence", "whole_number")),
        ("r.jsonl", json_lines(PAY | {"salary_pence": -1}), (1, "salary_pence", "out_of_range")),
        ("r.jsonl", json_lines(PAY | {"salary_pence": 1.5}), (1, "salary_pence", "whole_number")),
        ("r.jsonl", json_lines(PAY | {"currency": "gbp"}), (1, "currency", "pattern")),
        ("r.jsonl", json_lines(PAY | {"currency": "EUR"}), (1, "currency", "pattern")),
        ("r.jsonl", json_lines(PAY | {"fte_thousandths": 1001}), (1, "fte_thousandths", "out_of_range")),
        ("r.jsonl", json_lines(PAY | {"pay_reason": "rise"}), (1, "pay_reason", "not_one_of")),
        ("r.jsonl", json_lines(PAY | {"bonus": 1}), (1, "bonus", "unknown_field")),
        ("r.jsonl", json_lines(PAY | {"valid_until": "2024-03-31"}), (1, "valid_until", "ends_first")),
        ("r.jsonl", json_lines(PAY | {"source_key": "x" * 101}), (1, "source_key", "too_long")),
        ("r.jsonl", b'{"kind": "pay"' + b" " * LONGEST_LINE + b"}", (1, "", "too_long")),
    ],
)
def test_a_bad_file_is_refused_where_it_is_bad(
    file: str, content: bytes, expected: tuple[int, str, str]
) -> None:
    assert problems(file, content) == [expected]


ROW = "N1,P1,A,B,2024-01-01\n"
AS_TEXT = json.dumps(PAY)


def with_salary(value: str) -> bytes:
    return AS_TEXT.replace("3000000", value).encode() + b"\n"


@pytest.mark.parametrize(
    ("file", "content", "expected"),
    [
        ("name.csv", (NAME + ROW).encode("utf-16-le"), (1, "", "encoding")),
        ("name.csv", (NAME + ROW).encode("utf-16-be"), (1, "", "encoding")),
        ("name.csv", (NAME + ROW).encode("utf-32"), (1, "", "encoding")),
        ("name.csv", b"\xef\xbb\xbf", (1, "", "columns")),
        ("r.jsonl", b"\xef\xbb\xbf", (1, "", "empty_line")),
        ("name.csv", NAME.replace("from", "fr\xf6m").encode("latin-1"), (1, "", "encoding")),
        ("name.csv", (NAME.upper() + ROW).encode(), (1, "", "columns")),
        ("name.csv", (NAME.replace("person", " person") + ROW).encode(), (1, "", "columns")),
        ("name.csv", (NAME[:-1] + ",\n" + ROW[:-1] + ",\n").encode(), (1, "", "columns")),
        ("name.csv", ("sep=;\n" + NAME + ROW).replace(",", ";").encode(), (1, "", "columns")),
        ("name.csv", (NAME + ROW).replace(",", "\t").encode(), (1, "", "columns")),
        ("name.csv", (NAME + ROW.replace("\n", "\r") + ROW).encode(), (2, "", "not_csv")),
        ("name.csv", (NAME + ROW + "   \n").encode(), (3, "", "columns")),
        ("name.csv", (NAME + ROW + "\r\n").encode(), (3, "", "empty_line")),
        ("pay.csv", csv_file(PAY | {"salary_pence": "X"}).replace(b"X", b"30,000"), (2, "", "columns")),
        ("pay.csv", csv_file(PAY, PAY | {"source_key": "S2"})[:-8], (3, "", "columns")),
        ("pay.csv", csv_file(PAY | {"salary_pence": "9" * 16}), (2, "salary_pence", "out_of_range")),
        ("pay.csv", csv_file(PAY | {"reason": "x\n" * 2**19}), (2, "", "not_csv")),
        ("r.jsonl", json_lines(PAY | {"reason": "x" * 2**20}), (1, "", "too_long")),
        ("r.jsonl", with_salary("NaN"), (1, "salary_pence", "whole_number")),
        ("r.jsonl", with_salary("-Infinity"), (1, "salary_pence", "whole_number")),
        ("r.jsonl", with_salary("3e6"), (1, "salary_pence", "whole_number")),
        ("r.jsonl", with_salary("true"), (1, "salary_pence", "whole_number")),
        ("r.jsonl", with_salary("[3000000]"), (1, "salary_pence", "whole_number")),
        ("r.jsonl", with_salary("1" + "0" * 400), (1, "salary_pence", "out_of_range")),
        ("r.jsonl", with_salary("1" + "0" * 5000), (1, "", "not_json")),
        ("r.jsonl", with_salary("03000000"), (1, "", "not_json")),
        ("r.jsonl", json_lines(PAY | {"source_key": 1}), (1, "source_key", "not_text")),
        ("r.jsonl", json_lines(PAY | {"reason": {"a": 1}}), (1, "reason", "not_text")),
        ("r.jsonl", json_lines(PAY | {"source_key": "a\0b"}), (1, "source_key", "not_printable")),
        ("r.jsonl", json_lines(PAY | {"source_key": "a\nb"}), (1, "source_key", "not_printable")),
        ("r.jsonl", json_lines(PAY | {"kind": "Pay"}), (1, "kind", "not_one_of")),
        ("r.jsonl", AS_TEXT[:-1].encode() + b",}\n", (1, "", "not_json")),
        ("r.jsonl", AS_TEXT.replace('"', "'").encode() + b"\n", (1, "", "not_json")),
        ("r.jsonl", json_lines(PAY) + json_lines(PAY)[:40], (2, "", "not_json")),
        ("r.jsonl", b"null\n", (1, "", "not_json")),
        ("r.jsonl", b"{}\n", (1, "kind", "not_one_of")),
    ],
)
def test_what_spreadsheets_and_careless_programs_write_is_refused_by_its_line(
    file: str, content: bytes, expected: tuple[int, str, str]
) -> None:
    assert problems(file, content) == [expected]


@pytest.mark.parametrize("field", ["valid_from", "valid_until", "recorded_at"])
@pytest.mark.parametrize(
    "moment",
    [
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2024-04-01T10:00:00+25:00"),
        *("2024-04-01T24:00:00Z", "2024-04-01T10:00:60Z", "2024-04-01T10:00:00", "03/04/2025", "2025-3-4"),
        *("20250304", "2025-W14-4", "3-Apr-25", "2024-13-01", "2023-02-29", "1899-12-31", "2200-01-01"),
    ],
)
def test_a_moment_that_there_is_not_is_refused(field: str, moment: str) -> None:
    code = "moment" if field == "recorded_at" else "day"
    for file, write in (("r.jsonl", json_lines), ("pay.csv", csv_file)):
        assert (field, code) in [said[1:] for said in problems(file, write(PAY | {field: moment}))]


def test_lines_that_end_as_on_windows_are_read() -> None:
    content = b"\xef\xbb\xbf" + csv_file(PAY | {"reason": "as ordered\nby hand"}).replace(b"\n", b"\r\n")
    [line] = read("pay.csv", [content])
    assert line.problems == ()


def test_numbers_are_digits_in_csv() -> None:
    for number in ("1_000", "1e3", "1E+05", "٣", " 5", "30,000", "3 000", "3000000.00", "+3", "0x10", "−5"):
        assert problems("pay.csv", csv_file(PAY | {"salary_pence": number})) == [
            (2, "salary_pence", "whole_number")
        ]


def test_no_message_repeats_a_value() -> None:
    bad = PAY | {
        "salary_pence": "41799x",
        "valid_from": "Secret",
        "currency": "Secret",
        "employment": " Secret",
    }
    said = " ".join(map(str, found("r.jsonl", [json_lines(bad)])))
    assert "Secret" not in said
    assert "41799x" not in said


def test_every_fault_of_every_line_is_found() -> None:
    lines = json_lines(PAY | {"currency": "x", "salary_pence": -1}, PAY, PAY | {"currency": "y"})
    assert [line for line, _, _ in problems("r.jsonl", lines)] == [1, 1, 3]


def test_csv_and_json_lines_say_the_same() -> None:
    [as_json] = read("r.jsonl", [json_lines(PAY)])
    [as_csv] = read("hmrc-2026.pay.csv", [csv_file(PAY)])
    assert as_json.record == as_csv.record


def test_a_byte_order_mark_and_any_cut_of_the_stream_are_harmless() -> None:
    content = b"\xef\xbb\xbf" + csv_file(PAY | {"source_key": "Zoë"})
    whole = list(read("pay.csv", [content]))
    assert whole[0].record is not None
    assert list(read("pay.csv", [content[n : n + 1] for n in range(len(content))])) == whole


def test_lines_are_those_of_the_file_though_a_record_spans_two() -> None:
    office = {
        "kind": "office",
        "source_key": "O1",
        "valid_from": "2024-01-01",
        "name": "HQ",
        "street_address": "1 High Street\nFloor 2",
        "locality": "London",
        "postal_code": "SW1A 2AA",
        "country": "United Kingdom",
    }
    assert problems("office.csv", csv_file(office, office | {"name": " HQ"})) == [(4, "name", "blanks")]


def test_a_text_may_say_what_looks_like_a_name() -> None:
    said = 'as "ordered":"by hand" says, "reason" : none'
    [line] = read("r.jsonl", [json_lines(PAY | {"reason": said})])
    assert line.record is not None
    assert line.record.reason == said


def test_the_schema_describes_what_is_read() -> None:
    from profiles.imports.records.kinds import KINDS, schema

    described = json.loads(json.dumps(schema()))
    assert {one["$ref"].rpartition("/")[2] for one in described["oneOf"]} == {*KINDS, "source_key"}
    assert set(described["$defs"]["pay"]["required"]) == {
        "source_key",
        "valid_from",
        "employment",
        "salary_pence",
        "pay_reason",
    }
