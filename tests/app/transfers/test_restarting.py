"""The pages on which one department says that the start was another day, and the other agrees."""

import pytest
from flask import Flask
from sqlmodel import select

from profiles.roles.models import Role
from profiles.transfers.models import Transfer
from profiles.transfers.service import advance_due
from tests.app.page_checks import check_page
from tests.factories.people import give_role
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

SAID = {"start_date": ["27", "2", "2026"], "last_day": ["", "", ""]}


@pytest.fixture
def moved(move: Move) -> str:
    """The page of a move that happened today, on 2 March."""
    begins = move.now.date()
    transfer = move.schedule(start_date=begins, last_day=None)
    advance_due(move.session, move.now)
    path = f"/transfers/{transfer.id}"
    move.session.commit()
    return path


def dates_of(move: Move) -> tuple[str, str]:
    move.session.expire_all()
    one = move.session.exec(select(Transfer)).one()
    found = (one.last_day.isoformat(), one.start_date.isoformat())
    move.session.rollback()
    return found


def test_one_says_so_and_the_other_agrees(app: Flask, move: Move, moved: str) -> None:
    new, old = sign_in(app, move.preparer), sign_in(app, move.hmrc_officer)
    assert f'href="{moved}/start"' in new.open(moved).text
    assert f"{moved}/start" not in old.open(moved).text
    check_page(new.open(f"{moved}/start").text)
    wrong = new.submit(f"{moved}/start", **SAID | {"start_date": ["3", "3", "2026"]})
    assert (wrong.status_code, 'href="#start_date' in wrong.text) == (422, True)
    check_page(wrong.text)
    assert new.submit(f"{moved}/start", **SAID).status_code == 303
    assert dates_of(move) == ("2026-03-01", "2026-03-02")
    assert f'href="{moved}/start/decide"' in old.open(moved).text
    assert f'href="{moved}/start/decide' in old.open("/transfers/waiting").text
    asked = old.open(f"{moved}/start/decide").text
    check_page(asked)
    assert "27 February 2026" in asked
    assert "26 February 2026" in asked
    shown = asked.partition('name="shown" value="')[2].partition('"')[0]
    done = old.submit(f"{moved}/start/decide", shown=shown, agreed="yes")
    assert (done.status_code, done.location) == (303, moved)
    assert dates_of(move) == ("2026-02-26", "2026-02-27")
    check_page(new.open(moved).text)


def test_the_other_may_leave_it_and_what_was_not_shown_is_not_agreed_to(
    app: Flask, move: Move, moved: str
) -> None:
    new, old = sign_in(app, move.preparer), sign_in(app, move.hmrc_officer)
    new.submit(f"{moved}/start", **SAID)
    path = f"{moved}/start/decide"
    assert old.submit(path, shown="2026-01-01 2026-01-01 1", agreed="yes").status_code == 409
    shown = old.open(path).text.partition('name="shown" value="')[2].partition('"')[0]
    assert old.submit(path, shown=shown, agreed="no", page=path).status_code == 303
    assert dates_of(move) == ("2026-03-01", "2026-03-02")
    assert old.open(path).status_code == 409


def test_who_said_so_is_told_that_somebody_else_agrees(app: Flask, move: Move, moved: str) -> None:
    give_role(move.session, move.now, move.preparer, Role.HR_OFFICER, move.hmrc.id)
    move.session.commit()
    visitor = sign_in(app, move.preparer)
    visitor.submit(f"{moved}/start", **SAID)
    page = visitor.open(moved).text
    check_page(page)
    assert "somebody else must agree for the old one" in page
    for listed in (page, visitor.open("/transfers/waiting").text):
        assert f"{moved}/start/decide" not in listed
    assert visitor.open(f"{moved}/start/decide").status_code == 403


def test_who_mistyped_takes_it_back_and_says_another_day(app: Flask, move: Move, moved: str) -> None:
    new, old = sign_in(app, move.preparer), sign_in(app, move.hmrc_officer)
    path = f"{moved}/start/take-back"
    assert new.open(path).status_code == 409
    new.submit(f"{moved}/start", **SAID | {"start_date": ["26", "2", "2026"]})
    assert "Take those back first" in new.submit(f"{moved}/start", **SAID).text
    assert f'href="{path}"' in new.open(moved).text
    assert f'href="{path}"' not in old.open(moved).text
    page = new.open(path).text
    check_page(page)
    assert "26 February 2026" in page
    shown = page.partition('name="shown" value="')[2].partition('"')[0]
    assert old.submit(path, page=moved, shown=shown).status_code == 404
    assert new.submit(path, shown="2026-02-26 2026-02-25 1").status_code == 409
    done = new.submit(path, shown=shown)
    assert (done.status_code, done.location) == (303, moved)
    assert dates_of(move) == ("2026-03-01", "2026-03-02")
    assert f"{moved}/start/decide" not in old.open("/transfers/waiting").text
    assert new.submit(f"{moved}/start", **SAID).status_code == 303


def test_who_may_not_open_them(app: Flask, move: Move, moved: str) -> None:
    assert sign_in(app, move.employee).open(f"{moved}/start").status_code == 403
    assert sign_in(app, move.stranger).open(f"{moved}/start").status_code == 404
    assert sign_in(app, move.hmrc_officer).open(f"{moved}/start").status_code == 404
    assert sign_in(app, move.home_office_officer).open(f"{moved}/start/decide").status_code == 404
    assert sign_in(app, move.hmrc_officer).open(f"{moved}/start/take-back").status_code == 404
