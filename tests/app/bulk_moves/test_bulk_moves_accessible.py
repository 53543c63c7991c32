"""Each page of a bulk move, in the state that it is for, on a phone, as axe-core sees it."""

from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Page

from app.database import transaction
from profiles.bulk_moves import leaving_out, restarting
from profiles.people.models import SensitiveMark
from profiles.roles.models import Role
from profiles.suspensions.models import AccountSuspension
from profiles.temporal import record, start_of_day
from tests.app.bulk_moves.test_pages import answers
from tests.app.test_moves_accessible import Reader, not_read
from tests.factories.apps import make_app, make_rule
from tests.factories.bulk_moves import EXPORTING, IMPORTING, START, make_moving
from tests.factories.organisations import LONG_AGO, PROVENANCE
from tests.factories.people import give_role, make_employee


@pytest.mark.looks_at("my_profile/moving_with_many.html")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_page_of_a_bulk_move(app: Flask, now: datetime, page: Page) -> None:
    moving, reader = make_moving(app.extensions["engine"], now), Reader(app, page)
    drafts, old, new = moving.preparer, moving.decc_officer, moving.beis_officer
    desks: list[UUID] = []
    with transaction(moving.engine) as session:
        for place in (moving.decc, moving.beis):
            for_all = make_app(session, now, place, f"Desk of {place.code}")
            make_rule(session, now, for_all, organisation_id=place.id)
            desks.append(for_all.id)
        stamp = PROVENANCE.stamp(now, LONG_AGO)
        for one, model in zip(moving.people[:2], (SensitiveMark, AccountSuspension), strict=True):
            record(session, model(person_id=one, organisation_id=moving.decc.id, **stamp))
        payroll = make_employee(session, now, moving.beis, "nadia.pays").person_id
        give_role(session, now, payroll, Role.PAYROLL_OFFICER, moving.beis.id)
    check = f"/bulk-moves/new/check?{urlencode(answers(moving), doseq=True)}"
    for path in ("/bulk-moves", "/bulk-moves/new", check):
        reader.reads(drafts, path)

    move_id = moving.draft()
    at, one = f"/bulk-moves/{move_id}", moving.people[2]
    member_id = moving.member(move_id, one).id
    out = f"{at}/people/{member_id}"
    for who, below in (
        (old, "/agree?side=exporting"),
        (new, "/refuse?side=importing"),
        (new, "/access"),
        (old, f"/access/{desks[0]}"),
        (old, "/grades"),
        (old, "/people"),
        (old, f"/people/{member_id}/leave-out"),
        (old, "/start-date"),
        (drafts, ""),
    ):
        reader.reads(who, f"{at}{below}")
    for side in (EXPORTING, IMPORTING):
        moving.agree(move_id, side)
    reader.reads(old, at)
    moving.work()
    for who, below in ((old, ""), (new, "/people?state=set_apart"), (new, "/confirm"), (old, "/cancel")):
        reader.reads(who, f"{at}{below}")
    moving.confirm(move_id)
    reader.reads(new, at)
    moving.work()
    with transaction(moving.engine) as session:
        asked = {"move_id": move_id, "member_id": member_id, "words": "They stay.", "alone_up_to": 0}
        leaving_out.leave_out(session, now, **asked, **moving.as_officer(session, old))
    for who, path in (
        (new, f"{at}/people?state=leaving_out"),
        (new, f"{out}/left-out"),
        (old, f"{out}/left-out"),
        (new, f"{at}/roles"),
        (one, "/profile"),
        (one, f"/profile/bulk-moves/{move_id}"),
    ):
        reader.reads(who, path)

    moving.now = start_of_day(START) + timedelta(hours=9)
    moving.work()
    app.config["CLOCK"] = lambda: moving.now
    for who, path in (
        (payroll, "/bulk-moves/first-pays"),
        (payroll, f"{at}/first-pays"),
        (payroll, f"{at}/payroll"),
        (payroll, f"{at}/payroll/{member_id}"),
        (payroll, f"{at}/first-pays/file"),
        (payroll, f"{at}/first-pays/{member_id}"),
        (new, f"{at}/receipts"),
        (new, at),
        (new, f"{at}/back"),
        (new, f"{at}/people"),
        (new, f"{out}/start"),
    ):
        reader.reads(who, path)
    with transaction(moving.engine) as session:
        said = {"move_id": move_id, "member_id": member_id, "start_date": START - timedelta(days=1)}
        restarting.ask(session, moving.now, **said, **moving.as_officer(session, new))
        bert = make_employee(session, moving.now, moving.beis, "bert.agrees").person_id
        give_role(session, moving.now, bert, Role.HR_OFFICER, moving.beis.id)
    reader.reads(bert, f"{at}/people?state=another_start")
    for who in (bert, new):
        reader.reads(who, f"{out}/start/answer")
    assert not_read(app, reader, "bulk_moves") - {"bulk_moves/parts.html"} == set()
