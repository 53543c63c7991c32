"""A file is read whole or refused with every fault and its line."""

import pytest

from profiles.imports.organograms.reading import (
    COLUMNS,
    Problem,
    UnreadableOrganogram,
    read_organogram,
)
from tests.factories.organograms import HEADER, make_file, make_row, published_file


def problems(content: bytes) -> list[Problem]:
    with pytest.raises(UnreadableOrganogram) as refused:
        read_organogram(content)
    return list(refused.value.problems)


def test_a_fraction_of_a_post_is_one_person_more_who_is_part_time() -> None:
    (group,) = read_organogram(make_file(make_row(posts="3.25"))).groups
    assert (group.people, group.part_time, group.thousandths) == (4, True, 3250)


def test_pay_is_pence_and_exact() -> None:
    (group,) = read_organogram(make_file(make_row(minimum="22669.10", maximum="30331"))).groups
    assert (group.minimum_pence, group.maximum_pence) == (2_266_910, 3_033_100)


def test_a_scale_of_zero_pounds_is_unpublished() -> None:
    (group,) = read_organogram(make_file(make_row(minimum="0", maximum="0"))).groups
    assert (group.minimum_pence, group.maximum_pence) == (None, None)


def test_rows_that_repeat_are_separate_groups() -> None:
    assert [group.line for group in read_organogram(make_file(make_row(), make_row())).groups] == [2, 3]


def test_blanks_around_and_within_a_grade_do_not_count() -> None:
    (group,) = read_organogram(make_file(make_row(grade=" Higher  Officer "))).groups
    assert group.local_grade == "Higher Officer"


def test_a_byte_order_mark_is_accepted() -> None:
    assert read_organogram(b"\xef\xbb\xbf" + make_file(make_row())).people == 2


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (make_row(posts="-2.0"), "Number of Posts in FTE is negative: -2.0"),
        (make_row(posts="two"), "Number of Posts in FTE is not a number of posts: 'two'"),
        (make_row(posts=""), "Number of Posts in FTE is not a number of posts: nothing"),
        (make_row(posts="NaN"), "Number of Posts in FTE is not a number of posts: 'NaN'"),
        (make_row(posts="1e9"), "Number of Posts in FTE is not a number of posts: '1e9'"),
        (make_row(posts="٣"), "Number of Posts in FTE is not a number of posts: '٣'"),
        (make_row(posts="0.0"), "Number of Posts in FTE must be more than 0"),
        (make_row(minimum="30331", maximum="22669"), "the pay scale is upside down: £30331 to £22669"),
        (make_row(minimum="0"), "half of the pay scale is unpublished: £0 to £30331"),
        (make_row(minimum="-1"), "Payscale Minimum (£) is not an amount in pounds: '-1'"),
        (make_row(maximum="lots"), "Payscale Maximum (£) is not an amount in pounds: 'lots'"),
        (make_row(grade=" "), "Grade is empty"),
        (make_row(title=""), "Generic Job Title is empty"),
        (make_row(unit="a\0b"), "Unit holds a NUL byte"),
        (make_row(unit="a\x1bb"), "Unit holds a character that cannot be printed"),
        (make_row(unit="x" * 301), "Unit is longer than 300 characters"),
        ("HMRC,HMRC,Personal Tax", "3 columns where there must be 10"),
        (make_row() + ",more", "11 columns where there must be 10"),
        ("", "the line is empty"),
    ],
)
def test_a_bad_row_is_refused_with_its_line(row: str, fault: str) -> None:
    assert problems(make_file(make_row(), row, make_row())) == [Problem(3, fault)]


def test_every_bad_row_is_listed() -> None:
    content = make_file(
        make_row(posts="-1"), make_row(), make_row(grade="", posts="x"), make_row(maximum="y")
    )
    assert [problem.line for problem in problems(content)] == [2, 4, 4, 5]


def test_lines_are_counted_past_a_cell_of_two_lines() -> None:
    assert [p.line for p in problems(make_file(make_row(unit='"a\nb"'), make_row(posts="-1")))] == [4]


def test_a_quote_that_is_never_closed_is_refused_where_it_opens() -> None:
    (problem,) = problems(make_file(make_row(), make_row(unit='"open'), make_row()))
    assert problem.line == 3
    assert "not readable as CSV" in problem.text


@pytest.mark.parametrize("content", [b"", b"\r\n", b"  \n"])
def test_an_empty_file_is_refused(content: bytes) -> None:
    assert problems(content) == [Problem(0, "The file is empty.")]


def test_a_header_without_rows_is_refused() -> None:
    assert problems(make_file()) == [Problem(0, "The file holds no rows, only the names of the columns.")]


def test_another_encoding_is_refused_with_the_line_of_the_byte() -> None:
    content = (
        HEADER.encode() + b"\r\n" + make_row().encode() + b"\r\n" + make_row(unit="Caf\xe9").encode("latin-1")
    )
    (problem,) = problems(content)
    assert problem.line == 3
    assert problem.text.startswith("not UTF-8: byte 0xe9")


def test_utf_16_is_refused() -> None:
    (problem,) = problems(make_file(make_row()).decode().encode("utf-16"))
    assert (problem.line, problem.text[:9]) == (1, "not UTF-8")


def test_a_header_names_what_is_missing_and_what_is_extra() -> None:
    header = ",".join(name for name in COLUMNS if name != "Unit") + ",Salary"
    (problem,) = problems(make_file(make_row(), header=header))
    assert problem == Problem(1, 'missing column "Unit"; unexpected column "Salary"')


def test_columns_in_another_order_are_refused() -> None:
    (problem,) = problems(make_file(make_row(), header=",".join(reversed(COLUMNS))))
    assert "in this order" in problem.text


def test_more_people_than_a_country_has_are_refused() -> None:
    (problem,) = problems(make_file(make_row(posts="999999"), make_row(posts="999999")))
    assert problem.text == "The file stands for more than 1,000,000 people."


@pytest.mark.parametrize(
    ("code", "rows", "people"),
    [("HMRC", 5107, 63148), ("HO", 1387, 23368), ("DWP", 2155, 89284), ("DECC", 324, 1372)],
)
def test_a_published_file_is_read_whole(code: str, rows: int, people: int) -> None:
    organogram = read_organogram(published_file(code))
    assert (len(organogram.groups), organogram.people) == (rows, people)
