"""An owner proposes to write off what a client will never confirm, and a data protection officer confirms."""

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

CLIENT = "old-desk"


@pytest.fixture
def app_id(move: Move) -> UUID:
    """HMRC's app; a client that is gone has not confirmed a message, for which the app is stopped."""
    app = move.session.exec(select(App).where(App.name == "Tax Desk")).one()
    app.tokens_stopped_at = move.now
    message = enqueue(
        move.session,
        MessageKind.LOGOUT,
        {"client_id": CLIENT},
        reason="Access ended",
        now=move.now - timedelta(minutes=9),
        app_id=app.id,
        person_id=move.employee,
        overdue_after=timedelta(minutes=5),
    )
    message.sent_at = message.given_up_at = move.now
    app_id = app.id
    move.session.commit()
    return app_id


def officer(app: Flask, move: Move, role: Role, *, of_home_office: bool = False) -> Visitor:
    organisation = move.home_office if of_home_office else move.hmrc
    name = f"robin.{role.value.replace('_', '')}"
    person_id = make_employee(move.session, move.now, organisation, name).person_id
    give_role(move.session, move.now, person_id, role, organisation.id)
    move.session.commit()
    return sign_in(app, person_id)


def propose(owner: Visitor, app_id: UUID) -> str:
    sent = owner.submit(f"/apps/{app_id}/write-offs/new/{CLIENT}", reason="It was taken out of service.")
    assert sent.status_code == 303, sent.text
    return str(sent.location)


@pytest.mark.looks_at("apps/new_write_off.html", "apps/write_off.html")
def test_an_owner_proposes_and_a_data_protection_officer_confirms(
    app: Flask, move: Move, app_id: UUID
) -> None:
    owner = officer(app, move, Role.APP_OWNER)
    messages, form = f"/apps/{app_id}/messages", f"/apps/{app_id}/write-offs/new/{CLIENT}"
    page = owner.open(messages).text
    check_page(page)
    assert form in page
    check_page(owner.open(form).text)
    empty = owner.submit(form, reason=" ")
    assert empty.status_code == 422
    check_page(empty.text)
    proposal = propose(owner, app_id)
    page = owner.open(proposal).text
    check_page(page)
    assert "You proposed it" in page
    assert ("Not registered any more" in page, "Disabled" in page) == (True, False)
    assert owner.submit(f"{proposal}/confirm", page=proposal).status_code == 403
    assert owner.submit(form, reason="Once more.").status_code == 409

    dora = officer(app, move, Role.DATA_PROTECTION_OFFICER)
    assert "Messages to apps to write off" in dora.open("/tasks").text
    for path, link in (("/apps/agreements", messages), (messages, proposal)):
        page = dora.open(path).text
        check_page(page)
        assert link in page, path
    check_page(dora.open(proposal).text)
    assert dora.submit(f"{proposal}/confirm", page=proposal).status_code == 303
    move.session.expire_all()
    assert move.session.get_one(App, app_id).tokens_stopped_at is None
    move.session.rollback()  # on SQLite whoever writes waits for it
    for reader, path in ((dora, messages), (sign_in(app, move.hmrc_officer), f"/receipts/{app_id}")):
        page = reader.open(path).text
        check_page(page)
        assert "It was taken out of service." in page, path
    assert dora.open(proposal).status_code == 404


def test_officers_of_elsewhere_find_nothing(app: Flask, move: Move, app_id: UUID) -> None:
    proposal = propose(officer(app, move, Role.APP_OWNER), app_id)
    stranger = officer(app, move, Role.DATA_PROTECTION_OFFICER, of_home_office=True)
    for path in (proposal, f"/apps/{app_id}/write-offs/new/{CLIENT}"):
        assert stranger.open(path).status_code == 404, path
    for step in ("confirm", "withdraw"):
        assert stranger.submit(f"{proposal}/{step}", page="/profile/sessions").status_code == 404, step


def test_whoever_proposed_withdraws_it(app: Flask, move: Move, app_id: UUID) -> None:
    owner = officer(app, move, Role.APP_OWNER)
    proposal = propose(owner, app_id)
    assert owner.submit(f"{proposal}/withdraw", page=proposal).status_code == 303
    assert owner.open(proposal).status_code == 404
    assert move.session.get_one(App, app_id).tokens_stopped_at is not None


def test_a_proposal_is_found_and_withdrawn_when_the_client_has_confirmed_everything(
    app: Flask, move: Move, app_id: UUID
) -> None:
    owner = officer(app, move, Role.APP_OWNER)
    proposal = propose(owner, app_id)
    move.session.execute(update(OutboxMessage).values(acknowledged_at=move.now))
    move.session.commit()
    dora, messages = officer(app, move, Role.DATA_PROTECTION_OFFICER), f"/apps/{app_id}/messages"
    page = dora.open(messages).text
    check_page(page)
    assert proposal in page
    assert "confirmed everything meanwhile" in dora.open(proposal).text
    assert dora.submit(f"{proposal}/withdraw", page=proposal).status_code == 303
    assert proposal not in dora.open(messages).text
