"""Roles in Lanyard on pages: asked for, confirmed by a second officer, and ended at once."""

from typing import Any
from uuid import UUID

from flask import Flask
from sqlmodel import select

from app.role_words import allowed_in_words
from profiles.access_policy.models import PolicyChange
from profiles.roles.models import Role, RoleAssignment
from profiles.roles.permissions import Permission
from profiles.roles.service import permissions_of
from profiles.temporal import current
from tests.app.page_checks import check_page
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

ROLES = "/organisations/officers"
NEW = f"{ROLES}/new"


def officer(move: Move, role: Role, name: str) -> UUID:
    person_id = make_employee(move.session, move.now, move.hmrc, name).person_id
    place = None if role is Role.PLATFORM_ADMINISTRATOR else move.hmrc.id
    give_role(move.session, move.now, person_id, role, place)
    return person_id


def typed(move: Move, **said: Any) -> dict[str, Any]:
    return {
        "address": "priya.patel@hmrc.gov.uk",
        "role": "payroll_officer",
        "organisation": str(move.hmrc.id),
        "first_day": ["2", "3", "2026"],
        "reason": "Joins payroll",
    } | said


def test_a_role_is_asked_for_confirmed_and_ended(app: Flask, move: Move) -> None:
    admin = officer(move, Role.ORGANISATION_ADMINISTRATOR, "ada.admin")
    security = officer(move, Role.SECURITY_OFFICER, "sid.security")
    move.session.commit()
    asking, deciding = sign_in(app, admin), sign_in(app, security)
    assert NEW in asking.open(ROLES).text
    check_page(asking.open(NEW).text)
    bad = asking.submit(NEW, **typed(move, address="nobody@hmrc.gov.uk"))
    check_page(bad.text)
    assert (bad.status_code, "works there on the first day" in bad.text, "Joins payroll" in bad.text) == (
        422,
        True,
        True,
    )
    checked = asking.submit(NEW, **typed(move))
    check_page(checked.text)
    assert "confirm the first pay after a move" in checked.text
    assert asking.submit(NEW, **typed(move), checked="yes").status_code == 303
    change_id = move.session.exec(select(PolicyChange.id)).one()
    move.session.rollback()
    one = f"{ROLES}/waiting/{change_id}"
    listed = deciding.open(f"{ROLES}/waiting")
    check_page(listed.text)
    assert one in listed.text
    assert "Roles in Lanyard to confirm" in deciding.open("/tasks").text
    assert str(change_id) not in deciding.open("/apps/changes").text
    assert deciding.open(f"/apps/changes/{change_id}").status_code == 404
    waiting = deciding.open(one)
    check_page(waiting.text)
    assert "Joins payroll" in waiting.text
    assert asking.submit(f"{one}/confirm", page=ROLES).status_code == 403
    assert deciding.submit(f"{one}/confirm", page=one).status_code == 303
    may = permissions_of(move.session, move.employee, move.now)
    assert may.allows(Permission.CONFIRM_PAY, move.hmrc.id)
    held = current(move.session, RoleAssignment, move.now, move.now, person_id=move.employee)[0].fact_id
    move.session.rollback()
    end = f"{ROLES}/{held}/end"
    assert end in deciding.open(ROLES).text
    check_page(deciding.open(end).text)
    assert deciding.submit(end, reason="").status_code == 422
    assert deciding.submit(end, reason="Moved team").status_code == 303
    assert not permissions_of(move.session, move.employee, move.now).any
    move.session.rollback()
    assert deciding.open(end).status_code == 404


def test_a_platform_administrator_reads_who_has_roles_where_nobody_else_answers(
    app: Flask, move: Move
) -> None:
    platform = officer(move, Role.PLATFORM_ADMINISTRATOR, "pat.platform")
    auditor = officer(move, Role.AUDITOR, "aud.auditor")
    move.session.commit()
    page = sign_in(app, platform).open(ROLES)
    check_page(page.text)
    assert ("Pat Platform" in page.text, "Aud Auditor" in page.text) == (True, True)
    assert "Pat Platform" in sign_in(app, auditor).open(ROLES).text
    officer(move, Role.SECURITY_OFFICER, "sid.security")
    move.session.commit()
    assert "Aud Auditor" not in sign_in(app, platform).open(ROLES).text


def test_every_permission_is_said_in_words(app: Flask) -> None:
    with app.test_request_context():
        for role in Role:
            assert allowed_in_words(role), role
