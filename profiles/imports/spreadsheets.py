"""What spreadsheets leave in files that are to be text: whole workbooks, formulas, and errors for values."""

import re

_NOT_TEXT = (
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
    b"7z\xbc\xaf",
    b"%PDF",
    b"PAR1",
)
_BEGINS = frozenset("=@+-#")
_FORMULA = re.compile(r"[=@]|[+-].*[=(!|]|#(REF|VALUE|NUM|NULL|DIV/0)!|#N/A|#NAME\?", re.DOTALL)


def is_no_text(content: bytes) -> bool:
    """Whether bytes begin as those of a workbook, an archive or a document do."""
    return content.startswith(_NOT_TEXT)


def is_formula(cell: str) -> bool:
    """Whether a cell holds what a spreadsheet computes, or its error, where the value should stand."""
    return cell[:1] in _BEGINS and _FORMULA.match(cell) is not None
