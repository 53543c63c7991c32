"""What payroll says of many people, read from a table: a line for each, with a yes or a no for each item."""

import csv
from collections.abc import Mapping
from io import StringIO

from profiles.bulk_moves.drafting import LONGEST_LIST
from profiles.bulk_moves.paying import Said
from profiles.errors import Invalid
from profiles.transfers.models import PayItem

NUMBER = "number"
COLUMNS = (NUMBER, *(item.value for item in PayItem))
_ANSWERS = {"yes": True, "right": True, "no": False, "wrong": False}


def read(text: str) -> list[Said]:
    """What the lines say; one that answers nothing says nothing of that person.

    Separated by commas, semicolons or tabs, with a line of column names. Raises Invalid naming ``numbers``
    for a column that is missing or there twice, a line without a number or with half of its answers, and more
    lines than a list has.
    """
    lines = text.splitlines()
    if not lines:
        return []
    separator = max(",;\t", key=lines[0].count)
    table = csv.DictReader(StringIO(text, newline=None), delimiter=separator)
    try:
        names = [(name or "").strip().lower() for name in table.fieldnames or ()]
        table.fieldnames = names
        rows = [(row, table.line_num) for row in table]
    except csv.Error:
        raise _invalid("This is no table. Save it as CSV (UTF-8).") from None
    for name in COLUMNS:
        if (number := names.count(name)) != 1:
            raise _invalid(f"The table has {'two columns' if number else 'no column'} {name}.")
    if len(rows) > LONGEST_LIST:
        raise _invalid(f"A table has {LONGEST_LIST:,} lines at most.")
    said = (_said(row, line) for row, line in rows)
    return [one for one in said if one is not None]


def _said(row: Mapping[str, object], line: int) -> Said | None:
    cells = {name: str(row.get(name) or "").strip() for name in COLUMNS}
    answers = {item: cells[item.value].lower() for item in PayItem}
    if not any(answers.values()):
        return None
    number = cells[NUMBER].removeprefix("'")  # put there so that no spreadsheet takes it for a formula
    if not number:
        raise _invalid(f"Line {line} has no number.")
    for item, answer in answers.items():
        if answer not in _ANSWERS:
            raise _invalid(f"Line {line} says neither yes nor no in the column {item.value}.")
    return Said(number, {item: _ANSWERS[answer] for item, answer in answers.items()})


def _invalid(said: str) -> Invalid:
    return Invalid(said, field="numbers")
