"""HR finds who begins later, has left or has no post, and opens of them what is the organisation's."""

from datetime import UTC, datetime

import pytest
from flask import Flask

from profiles.employments.models import Posting
from profiles.temporal import current, end
from tests.app.page_checks import check_page
from tests.factories.organisations import PROVENANCE
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

ON_THE_WAY = datetime(2026, 3, 10, 12, tzinfo=UTC)
AFTER = datetime(2026, 4, 1, 12, tzinfo=UTC)


@pytest.fixture
def moved(app: Flask, move: Move) -> Move:
    """Of whom everything is recorded that the move does."""
    move.schedule()
    move.session.commit()
    return move


def at(app: Flask, now: datetime) -> None:
    app.config["CLOCK"] = lambda: now


def test_a_leaver_is_listed_and_their_last_day_opens(app: Flask, moved: Move) -> None:
    at(app, AFTER)
    hr, record = sign_in(app, moved.hmrc_officer), f"/people/{moved.employee}/record"
    assert record not in hr.open("/people").text
    page = hr.open("/people?who=left").text
    check_page(page)
    for words in ("Patel, Priya", "13 March 2026", f'href="{record}"'):
        assert words in page, words
    opened = hr.open(record).text
    assert "Department HO" not in opened
    assert "HMRC-priya.patel" in opened
    assert hr.open("/people?q=HMRC-priya.patel").location == record
    for who in ("here", "later", "left", "no-post", "nonsense"):
        assert "Patel" not in sign_in(app, moved.stranger).open(f"/people?who={who}").text


def test_a_starter_is_listed_and_their_first_day_opens(app: Flask, moved: Move) -> None:
    at(app, ON_THE_WAY)
    hr, record = sign_in(app, moved.home_office_officer), f"/people/{moved.employee}/record"
    page = hr.open("/people?who=later").text
    check_page(page)
    for words in ("Patel, Priya", "16 March 2026", "Senior Caseworker", f'href="{record}"'):
        assert words in page, words
    opened = hr.open(record).text
    check_page(opened)
    assert "HO-1" in opened
    assert "HMRC" not in opened
    assert "/change/name/" not in opened
    assert "HMRC" not in hr.open(f"/people/{moved.employee}/over-time").text


def test_a_search_that_finds_nobody_says_among_whom_it_would(app: Flask, moved: Move) -> None:
    at(app, AFTER)
    page = sign_in(app, moved.hmrc_officer).open("/people?q=patel").text
    check_page(page)
    assert 'href="/people?q=patel&amp;who=left"' in page
    assert "Who has left</a> (1)" in page
    stranger = sign_in(app, moved.stranger).open("/people?q=patel").text
    assert "elsewhere" not in stranger


def test_who_has_no_post_is_opened_and_gets_one(app: Flask, move: Move) -> None:
    (post,) = current(move.session, Posting, move.now, move.now, person_id=move.employee)
    end(move.session, post, move.now, move.now, PROVENANCE)
    move.session.commit()
    hr, person = sign_in(app, move.hmrc_officer), f"/people/{move.employee}"
    page = hr.open("/people?who=no-post").text
    check_page(page)
    assert "No post is recorded" in page
    assert f'href="{person}"' in page
    opened = hr.open(person).text
    check_page(opened)
    add = f"{person}/change/posting/add"
    assert f'href="{add}"' in opened
    check_page(hr.open(add).text)
    assert sign_in(app, move.stranger).open(person).status_code == 404
