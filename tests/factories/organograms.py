"""Organogram files for tests, and where the published ones are on a machine that has them."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from profiles.imports.organograms.reading import COLUMNS

HEADER = ",".join(COLUMNS)

PUBLISHED = {
    "HMRC": "hmrc-2013-09-30-junior.csv",
    "HO": "home-office-2013-09-30-junior.csv",
    "DWP": "dwp-2013-09-30-junior.csv",
    "DECC": "decc-2013-09-30-junior.csv",
}


def make_row(
    grade: str = "Officer",
    posts: str = "2.0",
    minimum: str = "22669",
    maximum: str = "30331",
    *,
    unit: str = "Personal Tax",
    title: str = "Tax Officer",
) -> str:
    """One row of a file."""
    return f"HMRC,HMRC,{unit},OD1,{grade},{minimum},{maximum},{title},{posts},Operational Delivery"


def make_file(*rows: str, header: str = HEADER) -> bytes:
    """A whole file with these rows, as a department would send it."""
    return "\r\n".join([header, *rows, ""]).encode()


def published_file(code: str) -> bytes:
    """A department's published file; skips the test where the files are not at hand."""
    return _published(PUBLISHED[code]).read_bytes()


def _published(name: str) -> Path:
    folders: Sequence[str] = (
        os.environ.get("LANYARD_ORGANOGRAMS", ""),
        str(Path(__file__).parents[2].parent / "shared" / "organograms"),
    )
    for folder in folders:
        if folder and (found := Path(folder) / name).is_file():
            return found
    pytest.skip("the published organograms are neither in ../shared/organograms nor in LANYARD_ORGANOGRAMS")
