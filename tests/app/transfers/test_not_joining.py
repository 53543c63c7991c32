"""HR say on the page of the move that somebody who has left never joins."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlmodel import select

from app.access_changes import suspend_account
from profiles.employments.models import Employment
from profiles.portable_profile.leavers import has_died
from profiles.temporal import history
from profiles.transfers.models import Transfer, TransferInterruption, TransferState
from profiles.transfers.service import advance_due
from tests.app.page_checks import check_page
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

SATURDAY = datetime(2026, 3, 14, 12, tzinfo=UTC)
NEW, OLD = "not-joining?side=importing", "not-joining?side=exporting"


@pytest.fixture
def path(app: Flask, move: Move) -> str:
    """The page of a move on the weekend after the last day."""
    transfer = move.schedule()
    advance_due(move.session, SATURDAY)
    move.session.commit()
    app.config["CLOCK"] = lambda: SATURDAY
    return f"/transfers/{transfer.id}"


def state_of(move: Move) -> TransferState:
    move.session.expire_all()
    return move.session.exec(select(Transfer)).one().state


@pytest.mark.looks_at("transfers/not_joining.html")
def test_the_new_department_says_so_from_the_record_of_who_begins_later(
    app: Flask, move: Move, path: str
) -> None:
    officer = sign_in(app, move.home_office_officer)
    record = officer.open(f"/people/{move.employee}/record").text
    check_page(record)
    assert f'id="coming" class="govuk-link" href="{path}"' in record
    assert f'href="{path}/{NEW}"' in officer.open(path).text
    page = officer.open(f"{path}/{NEW}").text
    check_page(page)
    for words in ("Your department has withdrawn the offer", "They have died"):
        assert words in page
    missing = officer.submit(f"{path}/{NEW}")
    assert missing.status_code == 422
    check_page(missing.text)
    assert officer.submit(f"{path}/{NEW}", why="offer_withdrawn").location == path
    assert state_of(move) is TransferState.CANCELLED
    begins = [
        one
        for one in history(move.session, Employment, SATURDAY, person_id=move.employee)
        if one.valid_from > SATURDAY
    ]
    assert begins == []
    move.session.rollback()
    own = officer.open(path).text
    check_page(own)
    assert "The offer is withdrawn" in own
    assert NEW not in own
    other = sign_in(app, move.hmrc_officer).open(path).text
    assert "Cancelled" in other
    assert "The offer is withdrawn" not in other


@pytest.mark.looks_at("transfers/not_died.html")
def test_the_old_department_says_that_they_died_and_takes_a_mistake_back(
    app: Flask, move: Move, path: str
) -> None:
    officer = sign_in(app, move.hmrc_officer)
    page = officer.open(f"{path}/{OLD}").text
    check_page(page)
    assert "withdrawn the offer" not in page
    assert officer.submit(f"{path}/{OLD}", why="resigned").status_code == 422
    assert officer.submit(f"{path}/{OLD}", why="died").location == path
    assert state_of(move) is TransferState.CANCELLED
    assert has_died(move.session, [move.employee])
    move.session.rollback()
    assert sign_in(app, move.home_office_officer).open(f"{path}/not-died").status_code == 403
    assert f'href="{path}/not-died"' in officer.open(path).text
    check_page(officer.open(f"{path}/not-died").text)
    assert officer.submit(f"{path}/not-died").location == path
    assert not has_died(move.session, [move.employee])
    assert officer.open(f"{path}/not-died").status_code == 404


def test_nobody_else_says_so_and_nobody_before_the_last_day(app: Flask, move: Move, path: str) -> None:
    assert sign_in(app, move.employee).open(f"{path}/{NEW}").status_code == 403
    assert sign_in(app, move.stranger).open(f"{path}/{NEW}").status_code == 404
    assert sign_in(app, move.hmrc_officer).open(f"{path}/{NEW}").status_code == 403
    app.config["CLOCK"] = lambda: move.now
    officer = sign_in(app, move.home_office_officer)
    assert officer.submit(f"{path}/{NEW}", why="resigned").status_code == 409
    assert state_of(move) is TransferState.LEFT


def test_what_went_ahead_unwatched_is_not_hidden_by_a_later_suspension_once_they_have_begun(
    app: Flask, move: Move, path: str
) -> None:
    transfer = move.session.exec(select(Transfer)).one()
    kept = {"transfer_id": transfer.id, "ended_at": SATURDAY, "began_at": SATURDAY}
    scheduled, left = TransferState.SCHEDULED, TransferState.LEFT
    move.session.add(TransferInterruption(**kept, resumes_to=scheduled, gates="required"))
    move.session.flush()
    move.session.add(TransferInterruption(**kept, resumes_to=left, gates="account"))
    move.session.commit()
    doubt, ahead = "Something stands in the way of the first day", "went ahead although something stood"
    suspend_account(
        move.session,
        SATURDAY,
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        officer_id=move.hmrc_officer,
        reason="Lost laptop",
    )
    move.session.commit()
    page = sign_in(app, move.home_office_officer).open(path).text
    assert (doubt in page, ahead in page) == (True, False)
    begun = transfer.join_at + timedelta(hours=9)
    advance_due(move.session, begun)
    move.session.commit()
    app.config["CLOCK"] = lambda: begun
    page = sign_in(app, move.home_office_officer).open(path).text
    assert (doubt in page, ahead in page) == (False, True)


def test_a_suspension_on_that_weekend_is_seen_on_the_page_by_whom_it_concerns(
    app: Flask, move: Move, path: str
) -> None:
    suspend_account(
        move.session,
        SATURDAY,
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        officer_id=move.hmrc_officer,
        reason="Lost laptop",
    )
    move.session.commit()
    new, old = (sign_in(app, who).open(path).text for who in (move.home_office_officer, move.hmrc_officer))
    for page in (new, old):
        check_page(page)
        assert "Something stands in the way of the first day" in page
    assert ("Something must be settled by" in new, "The account is suspended" in new) == (True, False)
    assert "The account is suspended: a security officer decides" in old
