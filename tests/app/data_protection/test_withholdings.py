"""For a time, somebody is not shown that an app was told something about them, by two officers' decision."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlmodel import select

from app.data_protection.held_items import items_of
from identity.clients.models import Client
from identity.subjects.models import PairwiseSubject
from profiles.access_requests import service as requests
from profiles.access_requests import withholding as service
from profiles.access_requests.held import organisations_holding
from profiles.access_requests.models import AccessRequest
from profiles.apps.models import Agreement, App
from profiles.audit.models import AuditEntry
from profiles.disclosure.grounds import Ground
from profiles.disclosure.models import Disclosure, ReleaseWithholding
from profiles.disclosure.service import release, release_log
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.questions import service as questions
from profiles.roles.models import Role
from tests.app.page_checks import check_page
from tests.factories.people import give_role, make_deputy, make_employee
from tests.factories.session_clients import use_app
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

PATH = "/data-protection/withheld"
UNTIL = date(2026, 5, 31)
DAY = timedelta(days=1)


@pytest.fixture
def officers(move: Move) -> list[UUID]:
    """Two data protection officers of HMRC."""
    found = [
        make_employee(move.session, move.now, move.hmrc, name).person_id for name in ("dora.one", "dan.two")
    ]
    for one in found:
        give_role(move.session, move.now, one, Role.DATA_PROTECTION_OFFICER, move.hmrc.id)
    return found


@pytest.fixture
def desk(move: Move) -> UUID:
    """HMRC's app, which was told something of the employee."""
    found = move.session.exec(select(App.id).where(App.name == "Tax Desk")).one()
    tell(move, found)
    return found


def tell(move: Move, app_id: UUID) -> None:
    claims, reference = frozenset({"name"}), str(uuid4())
    release(move.session, move.employee, app_id, claims=claims, session_reference=reference, now=move.now)


def ask(move: Move, officer: UUID, app_id: UUID, until: date = UNTIL) -> ReleaseWithholding:
    return service.propose(
        move.session,
        move.now,
        person_id=move.employee,
        app_id=app_id,
        ground=Ground.CRIME,
        reason="Case 7",
        until=until,
        officer_id=officer,
    )


def withhold(move: Move, officers: list[UUID], app_id: UUID) -> ReleaseWithholding:
    asked = ask(move, officers[0], app_id)
    service.agree(move.session, move.now, asked=asked, officer_id=officers[1])
    return asked


def seen(move: Move, days: int = 0) -> int:
    return release_log(move.session, move.employee, move.now + days * DAY).total


def test_two_officers_withhold_it_until_its_day_and_what_is_told_meanwhile(
    move: Move, officers: list[UUID], desk: UUID
) -> None:
    asked = ask(move, officers[0], desk)
    assert seen(move) == 1
    with pytest.raises(NotPermitted):
        service.agree(move.session, move.now, asked=asked, officer_id=officers[0])
    service.agree(move.session, move.now, asked=asked, officer_id=officers[1])
    tell(move, desk)
    last = (UNTIL - move.now.date()).days
    assert (seen(move), seen(move, last), seen(move, last + 1)) == (0, 0, 2)


def test_it_can_be_ended_early_by_one(move: Move, officers: list[UUID], desk: UUID) -> None:
    asked = withhold(move, officers, desk)
    with pytest.raises(Invalid):
        service.end(move.session, move.now, asked=asked, reason=" ", officer_id=officers[0])
    service.end(move.session, move.now, asked=asked, reason="Case closed", officer_id=officers[0])
    assert seen(move) == 1
    with pytest.raises(Conflict):
        service.agree(move.session, move.now, asked=asked, officer_id=officers[1])


def test_nobody_withholds_from_themselves_and_a_deputy_is_no_second(
    move: Move, officers: list[UUID], desk: UUID
) -> None:
    give_role(move.session, move.now, move.employee, Role.DATA_PROTECTION_OFFICER, move.hmrc.id)
    with pytest.raises(NotPermitted):
        ask(move, move.employee, desk)
    asked = ask(move, officers[0], desk)
    deputy = make_employee(move.session, move.now, move.hmrc, "deb.deputy").person_id
    role = Role.DATA_PROTECTION_OFFICER
    make_deputy(move.session, move.now, deputy, officers[0], role, move.hmrc.id)
    for one in (move.employee, deputy):
        with pytest.raises(NotPermitted):
            service.agree(move.session, move.now, asked=asked, officer_id=one)


@pytest.mark.parametrize("until", [date(2026, 3, 2), date(2026, 9, 2)], ids=["over", "too long"])
def test_it_is_for_a_time(move: Move, officers: list[UUID], desk: UUID, until: date) -> None:
    with pytest.raises(Invalid) as refused:
        ask(move, officers[0], desk, until)
    assert refused.value.field == "until"
    ask(move, officers[0], desk)
    with pytest.raises(Conflict, match="already"):
        ask(move, officers[1], desk)


