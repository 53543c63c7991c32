"""HR keeps the pay scales of its own grades on pages: as of a day, corrected, ended, and never another's."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from tests.app.page_checks import check_page
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

LIST = "/organisations/pay-scales"
TYPED: dict[str, Any] = {
    "local_grade": "Officer",
    "location": "London",
    "name": "Officer London",
    "minimum_pence": "£28,000",
    "maximum_pence": "31,000.50",
    "first_day": ["1", "8", "2025"],
    "source": "the award of 2025",
    "reason": "Agreed with the unions",
}


class Officer:
    """An HR officer of HMRC and their list of scales."""

    def __init__(self, app: Flask, move: Move) -> None:
        self.organisation_id = move.hmrc.id
        move.session.commit()
        self.visitor: Visitor = sign_in(app, move.hmrc_officer)

    def add(self, **changes: Any) -> Any:
        path = f"/organisations/{self.organisation_id}/pay-scales/add"
        return self.visitor.submit(path, **(TYPED | changes))

    def cells(self, query: str = "") -> list[list[str]]:
        page = self.visitor.open(LIST + query).text
        check_page(page)
        rows = re.findall(r'<tr class="govuk-table__row">(.*?)</tr>', page, re.S)[1:]
        cells = (re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in rows)
        return [[" ".join(re.sub(r"<[^>]+>", "", one).split()) for one in row] for row in cells]

    def scale(self) -> str:
        found = re.search(rf'href="({LIST}/[0-9a-f-]{{36}})"', self.visitor.open(LIST).text)
        assert found is not None
        return found[1]


@pytest.fixture
def officer(app: Flask, move: Move) -> Officer:
    return Officer(app, move)


def test_a_scale_is_added_and_listed_on_its_days(officer: Officer) -> None:
    check_page(officer.visitor.open(LIST).text)
    check_page(officer.visitor.open(f"/organisations/{officer.organisation_id}/pay-scales/add").text)
    assert officer.add().status_code == 303
    row = ["Officer, London", "London", "£28,000 – £31,000.50", "EO", "Officer London", "1 August 2025"]
    assert officer.cells() == [row]
    assert officer.cells("?valid_on=31&valid_on=7&valid_on=2025") == []
    assert officer.cells("?known_on=1&known_on=3&known_on=2026") == []


def test_a_correction_and_an_end_stay_in_the_history(officer: Officer) -> None:
    officer.add()
    scale = officer.scale()
    check_page(officer.visitor.open(f"{scale}/correct").text)
    corrected = officer.visitor.submit(f"{scale}/correct", **(TYPED | {"maximum_pence": "32000"}))
    assert corrected.status_code == 303
    assert officer.visitor.open(f"{scale}/correct").status_code == 409
    scale = officer.scale()
    check_page(officer.visitor.open(f"{scale}/end").text)
    said = {"source": "the unions", "reason": "A new structure"}
    assert officer.visitor.submit(f"{scale}/end", last_day=["31", "1", "2026"], **said).status_code == 303
    assert officer.cells() == []
    page = officer.visitor.open(scale).text
    check_page(page)
    for told in (
        "£28,000 – £31,000.50",
        "£28,000 – £32,000",
        "31 January 2026",
        "A new structure",
        "It stands",
    ):
        assert told in page


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"maximum_pence": "27000"}, "This amount is less than the minimum."),
        ({"minimum_pence": "28"}, "This amount is less than £1,000 a year."),
        ({"minimum_pence": "lots"}, "Enter an amount of pounds"),
        ({"local_grade": "Wizard"}, "Not a valid choice"),
        ({"first_day": ["30", "2", "2025"]}, "First day must be a real date"),
        ({"first_day": ["1", "8", "1999"]}, "The organisation had no such grade on the first day."),
        ({"last_day": ["31", "7", "2025"]}, "The last day must not be before the first."),
        ({"source": ""}, "Say where you have it from"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_typed_is_lost(
    officer: Officer, changes: dict[str, Any], error: str
) -> None:
    refused = officer.add(**changes)
    check_page(refused.text)
    assert (refused.status_code, error in refused.text) == (422, True)
    assert 'value="Officer London"' in refused.text
    assert officer.cells() == []


def test_nobody_else_reads_or_keeps_them(app: Flask, move: Move, officer: Officer) -> None:
    officer.add()
    scale = officer.scale()
    other = sign_in(app, move.preparer)
    for path in (scale, f"{scale}/correct", f"{scale}/end"):
        assert other.open(path).status_code == 404
    assert other.open(f"/organisations/{officer.organisation_id}/pay-scales/add").status_code == 404
    assert "Officer London" not in other.open(LIST).text
    assert sign_in(app, move.employee).open(LIST).status_code == 403
