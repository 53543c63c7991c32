"""An owner sees what their app was told, and has what it has not confirmed tried again."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import update
from sqlmodel import select

from profiles.apps.models import App
from profiles.outbox.models import MessageKind, OutboxMessage
from profiles.outbox.service import enqueue
from profiles.roles.models import Role
from tests.app.page_checks import check_page
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor


@pytest.fixture
def app_id(move: Move) -> UUID:
    """HMRC's app; it has not confirmed a message of nine minutes ago, which was given up."""
    app_id = move.session.exec(select(App.id).where(App.name == "Tax Desk")).one()
    message = enqueue(
        move.session,
        MessageKind.LOGOUT,
        {"client_id": "tax-desk"},
        reason="Access ended",
        now=move.now - timedelta(minutes=9),
        app_id=app_id,
        person_id=move.employee,
        overdue_after=timedelta(minutes=5),
    )
    message.sent_at = message.given_up_at = move.now
    move.session.commit()
    return app_id


def officer(app: Flask, move: Move, role: Role, *, of_home_office: bool = False) -> Visitor:
    organisation = move.home_office if of_home_office else move.hmrc
    person_id = make_employee(move.session, move.now, organisation, "robin.officer").person_id
    give_role(move.session, move.now, person_id, role, organisation.id)
    move.session.commit()
    return sign_in(app, person_id)


def test_the_owner_has_it_tried_again(app: Flask, move: Move, app_id: UUID) -> None:
    owner, path = officer(app, move, Role.APP_OWNER), f"/apps/{app_id}/messages"
    page = owner.open(path).text
    check_page(page)
    assert "has not confirmed that it ended old access" in page
    assert "Given up" in page
    assert "Priya" not in page
    assert owner.submit(f"{path}/try-again", page=path).status_code == 303
    (message,) = move.session.exec(select(OutboxMessage).where(OutboxMessage.app_id == app_id))
    assert (message.given_up_at, message.due_at) == (None, move.now)


def test_it_is_flagged_wherever_the_app_is_shown(app: Flask, move: Move, app_id: UUID) -> None:
    dora = officer(app, move, Role.DATA_PROTECTION_OFFICER)
    for path in ("/apps/agreements", f"/apps/{app_id}"):
        assert "as not confirmed that it ended old access" in dora.open(path).text, path
    assert "unanswered" in dora.open("/apps/agreements.csv").text
    move.session.execute(update(App).where(App.id == app_id).values(tokens_stopped_at=move.now))  # type: ignore[arg-type]
    move.session.commit()
    page = dora.open(f"/apps/{app_id}").text
    check_page(page)
    assert "nobody can sign in to it anew" in page


def test_hr_sees_the_flag_beside_the_receipts(app: Flask, move: Move, app_id: UUID) -> None:
    move.session.execute(update(App).where(App.id == app_id).values(tokens_stopped_at=move.now))  # type: ignore[arg-type]
    move.session.commit()
    hr = sign_in(app, move.hmrc_officer)
    for path, words in (("/receipts", "No new tokens"), (f"/receipts/{app_id}", "nobody can sign in")):
        page = hr.open(path).text
        check_page(page)
        assert words in page


def test_only_its_owner_has_it_tried_again(app: Flask, move: Move, app_id: UUID) -> None:
    path = f"/apps/{app_id}/messages"
    dora = officer(app, move, Role.DATA_PROTECTION_OFFICER)
    assert "Try again now" not in dora.open(path).text
    assert dora.submit(f"{path}/try-again", page="/profile/sessions").status_code == 403


def test_owners_of_elsewhere_find_nothing(app: Flask, move: Move, app_id: UUID) -> None:
    path, stranger = f"/apps/{app_id}/messages", officer(app, move, Role.APP_OWNER, of_home_office=True)
    assert stranger.open(path).status_code == 404
    assert stranger.submit(f"{path}/try-again", page="/profile/sessions").status_code == 404
