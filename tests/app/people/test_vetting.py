"""A security officer manages a clearance on pages: form, check, record; and the second officer."""

from datetime import date
from uuid import UUID

import pytest
from flask import Flask
from sqlmodel import select

from profiles.clearances.models import Clearance, ClearanceEvent, ClearanceStatus
from profiles.portable_profile.models import RecordChange
from profiles.roles.models import Role
from profiles.temporal import current
from tests.app.page_checks import check_page
from tests.factories.organisations import LONG_AGO
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

SAID = {"source": "UKSV 2026/1", "reason": "Decided"}


@pytest.fixture
def officers(move: Move) -> list[UUID]:
    """Two security officers of HMRC."""
    found = [
        make_employee(move.session, move.now, move.hmrc, name).person_id for name in ("sam.one", "sue.two")
    ]
    for one in found:
        give_role(move.session, move.now, one, Role.SECURITY_OFFICER, move.hmrc.id)
    return found


def clearance(move: Move) -> Clearance:
    found = current(move.session, Clearance, move.now, move.now, person_id=move.employee)[0]
    move.session.expunge(found)
    move.session.commit()
    return found


def test_a_grant_is_checked_with_the_day_it_ends_and_recorded(
    app: Flask, move: Move, officers: list[UUID]
) -> None:
    move.session.commit()
    visitor, path = sign_in(app, officers[0]), f"/people/{move.employee}/clearances/add"
    check_page(visitor.open(path).text)
    typed = {
        "level": "DV",
        "organisation": str(move.hmrc.id),
        "decided_on": ["2", "2", "2026"],
        "first_day": ["2", "2", "2026"],
        **SAID,
    }
    late = visitor.submit(path, **(typed | {"expires_on": ["1", "1", "2050"]}))
    check_page(late.text)
    assert (late.status_code, "7 years at most" in late.text) == (422, True)
    checked = visitor.submit(path, **typed)
    check_page(checked.text)
    assert "1 February 2033" in checked.text
    elsewhere = visitor.submit(path, **(typed | {"organisation": str(move.home_office.id)}))
    assert elsewhere.status_code == 422
    assert visitor.submit(path, **typed, checked="yes").status_code == 303


def test_lifting_a_suspension_waits_for_the_second(app: Flask, move: Move, officers: list[UUID]) -> None:
    here = f"/people/{move.employee}/clearances/{clearance(move).fact_id}"
    first, second = (sign_in(app, one) for one in officers)
    first.submit(f"{here}/stop", status="suspended", **SAID)
    page = first.open(here).text
    check_page(page)
    assert "Lift the suspension" in page
    assert "Extend it" not in page
    form = {"version": str(clearance(move).id), **SAID}
    checked = first.submit(f"{here}/lift", **form)
    check_page(checked.text)
    assert "second officer" in checked.text
    first.submit(f"{here}/lift", **form, checked="yes")
    assert clearance(move).status is ClearanceStatus.SUSPENDED
    change_id = move.session.exec(select(RecordChange.id)).one()
    move.session.commit()
    waiting = f"/people/clearance-changes/{change_id}"
    for visitor in (first, second):
        check_page(visitor.open("/people/clearance-changes").text)
        check_page(visitor.open(waiting).text)
    assert first.submit(f"{waiting}/approve", page=waiting).status_code == 403
    assert sign_in(app, move.hmrc_officer).open(f"/people/changes/{change_id}").status_code == 404
    assert second.submit(f"{waiting}/approve", page=waiting).status_code == 303
    assert clearance(move).status is ClearanceStatus.ACTIVE


