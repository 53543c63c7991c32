"""An owner changes rules on pages: a form, a check of whose access turns, and the second officer."""

import re
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlmodel import select

from profiles.access_policy.models import PolicyChange
from profiles.apps.models import AccessRule, App
from profiles.organisations.models import OrganisationDetail
from profiles.roles.models import Role
from profiles.temporal import current, end
from tests.app.apps.conftest import Owned
from tests.app.apps.page_forms import fill
from tests.app.page_checks import check_page
from tests.factories.apps import make_rule
from tests.factories.clearances import make_clearance
from tests.factories.organisations import PROVENANCE, make_organisation
from tests.factories.people import give_role, make_employee
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

TYPED: dict[str, Any] = {
    "role_name": "manager",
    "organisation_id": "any",
    "grade_from": "G7",
    "posting_kind": "",
    "first_day": ["2", "3", "2026"],
    "last_day": ["", "", ""],
    "reason": "Managers need to see all cases",
}


def officer(app: Flask, owned: Owned, name: str, role: Role, *, elsewhere: bool = False) -> Visitor:
    move = owned.move
    organisation = move.home_office if elsewhere else move.hmrc
    person_id = make_employee(move.session, move.now, organisation, name).person_id
    give_role(move.session, move.now, person_id, role, organisation.id)
    move.session.commit()
    return sign_in(app, person_id)


def rules(owned: Owned) -> list[AccessRule]:
    with owned.reading() as session:
        return list(current(session, AccessRule, owned.move.now, owned.move.now, app_id=owned.app_id))


def waiting(owned: Owned) -> UUID:
    with owned.reading() as session:
        return session.exec(select(PolicyChange.id)).one()


def test_a_rule_that_opens_the_app_to_nobody_now_is_recorded_at_once(owned: Owned, owner: Visitor) -> None:
    path = f"{owned.path}/rules/add"
    form = owner.open(path)
    check_page(form.text)
    typed = TYPED | {"grade_from": "SCS3"}
    checked = owner.submit(path, **typed)
    check_page(checked.text)
    assert "Nobody’s access changes." in checked.text
    again = fill(owner, checked.text.replace('action=""', f'action="{path}"'), path, change="yes")
    assert "Managers need to see all cases" in again.text
    assert len(rules(owned)) == 1
    assert owner.submit(path, **typed, checked="yes").status_code == 303
    assert [one.grade_from for one in rules(owned) if one.role_name == "manager"] == ["SCS3"]
    check_page(owner.open(owned.path).text)


def test_what_changes_access_waits_and_a_security_officer_lets_it_be(
    app: Flask, owned: Owned, owner: Visitor
) -> None:
    rule = rules(owned)[0]
    path = f"{owned.path}/rules/{rule.fact_id}/end"
    typed = {"reason": "Not needed", "version": str(rule.id)}
    check_page(owner.open(path).text)
    checked = owner.submit(path, **typed)
    check_page(checked.text)
    assert "Fewer than 10" in checked.text
    assert "Patel" not in checked.text
    assert owner.submit(path, **typed, checked="yes").status_code == 303
    assert len(rules(owned)) == 1
    one = f"/apps/changes/{waiting(owned)}"
    page = owner.open(one)
    check_page(page.text)
    assert "Approve and record" not in page.text
    assert owner.submit(f"{one}/approve", page=one).status_code == 403
    security = officer(app, owned, "sid.security", Role.SECURITY_OFFICER)
    for listed in ("/apps", "/apps/changes", one):
        check_page(security.open(listed).text)
    assert "Patel, Priya" in security.open(one).text
    elsewhere = officer(app, owned, "ed.elsewhere", Role.SECURITY_OFFICER, elsewhere=True)
    assert elsewhere.open(one).status_code == 404
    assert elsewhere.post(f"{one}/approve").status_code in {400, 404}
    assert security.submit(f"{one}/approve", page=one).status_code == 303
    assert rules(owned) == []
    assert owner.open(one).status_code == 404


