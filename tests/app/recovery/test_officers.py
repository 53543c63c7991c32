"""What officers see and do: begin, confirm, hand over a code each, cancel."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlmodel import select

from app.config import Settings
from app.database import transaction
from identity.recovery.limits import OFFICER
from identity.recovery.models import Recovery, RecoveryState
from profiles.audit.models import AuditEntry
from profiles.outbox.models import OutboxMessage
from tests.app.page_checks import check_page
from tests.factories.recoveries import WAIT, Case
from tests.support.signed_in import sign_in
from tests.support.visitor import Clock, Visitor

CHECK = {"check": "called_back"}


def only_recovery(app: Flask) -> Recovery:
    with transaction(app.extensions["engine"], writes=False) as session:
        found = session.exec(select(Recovery)).one()
        session.expunge(found)
        return found


def begin(app: Flask, case: Case) -> tuple[Visitor, str]:
    """The first officer, and the address of the recovery that they have begun."""
    case.session.commit()
    officer = sign_in(app, case.first)
    answer = officer.submit(f"/people/{case.person}/recovery", **CHECK)
    assert answer.status_code == 303, answer.text
    return officer, answer.location


def code_of(page: str) -> str:
    found = re.search(r'id="code">([^<]+)<', page)
    assert found is not None
    return found[1].strip()


@pytest.mark.looks_at(
    "recovery/code.html",
    "recovery/code_made.html",
    "recovery/confirm.html",
    "recovery/recovery.html",
)
def test_two_officers_lead_it_to_two_codes(app: Flask, case: Case, clock: Clock) -> None:
    first, path = begin(app, case)
    page = first.open(path).text
    check_page(page)
    assert "Ask a colleague in HR" in page
    assert first.open(f"{path}/confirm").status_code == 403
    second = sign_in(app, case.security)
    check_page(second.open("/recoveries").text)
    check_page(second.open(f"{path}/confirm").text)
    assert second.submit(f"{path}/confirm").status_code == 422
    assert second.submit(f"{path}/confirm", **CHECK).status_code == 303
    assert "Nothing until" in second.open(path).text
    assert second.open(f"{path}/code").status_code == 409
    clock.advance(hours=24)
    given = []
    for officer_id in (case.first, case.security):
        officer = sign_in(app, officer_id)
        check_page(officer.open(path).text)
        made = officer.submit(f"{path}/code")
        check_page(made.text)
        given.append(code_of(made.text))
    assert given[0] != given[1]
    assert sign_in(app, case.second).open(f"{path}/code").status_code == 403


@pytest.mark.looks_at("recovery/take_over.html")
def test_another_officer_takes_over_from_one_who_is_away(app: Flask, case: Case, clock: Clock) -> None:
    """Anew checked; the code of who was away is worth nothing, and they do not come back into it."""
    _, path = begin(app, case)
    sign_in(app, case.second).submit(f"{path}/confirm", **CHECK)
    clock.advance(hours=24)
    away = code_of(sign_in(app, case.second).submit(f"{path}/code").text)
    first = code_of(sign_in(app, case.first).submit(f"{path}/code").text)
    substitute, take = sign_in(app, case.security), f"{path}/take-over/{case.second}"
    page = substitute.open(path).text
    check_page(page)
    assert take in page
    check_page(substitute.open(take).text)
    assert substitute.submit(take).status_code == 422
    assert substitute.submit(take, **CHECK).status_code == 303
    found = only_recovery(app)
    assert (found.requested_by, found.confirmed_by) == (case.first, case.security)
    assert found.replaced == [str(case.second)]
    assert Visitor(app).submit("/recovery", first=first, second=away).status_code == 422
    assert sign_in(app, case.second).open(f"{path}/code").status_code == 403
    back = f"{path}/take-over/{case.first}"
    assert sign_in(app, case.second).open(back).status_code == 403
    given = code_of(substitute.submit(f"{path}/code").text)
    assert Visitor(app).submit("/recovery", first=first, second=given).status_code == 303
    with transaction(app.extensions["engine"], writes=False) as session:
        events = session.exec(select(AuditEntry.event)).all()
        mails = session.exec(select(OutboxMessage).where(OutboxMessage.person_id == case.person)).all()
    assert "recovery.taken_over" in events
    assert "Another officer recovers your account" in [mail.payload["subject"] for mail in mails]


@pytest.mark.parametrize(
    ("who", "whose", "status"),
    [
        ("first", "second", 403),
        ("second", "first", 403),
        ("person", "first", 403),
        ("stranger", "first", 404),
        ("security", "first", 403),
        ("security", "security", 409),
    ],
    ids=[
        "both places",
        "both places again",
        "oneself",
        "of another organisation",
        "no HR officer",
        "nobody's",
    ],
)
def test_nobody_else_takes_over(app: Flask, case: Case, who: str, whose: str, status: int) -> None:
    _, path = begin(app, case)
    sign_in(app, case.second).submit(f"{path}/confirm", **CHECK)
    visitor = sign_in(app, getattr(case, who))
    assert visitor.open(f"{path}/take-over/{getattr(case, whose)}").status_code == status


def test_nobody_begins_without_saying_how_they_checked(app: Flask, case: Case) -> None:
    case.session.commit()
    answer = sign_in(app, case.first).submit(f"/people/{case.person}/recovery")
    assert answer.status_code == 422
    assert "Choose how you checked who they are" in answer.text
    check_page(answer.text)


@pytest.mark.parametrize(("who", "status"), [("security", 403), ("stranger", 404), ("person", 403)])
def test_nobody_else_begins_one(app: Flask, case: Case, who: str, status: int) -> None:
    case.session.commit()
    visitor = sign_in(app, getattr(case, who))
    assert visitor.open(f"/people/{case.person}/recovery").status_code == status


def test_nobody_begins_their_own_and_each_step_wants_a_new_sign_in(app: Flask, case: Case) -> None:
    case.session.commit()
    assert sign_in(app, case.first).open(f"/people/{case.first}/recovery").status_code == 403
    earlier = sign_in(app, case.first, minutes_ago=11)
    assert earlier.open(f"/people/{case.person}/recovery").location.startswith("/sign-in?")
    _, path = begin(app, case)
    second = sign_in(app, case.second, minutes_ago=11)
    for step in ("confirm", "code"):
        assert second.open(f"{path}/{step}").location.startswith("/sign-in?")


def test_another_organisations_officers_do_not_know_of_it(app: Flask, case: Case) -> None:
    _, path = begin(app, case)
    stranger = sign_in(app, case.stranger)
    assert stranger.open(path).status_code == 404
    assert "None is under way" in stranger.open("/recoveries").text


@pytest.mark.parametrize("who", ["first", "second", "security"])
def test_any_officer_there_cancels_it(app: Flask, case: Case, who: str) -> None:
    _, path = begin(app, case)
    officer = sign_in(app, getattr(case, who))
    assert officer.submit(f"{path}/cancel", page=path).status_code == 303
    page = officer.open(path).text
    check_page(page)
    assert "Cancelled" in page
    assert only_recovery(app).state is RecoveryState.CANCELLED


def test_who_begins_too_many_is_told_until_when(app: Flask, case: Case, clock: Clock) -> None:
    for _number in range(OFFICER.free):
        officer, path = begin(app, case)
        officer.submit(f"{path}/cancel", page=path)
    refused = officer.submit(f"/people/{case.person}/recovery", **CHECK)
    assert refused.status_code == 409
    assert "no more can be until" in refused.text
    clock.advance(hours=1)
    begin(app, case)


def test_an_officer_whose_own_account_was_recovered_waits_before_acting_for_others(
    app: Flask, case: Case, clock: Clock, settings: Settings
) -> None:
    recovery = case.request(person=case.second, officer=case.first)
    recovery.state, recovery.is_open, recovery.ended_at = RecoveryState.COMPLETED, False, case.now
    case.session.add(recovery)
    case.session.commit()
    officer = sign_in(app, case.second)
    refused = officer.open("/recoveries")
    assert refused.status_code == 403
    assert "Your roles allow nothing here until" in refused.text
    assert 'href="/recoveries"' not in officer.open("/profile").text
    clock.advance(hours=settings.recovery_cooling_hours)
    assert sign_in(app, case.second).open("/recoveries").status_code == 200


def test_the_waiting_time_is_the_settings(app: Flask, case: Case) -> None:
    _, path = begin(app, case)
    sign_in(app, case.second).submit(f"{path}/confirm", **CHECK)
    found = only_recovery(app)
    assert found.ready_at == case.now + WAIT
    assert found.expires_at == case.now + WAIT + timedelta(hours=72)
