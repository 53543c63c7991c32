"""All agreements at a glance, on a page and as CSV; each sees those of their own organisations."""

import csv
import io
from datetime import timedelta

from flask import Flask

from profiles.roles.models import Role
from tests.app.page_checks import check_page
from tests.factories.apps import make_agreement, make_app
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor


def officer(app: Flask, move: Move) -> Visitor:
    """HMRC's data protection officer."""
    person_id = make_employee(move.session, move.now, move.hmrc, "dora.officer").person_id
    give_role(move.session, move.now, person_id, Role.DATA_PROTECTION_OFFICER, move.hmrc.id)
    move.session.commit()
    return sign_in(app, person_id)


def test_the_weakest_come_first_and_nobody_elses_are_shown(app: Flask, move: Move) -> None:
    make_app(move.session, move.now, move.hmrc, "Lost Desk", claims=None)
    make_app(move.session, move.now, move.hmrc, "Due Desk", agreed_until=move.now + timedelta(days=20))
    visitor = officer(app, move)
    page = visitor.open("/apps/agreements").text
    check_page(page)
    assert page.index("Lost Desk") < page.index("Due Desk") < page.index("Tax Desk")
    assert "Ends within 90 days" in page
    assert "Visa Desk" not in page
    assert "Ends within 30 days" in visitor.open("/apps/agreements?days=30").text


def test_the_csv_says_what_each_agreement_says_and_runs_no_formula(app: Flask, move: Move) -> None:
    evil = make_app(move.session, move.now, move.hmrc, "Late Desk", claims=None)
    until = move.now + timedelta(days=400)
    make_agreement(
        move.session,
        move.now,
        evil,
        valid_to=until,
        suppliers="=HYPERLINK(1)",
        dpia_reference="DPIA-7",
    )
    answer = officer(app, move).open("/apps/agreements.csv")
    assert answer.mimetype == "text/csv"
    rows = {row["app"]: row for row in csv.DictReader(io.StringIO(answer.text))}
    assert "Visa Desk" not in rows
    late = rows["Late Desk"]
    assert (late["suppliers"], late["dpia_reference"]) == ("'=HYPERLINK(1)", "DPIA-7")
    assert (late["weaknesses"], late["lawful_basis"]) == ("", "public_task")
    assert late["in_force_until"] == (until - timedelta(microseconds=1)).date().isoformat()
