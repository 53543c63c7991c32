"""Reads an organogram as departments publish it; one bad row refuses the file, and every bad row is listed.

The format: CSV in UTF-8 with these ten columns. Pay is in pounds, £0 at both ends meaning unpublished; posts
are full-time equivalents and may be fractions.
"""

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from profiles.errors import Invalid
from profiles.imports.spreadsheets import is_formula, is_no_text

COLUMNS = (
    "Parent Department",
    "Organisation",
    "Unit",
    "Reporting Senior Post",
    "Grade",
    "Payscale Minimum (£)",
    "Payscale Maximum (£)",
    "Generic Job Title",
    "Number of Posts in FTE",
    "Professional/Occupational Group",
)
_TEXTS = frozenset(COLUMNS) - {COLUMNS[5], COLUMNS[6], COLUMNS[8]}
LARGEST_FILE = 64 * 1024 * 1024
LONGEST_TEXT = 300
MOST_PEOPLE = 1_000_000

POSTS = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,3})?", re.ASCII)
POUNDS = re.compile(r"[0-9]{1,7}(?:\.[0-9]{1,2})?", re.ASCII)


@dataclass(frozen=True)
class Problem:
    """What is wrong with one line, counted from 1; line 0 is the file as a whole."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}" if self.line else self.text


class UnreadableOrganogram(Invalid):
    """The file was refused; ``problems`` are all that were found, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        one = len(problems) == 1
        super().__init__(str(problems[0]) if one else f"{len(problems)} problems were found in the file.")
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Group:
    """Equal posts, from one row. Money is pence, None where unpublished; ``thousandths`` of one post."""

    line: int
    unit: str
    local_grade: str
    minimum_pence: int | None
    maximum_pence: int | None
    job_title: str
    thousandths: int
    profession: str

    @property
    def people(self) -> int:
        """How many people hold these posts: a fraction is one person more, part-time."""
        return -(-self.thousandths // 1000)

    @property
    def part_time(self) -> bool:
        """Whether the last of the people is part-time."""
        return self.thousandths % 1000 != 0


@dataclass(frozen=True)
class Organogram:
    """A whole file that was read without a fault; ``content_hash`` is the SHA-256 of its bytes."""

    content_hash: str
    groups: tuple[Group, ...]

    @property
    def people(self) -> int:
        """How many people the file stands for."""
        return sum(group.people for group in self.groups)

    @property
    def labels(self) -> dict[str, int]:
        """The department's own grades in the order of the alphabet, each with how many people hold it."""
        people: Counter[str] = Counter()
        for group in self.groups:
            people[group.local_grade] += group.people
        return dict(sorted(people.items()))

    @property
    def pay_ranges(self) -> dict[str, list[tuple[int, int]]]:
        """Between what each grade is published to be paid, in pence; a grade may have several, or none."""
        found: dict[str, set[tuple[int, int]]] = {}
        for group in self.groups:
            if group.minimum_pence is not None and group.maximum_pence is not None:
                found.setdefault(group.local_grade, set()).add((group.minimum_pence, group.maximum_pence))
        return {label: sorted(ranges) for label, ranges in sorted(found.items())}


def read_organogram(content: bytes) -> Organogram:
    """Read and check a whole file. Raises UnreadableOrganogram with every problem that was found."""
    rows = csv.reader(io.StringIO(_text(content), newline=""), strict=True)
    try:
        header = next(rows, [])
    except csv.Error as error:
        raise UnreadableOrganogram([Problem(1, f"not readable as CSV ({error})")]) from None
    if header != list(COLUMNS):
        raise UnreadableOrganogram([Problem(1, _difference(header))])
    groups: list[Group] = []
    problems: list[Problem] = []
    for line, row in _records(rows):
        found = [row] if isinstance(row, str) else _faults(row)
        if found:
            problems.extend(Problem(line, text) for text in found)
        else:
            groups.append(_group(line, [_one_line(cell) for cell in row]))
    if not problems and not groups:
        problems.append(Problem(0, "The file holds no rows, only the names of the columns."))
    if not problems and sum(group.people for group in groups) > MOST_PEOPLE:
        problems.append(Problem(0, f"The file stands for more than {MOST_PEOPLE:,} people."))
    if problems:
        raise UnreadableOrganogram(problems)
    return Organogram(hashlib.sha256(content).hexdigest(), tuple(groups))


def _text(content: bytes) -> str:
    if not content.strip():
        raise UnreadableOrganogram([Problem(0, "The file is empty.")])
    if len(content) > LARGEST_FILE:
        raise UnreadableOrganogram([Problem(0, "The file is larger than 64 MiB: that is no organogram.")])
    if is_no_text(content):
        text = "a workbook, an archive or a document. Save it as CSV, UTF-8."
        raise UnreadableOrganogram([Problem(1, text)])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        text = f"not UTF-8: byte 0x{content[error.start]:02x} cannot be read. Save the file as UTF-8."
        raise UnreadableOrganogram([Problem(line, text)]) from None


def _difference(header: Sequence[str]) -> str:
    missing = [name for name in COLUMNS if name not in header]
    extra = [name for name in header if name not in COLUMNS]
    said = []
    if missing:
        said.append(f"missing column {_quoted(missing)}")
    if extra:
        said.append(f"unexpected column {_quoted(extra)}")
    return "; ".join(said) or f"the columns must stand once each and in this order: {_quoted(COLUMNS)}"


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name[:60]}"' for name in names[:20])