def test_what_was_recorded_by_mistake_is_taken_back_by_two(
    app: Flask, move: Move, officers: list[UUID]
) -> None:
    here = f"/people/{move.employee}/clearances/{clearance(move).fact_id}"
    first, second = (sign_in(app, one) for one in officers)
    assert "Take back" not in first.open(here).text  # no officer recorded it on a page
    first.submit(f"{here}/event", kind="incident", happened_at=["2", "3", "2026"], **SAID, checked="yes")
    first.submit(f"{here}/stop", status="withdrawn", **SAID)
    page = first.open(here).text
    check_page(page)
    event = page.split("/vetting/clearance-event/", 1)[1].split("/", 1)[0]
    paths = (f"/people/{move.employee}/vetting/clearance-event/{event}/take-back", f"{here}/take-back")
    for path, version in zip(paths, (event_version(move), str(clearance(move).id)), strict=True):
        check_page(first.open(path).text)
        typed = {"version": version, **SAID}
        checked = first.submit(path, **typed)
        check_page(checked.text)
        assert "second officer" in checked.text
        assert first.submit(path, **typed, checked="yes").status_code == 303
    assert clearance(move).status is ClearanceStatus.WITHDRAWN
    change_ids = move.session.exec(select(RecordChange.id).where(RecordChange.action == "take_back")).all()
    move.session.commit()
    for change_id in change_ids:
        waiting = f"/people/clearance-changes/{change_id}"
        check_page(second.open(waiting).text)
        assert second.submit(f"{waiting}/approve", page=waiting).status_code == 303
    assert clearance(move).status is ClearanceStatus.ACTIVE
    assert "Incident reported" not in second.open(here).text


def event_version(move: Move) -> str:
    found = current(move.session, ClearanceEvent, move.now, move.now, person_id=move.employee)[0].id
    move.session.commit()
    return str(found)


def test_every_step_has_a_form_and_a_check(app: Flask, move: Move, officers: list[UUID]) -> None:
    held = clearance(move)
    here = f"/people/{move.employee}/clearances/{held.fact_id}"
    visitor = sign_in(app, officers[0])
    day, version = ["2", "3", "2026"], str(held.id)
    steps = {
        "begin-renewal": {"version": version},
        "correct": {"version": version, "level": "SC", "decided_on": ["2", "1", "2020"]},
        "extend": {"version": version, "until": ["1", "7", "2031"]},
        "share": {"organisation_id": str(move.home_office.id), "first_day": day},
        "caveat": {"name": "STRAP", "kind": "addition"},
        "event": {"kind": "incident", "happened_at": day},
    }
    assert 'value="2020"' in visitor.open(f"{here}/correct").text
    for step, typed in steps.items():
        check_page(visitor.open(f"{here}/{step}").text)
        checked = visitor.submit(f"{here}/{step}", **typed, **SAID)
        check_page(checked.text)
        assert "Check before it is recorded" in checked.text, (step, checked.text)
    for step in ("share", "caveat", "event"):
        assert visitor.submit(f"{here}/{step}", **steps[step], **SAID, checked="yes").status_code == 303
    page = visitor.open(here).text
    check_page(page)
    assert all(text in page for text in ("STRAP", "Incident reported", "Shared", move.home_office.name))
    assert visitor.open(f"{here}/renew").status_code == 404


def test_others_see_no_clearance_of_theirs(app: Flask, move: Move, officers: list[UUID]) -> None:
    here = f"/people/{move.employee}/clearances/{clearance(move).fact_id}"
    elsewhere = make_employee(move.session, move.now, move.home_office, "ed.else").person_id
    give_role(move.session, move.now, elsewhere, Role.SECURITY_OFFICER, move.home_office.id)
    move.session.commit()
    for path in (here, f"{here}/extend", f"/people/{move.employee}/clearances/add"):
        assert sign_in(app, elsewhere).open(path).status_code == 404
        assert sign_in(app, move.hmrc_officer).open(path).status_code == 403
    own = f"/people/{officers[0]}/clearances/add"
    assert sign_in(app, officers[0]).open(own).status_code == 403


