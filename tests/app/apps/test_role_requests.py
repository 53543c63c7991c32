"""A person asks for a role on Your apps, and an owner decides."""

from typing import Any

from flask import Flask

from profiles.entitlements.models import Entitlement
from profiles.temporal import current
from tests.app.apps.conftest import Owned
from tests.app.page_checks import check_page
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

TYPED: dict[str, Any] = {
    "role_name": "manager",
    "first_day": ["2", "3", "2026"],
    "last_day": ["30", "4", "2026"],
    "reason": "I cover for a manager",
}


def test_somebody_asks_and_an_owner_gives_it(app: Flask, owned: Owned, owner: Visitor) -> None:
    person = sign_in(app, owned.move.employee)
    path = f"/profile/apps/{owned.app_id}/ask"
    assert path in person.open("/profile/apps").text
    check_page(person.open(path).text)
    bad = person.submit(path, **(TYPED | {"reason": ""}))
    check_page(bad.text)
    assert (bad.status_code, "Say what you need it for" in bad.text) == (422, True)
    assert person.submit(path, **TYPED).status_code == 303
    assert person.submit(path, **TYPED).status_code == 422
    check_page(person.open("/profile/apps").text)
    home = owner.open("/profile").text
    assert 'id="roles-asked-for"' in home
    listed = owner.open("/apps/requests").text
    check_page(listed)
    one = listed.split('href="/apps/requests/')[1].split('"')[0]
    page = owner.open(f"/apps/requests/{one}").text
    check_page(page)
    assert "I cover for a manager" in page
    assert "Manager, Caseworker" in page
    unsaid = owner.submit(f"/apps/requests/{one}", decision="no")
    check_page(unsaid.text)
    assert (unsaid.status_code, "Say why" in unsaid.text) == (422, True)
    answer = owner.submit(f"/apps/requests/{one}", decision="yes", last_day=["15", "4", "2026"])  # type: ignore[arg-type]
    assert answer.status_code == 303
    with owned.reading() as session:
        given = current(session, Entitlement, owned.move.now, owned.move.now, app_id=owned.app_id)
    assert [one.approved_by for one in given] == [owned.person_id]
    assert "Approved" in person.open("/profile/apps").text
    assert owner.open(f"/apps/requests/{one}").status_code == 404


def test_somebody_withdraws_what_they_asked_for_and_nobody_else_does(
    app: Flask, owned: Owned, owner: Visitor
) -> None:
    person = sign_in(app, owned.move.employee)
    person.submit(f"/profile/apps/{owned.app_id}/ask", **TYPED)
    shown = person.open("/profile/apps").text
    path = "/profile/apps/requests/" + shown.split("/profile/apps/requests/")[1].split('"')[0]
    assert owner.submit(path, page=f"/profile/apps/{owned.app_id}/ask").status_code == 404
    assert person.submit(path, page="/profile/apps").status_code == 303
    assert "Nobody waits for you" in owner.open("/apps/requests").text


def test_what_ends_with_a_move_is_offered_to_be_asked_for(app: Flask, owned: Owned) -> None:
    transfer = owned.move.prepare()
    owned.move.session.commit()
    page = sign_in(app, owned.move.employee).open(f"/profile/transfers/{transfer.id}").text
    check_page(page)
    assert f"/profile/apps/{owned.app_id}/ask?first=2026-03-16" in page
    form = sign_in(app, owned.move.employee).open(f"/profile/apps/{owned.app_id}/ask?first=2026-03-16").text
    assert 'value="16"' in form