def test_an_officer_whom_it_lets_in_reads_that_somebody_else_decides(
    app: Flask, owned: Owned, owner: Visitor
) -> None:
    gaining = officer(app, owned, "gail.gains", Role.SECURITY_OFFICER)
    owner.submit(f"{owned.path}/rules/add", **TYPED | {"grade_from": ""}, checked="yes")
    one = f"/apps/changes/{waiting(owned)}"
    page = gaining.open(one)
    check_page(page.text)
    assert "few people get access by it, and you are one of them" in page.text
    assert "Approve and record" not in page.text
    assert gaining.submit(f"{one}/approve", page=one).status_code == 403
    assert len(rules(owned)) == 1


def test_where_a_clearance_decides_nobody_and_a_few_read_the_same_and_looking_leaves_a_trace(
    app: Flask, owned: Owned, owner: Visitor
) -> None:
    session, now, hmrc = owned.move.session, owned.move.now, owned.move.hmrc
    cleared = make_employee(session, now, hmrc, "cleo.cleared", profession="Cyber").person_id
    make_employee(session, now, hmrc, "una.uncleared", profession="Law")
    make_clearance(session, now, cleared, hmrc)
    session.commit()
    typed = TYPED | {"grade_from": "", "organisation_id": str(hmrc.id), "least_clearance": "SC"}
    pages = [
        owner.submit(f"{owned.path}/rules/add", **typed, profession=one).text for one in ("Cyber", "Law")
    ]
    for page in pages:
        check_page(page)
    one, other = (_without_secrets(page).replace("Cyber", "Law") for page in pages)
    assert one == other
    assert "fewer than 10, or nobody" in one
    noted = owned.audited("access_policy.previewed")
    tried = [entry.details["wanted"]["conditions"]["profession"] for entry in noted]
    assert sorted(tried) == ["Cyber", "Law"]


def _without_secrets(page: str) -> str:
    return re.sub(r'nonce="[^"]+"|value="[^"]{40,}"', "", page)


def test_a_changed_rule_shows_what_it_says_now(owned: Owned, owner: Visitor) -> None:
    rule = rules(owned)[0]
    path = f"{owned.path}/rules/{rule.fact_id}/change"
    form = owner.open(path)
    check_page(form.text)
    assert 'value="EO" selected' in form.text
    checked = owner.submit(path, **(TYPED | {"version": str(rule.id)}))
    check_page(checked.text)
    assert "EO to SEO" in checked.text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reason": ""}, "Enter the reason"),
        ({"role_name": "king"}, "Not a valid choice"),
        ({"organisation_id": ""}, "Choose the organisation, or people of any organisation"),
        ({"first_day": ["1", "3", "2026"]}, "first day must be today or later"),
        ({"grade_from": "G7", "grade_to": "EO"}, "lowest grade must not be above"),
    ],
)
def test_bad_input_names_its_field_and_loses_nothing(
    owned: Owned, owner: Visitor, changes: dict[str, Any], words: str
) -> None:
    answer = owner.submit(f"{owned.path}/rules/add", **(TYPED | {"profession": "Policy"} | changes))
    check_page(answer.text)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert 'value="Policy"' in answer.text


def test_nobody_else_changes_a_rule(app: Flask, owned: Owned) -> None:
    path = f"{owned.path}/rules/add"
    assert officer(app, owned, "other.owner", Role.APP_OWNER, elsewhere=True).open(path).status_code == 404
    assert officer(app, owned, "dora.data", Role.DATA_PROTECTION_OFFICER).open(path).status_code == 403
    assert sign_in(app, owned.move.employee).open(path).status_code == 403


def test_a_rule_of_a_closed_organisation_never_becomes_one_of_any(owned: Owned, owner: Visitor) -> None:
    session, now = owned.move.session, owned.move.now
    closing = make_organisation(session, now, "VOA")
    make_rule(session, now, session.get_one(App, owned.app_id), organisation_id=closing.id)
    detail = current(session, OrganisationDetail, now, now, organisation_id=closing.id)[0]
    end(session, detail, now, now, PROVENANCE)
    session.commit()
    rule = next(one for one in rules(owned) if one.organisation_id == closing.id)
    path = f"{owned.path}/rules/{rule.fact_id}/change"
    assert f'value="{closing.id}" selected' in owner.open(path).text
    refused = owner.submit(path, **TYPED | {"organisation_id": str(closing.id), "version": str(rule.id)})
    assert "This organisation is closed" in refused.text
