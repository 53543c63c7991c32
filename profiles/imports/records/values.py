"""What the fields of a record may hold, each read strictly: what is nearly right is refused, not guessed."""

import re
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from profiles.clearances.levels import ClearanceLevel
from profiles.errors import Invalid
from profiles.people.contact import normal_phone
from profiles.people.identity_proofing import names_a_document
from profiles.people.service import normal_address
from profiles.temporal import end_of_day, start_of_day

LONGEST_TEXT = 300
LONGEST_REASON = 1000
LONGEST_KEY = 100
POUNDS = "GBP"
GREATEST_NUMBER = 2**31 - 1
"""What the integers of both databases hold; of pence £21 million."""
_BREAKS = dict.fromkeys(map(ord, "\r\n\t"))
_BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"
"""Fillers of Korean syllables and the empty Braille cell: letters to Unicode, and to str.strip, of no ink."""
ALL_TEXT = {"all_text": True}
"""The context of validating cells, which know no numbers."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)
_DIGITS = re.compile(r"-?[0-9]{1,40}", re.ASCII)


def _day(value: Any) -> date | None:
    """A civil day as ``2026-03-31``; years before 1900 are slips."""
    if value is None or type(value) is date:
        return value
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return _checked(date.fromisoformat(value))
        except ValueError:
            pass
    raise PydanticCustomError("day", "must be a real day, written like 2026-03-31")


@lru_cache(maxsize=4096)
def _instant(value: str, *, ends: bool) -> datetime:
    if _DAY.fullmatch(value):
        day = _checked(date.fromisoformat(value))
        return end_of_day(day) if ends else start_of_day(day)
    if _MOMENT.fullmatch(value):
        moment = datetime.fromisoformat(value).astimezone(UTC)
        _checked(moment.date())
        return moment
    raise ValueError


def _checked(day: date) -> date:
    if not 1900 <= day.year <= 2199:
        raise ValueError
    return day


def _begins(value: Any) -> Any:
    return _read_instant(value, ends=False)


def _ends(value: Any) -> Any:
    return _read_instant(value, ends=True)


def _read_instant(value: Any, *, ends: bool) -> Any:
    if value is None or isinstance(value, datetime):
        return value
    try:
        if isinstance(value, str):
            return _instant(value, ends=ends)
    except (ValueError, OverflowError):  # the latter of a moment before or after all that there are
        pass
    raise PydanticCustomError(
        "day", "must be a real day like 2026-03-31, or a moment like 2026-03-31T14:07:00Z"
    )


def _moment(value: Any) -> Any:
    """An instant to the microsecond, and never a day: it is when a system was told something."""
    if value is None or isinstance(value, datetime):
        return value
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        try:
            return _instant(value, ends=False)
        except (ValueError, OverflowError):
            pass
    raise PydanticCustomError("moment", "must be a moment like 2026-03-31T14:07:00Z")


def _digits(value: Any, info: ValidationInfo) -> Any:
    """In a file that is all text, a number is digits alone: nothing that only Python calls a number."""
    if not isinstance(value, str):
        return value
    if info.context is ALL_TEXT and _DIGITS.fullmatch(value):
        return int(value)
    raise PydanticCustomError("whole_number", "must be a whole number, in digits")


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise PydanticCustomError("not_printable", "holds a character that cannot be printed")
    return _trimmed(text)


def _lines(text: str) -> str:
    if not text.translate(_BREAKS).isprintable():
        raise PydanticCustomError("not_printable", "holds a character that cannot be printed")
    return _trimmed(text)


def _trimmed(text: str) -> str:
    if text != trimmed(text):
        raise PydanticCustomError("blanks", "has blanks at the beginning or the end")
    return text


def trimmed(text: str) -> str:
    """Without blanks at either end, and without the letters that are as blank: nobody sees them."""
    while (shorter := text.strip().strip(_BLANK_LETTERS)) != text:
        text = shorter
    return text


def _address(text: str) -> str:
    try:
        return normal_address(text)
    except Invalid:
        raise PydanticCustomError("address", "must be an e-mail address") from None


def _phone(text: str) -> str:
    try:
        return normal_phone(text)
    except Invalid:
        raise PydanticCustomError(
            "phone", "must be a phone number with its country code, like +442079460123"
        ) from None


def _currency(given: str) -> str:
    if given != POUNDS:
        raise PydanticCustomError("pattern", "must be GBP: pay is recorded in pounds sterling alone")
    return given


def _checked_by(text: str) -> str:
    if not text:
        raise PydanticCustomError("missing", "must say which team or service checked")
    if names_a_document(text):
        raise PydanticCustomError("document_number", "holds what may be a document's number: leave it out")
    return text


def _said(text: str) -> str:
    if not text:
        raise PydanticCustomError("missing", "is empty")
    return text


def _level(text: str | None) -> str | None:
    if text is not None and text not in set(ClearanceLevel):
        listed = ", ".join(ClearanceLevel)
        raise PydanticCustomError("not_one_of", f"must be one of {listed}")
    return text


_DATE_SCHEMA = {"type": "string", "format": "date"}
_TIME_SCHEMA = {"anyOf": [_DATE_SCHEMA, {"type": "string", "format": "date-time"}]}

Key = Annotated[str, Field(min_length=1, max_length=LONGEST_KEY), AfterValidator(_one_line)]
Text = Annotated[str, Field(max_length=LONGEST_TEXT), AfterValidator(_one_line)]
Words = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT), AfterValidator(_one_line)]
"""Of a column that has to say something: in CSV an empty cell says nothing."""
Lines = Annotated[str, Field(max_length=LONGEST_TEXT), AfterValidator(_lines)]
Reason = Annotated[str, Field(max_length=LONGEST_REASON), AfterValidator(_lines)]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema(_DATE_SCHEMA)]
Number = Annotated[int, BeforeValidator(_digits), Field(ge=0, le=GREATEST_NUMBER)]
Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
ValidFrom = Annotated[
    datetime,
    BeforeValidator(_begins),
    WithJsonSchema(
        _TIME_SCHEMA | {"description": "The first civil day in London on which it is so, or the moment."}
    ),
]
ValidUntil = Annotated[
    datetime | None,
    BeforeValidator(_ends),
    WithJsonSchema(
        {
            "anyOf": [*_TIME_SCHEMA["anyOf"], {"type": "null"}],
            "description": "The last civil day on which it is so, or the moment at which it ends. "
            "Empty while it lasts.",
        }
    ),
]

SPECIAL: dict[str, Any] = {
    "address": Annotated[str, AfterValidator(_address)],
    "checked_by": Annotated[Text, AfterValidator(_checked_by)],
    "currency": Annotated[str, AfterValidator(_currency), WithJsonSchema({"const": POUNDS})],
    "fte_thousandths": Annotated[int, BeforeValidator(_digits), Field(ge=1, le=1000)],
    "mitigations": Annotated[Reason, AfterValidator(_said)],
    "required_clearance": Annotated[str | None, AfterValidator(_level)],
    "street_address": Annotated[Lines, AfterValidator(_said)],
}
"""Columns whose name says more than their type."""

PHONE = Annotated[str, AfterValidator(_phone)]


def field_type(column: str, annotation: Any) -> Any:
    """The strict type of a field for a column of a fact. Raises TypeError for a type that cannot travel."""
    if column in SPECIAL:
        return SPECIAL[column]
    optional = isinstance(annotation, UnionType) and NoneType in get_args(annotation)
    plain = next(one for one in get_args(annotation) if one is not NoneType) if optional else annotation
    strict = _strict(column, plain)
    return strict | None if optional else strict


def _strict(column: str, plain: Any) -> Any:
    if plain in _STRICT:
        return _STRICT[plain]
    if isinstance(plain, type) and issubclass(plain, StrEnum):
        return plain
    raise TypeError(f"the column {column} is a {plain}: say in profiles.imports.records how it travels")


_STRICT: dict[Any, Any] = {str: Text, int: Number, bool: bool, date: Day, datetime: ValidFrom}
