"""An officer names a deputy on pages, and the organisation's administrators see it."""

from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from identity.recovery.models import IdentityCheck, Recovery, RecoveryState
from profiles.roles.models import Role
from profiles.transfers import managers
from profiles.transfers.models import Side
from tests.app.page_checks import check_page
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

NEW = "/profile/deputies/new"


@pytest.fixture
def colleague(move: Move) -> UUID:
    person_id = make_employee(move.session, move.now, move.hmrc, "dan.deputy").person_id
    move.session.commit()
    return person_id


def after(page: str, start: str) -> str:
    """What stands behind these words, up to the next quotation mark."""
    return page.split(start, 1)[1].split('"', 1)[0]


def typed(app: Flask, officer_id: UUID) -> dict[str, Any]:
    page = sign_in(app, officer_id).open(NEW).text
    role_id = page.split('name="role"', 1)[1].split('value="', 1)[1].split('"', 1)[0]
    return {
        "role": role_id,
        "address": "dan.deputy@hmrc.gov.uk",
        "first_day": ["2", "3", "2026"],
        "last_day": ["20", "3", "2026"],
        "reason": "Leave",
    }


@pytest.mark.looks_at("my_profile/check_deputy.html")
def test_a_deputy_is_checked_named_seen_and_ended(app: Flask, move: Move, colleague: UUID) -> None:
    officer, deputy = sign_in(app, move.hmrc_officer), sign_in(app, colleague)
    administrator = make_employee(move.session, move.now, move.hmrc, "ada.admin").person_id
    give_role(move.session, move.now, administrator, Role.ORGANISATION_ADMINISTRATOR, move.hmrc.id)
    move.session.commit()
    admin = sign_in(app, administrator)
    asked = typed(app, move.hmrc_officer)
    assert deputy.open("/people").status_code == 403
    checked = officer.submit(NEW, **asked)
    check_page(checked.text)
    assert "Dan Deputy" in checked.text
    assert deputy.open("/people").status_code == 403
    assert officer.submit(NEW, **asked, checked="yes").status_code == 303
    assert deputy.open("/people").status_code == 200
    for visitor, path, name in (
        (officer, "/profile/deputies", "Dan Deputy"),
        (deputy, "/profile/deputies", "For whom you stand in"),
        (admin, "/organisations/deputies", "Dan Deputy"),
    ):
        page = visitor.open(path).text
        check_page(page)
        assert name in page
    action = (
        admin.open("/organisations/deputies").text.split("/organisations/deputies/", 1)[1].split('"', 1)[0]
    )
    ended = admin.submit(f"/organisations/deputies/{action}", page="/organisations/deputies")
    assert ended.status_code == 303
    assert deputy.open("/people").status_code == 403


def test_what_is_wrong_is_said_at_its_field(app: Flask, move: Move, colleague: UUID) -> None:
    asked = typed(app, move.hmrc_officer) | {"address": "nobody@hmrc.gov.uk"}
    answer = sign_in(app, move.hmrc_officer).submit(NEW, **asked)
    check_page(answer.text)
    assert (answer.status_code, "Nobody who works there" in answer.text) == (422, True)
    assert "Leave" in answer.text


def test_nobody_else_names_one_or_ends_it(app: Flask, move: Move, colleague: UUID) -> None:
    asked = typed(app, move.hmrc_officer)
    officer = sign_in(app, move.hmrc_officer)
    assert officer.submit(NEW, **asked, checked="yes").status_code == 303
    assert sign_in(app, colleague).open(NEW).status_code == 404
    assert sign_in(app, move.employee).open(NEW).status_code == 404
    action = after(officer.open("/profile/deputies").text, 'action="/profile/deputies/')
    other = sign_in(app, move.home_office_officer)
    page = "/profile/deputies/new"
    assert other.submit(f"/profile/deputies/{action}", page=page).status_code == 404


