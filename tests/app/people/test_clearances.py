"""A security officer stops the use of a clearance: at once, and for their own organisation alone."""

from uuid import UUID

import pytest
from flask import Flask

from profiles.clearances.models import Clearance, ClearanceStatus
from profiles.roles.models import Role
from profiles.temporal import current
from tests.app.page_checks import check_page
from tests.factories.organisations import LONG_AGO
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

TYPED = {"status": "suspended", "source": "Letter of UKSV", "reason": "Under review"}


def officer_of(move: Move, organisation_id: UUID) -> UUID:
    where = move.hmrc if organisation_id == move.hmrc.id else move.home_office
    officer = make_employee(move.session, move.now, where, "sam.stone").person_id
    give_role(move.session, move.now, officer, Role.SECURITY_OFFICER, organisation_id)
    return officer


def clearance(move: Move) -> Clearance:
    return current(move.session, Clearance, move.now, move.now, person_id=move.employee)[0]


@pytest.mark.looks_at("people/stop_clearance.html")
def test_a_suspension_is_recorded_at_once_with_who_and_why(app: Flask, move: Move) -> None:
    path = f"/people/{move.employee}/clearances/{clearance(move).fact_id}/stop"
    officer = officer_of(move, move.hmrc.id)
    move.session.commit()
    visitor = sign_in(app, officer)
    form = visitor.open(path)
    check_page(form.text)
    assert "Active" in form.text
    assert "Refused" not in form.text
    empty = visitor.submit(path, **(TYPED | {"reason": ""}))
    check_page(empty.text)
    assert (empty.status_code, "Say why" in empty.text) == (422, True)
    assert visitor.submit(path, **TYPED).status_code == 303
    held = clearance(move)
    assert (held.status, held.reason, held.recorded_by) == (
        ClearanceStatus.SUSPENDED,
        "Under review",
        officer,
    )
    assert held.valid_from > LONG_AGO


def test_what_would_open_access_cannot_be_recorded_here(app: Flask, move: Move) -> None:
    path = f"/people/{move.employee}/clearances/{clearance(move).fact_id}/stop"
    officer = officer_of(move, move.hmrc.id)
    move.session.commit()
    visitor = sign_in(app, officer)
    visitor.submit(path, **TYPED)
    again = visitor.submit(path, **(TYPED | {"status": "active"}))
    assert again.status_code == 422
    assert clearance(move).status is ClearanceStatus.SUSPENDED


def test_others_cannot_stop_it(app: Flask, move: Move) -> None:
    path = f"/people/{move.employee}/clearances/{clearance(move).fact_id}/stop"
    elsewhere = officer_of(move, move.home_office.id)
    move.session.commit()
    assert sign_in(app, elsewhere).open(path).status_code == 404
    assert sign_in(app, move.hmrc_officer).open(path).status_code == 403
