"""Whoever asked for a change that waits sees it, and takes it back."""

from datetime import date

import pytest
from flask import Flask

from profiles.access_policy.domains import DomainWanted
from profiles.access_policy.models import PolicyChange, PolicyState
from profiles.access_policy.service import submit
from profiles.roles.models import Role
from tests.app.page_checks import check_page
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

LIST = "/profile/asked"


@pytest.mark.looks_at("my_profile/asked.html", "my_profile/asked_for.html")
def test_it_is_listed_to_who_asked_and_withdrawn_by_them_alone(app: Flask, move: Move) -> None:
    admin = make_employee(move.session, move.now, move.hmrc, "ada.admin").person_id
    give_role(move.session, move.now, admin, Role.ORGANISATION_ADMINISTRATOR, move.hmrc.id)
    wanted = DomainWanted("hmrc.gov.uk", date(2026, 4, 1), move.hmrc.id, move.home_office.id)
    change = submit(
        move.session,
        wanted,
        wanted.foresee(move.session, move.now),
        move.now,
        admin,
        reason="The board decided",
        alone_up_to=0,
        gaining_above=0,
    )
    change_id = change.id
    move.session.commit()
    asking, other = sign_in(app, admin), sign_in(app, move.employee)
    one = f"{LIST}/{change_id}"
    assert LIST in asking.open("/profile").text
    listed = asking.open(LIST)
    check_page(listed.text)
    assert ("Hand over an e-mail domain" in listed.text, "Waits for a second officer" in listed.text) == (
        True,
        True,
    )
    shown = asking.open(one)
    check_page(shown.text)
    assert ("The board decided" in shown.text, "Officers of Department H" in shown.text) == (True, True)
    check_page(other.open(LIST).text)
    assert other.open(one).status_code == 404
    assert other.submit(f"{one}/withdraw", page="/profile").status_code == 404
    assert asking.submit(f"{one}/withdraw", page=one).status_code == 303
    assert "You took it back" in asking.open(one).text
    move.session.expire_all()
    assert move.session.get_one(PolicyChange, change_id).state is PolicyState.REFUSED