def test_naming_needs_a_fresh_sign_in(app: Flask, move: Move) -> None:
    move.session.commit()
    stale = sign_in(app, move.hmrc_officer, minutes_ago=50)
    assert stale.open(NEW).status_code == 302
    app.config["CLOCK"] = lambda: move.now + timedelta(minutes=1)
    assert stale.open("/profile/deputies").status_code == 200


AS_MANAGER = "/profile/deputies/new-as-line-manager"


def test_a_line_manager_names_one_who_then_does_their_part(app: Flask, move: Move, colleague: UUID) -> None:
    transfer = move.begin()
    manager_id, transfer_id = move.manager(), transfer.id
    managers.name(move.session, transfer, Side.EXPORTING, manager_id, move.now)
    move.session.commit()
    manager, deputy = sign_in(app, manager_id), sign_in(app, colleague)
    overview = manager.open("/profile/deputies").text
    check_page(overview)
    assert AS_MANAGER in overview
    form = manager.open(AS_MANAGER).text
    check_page(form)
    assert form.count('type="radio"') == form.count(" checked") == 1
    asked = {
        "role": after(form.split('name="role"', 1)[1], 'value="'),
        "address": "dan.deputy@hmrc.gov.uk",
        "first_day": ["2", "3", "2026"],
        "last_day": ["20", "3", "2026"],
        "reason": "Leave",
    }
    part = f"/transfers/{transfer_id}/line-manager"
    assert deputy.open(part).status_code == 404
    checked = manager.submit(AS_MANAGER, **asked)
    check_page(checked.text)
    assert "do your part of them" in checked.text
    wrong = manager.submit(AS_MANAGER, **asked | {"address": "nobody@hmrc.gov.uk"})
    assert (wrong.status_code, "Nobody who works there" in wrong.text) == (422, True)
    assert manager.submit(AS_MANAGER, **asked, checked="yes").status_code == 303
    assert "for Beth Morgan" in deputy.open("/transfer-tasks").text
    page = deputy.open(part).text
    check_page(page)
    assert "You stand in for their line manager, Beth Morgan" in page
    ticked = dict.fromkeys(("no_loan", "probation_done", "no_warning", "date_agreed"), "y")
    shown = unescape(after(page.split('name="shown"', 1)[1], 'value="'))
    assert deputy.submit(part, **ticked, shown=shown).status_code == 303
    of_hr = sign_in(app, move.hmrc_officer).open(f"/transfers/{transfer_id}").text
    assert "A deputy of the line manager in" in of_hr


def test_while_an_account_rests_after_a_recovery_no_line_manager_names_one(
    app: Flask, move: Move, colleague: UUID
) -> None:
    manager_id, recovered = move.manager(), move.now - timedelta(hours=1)
    managers.name(move.session, move.begin(), Side.EXPORTING, manager_id, move.now)
    recovery = Recovery(
        person_id=manager_id,
        organisation_id=move.hmrc.id,
        state=RecoveryState.COMPLETED,
        is_open=False,
        requested_by=move.hmrc_officer,
        requested_at=recovered,
        request_check=IdentityCheck.CALLED_BACK,
        expires_at=recovered,
        ended_at=recovered,
    )
    move.session.add(recovery)
    move.session.commit()
    manager = sign_in(app, manager_id)
    assert AS_MANAGER not in manager.open("/profile/deputies").text
    assert manager.open(AS_MANAGER).status_code == 404
    recovery.ended_at = recovered - app.config["RECOVERY_COOLING"]
    move.session.add(recovery)
    move.session.commit()
    assert manager.open(AS_MANAGER).status_code == 200


def test_who_is_no_line_manager_is_told_who_names_one(app: Flask, move: Move, colleague: UUID) -> None:
    reader = sign_in(app, colleague)
    page = reader.open("/profile/deputies").text
    assert ("name a deputy here" in page, AS_MANAGER in page) == (True, False)
    assert reader.open(AS_MANAGER).status_code == 404