def test_what_is_due_is_listed_without_its_level(app: Flask, move: Move, officers: list[UUID]) -> None:
    held = move.session.get(Clearance, clearance(move).id)
    assert held is not None
    held.expires_on, held.review_due_on = date(2026, 5, 1), date(2026, 2, 1)
    move.session.commit()
    page = sign_in(app, officers[0]).open("/people/clearances").text
    check_page(page)
    assert page.index("A review is due") < page.index("1 May 2026")
    assert "Overdue" in page
    assert ">SC<" not in page
    elsewhere = make_employee(move.session, move.now, move.home_office, "ed.else").person_id
    give_role(move.session, move.now, elsewhere, Role.SECURITY_OFFICER, move.home_office.id)
    move.session.commit()
    assert "Nothing is due" in sign_in(app, elsewhere).open("/people/clearances").text
    assert held.valid_from == LONG_AGO


def test_an_application_is_recorded_and_goes_on_by_its_steps(
    app: Flask, move: Move, officers: list[UUID]
) -> None:
    move.session.commit()
    visitor, path = sign_in(app, officers[0]), f"/people/{move.employee}/clearances/apply"
    check_page(visitor.open(path).text)
    typed = {"level": "DV", "organisation": str(move.hmrc.id), "first_day": ["2", "3", "2026"], **SAID}
    ahead = visitor.submit(path, **(typed | {"first_day": ["3", "3", "2026"]}))
    assert (ahead.status_code, "when it has been made" in ahead.text) == (422, True)
    check_page(ahead.text)
    check_page(visitor.submit(path, **typed).text)
    assert visitor.submit(path, **typed, checked="yes").status_code == 303
    found = current(move.session, Clearance, move.now, move.now, person_id=move.employee)
    applied = next(one for one in found if one.level.value == "DV")
    assert (applied.status, applied.decided_on) == (ClearanceStatus.REQUESTED, None)
    page = visitor.open(f"/people/{move.employee}/clearances/{applied.fact_id}").text
    check_page(page)
    assert "Confirm the BPSS" in page


@pytest.mark.looks_at("people/check_clearance_limit.html")
def test_an_organisation_uses_a_level_for_fewer_years(app: Flask, move: Move, officers: list[UUID]) -> None:
    move.session.commit()
    first, second = (sign_in(app, one) for one in officers)
    everything, path = "/people/clearance-limits", f"/people/clearance-limits/{move.hmrc.id}/SC"
    check_page(first.open(everything).text)
    check_page(first.open(path).text)
    for years in ("10", "no number"):
        refused = first.submit(path, years=years, reason="Risk owner")
        check_page(refused.text)
        assert refused.status_code == 422
    checked = first.submit(path, years="5", reason="Risk owner")
    check_page(checked.text)
    assert "1 person who works there could not use their clearance any more" in checked.text
    assert first.submit(path, years="5", reason="Risk owner", checked="yes").status_code == 303
    own = first.open(everything).text
    check_page(own)
    assert "another security officer of your organisation must confirm it" in own
    page = second.open(everything).text
    check_page(page)
    found = [part.split('"', 1)[0] for part in page.split('action="')[1:] if "/confirm" in part[:120]]
    confirm = found[0]
    assert first.submit(confirm, page=everything).status_code == 403
    assert second.submit(confirm, page=everything).status_code == 303
    assert "5 years" in second.open(everything).text
    due = second.open("/people/clearances").text
    check_page(due)
    assert "31 December 2024" in due  # five years after the decision, not ten
    assert "Accepted here through" in second.open(f"/people/{move.employee}").text
    record = second.open(f"/people/{move.employee}/record").text
    assert "where they worked accepts it for fewer years" in record
    assert sign_in(app, move.hmrc_officer).open(everything).status_code == 403
    assert second.open(f"/people/clearance-limits/{move.home_office.id}/SC").status_code == 404


def test_who_sees_clearances_where_they_leave_sees_that_a_move_asks_for_one(
    app: Flask, move: Move, officers: list[UUID]
) -> None:
    held = clearance(move)
    move.begin()
    move.session.commit()
    words, visitor = "Active; a move asks for it", sign_in(app, officers[0])
    for path in (f"/people/{move.employee}/clearances/{held.fact_id}", f"/people/{move.employee}/record"):
        assert words in visitor.open(path).text
    assert words in sign_in(app, move.employee).open("/profile/record").text
