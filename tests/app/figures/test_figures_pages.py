"""The dashboard on pages and as CSV: whose figures, which days, how exactly, and never a name."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlmodel import select

from profiles.figures.models import SavingAssumption, TransferFirstDay
from profiles.roles.models import Role
from profiles.transfers.models import Transfer
from profiles.transfers.service import advance_due
from tests.app.page_checks import check_page
from tests.factories.people import give_role
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

TABLES = (
    *("outcomes", "on-the-way", "late", "steps", "first-days", "months", "endings", "loans"),
    *("loan-steps", "bulk-moves", "bulk-outcomes", "bulk-set-apart"),
    *("late-loans", "late-bulk-moves", "saved", "hours", "bulk-steps"),
)
IN_MARCH = "span=own&first=1&first=3&first=2026&last=31&last=3&last=2026"


@pytest.fixture
def joined(move: Move) -> Move:
    """A move whose start date was 16 March."""
    transfer = move.schedule()
    advance_due(move.session, transfer.join_at + timedelta(minutes=1))
    move.session.commit()
    return move


def rows(visitor: Visitor, name: str, query: str = IN_MARCH) -> dict[str, list[str]]:
    answer = visitor.open(f"/figures/{name}.csv?{query}")
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    return {row[0]: row[1:] for row in csv.reader(io.StringIO(answer.text))}


def centre(move: Move) -> None:
    give_role(move.session, move.now, move.stranger, Role.PLATFORM_ADMINISTRATOR, None)
    move.session.commit()


def test_hr_reads_its_own_moves_exactly_and_nobody_by_name(app: Flask, joined: Move) -> None:
    officer = sign_in(app, joined.home_office_officer)
    page = officer.open(f"/figures?{IN_MARCH}").text
    check_page(page)
    assert "1 March 2026 to 31 March 2026" in page
    assert page.count("<svg") >= 2
    assert "chart-first-days" in page
    assert "First days, of moves, bulk moves, loans and returns" in page
    assert "Priya" not in page
    assert "Patel" not in page
    assert rows(officer, "outcomes")["Joined"][0] == "1"
    assert rows(sign_in(app, joined.hmrc_officer), "outcomes")["Left"][0] == "1"
    assert rows(sign_in(app, joined.stranger), "outcomes")["Joined"][0] == "0"


def test_first_days_have_a_course_over_the_months(app: Flask, joined: Move) -> None:
    transfer = joined.session.exec(select(Transfer)).one()
    looked_at = transfer.join_at + timedelta(days=8)
    day = TransferFirstDay(
        transfer_id=transfer.id, tried_on=transfer.start_date, refused=1, looked_at=looked_at
    )
    joined.session.add(day)
    joined.session.commit()
    officer = sign_in(app, joined.home_office_officer)
    spring = "span=own&first=1&first=3&first=2026&last=30&last=4&last=2026"
    page = officer.open(f"/figures?{spring}").text
    check_page(page)
    assert "Not the right access on day one, in a hundred who tried</title>" in page
    months = rows(officer, "months", spring)
    assert (months["Mar 2026"][1], months["Apr 2026"][1]) == ("0%", "–")
    assert rows(officer, "saved", spring)["All of them"] == ["1"]


def test_every_table_is_there_as_csv(app: Flask, joined: Move) -> None:
    officer = sign_in(app, joined.home_office_officer)
    for name in TABLES:
        assert len(rows(officer, name)) >= 1
    assert officer.open("/figures/names.csv").status_code == 404


def test_the_centre_reads_all_organisations_and_no_small_number(app: Flask, joined: Move) -> None:
    centre(joined)
    visitor = sign_in(app, joined.stranger)
    assert rows(visitor, "outcomes")["Joined"][0] == "Fewer than 10"
    page = visitor.open(f"/figures?{IN_MARCH}").text
    assert "All organisations" in page
    assert "fewer than 10 are not counted out" in page
    assert visitor.open(f"/figures?organisation={joined.employee}").status_code == 404
    one = f"{IN_MARCH}&organisation={joined.home_office.id}"
    assert rows(visitor, "outcomes", one)["Joined"][0] == "Fewer than 10"


def test_another_organisations_figures_are_nobodys(app: Flask, joined: Move) -> None:
    officer = sign_in(app, joined.home_office_officer)
    assert officer.open(f"/figures?organisation={joined.hmrc.id}").status_code == 404
    assert officer.open(f"/figures/late.csv?organisation={joined.hmrc.id}").status_code == 404
    assert sign_in(app, joined.employee).open("/figures").status_code == 403


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("span=own", "Enter the first day"),
        ("span=own&first=31&first=3&first=2026&last=1&last=3&last=2026", "must not be before the first"),
        ("span=own&first=31&first=2&first=2026&last=1&last=3&last=2026", "First day"),
        ("span=own&first=1&first=1&first=1950&last=1&last=3&last=2026", "three years at most"),
    ],
)
def test_days_that_cannot_be_are_said_at_their_field(app: Flask, move: Move, query: str, error: str) -> None:
    move.session.commit()
    page = sign_in(app, move.hmrc_officer).open(f"/figures?{query}").text
    check_page(page)
    assert "There is a problem" in page
    assert error in page


def test_a_span_that_nobody_offers_is_the_usual_one(app: Flask, move: Move) -> None:
    move.session.commit()
    page = sign_in(app, move.hmrc_officer).open("/figures?span=7&organisation=x").text
    assert "1 February 2026 to 2 March 2026" in page


def test_the_centre_says_what_is_assumed_and_everybody_reads_it(app: Flask, joined: Move) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    centre(joined)
    visitor, officer = sign_in(app, joined.stranger), sign_in(app, joined.home_office_officer)
    form: dict[str, Any] = {
        "begins_on": ["1", "3", "2026"],
        "least_minutes": "10",
        "most_minutes": "20.5",
        "task_minutes": "0.5",
        "hour_pence": "25",
        "source": "=A survey of 12 departments",
    }
    assert officer.post("/figures/assumptions/new", **form).status_code == 403
    wrong = visitor.post("/figures/assumptions/new", **form | {"most_minutes": "9"})
    assert wrong.status_code == 422
    assert "The most must not be less than the least." in wrong.text
    assert visitor.post("/figures/assumptions/new", **form).status_code == 303
    said = joined.session.exec(select(SavingAssumption)).one()
    assert (said.least_minutes, said.most_minutes, said.task_minutes, said.hour_pence) == (
        600,
        1230,
        30,
        2500,
    )
    page = officer.open(f"/figures?{IN_MARCH}").text
    assert "A survey of 12 departments" in page
    assert "Money saved" in page
    assert "A survey of 12 departments" in officer.open("/figures/assumptions").text
