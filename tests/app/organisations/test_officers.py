"""Who holds which role, as administrators, auditors, data protection and security officers read it."""

import pytest
from flask import Flask

from profiles.roles.models import Role
from tests.app.page_checks import check_page
from tests.factories.people import give_role, make_deputy, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

PATH = "/organisations/officers"


@pytest.mark.parametrize("role", [Role.ORGANISATION_ADMINISTRATOR, Role.AUDITOR])
def test_officers_and_deputies_of_ones_own_organisation_are_listed(
    app: Flask, move: Move, role: Role
) -> None:
    reader = make_employee(move.session, move.now, move.hmrc, "rita.reader").person_id
    give_role(move.session, move.now, reader, role, move.hmrc.id)
    deputy = make_employee(move.session, move.now, move.hmrc, "dan.deputy").person_id
    make_deputy(move.session, move.now, deputy, move.hmrc_officer, Role.HR_OFFICER, move.hmrc.id)
    move.session.commit()
    visitor = sign_in(app, reader)
    page = visitor.open(PATH).text
    check_page(page)
    assert "Stands in for Harriet Khan" in page
    assert "Rita Reader" in page
    assert "Olivia Ward" not in page  # of the Home Office
    before = visitor.open(f"{PATH}?known_on=1&known_on=3&known_on=2026").text
    check_page(before)
    assert "Nobody held a role there on that day." in before
    assert sign_in(app, move.hmrc_officer).open(PATH).status_code == 403