def test_what_is_released_on_request_says_nothing_of_it(move: Move, officers: list[UUID], desk: UUID) -> None:
    """No entry, no question about it, and no line of the trail: neither of then nor of the decision."""
    (asked,) = requests.ask(move.session, move.now, move.employee)

    def held() -> set[str]:
        return {one.id for one in items_of(move.session, asked, move.now)}

    (entry,) = move.session.exec(select(Disclosure.id)).all()
    before = held()
    withhold(move, officers, desk)
    after = held()
    told = move.session.exec(select(AuditEntry.id).where(AuditEntry.app_id == desk)).all()
    gone = before - after
    assert f"release/{entry}" in gone
    assert any(one.startswith("audit/") for one in gone)
    assert not {f"audit/{one}" for one in told} & after
    assert after <= before
    with pytest.raises(NotFound):
        questions.ask(
            move.session,
            move.now,
            person_id=move.employee,
            disclosure_id=entry,
            words="Why?",
            answer_within=DAY,
        )


def test_who_holds_nothing_else_is_not_asked(move: Move, officers: list[UUID]) -> None:
    visa_desk = move.session.exec(select(App.id).where(App.name == "Visa Desk")).one()
    agreement = move.session.exec(select(Agreement.id).where(Agreement.app_id == visa_desk)).first()
    values = {"claims": ["name"], "claims_digest": "x", "session_reference": "x", "released_at": move.now}
    told = {"person_id": move.employee, "app_id": visa_desk, "agreement_id": agreement}
    move.session.add(Disclosure(**told, **values))
    move.session.flush()
    theirs = organisations_holding(move.session, move.employee, move.now)
    assert move.home_office.id in theirs
    for one in officers:
        give_role(move.session, move.now, one, Role.DATA_PROTECTION_OFFICER, move.home_office.id)
    withhold(move, officers, visa_desk)
    asked = requests.ask(move.session, move.now, move.employee)
    assert [one.organisation_id for one in asked] == [move.hmrc.id]
    assert organisations_holding(move.session, move.employee, move.now) == theirs


def test_the_name_and_the_sessions_at_the_app_are_not_told(
    move: Move, officers: list[UUID], desk: UUID
) -> None:
    session = use_app(move.session, move.now, move.employee, move.session.get_one(App, desk))
    (sector,) = move.session.exec(select(Client.sector)).all()
    for one in (sector, "other.example"):
        move.session.add(PairwiseSubject(person_id=move.employee, sector=one, sub=one, created_at=move.now))
    move.session.flush()
    (asked,) = requests.ask(move.session, move.now, move.employee)
    withhold(move, officers, desk)
    found = items_of(move.session, asked, move.now)
    assert [one.data["sector"] for one in found if one.section == "name-at-apps"] == ["other.example"]
    assert f"app-session/{session.id}" not in {one.id for one in found}


@pytest.mark.looks_at("data_protection/withholding.html")
def test_on_pages_from_asking_to_the_end(app: Flask, move: Move, officers: list[UUID], desk: UUID) -> None:
    auditor = make_employee(move.session, move.now, move.hmrc, "ann.audit").person_id
    give_role(move.session, move.now, auditor, Role.AUDITOR, move.hmrc.id)
    move.session.commit()
    first, second, priya, reader = (sign_in(app, one) for one in (*officers, move.employee, auditor))
    check_page(first.open(f"{PATH}/new").text)
    missing = first.submit(f"{PATH}/new", number="NOBODY")
    check_page(missing.text)
    form = str(first.submit(f"{PATH}/new", number="HMRC-priya.patel").location)
    check_page(first.open(form).text)
    typed = {"app_id": str(desk), "ground": "crime", "reason": "Case 7", "until": ["31", "5", "2026"]}
    late = first.submit(form, **(typed | {"until": ["31", "5", "2030"]}))
    check_page(late.text)
    assert "half a year at most" in late.text
    one = str(first.submit(form, **typed).location)
    assert "Tax Desk" in priya.open("/profile/disclosures").text
    mine = first.open(one).text
    check_page(mine)
    assert "Agree to it" not in mine
    check_page(second.open(one).text)
    assert second.submit(f"{one}/agree", page=one).status_code == 303
    page = priya.open("/profile/disclosures").text
    check_page(page)
    assert "No app has been told anything about you yet." in page
    assert priya.open(PATH).status_code == priya.open(one).status_code == 403
    for path in (PATH, one, "/audit?q=withholding"):
        read = reader.open(path).text
        check_page(read)
        assert "Agree to it" not in read
        assert "Show the entries again" not in read
    assert "Case 7" in reader.open(one).text
    assert reader.submit(f"{one}/end", page=PATH, reason="No").status_code == 403
    check_page(second.submit(f"{one}/end", page=one, reason="").text)
    assert second.submit(f"{one}/end", page=one, reason="Case closed").status_code == 303
    check_page(second.open(one).text)
    check_page(second.open(PATH).text)
    assert "Tax Desk" in priya.open("/profile/disclosures").text


