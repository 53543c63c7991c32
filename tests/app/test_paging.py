"""Long lists page by page: a link goes on after the last row, keeps filters, and skips nothing."""

from uuid import UUID

import pytest
from flask import Flask

from app.paging import PAGE_SIZE, page_behind, page_of_lines
from profiles.portable_profile.models import Action, ChangeState, RecordChange
from tests.app.page_checks import check_page
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

ROWS = [UUID(int=number) for number in range(1, 2 * PAGE_SIZE + 2)]


@pytest.fixture
def pages() -> Flask:
    """An application with one list."""
    app = Flask("pages")
    app.add_url_rule("/list", "list", lambda: "")
    return app


def walk(pages: Flask, path: str) -> list[UUID]:
    """Every row that the links lead to."""
    found: list[UUID] = []
    while path:
        with pages.test_request_context(path):
            page = page_behind(ROWS, lambda one: one)
            found += page.rows
            path = page.next_href or ""
    return found


def test_the_links_lead_to_every_row_once(pages: Flask) -> None:
    assert walk(pages, "/list") == ROWS


def test_a_link_keeps_the_filters_and_leads_back(pages: Flask) -> None:
    with pages.test_request_context("/list?state=open&state=late&q=a+b"):
        page = page_behind(ROWS, lambda one: one)
    assert page.next_href == f"/list?state=open&state=late&q=a+b&after={ROWS[PAGE_SIZE - 1]}"
    assert page.first_href is None
    with pages.test_request_context(page.next_href):
        assert page_behind(ROWS, lambda one: one).first_href == "/list?state=open&state=late&q=a+b"


@pytest.mark.parametrize("after", ["", "nonsense", str(UUID(int=999)), "%00"])
def test_what_nobody_was_given_is_the_beginning(pages: Flask, after: str) -> None:
    with pages.test_request_context(f"/list?after={after}"):
        assert list(page_behind(ROWS, lambda one: one).rows) == ROWS[:PAGE_SIZE]


def test_two_lists_of_a_page_have_cursors_of_their_own(pages: Flask) -> None:
    lines, of = [str(number) for number in range(PAGE_SIZE + 1)], UUID(int=7)
    with pages.test_request_context("/list"):
        href = page_of_lines(lines, of, "after_other").next_href
    assert href is not None
    with pages.test_request_context(href):
        assert list(page_of_lines(lines, of, "after_other").rows) == lines[PAGE_SIZE:]
        assert list(page_of_lines(lines, of).rows) == lines[:PAGE_SIZE]


def test_changes_that_wait_are_paged(app: Flask, move: Move) -> None:
    move.session.add_all(
        RecordChange(
            person_id=move.employee,
            organisation_id=move.hmrc.id,
            kind="posting",
            action=Action.CORRECT,
            content={},
            source="letter",
            reason="Entered wrongly",
            state=ChangeState.WAITING,
            proposed_by=move.hmrc_officer,
            proposed_at=move.now,
        )
        for _one in range(PAGE_SIZE + 2)
    )
    move.session.commit()
    officer = sign_in(app, move.hmrc_officer)
    first = officer.open("/people/changes").text
    check_page(first)
    assert first.count("Priya Patel") == PAGE_SIZE
    following = first.split('href="/people/changes?after=', 1)[1].split('"', 1)[0]
    second = officer.open(f"/people/changes?after={following}").text
    check_page(second)
    assert second.count("Priya Patel") == 2
