"""Officers unite two records on pages, and take that back: three people, a preview, sessions and subs."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlmodel import col, select
from werkzeug.test import TestResponse

from app.database import open_session
from identity.federation import links
from identity.sessions.models import LoginSession
from identity.sign_in import passkeys
from identity.subjects.service import find_sub, sub_for
from profiles.errors import Invalid
from profiles.merges.models import MergeRequest
from profiles.outbox.models import OutboxMessage
from profiles.sign_in.service import may_sign_in
from profiles.transfers import codes
from tests.app.page_checks import check_page
from tests.factories.credentials import give_passkey
from tests.factories.merges import Twins, make_twins
from tests.factories.organisations import INITIATOR
from tests.support.signed_in import sign_in
from tests.support.visitor import Clock, Visitor

UNITE = {"number": "HMRC-p.patel", "keep": "this", "reason": "Both papers were shown"}
ACCOUNT = {"issuer": "https://idp.example", "subject": "p.patel", "realm": ""}


class Office:
    """The three officers' browsers, and a clock that moves between a union and a split."""

    def __init__(self, app: Flask, twins: Twins, clock: Clock) -> None:
        self.app, self.twins, self.clock = app, twins, clock

    def visitor(self, person_id: UUID) -> Visitor:
        return sign_in(self.app, person_id)

    def unite(self, **changes: str) -> TestResponse:
        path = f"/people/{self.twins.survivor}/records/unite"
        return self.visitor(self.twins.asks).submit(path, **(UNITE | changes))

    def separate(self, **typed: str) -> TestResponse:
        asks, records = self.visitor(self.twins.asks), f"/people/{self.twins.survivor}/records"
        page = asks.open(records).text
        check_page(page)
        [path] = [one for one in page.split('"') if one.endswith("/separate")]
        check_page(asks.open(path).text)
        return asks.submit(path, reason="They are two people", **typed)

    def request(self) -> str:
        query = select(MergeRequest.id).order_by(col(MergeRequest.id).desc())
        with open_session(self.app.extensions["engine"], writes=False) as session:
            return f"/people/unions/{session.exec(query).first()}"

    def agree(self) -> None:
        for officer, part in ((self.twins.second, "second"), (self.twins.security, "security")):
            visitor = self.visitor(officer)
            check_page(visitor.open("/people/unions").text)
            check_page(visitor.open(self.request()).text)
            answer = visitor.submit(f"{self.request()}/agree-as-{part}", page=self.request())
            assert answer.status_code == 303


@pytest.fixture
def office(app: Flask, now: datetime) -> Iterator[Office]:
    clock = Clock(now)
    app.config["CLOCK"] = clock
    with open_session(app.extensions["engine"], writes=True) as session:
        twins = make_twins(session, now - timedelta(days=1))
        session.commit()
        yield Office(app, twins, clock)


@pytest.mark.looks_at(
    "people/check_unite.html",
    "people/union_request.html",
    "people/separate.html",
    "people/check_separate.html",
)
def test_three_officers_unite_two_records_and_take_it_back(office: Office, now: datetime) -> None:
    twins, session = office.twins, office.twins.session
    give_passkey(session, now - timedelta(days=1), twins.other)
    subs = {one: sub_for(session, "casework.example", one, now) for one in (twins.survivor, twins.other)}
    links.link(session, now, person_id=twins.other, initiator=INITIATOR, **ACCOUNT)
    session.commit()
    other = office.visitor(twins.other)

    check_page(office.visitor(twins.asks).open(f"/people/{twins.survivor}/records/unite").text)
    checked = office.unite()
    check_page(checked.text)
    assert "Goes into the record that stays" in checked.text
    assert "HMRC-p.patel" in checked.text
    assert office.unite(checked="yes").status_code == 303
    office.agree()
    assert other.open("/profile").status_code == 302
    assert not may_sign_in(session, twins.other, now)
    assert links.find_link(session, ACCOUNT["issuer"], ACCOUNT["subject"]) is None
    assert {find_sub(session, "casework.example", twins.survivor)} == {subs[twins.survivor]}
    links.link(session, now, person_id=twins.survivor, initiator=INITIATOR, **ACCOUNT)
    added = give_passkey(session, now + timedelta(hours=1), twins.survivor)
    assert added
    session.commit()

    office.clock.advance(days=2)
    survivor = office.visitor(twins.survivor)
    check_page(office.separate().text)
    assert office.separate(checked="yes").status_code == 303
    office.agree()
    assert survivor.open("/profile").status_code == 302
    session.expire_all()
    assert may_sign_in(session, twins.other, office.clock.now)
    found = links.find_link(session, ACCOUNT["issuer"], ACCOUNT["subject"])
    assert found is not None
    assert found.person_id == twins.other
    assert [len(passkeys.of_person(session, one)) for one in (twins.survivor, twins.other)] == [0, 1]
    again = {one: find_sub(session, "casework.example", one) for one in (twins.survivor, twins.other)}
    assert again == subs
    told = session.exec(select(OutboxMessage.payload)).all()
    for address in ("priya.patel@hmrc.gov.uk", "p.patel@hmrc.gov.uk"):
        subjects = {one["subject"] for one in told if one.get("to") == address}
        assert {"Your two records are one now", "Your record was separated from another"} <= subjects


def test_what_cannot_be_says_why_and_keeps_what_was_typed(office: Office) -> None:
    for number, why in (("HMRC-nobody", "Nobody who works for you"), ("HMRC-priya.patel", "the same record")):
        refused = office.unite(number=number)
        assert (refused.status_code, why in refused.text) == (422, True)
        assert "Both papers were shown" in refused.text
        check_page(refused.text)


def test_nobody_agrees_to_what_they_asked_for_nor_as_both(office: Office) -> None:
    office.unite(checked="yes")
    page = office.request()
    for officer, part in ((office.twins.asks, "second"), (office.twins.second, "security")):
        visitor = office.visitor(officer)
        assert visitor.submit(f"{page}/agree-as-{part}", page=page).status_code == 403
    assert office.visitor(office.twins.survivor).open(page).status_code == 403


def test_a_record_that_changed_meanwhile_is_looked_at_again(office: Office, now: datetime) -> None:
    office.unite(checked="yes")
    office.twins.hire_again(now)
    office.twins.session.commit()
    visitor, page = office.visitor(office.twins.security), office.request()
    shown = visitor.open(page).text
    assert "has changed since this was asked for" in shown
    assert visitor.submit(f"{page}/refuse", page=page).status_code == 303
    assert "Nothing waits" in visitor.open("/people/unions").text


def test_sessions_of_the_merged_record_end_with_the_union(office: Office) -> None:
    office.visitor(office.twins.other)
    office.unite(checked="yes")
    office.agree()
    session = office.twins.session
    session.expire_all()
    live = select(LoginSession).where(
        LoginSession.person_id == office.twins.other, col(LoginSession.ended_at).is_(None)
    )
    assert session.exec(live).all() == []


def test_transfer_codes_of_both_end_with_a_union(office: Office, now: datetime) -> None:
    twins, session = office.twins, office.twins.session
    given = [
        codes.make_code(session, one, now, timedelta(days=3))[0] for one in (twins.survivor, twins.other)
    ]
    session.commit()
    office.unite(checked="yes")
    office.agree()
    session.expire_all()
    for code in given:
        with pytest.raises(Invalid, match="expired"):
            codes.whose(session, code, now)
