"""What is wrong with a file, line by line, in plain English and without anybody's values."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic import ValidationError


class Problem(NamedTuple):
    """One fault. Lines count from 1, and line 0 is the file as a whole; ``field`` is empty for a whole line.

    ``code`` is stable, for programs; ``message`` is for people.
    """

    file: str
    line: int
    field: str
    code: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{where}: {self.field + ': ' if self.field else ''}{self.message}"


def problems_of(file: str, line: int, error: ValidationError) -> Iterator[Problem]:
    """What an input model has against a record. Values are left out: they may be somebody's."""
    for one in error.errors(include_input=False, include_url=False):
        field = str(one["loc"][0]) if one["loc"] else ""
        code, message = _in_words(one["type"], one["msg"], one.get("ctx", {}))
        yield Problem(file, line, field[:60], code, message)


def _in_words(kind: str, message: str, context: dict[str, Any]) -> tuple[str, str]:
    found = _WORDS.get(kind)
    if found is None:
        return kind, message.removeprefix("Value error, ")
    code, words = found
    return code, words.format_map(context)


_WORDS = {
    "missing": ("missing", "is missing"),
    "datetime_type": ("missing", "is missing"),
    "date_type": ("missing", "is missing"),
    "extra_forbidden": ("unknown_field", "is no field of this kind of record"),
    "enum": ("not_one_of", "must be {expected}"),
    "literal_error": ("not_one_of", "must be {expected}"),
    "string_type": ("not_text", "must be text"),
    "string_too_short": ("missing", "is empty"),
    "string_too_long": ("too_long", "is longer than {max_length} characters"),
    "string_pattern_mismatch": ("pattern", "must match {pattern}"),
    "int_type": ("whole_number", "must be a whole number, in digits"),
    "int_parsing": ("whole_number", "must be a whole number, in digits"),
    "bool_type": ("true_or_false", "must be true or false"),
    "bool_parsing": ("true_or_false", "must be true or false"),
    "greater_than_equal": ("out_of_range", "must be {ge} or more"),
    "less_than_equal": ("out_of_range", "must be {le} or less"),
    "json_invalid": ("not_json", "is not readable as JSON"),
}
