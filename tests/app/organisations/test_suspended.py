"""A suspended organisation on pages: two administrators of the platform lift it."""

from uuid import UUID

import pytest
from flask import Flask
from sqlmodel import select

from profiles.access_policy.models import PolicyChange
from profiles.roles.models import Role
from profiles.suspensions.service import find_organisation_suspension, suspend_organisation
from tests.app.page_checks import check_page
from tests.factories.organisations import INITIATOR
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

LIST = "/organisations/suspended"


def administrator(move: Move, name: str) -> UUID:
    person_id = make_employee(move.session, move.now, move.hmrc, name).person_id
    give_role(move.session, move.now, person_id, Role.PLATFORM_ADMINISTRATOR, None)
    return person_id


@pytest.mark.looks_at("organisations/lift.html", "organisations/suspended.html")
def test_one_asks_and_another_lifts_it(app: Flask, move: Move) -> None:
    pat, pia = (administrator(move, name) for name in ("pat.platform", "pia.platform"))
    place = move.home_office.id
    suspend_organisation(move.session, move.now, organisation_id=place, reason="Stolen", initiator=INITIATOR)
    move.session.commit()
    first, second = sign_in(app, pat), sign_in(app, pia)
    listed, lift = first.open(LIST), f"{LIST}/{place}/lift"
    check_page(listed.text)
    assert lift in listed.text
    asked = first.open(lift).text
    check_page(asked)
    above = app.config["SECOND_OFFICER_ABOVE"]
    assert f"Where they are more than {above}, another platform administrator" in asked
    assert f"where more people than {above} can sign in again" in listed.text
    checked = first.submit(lift, reason="Cleared")
    check_page(checked.text)
    assert "People who can sign in again, at the most: fewer than 10." in checked.text
    assert first.submit(lift, reason="Cleared", checked="yes").status_code == 303
    change_id = move.session.exec(select(PolicyChange.id)).one()
    move.session.rollback()
    one = f"{LIST}/waiting/{change_id}"
    assert one in second.open(LIST).text
    waiting = second.open(one)
    check_page(waiting.text)
    assert "Approve and record" not in first.open(one).text
    assert "Another platform administrator" in first.open(f"/profile/asked/{change_id}").text
    assert second.submit(f"{one}/approve", page=one).status_code == 303
    assert find_organisation_suspension(move.session, place, move.now) is None
