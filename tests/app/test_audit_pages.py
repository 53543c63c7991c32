"""The auditor's pages, and the receipts of apps."""

import re
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import col, select

from app.database import transaction
from identity.sessions import service as sessions
from identity.sessions.service import Limits
from profiles.apps.models import App
from profiles.audit.catalogue import Event
from profiles.audit.models import AuditEntry
from profiles.audit.sealing import seal
from profiles.audit.service import Initiator, append
from profiles.organisations import service as organisations
from profiles.outbox.models import MessageKind
from profiles.outbox.service import enqueue
from profiles.roles.models import Role
from tests.app.page_checks import check_page
from tests.factories.apps import make_app
from tests.factories.organisations import make_organisation
from tests.factories.people import give_role, make_employee, make_person

LIMITS = Limits(idle=timedelta(hours=1), absolute=timedelta(hours=12))


@pytest.fixture
def scene(app: Flask, now: datetime) -> dict[str, App]:
    """An app each of HMRC and the Home Office; one message to the first."""
    with transaction(app.extensions["engine"]) as session:
        apps = {
            code: make_app(session, now, make_organisation(session, now, code)) for code in ("HMRC", "HO")
        }
        enqueue(
            session,
            MessageKind.LOGOUT,
            {},
            reason="Access ended",
            now=now - timedelta(minutes=9),
            app_id=apps["HMRC"].id,
            overdue_after=timedelta(minutes=5),
        )
        seal(session, now)
        return apps


@pytest.fixture
def visitor(app: Flask, scene: dict[str, App], now: datetime):
    """A browser signed in as somebody with a role at HMRC."""

    def visitor(role: Role | None) -> FlaskClient:
        with transaction(app.extensions["engine"]) as session:
            person_id = make_person(session, now)
            if role is not None:
                give_role(session, now, person_id, role, scene["HMRC"].organisation_id)
            token = sessions.start(session, now, person_id=person_id, limits=LIMITS)
        client = app.test_client()
        client.set_cookie("lanyard_session", token)
        return client

    return visitor


def entry_of(app: Flask, organisation_id: UUID) -> AuditEntry:
    with transaction(app.extensions["engine"]) as session:
        mine = select(AuditEntry).where(col(AuditEntry.organisation_id) == organisation_id)
        return session.exec(mine).first()


@pytest.mark.looks_at("audit/entries.html")
def test_an_auditor_sees_the_entries_of_their_organisation(visitor, scene):
    answer = visitor(Role.AUDITOR).get("/audit")
    assert answer.status_code == 200
    assert "organisation.created" in answer.text
    assert str(scene["HO"].organisation_id) not in answer.text
    check_page(answer.text)


def test_a_search_that_finds_nothing_says_what_to_do(visitor):
    answer = visitor(Role.AUDITOR).get("/audit?q=nothing.of.this")
    assert "No entries were found" in answer.text
    check_page(answer.text)


def test_entries_are_found_by_who_began_them_when_and_position(app, visitor, scene, now):
    auditor = visitor(Role.AUDITOR)
    with transaction(app.extensions["engine"]) as session:
        post = make_employee(
            session, now, organisations.get(session, scene["HMRC"].organisation_id, now), "o.fficer"
        )
        other = make_employee(
            session, now, organisations.get(session, scene["HO"].organisation_id, now), "o.ther"
        )
        for person_id, at in ((post.person_id, now), (other.person_id, now + timedelta(days=2))):
            append(
                session,
                Event.RECORDS_EXPORTED,
                Initiator.person(person_id),
                at,
                organisation_id=scene["HMRC"].organisation_id,
            )
        ids = str(post.person_id), str(other.person_id)

    def began(query: str) -> list[bool]:
        page = auditor.get(f"/audit?{query}")
        check_page(page.text)
        return [f"A person: {one}" in page.text for one in ids]

    assert began("") == [True, True]
    assert began(f"by={ids[1]}") == [False, True]
    assert began("by=o.fficer@hmrc.gov.uk") == [True, False]
    assert began("by=o.ther@ho.gov.uk") == [False, False], "who works elsewhere is known by their id alone"
    assert began("until=2&until=3&until=2026") == [True, False]
    assert began("since=3&since=3&since=2026") == [False, True]
    wrong = auditor.get("/audit?since=3&since=3&since=2026&until=2&until=3&until=2026").text
    check_page(wrong)
    assert "must not be before" in wrong
    position = re.search(r"numeric\">(\d+)<", auditor.get("/audit?q=organisation.created").text)
    assert position
    found = auditor.get(f"/audit?q={position[1]}").text
    assert "1 entry" in found


def test_an_entry_is_shown_with_its_position(app, visitor, scene):
    entry = entry_of(app, scene["HMRC"].organisation_id)
    answer = visitor(Role.AUDITOR).get(f"/audit/{entry.id}")
    assert str(entry.id) in answer.text
    assert "Not sealed yet" not in answer.text
    check_page(answer.text)


def test_an_entry_of_another_organisation_is_not_found(app, visitor, scene):
    entry = entry_of(app, scene["HO"].organisation_id)
    assert visitor(Role.AUDITOR).get(f"/audit/{entry.id}").status_code == 404


@pytest.mark.parametrize("role", [None, Role.HR_OFFICER, Role.APP_OWNER])
def test_only_who_may_see_the_audit_sees_it(visitor, role):
    assert visitor(role).get("/audit").status_code == 403


def test_receipts_are_counted_for_each_app(visitor):
    answer = visitor(Role.HR_OFFICER).get("/receipts")
    assert answer.text.count("Casework") == 1
    assert "Overdue" in answer.text
    check_page(answer.text)


def test_the_receipts_of_an_app_say_what_became_of_each_message(visitor, scene):
    answer = visitor(Role.AUDITOR).get(f"/receipts/{scene['HMRC'].id}")
    assert "Access ended" in answer.text
    assert "Overdue" in answer.text
    check_page(answer.text)


def test_the_receipts_of_another_organisations_app_are_not_found(visitor, scene):
    assert visitor(Role.AUDITOR).get(f"/receipts/{scene['HO'].id}").status_code == 404


@pytest.mark.parametrize("role", [None, Role.SECURITY_OFFICER])
def test_only_who_may_see_receipts_sees_them(visitor, role):
    assert visitor(role).get("/receipts").status_code == 403


@pytest.mark.parametrize("page", ["0", "-1", "x", "999999999999"])
def test_a_page_number_of_any_kind_is_answered(visitor, page):
    assert visitor(Role.AUDITOR).get(f"/audit?page={page}").status_code == 200
