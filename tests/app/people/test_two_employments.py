"""HR says under which of two employments at once something is added."""

from datetime import date
from typing import Any

from flask import Flask

from profiles.employments.service import Post, appoint
from profiles.pay.models import PayRecord
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action
from profiles.portable_profile.rules import BY_EMPLOYMENT, actions_of
from profiles.temporal import history
from tests.app.page_checks import check_page
from tests.factories.organisations import INITIATOR, PROVENANCE
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

QUESTION = "Under which employment?"


def test_the_page_asks_which_and_says_it_before_it_is_recorded(app: Flask, move: Move) -> None:
    path = f"/people/{move.employee}/change/pay/add"
    officer = sign_in(app, move.hmrc_officer)
    move.session.commit()
    assert QUESTION not in officer.open(path).text
    since = date(2024, 9, 2)
    employment, _post = appoint(
        move.session,
        move.now,
        PROVENANCE,
        INITIATOR,
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        number="HMRC-evening",
        starts_on=since,
        continuous_service_from=since,
        post=Post(local_grade="Officer", job_title="Adviser"),
    )
    evening = employment.fact_id
    move.session.commit()
    form = officer.open(path).text
    check_page(form)
    assert QUESTION in form
    assert "HMRC-evening at Department HMRC, since 2 September 2024" in form
    typed: dict[str, Any] = {
        "salary_pence": "25000",
        "pay_reason": "award",
        "fte_thousandths": "40",
        "first_day": ["1", "2", "2026"],
        "last_day": ["", "", ""],
        "source": "Payroll",
        "reason": "Pay award",
    }
    refused = officer.submit(path, **typed)
    check_page(refused.text)
    assert refused.status_code == 422
    assert "Say under which employment" in refused.text
    for wrong in ("nonsense", str(move.employee)):
        assert officer.submit(path, **typed, employment_id=wrong).status_code == 422
    checked = officer.submit(path, **typed, employment_id=str(evening)).text
    check_page(checked)
    assert "HMRC-evening" in checked
    assert officer.submit(path, **typed, employment_id=str(evening), checked="yes").status_code == 303
    (paid,) = history(move.session, PayRecord, move.now, person_id=move.employee)
    assert paid.employment_id == evening
    for kind in Kind:
        if Action.ADD in actions_of(kind):
            asks = QUESTION in officer.open(f"/people/{move.employee}/change/{kind.value}/add").text
            assert asks is (kind in BY_EMPLOYMENT), kind
