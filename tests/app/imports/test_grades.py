"""What a grade comes to stand for shows on whom it turns access, whatever was mapped before and whenever."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from app.database import transaction
from profiles.employments.models import Posting
from profiles.imports.records.models import ImportState
from profiles.temporal import replace
from tests.factories.importing import Importing
from tests.factories.organisations import PROVENANCE
from tests.factories.records import person_records

ANALYST = {"kind": "grade", "source_key": "G", "label": "Analyst", "valid_from": "2010-01-01"}


@pytest.fixture
def seniors(importing: Importing) -> Importing:
    """An app for the Senior Civil Service alone."""
    importing.make_senior_app()
    return importing


def post_at(importing: Importing, label: str, **times: Any) -> None:
    """Let whoever is posted hold a label, mapped or not."""
    with transaction(importing.engine) as session:
        posting = session.exec(select(Posting)).one()
        replace(session, posting, importing.now, PROVENANCE, local_grade=label, **times)


def affected(importing: Importing, *records: dict[str, Any]) -> tuple[ImportState, int, list[str]]:
    checked = importing.begin(*records).check(0)
    return checked.state, checked.affected, [change["change"] for change in checked.changes]


def test_a_label_that_somebody_holds_already_is_mapped_at_last(seniors: Importing) -> None:
    seniors.whole(*person_records("1"))
    post_at(seniors, "Analyst")
    found = affected(seniors, ANALYST | {"common_grade": "SCS2"})
    assert found == (ImportState.WAITING, 1, ["begins"])


def test_who_will_hold_it_counts_too(seniors: Importing) -> None:
    seniors.whole(*person_records("1"))
    post_at(seniors, "Analyst", valid_from=seniors.now + timedelta(days=30))
    found = affected(seniors, ANALYST | {"common_grade": "SCS2"})
    assert found == (ImportState.WAITING, 1, ["begins"])


def test_a_mapping_that_ends_shows_what_ends_with_it(seniors: Importing) -> None:
    mapped = ANALYST | {"common_grade": "SCS2"}
    seniors.whole(mapped, *person_records("1", local_grade="Analyst"))
    found = affected(seniors, mapped | {"valid_until": "2030-03-31"})
    assert found == (ImportState.WAITING, 1, ["ends"])


def test_a_mapping_that_begins_later_shows_what_ends_with_it(seniors: Importing) -> None:
    mapped = ANALYST | {"common_grade": "SCS2"}
    seniors.whole(mapped, *person_records("1", local_grade="Analyst"))
    found = affected(seniors, mapped | {"valid_from": "2031-01-01"})
    assert found == (ImportState.WAITING, 1, ["ends"])


def test_a_label_that_goes_to_another_grade_leaves_who_held_it_without(seniors: Importing) -> None:
    mapped = ANALYST | {"common_grade": "SCS2"}
    seniors.whole(mapped, *person_records("1", local_grade="Analyst"))
    found = affected(seniors, mapped | {"label": "Senior Analyst"})
    assert found == (ImportState.WAITING, 1, ["ends"])


def test_one_that_nobody_holds_changes_nothing(seniors: Importing) -> None:
    seniors.whole(*person_records("1"))
    assert affected(seniors, ANALYST | {"common_grade": "SCS2"}) == (ImportState.READY, 0, [])