def test_officers_of_others_see_no_decision(app: Flask, move: Move, officers: list[UUID], desk: UUID) -> None:
    asked = withhold(move, officers, desk)
    away = make_employee(move.session, move.now, move.home_office, "dot.away").person_id
    give_role(move.session, move.now, away, Role.DATA_PROTECTION_OFFICER, move.home_office.id)
    one = f"{PATH}/{asked.id}"
    move.session.commit()
    assert sign_in(app, away).open(one).status_code == 404
    assert "Priya" not in sign_in(app, away).open(PATH).text


def test_whoever_took_the_app_over_sees_to_what_is_withheld(
    move: Move, officers: list[UUID], desk: UUID
) -> None:
    asked = withhold(move, officers, desk)
    app = move.session.get(App, desk)
    assert app is not None
    app.organisation_id = move.home_office.id
    move.session.flush()
    assert service.get(move.session, asked.id, {move.home_office.id}, {officers[0]}).id == asked.id


def test_what_waits_is_counted_for_whoever_took_the_app_over(
    app: Flask, move: Move, officers: list[UUID], desk: UUID
) -> None:
    taken_over_by = make_employee(move.session, move.now, move.home_office, "holly.new").person_id
    give_role(move.session, move.now, taken_over_by, Role.DATA_PROTECTION_OFFICER, move.home_office.id)
    ask(move, officers[0], desk)
    move.session.commit()
    what, visitor = "Decisions to withhold entries of the release log", sign_in(app, taken_over_by)
    assert what not in visitor.open("/tasks").text
    moved = move.session.get(App, desk)
    assert moved is not None
    moved.organisation_id = move.home_office.id
    move.session.commit()
    assert what in visitor.open("/tasks").text


def test_an_auditor_does_not_read_in_the_trail_what_is_withheld_from_themselves(
    app: Flask, move: Move, officers: list[UUID], desk: UUID
) -> None:
    colleague = make_employee(move.session, move.now, move.hmrc, "ann.audit").person_id
    for one in (move.employee, colleague):
        give_role(move.session, move.now, one, Role.AUDITOR, move.hmrc.id)
    asked = withhold(move, officers, desk)
    entries = move.session.exec(select(AuditEntry).where(AuditEntry.event == "withholding.agreed")).all()
    move.session.commit()
    [entry] = [one for one in entries if one.details["withholding_id"] == str(asked.id)]
    for who, shown in ((move.employee, False), (colleague, True)):
        browser = sign_in(app, who)
        assert (str(entry.id) in browser.open("/audit?q=withholding").text) is shown
        assert browser.open(f"/audit/{entry.id}").status_code == (200 if shown else 404)


def test_the_trail_names_no_person(move: Move, officers: list[UUID], desk: UUID) -> None:
    asked = withhold(move, officers, desk)
    service.end(move.session, move.now, asked=asked, reason="Case closed", officer_id=officers[0])
    entries = move.session.exec(select(AuditEntry).where(AuditEntry.app_id == desk)).all()
    found = [one for one in entries if one.event.startswith("withholding.")]
    assert [one.event for one in found] == ["withholding.proposed", "withholding.agreed", "withholding.ended"]
    assert {(one.person_id, one.organisation_id) for one in found} == {(None, move.hmrc.id)}
    assert move.session.exec(select(AccessRequest)).all() == []


def test_the_page_to_ask_about_an_entry_is_gone_with_it(
    app: Flask, move: Move, officers: list[UUID], desk: UUID
) -> None:
    """Whoever has noted its address before would otherwise read that it is withheld."""
    path = f"/profile/disclosures/{move.session.exec(select(Disclosure.id)).one()}/question"
    move.session.commit()
    priya = sign_in(app, move.employee)
    assert priya.open(path).status_code == 200
    withhold(move, officers, desk)
    move.session.commit()
    assert priya.open(path).status_code == 404
    assert priya.submit(path, page="/profile/disclosures", words="").status_code == 404


def test_an_officer_or_auditor_whom_it_is_about_reads_nothing_of_it(
    app: Flask, move: Move, officers: list[UUID], desk: UUID
) -> None:
    waits = ask(move, officers[0], desk)
    for role in (Role.DATA_PROTECTION_OFFICER, Role.AUDITOR):
        give_role(move.session, move.now, move.employee, role, move.hmrc.id)
    deputy = make_employee(move.session, move.now, move.hmrc, "deb.deputy").person_id
    make_deputy(move.session, move.now, deputy, move.employee, Role.DATA_PROTECTION_OFFICER, move.hmrc.id)
    assert service.count_waiting(move.session, [move.hmrc.id], [officers[1]]) == 1
    assert service.count_waiting(move.session, [move.hmrc.id], [move.employee]) == 0
    move.session.commit()
    for one in (move.employee, deputy):
        reader = sign_in(app, one)
        page = reader.open(PATH)
        assert page.status_code == 200
        assert str(waits.id) not in page.text
        assert reader.open(f"{PATH}/{waits.id}").status_code == 404
        assert reader.submit(f"{PATH}/{waits.id}/end", page=PATH, reason="No").status_code == 404