def _records(rows: Iterator[list[str]]) -> Iterator[tuple[int, list[str] | str]]:
    """Each record with the line on which it begins, or what the CSV reader says against it."""
    reader = iter(rows)
    while True:
        line = rows.line_num + 1  # type: ignore[attr-defined]
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, f"not readable as CSV ({error})"


def _faults(row: Sequence[str]) -> list[str]:
    if not row:
        return ["the line is empty"]
    if len(row) != len(COLUMNS):
        return [f"{len(row)} columns where there must be {len(COLUMNS)}"]
    cells = dict(zip(COLUMNS, (_one_line(cell) for cell in row), strict=True))
    faults = []
    for name, cell in cells.items():
        if not cell.isprintable():
            what = "a NUL byte" if "\0" in cell else "a character that cannot be printed"
            faults.append(f"{name} holds {what}")
        elif len(cell) > LONGEST_TEXT:
            faults.append(f"{name} is longer than {LONGEST_TEXT} characters")
        elif is_formula(cell) and name in _TEXTS:
            faults.append(f"{name} holds a spreadsheet's formula or error")
    faults += [f"{name} is empty" for name in ("Grade", "Generic Job Title") if not cells[name]]
    faults += _faults_of_posts(cells["Number of Posts in FTE"])
    return faults + _faults_of_pay(cells["Payscale Minimum (£)"], cells["Payscale Maximum (£)"])


def _faults_of_posts(posts: str) -> list[str]:
    if POSTS.fullmatch(posts):
        return [] if _scaled(posts, 3) else ["Number of Posts in FTE must be more than 0"]
    if POSTS.fullmatch(posts.removeprefix("-")):
        return [f"Number of Posts in FTE is negative: {posts}"]
    return [f"Number of Posts in FTE is not a number of posts: {_shown(posts)}"]


def _faults_of_pay(minimum: str, maximum: str) -> list[str]:
    faults = [
        f"{name} is not an amount in pounds: {_shown(amount)}"
        for name, amount in zip(COLUMNS[5:7], (minimum, maximum), strict=True)
        if not POUNDS.fullmatch(amount)
    ]
    if faults:
        return faults
    lowest, highest = _scaled(minimum, 2), _scaled(maximum, 2)
    if lowest > highest:
        return [f"the pay scale is upside down: £{minimum} to £{maximum}"]
    if lowest == 0 and highest > 0:
        return [f"half of the pay scale is unpublished: £0 to £{maximum}"]
    return []


def _group(line: int, row: Sequence[str]) -> Group:
    _, _, unit, _, grade, minimum, maximum, title, posts, profession = row
    return Group(
        line=line,
        unit=unit,
        local_grade=grade,
        minimum_pence=_scaled(minimum, 2) or None,
        maximum_pence=_scaled(maximum, 2) or None,
        job_title=title,
        thousandths=_scaled(posts, 3),
        profession=profession,
    )


def _one_line(cell: str) -> str:
    return " ".join(cell.split())


def _shown(cell: str) -> str:
    return repr(cell[:40]) if cell else "nothing"


def _scaled(number: str, places: int) -> int:
    """A checked decimal number as a whole one, shifted by so many places: exact, unlike a float."""
    whole, _, fraction = number.partition(".")
    return int(whole + fraction.ljust(places, "0"))
