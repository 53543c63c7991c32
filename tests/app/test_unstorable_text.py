"""Text that PostgreSQL cannot hold is the sender's mistake, wherever it is sent."""

import pytest
from flask import Flask

from profiles.roles.models import Role
from tests.app.transfers.answers import answers
from tests.factories.people import give_role
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in


@pytest.mark.parametrize("path", ["/people?q=%00", "/audit?q=%00", "/transfers?state=%00&%00=1"])
def test_a_nul_in_an_address_is_refused(app: Flask, move: Move, path: str) -> None:
    give_role(move.session, move.now, move.preparer, Role.AUDITOR, move.home_office.id)
    move.session.commit()
    assert sign_in(app, move.preparer).open(path).status_code == 400


@pytest.mark.parametrize("field", ["job_title", "employment_number", "work_address", "code"])
def test_a_nul_in_a_form_is_refused(app: Flask, move: Move, field: str) -> None:
    typed = answers(move.code(), move.home_office.id)
    move.session.commit()
    officer = sign_in(app, move.preparer)
    page = officer.submit("/transfers/new/prepare", page="/transfers/new", **typed | {field: "\0@ho.gov.uk"})
    assert page.status_code == 400
