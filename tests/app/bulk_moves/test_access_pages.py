"""What a bulk move changes at apps, as HR of each side and as whoever moves read it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask

from app.database import transaction
from profiles.clearances.levels import ClearanceLevel
from profiles.people.models import SensitiveMark
from profiles.temporal import record, start_of_day
from tests.app.bulk_moves.test_pages import page_of
from tests.factories.apps import make_app, make_rule
from tests.factories.bulk_moves import START, Moving, make_moving
from tests.factories.clearances import make_clearance
from tests.factories.organisations import LONG_AGO, PROVENANCE
from tests.support.signed_in import sign_in


@pytest.fixture
def moving(app: Flask, now: datetime) -> Moving:
    app.config["WTF_CSRF_ENABLED"] = False
    return make_moving(app.extensions["engine"], now)


def make_desk(moving: Moving, *, new: bool = True, **conditions: object) -> UUID:
    """An app of BEIS, or of DECC, with a rule for everybody there."""
    place = moving.beis if new else moving.decc
    with transaction(moving.engine) as session:
        desk = make_app(session, moving.now, place, f"Desk of {place.code}")
        make_rule(session, moving.now, desk, organisation_id=place.id, **conditions)
        return desk.id


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_before_the_agreement_each_role_is_shown_with_rule_and_fact(app: Flask, moving: Moving) -> None:
    make_desk(moving)
    make_desk(moving, new=False)
    path = f"/bulk-moves/{moving.draft()}"
    leaves = words(page_of(sign_in(app, moving.decc_officer), f"{path}/agree?side=exporting"))
    assert "Caseworker Lost 5 Everybody in Department DECC or below it." in leaves
    assert "Their post in Department DECC ends on 31 March 2026." in leaves
    assert "Desk of BEIS" not in leaves
    joins = words(page_of(sign_in(app, moving.beis_officer), f"{path}/agree?side=importing"))
    assert "Caseworker Gained Fewer than 10 Everybody in Department BEIS or below it." in joins
    assert "Their post in Department BEIS begins on 1 April 2026." in joins
    assert "Desk of DECC" not in joins


def test_where_the_button_follows_each_app_stands_folded(app: Flask, moving: Moving) -> None:
    make_desk(moving)
    path = f"/bulk-moves/{moving.draft()}"
    officer = sign_in(app, moving.beis_officer)
    assert "Desk of BEIS, role by role" in page_of(officer, f"{path}/agree?side=importing")
    assert "<details" not in page_of(officer, f"{path}/access").partition("<main")[2]


def test_each_person_is_listed_with_the_rule_and_the_fact(app: Flask, moving: Moving) -> None:
    desk = make_desk(moving)
    page = f"/bulk-moves/{moving.draft()}/access/{desk}"
    text = page_of(sign_in(app, moving.beis_officer), page)
    assert "Number0" in text
    assert "in Department BEIS. Caseworker is for people of any grade there." in words(text)
    [line] = re.findall(r"line=([0-9a-f-]{36})", text)
    assert "Number1" in page_of(sign_in(app, moving.beis_officer), f"{page}?line={line}")
    assert sign_in(app, moving.decc_officer).open(page).status_code == 404


def test_whoever_is_marked_sensitive_is_counted_and_not_listed(app: Flask, moving: Moving) -> None:
    desk = make_desk(moving, new=False)
    with transaction(moving.engine) as session:
        stamp = PROVENANCE.stamp(moving.now, LONG_AGO)
        record(session, SensitiveMark(person_id=moving.people[0], organisation_id=moving.decc.id, **stamp))
    text = page_of(sign_in(app, moving.decc_officer), f"/bulk-moves/{moving.draft()}/access/{desk}")
    assert "Number0" not in text
    assert "Number1" in text
    assert "Caseworker Lost 5" in words(text)


@pytest.mark.parametrize(
    ("level", "named_to"), [(None, "both"), (ClearanceLevel.SC, "old"), (ClearanceLevel.DV, "nobody")]
)
def test_nobody_learns_from_a_list_who_is_cleared(
    app: Flask, moving: Moving, level: ClearanceLevel | None, named_to: str
) -> None:
    with transaction(moving.engine) as session:
        make_clearance(session, moving.now, moving.people[0], moving.decc)
        desk = make_app(session, moving.now, moving.beis, "Desk")
        for place in (moving.beis, moving.decc):
            make_rule(session, moving.now, desk, organisation_id=place.id, least_clearance=level)
    page = f"/bulk-moves/{moving.draft()}/access/{desk.id}"
    told = page_of(sign_in(app, moving.beis_officer), page)
    assert ("Number0" in told) is (named_to == "both")
    assert ("a rule of this app asks for a clearance" in told) is (named_to == "old")


def test_nor_by_a_rule_that_ends_before_the_day(app: Flask, moving: Moving) -> None:
    with transaction(moving.engine) as session:
        make_clearance(session, moving.now, moving.people[0], moving.decc)
        desk = make_app(session, moving.now, moving.beis, "Desk")
        make_rule(session, moving.now, desk, organisation_id=moving.beis.id)
        least = {"organisation_id": moving.decc.id, "least_clearance": ClearanceLevel.SC}
        ends_at = start_of_day(START) - timedelta(days=5)
        make_rule(session, moving.now, desk, valid_to=ends_at, **least)
    page = f"/bulk-moves/{moving.draft()}/access/{desk.id}"
    assert "Number0" not in page_of(sign_in(app, moving.beis_officer), page)


def test_who_moves_sees_all_of_their_own_and_asks_for_what_does_not_open(app: Flask, moving: Moving) -> None:
    make_desk(moving, new=False)
    closed = make_desk(moving, grade_from="SCS1")
    move_id = moving.validated()
    own, path = sign_in(app, moving.people[0]), f"/profile/bulk-moves/{move_id}"
    assert path in page_of(own, "/profile")
    text = page_of(own, path)
    assert "Being prepared" in text
    assert "Until then: You are" in words(text)
    assert "After the move: This app is for people posted in Department DECC" in words(text)
    assert f"/{closed}/" in text
    assert text.count("first=2026-04-01") == 2
    moving.confirm(move_id)
    moving.work()
    assert words(page_of(own, path)) == words(text).replace(
        "Being prepared: it is not confirmed yet", "Recorded"
    )


def test_nobody_else_reads_that_page(app: Flask, moving: Moving) -> None:
    path = f"/profile/bulk-moves/{moving.validated()}"
    assert sign_in(app, moving.beis_officer).open(path).status_code == 404


def test_apps_that_open_to_nobody_are_named_to_the_new_department(app: Flask, moving: Moving) -> None:
    make_desk(moving, grade_from="SCS1")
    path = f"/bulk-moves/{moving.draft()}/access"
    assert "These apps let in nobody on the list by themselves: Desk of BEIS." in page_of(
        sign_in(app, moving.beis_officer), path
    )
    assert "Desk of BEIS" not in page_of(sign_in(app, moving.decc_officer), path)
