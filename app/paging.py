"""Long lists, page by page: a link goes on after the last row that was shown, and keeps every filter.

A cursor names a row and not a number, so that nobody skips a row because one before it was settled.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID, uuid5

from flask import request

from app.reloading import own_address

PAGE_SIZE = 25
AFTER = "after"

Row = TypeVar("Row")


@dataclass(frozen=True)
class CursorPage(Generic[Row]):
    """The rows of a page, where the next one is, and where the first one is from a later one."""

    rows: Sequence[Row]
    next_href: str | None
    first_href: str | None


def asked_after(name: str = AFTER) -> UUID | None:
    """Behind which row the page begins; one that nobody was given is the beginning.

    ``name`` tells the lists of one page apart in its address.
    """
    try:
        return UUID(request.args.get(name, ""))
    except ValueError:
        return None


def page_of(found: Sequence[Row], key: Callable[[Row], UUID], name: str = AFTER) -> CursorPage[Row]:
    """A page of rows that were read behind ``asked_after``, one more than are shown if there are more."""
    shown = found[:PAGE_SIZE]
    more = len(found) > PAGE_SIZE
    return CursorPage(
        shown,
        next_href=own_address(name, str(key(shown[-1]))) if more else None,
        first_href=own_address(name, None) if asked_after(name) is not None else None,
    )


def page_behind(found: Sequence[Row], key: Callable[[Row], UUID], name: str = AFTER) -> CursorPage[Row]:
    """The same of a list that is there as a whole; where its row is gone, the beginning."""
    after = asked_after(name)
    begin = next((place + 1 for place, one in enumerate(found) if key(one) == after), 0)
    return page_of(found[begin : begin + PAGE_SIZE + 1], key, name)


def page_of_lines(found: Sequence[Row], of: UUID, name: str = AFTER) -> CursorPage[Row]:
    """The same of lines without ids that stay as they are: each is told by its place in what they are of."""
    numbered = list(enumerate(found))
    page = page_behind(numbered, lambda one: uuid5(of, str(one[0])), name)
    return CursorPage([line for _number, line in page.rows], page.next_href, page.first_href)
