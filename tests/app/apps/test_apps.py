"""Apps and agreements: the weakest link is visible, and each sees their own."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlmodel import select

from profiles.apps.models import App
from profiles.organisations.grades import CommonGrade
from profiles.roles.models import Role
from tests.app.page_checks import check_page
from tests.factories.apps import make_agreement, make_app, make_rule
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor


@pytest.fixture
def owner(app: Flask, move: Move) -> Visitor:
    """An app owner of HMRC."""
    person_id = make_employee(move.session, move.now, move.hmrc, "oona.owner").person_id
    give_role(move.session, move.now, person_id, Role.APP_OWNER, move.hmrc.id)
    move.session.commit()
    return sign_in(app, person_id)


def app_id(move: Move, name: str) -> UUID:
    found = move.session.exec(select(App.id).where(App.name == name)).one()
    move.session.rollback()
    return found


def test_owners_see_the_apps_of_their_organisation_only(owner: Visitor, move: Move) -> None:
    page = owner.open("/apps").text
    check_page(page)
    assert "Tax Desk" in page
    assert "Visa Desk" not in page
    assert owner.open(f"/apps/{app_id(move, 'Visa Desk')}").status_code == 404


def test_the_platform_administrator_sees_all(app: Flask, move: Move) -> None:
    person_id = make_employee(move.session, move.now, move.hmrc, "pat.admin").person_id
    give_role(move.session, move.now, person_id, Role.PLATFORM_ADMINISTRATOR, None)
    move.session.commit()
    page = sign_in(app, person_id).open("/apps").text
    assert "Tax Desk" in page
    assert "Visa Desk" in page


def test_a_page_of_an_app_says_what_it_is_told_and_who_gets_in(owner: Visitor, move: Move) -> None:
    page = owner.open(f"/apps/{app_id(move, 'Tax Desk')}").text
    check_page(page)
    assert "to open your cases" in page
    assert "public task" in page
    assert "EO to SEO in Department HMRC or below it." in page


@pytest.mark.parametrize(
    ("days", "words"), [(-1, "Expired"), (30, "Due for renewal"), (400, "In force"), (None, "None")]
)
def test_the_state_of_the_agreement_is_plain(
    owner: Visitor, move: Move, days: int | None, words: str
) -> None:
    weak = make_app(move.session, move.now, move.hmrc, "Weak Link", claims=None)
    if days is not None:
        make_agreement(move.session, move.now, weak, valid_to=move.now + timedelta(days=days))
    move.session.commit()
    page = owner.open("/apps").text
    check_page(page)
    row = page[page.index("Weak Link") :].split("</tr>")[0]
    assert words in row
    check_page(owner.open(f"/apps/{app_id(move, 'Weak Link')}").text)


def test_a_rule_is_one_sentence_of_all_its_conditions(owner: Visitor, move: Move) -> None:
    strict = make_app(move.session, move.now, move.hmrc, "Strict")
    make_rule(
        move.session,
        move.now,
        strict,
        organisation_id=move.home_office.id,
        include_subtree=False,
        grade_from=CommonGrade.G7,
        profession="Policy",
        posting_kind="host",
        least_clearance="SC",
    )
    move.session.commit()
    page = owner.open(f"/apps/{app_id(move, 'Strict')}").text
    assert (
        "G7 and above of the Policy profession on loan in Department HO itself "
        "with SC or higher that can be used there." in page
    )


@pytest.mark.parametrize(
    ("days", "words"), [(12, "it ends in 12 days"), (1, "it ends in 1 day"), (0, "it ends today")]
)
def test_an_agreement_that_ends_soon_says_in_how_many_days(
    owner: Visitor, move: Move, days: int, words: str
) -> None:
    midnight_after = (move.now + timedelta(days=days + 1)).replace(hour=0)
    make_app(move.session, move.now, move.hmrc, "Weak Link", agreed_until=midnight_after)
    move.session.commit()
    assert words in owner.open(f"/apps/{app_id(move, 'Weak Link')}").text


def test_an_app_without_an_agreement_says_whom_to_ask(owner: Visitor, move: Move) -> None:
    make_app(move.session, move.now, move.hmrc, "Weak Link", claims=None)
    person_id = make_employee(move.session, move.now, move.hmrc, "dora.protect").person_id
    give_role(move.session, move.now, person_id, Role.DATA_PROTECTION_OFFICER, move.hmrc.id)
    move.session.commit()
    page = owner.open(f"/apps/{app_id(move, 'Weak Link')}").text
    check_page(page)
    assert "Ask your data protection officer for one: Dora Protect." in page
