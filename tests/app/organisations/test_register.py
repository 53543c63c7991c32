"""The register of organisations on pages: as of a day, renamed by its administrators, moved by two sides."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlmodel import select

from profiles.access_policy.models import PolicyChange, PolicyState
from profiles.audit.service import Initiator
from profiles.organisations import changing, successions
from profiles.organisations.models import OrganisationDetail, OrganisationKind
from profiles.organisations.service import OrganisationView, create, tree
from profiles.roles.models import Role, RoleAssignment
from profiles.temporal import end, history, start_of_day
from tests.app.page_checks import check_page
from tests.factories.organisations import PROVENANCE, make_organisation
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

REGISTER = "/organisations/register"


def administrator(move: Move, organisation: OrganisationView, name: str, **how: Any) -> UUID:
    person_id = make_employee(move.session, move.now, organisation, name).person_id
    role = Role.ORGANISATION_ADMINISTRATOR
    give_role(move.session, move.now, person_id, role, organisation.id, **how)
    return person_id


@pytest.fixture
def agency(move: Move) -> OrganisationView:
    """Under the Home Office."""
    made = make_organisation(move.session, move.now, "VOA", parent=move.home_office)
    make_employee(move.session, move.now, made, "vera.value")
    return made


def test_anybody_signed_in_reads_who_took_over_from_whom_as_of_a_day(app: Flask, move: Move) -> None:
    decc = make_organisation(move.session, move.now, "DECC")
    successions.succeed(
        move.session,
        move.now,
        PROVENANCE,
        Initiator.system("test"),
        predecessor_id=decc.id,
        successor_id=move.hmrc.id,
        since=start_of_day(date(2016, 7, 14)),
    )
    move.session.commit()
    reader = sign_in(app, move.employee)
    listed = reader.open(REGISTER)
    check_page(listed.text)
    assert "Department DECC" in listed.text
    now, before = (
        reader.open(f"{REGISTER}/{move.hmrc.id}{query}")
        for query in ("", "?valid_on=13&valid_on=7&valid_on=2016")
    )
    for page in (now, before):
        check_page(page.text)
    assert "since 14 July 2016" in now.text
    assert "since 14 July 2016" not in before.text
    unknown = reader.open(f"{REGISTER}/{move.hmrc.id}?known_on=1&known_on=1&known_on=2020")
    assert unknown.status_code == 404
    young = reader.open(f"{REGISTER}/{decc.id}?valid_on=1&valid_on=1&valid_on=2001")
    check_page(young.text)
    assert "It does not exist on this day" in young.text


def test_an_administrator_renames_their_own_organisation_and_no_other(app: Flask, move: Move) -> None:
    admin = administrator(move, move.hmrc, "ada.admin")
    move.session.commit()
    visitor, path = sign_in(app, admin), f"{REGISTER}/{move.hmrc.id}/name"
    check_page(visitor.open(path).text)
    typed: dict[str, Any] = {"name": "Revenue", "first_day": ["1", "1", "2020"], "reason": "The board"}
    bad = visitor.submit(path, **(typed | {"first_day": ["1", "1", "2001"]}))
    check_page(bad.text)
    assert (bad.status_code, "does not exist on that day" in bad.text, "Revenue" in bad.text) == (
        422,
        True,
        True,
    )
    assert visitor.submit(path, **typed).status_code == 303
    shown = visitor.open(f"{REGISTER}/{move.hmrc.id}")
    check_page(shown.text)
    assert "Revenue" in shown.text
    for day, name in ((date(2020, 1, 1), "Revenue"), (date(2019, 12, 31), move.hmrc.name)):
        assert tree(move.session, start_of_day(day), move.now).organisations[move.hmrc.id].name == name
    move.session.rollback()
    assert visitor.open(f"{REGISTER}/{move.home_office.id}/name").status_code == 404
    assert sign_in(app, move.hmrc_officer).open(path).status_code == 403


def test_an_agency_is_moved_by_who_is_above_it_and_approved_where_it_arrives(
    app: Flask, move: Move, agency: OrganisationView
) -> None:
    of_agency = administrator(move, agency, "al.admin")
    above = administrator(move, move.home_office, "ada.admin", include_subtree=True)
    security = make_employee(move.session, move.now, move.hmrc, "sid.security").person_id
    give_role(move.session, move.now, security, Role.SECURITY_OFFICER, move.hmrc.id)
    move.session.commit()
    path = f"{REGISTER}/{agency.id}/place"
    typed: dict[str, Any] = {
        "parent": str(move.hmrc.id),
        "first_day": ["2", "3", "2026"],
        "reason": "The transfer of functions order",
    }
    below = sign_in(app, of_agency)
    assert below.open(path).status_code == 404
    assert path not in below.open(f"{REGISTER}/{agency.id}").text
    asking, deciding = sign_in(app, above), sign_in(app, security)
    check_page(asking.open(path).text)
    checked = asking.submit(path, **typed)
    check_page(checked.text)
    assert "Officers whose roles in Lanyard reach it" in checked.text
    assert "A second officer must approve it" in checked.text
    assert asking.submit(path, **typed, checked="yes").status_code == 303
    one = f"/apps/changes/{move.session.exec(select(PolicyChange.id)).one()}"
    move.session.rollback()
    waiting = deciding.open(one)
    check_page(waiting.text)
    assert "The transfer of functions order" in waiting.text
    assert deciding.submit(f"{one}/approve", page=one).status_code == 303
    assert tree(move.session, move.now).organisations[agency.id].parent_id == move.hmrc.id


def test_what_is_below_cannot_be_chosen_and_a_loop_is_refused(
    app: Flask, move: Move, agency: OrganisationView
) -> None:
    admin = administrator(move, move.home_office, "ada.admin", include_subtree=True)
    move.session.commit()
    visitor, path = sign_in(app, admin), f"{REGISTER}/{move.home_office.id}/place"
    assert str(agency.id) not in visitor.open(path).text
    answer = visitor.submit(path, parent=str(agency.id), first_day=["2", "3", "2026"], reason="No")
    check_page(answer.text)
    assert answer.status_code == 422


def test_who_was_above_it_on_the_day_must_ask(app: Flask, move: Move, agency: OrganisationView) -> None:
    """Not who is above it today."""
    changing.place(
        move.session,
        move.now,
        PROVENANCE,
        Initiator.system("test"),
        organisation_id=agency.id,
        parent_id=None,
        first_day=date(2026, 1, 1),
    )
    admin = administrator(move, agency, "al.admin")
    move.session.commit()
    path = f"{REGISTER}/{agency.id}/place"
    answer = sign_in(app, admin).submit(
        path, parent=str(move.hmrc.id), first_day=["31", "12", "2025"], reason="The order"
    )
    check_page(answer.text)
    assert (answer.status_code, "administrator of the organisation above it" in answer.text) == (422, True)


def test_what_has_ended_or_is_to_begin_is_called_otherwise_by_who_is_above(
    app: Flask, move: Move, agency: OrganisationView
) -> None:
    above = administrator(move, move.home_office, "ada.admin", include_subtree=True)
    own = administrator(move, agency, "al.admin")
    session, now = move.session, move.now
    for detail in history(session, OrganisationDetail, now, organisation_id=agency.id):
        end(session, detail, start_of_day(date(2026, 1, 1)), now, PROVENANCE)
    for role in history(session, RoleAssignment, now, person_id=own):
        end(session, role, now, now, PROVENANCE)
    session.commit()
    path = f"{REGISTER}/{agency.id}/name"
    visitor = sign_in(app, above)
    shown = visitor.open(f"{REGISTER}/{agency.id}").text
    check_page(shown)
    assert path in shown
    typed: dict[str, Any] = {"name": "Valuation Office", "reason": "It was misspelt"}
    late = visitor.submit(path, **typed, first_day=["1", "1", "2026"])
    check_page(late.text)
    assert (late.status_code, "does not exist on that day" in late.text) == (422, True)
    assert visitor.submit(path, **typed, first_day=["1", "1", "2020"]).status_code == 303
    known = tree(session, start_of_day(date(2025, 12, 31)), move.now).organisations
    assert known[agency.id].name == "Valuation Office"


def test_what_is_to_begin_gets_another_place_by_who_is_to_be_above_it(app: Flask, move: Move) -> None:
    above = administrator(move, move.home_office, "ada.admin", include_subtree=True)
    other = administrator(move, move.hmrc, "otto.admin")
    made = create(
        move.session,
        move.now,
        PROVENANCE,
        Initiator.system("test"),
        code="NEW",
        name="New Agency",
        kind=OrganisationKind.AGENCY,
        valid_from=start_of_day(date(2026, 6, 1)),
        parent_id=move.home_office.id,
    )
    move.session.commit()
    visitor, path = sign_in(app, above), f"{REGISTER}/{made.id}/place"
    assert path in visitor.open(f"{REGISTER}/{made.id}").text
    check_page(visitor.open(path).text)
    typed: dict[str, Any] = {"parent": str(move.hmrc.id), "first_day": ["1", "7", "2026"], "reason": "Order"}
    assert visitor.submit(path, **typed, checked="yes").status_code == 303
    assert move.session.exec(select(PolicyChange)).one().organisation_id == move.hmrc.id
    move.session.rollback()
    assert sign_in(app, other).open(path).status_code == 404


def test_a_domain_goes_over_with_its_history_on_the_page(
    app: Flask, move: Move, agency: OrganisationView
) -> None:
    admin = administrator(move, agency, "al.admin")
    security = make_employee(move.session, move.now, move.hmrc, "sid.security").person_id
    give_role(move.session, move.now, security, Role.SECURITY_OFFICER, move.hmrc.id)
    move.session.commit()
    asking, deciding = sign_in(app, admin), sign_in(app, security)
    path = f"{REGISTER}/{agency.id}/domains"
    check_page(asking.open(path).text)
    typed: dict[str, Any] = {"domain": "voa.gov.uk", "to": str(move.hmrc.id), "reason": "Mail moved"}
    bad = asking.submit(path, **typed, first_day=["1", "1", "2001"])
    check_page(bad.text)
    assert (bad.status_code, "not theirs on that day" in bad.text) == (422, True)
    typed["first_day"] = ["2", "3", "2026"]
    checked = asking.submit(path, **typed)
    check_page(checked.text)
    assert "People with a work e-mail address of this domain: fewer than 10" in checked.text
    assert asking.submit(path, **typed, checked="yes").status_code == 303
    one = f"/apps/changes/{move.session.exec(select(PolicyChange.id)).one()}"
    move.session.rollback()
    check_page(deciding.open(one).text)
    assert deciding.submit(f"{one}/approve", page=one).status_code == 303
    for place in (agency, move.hmrc):
        shown = deciding.open(f"{REGISTER}/{place.id}").text
        check_page(shown)
        assert "voa.gov.uk" in shown
        assert "Mail moved" in shown
    assert sign_in(app, move.hmrc_officer).open(path).status_code == 403
    assert asking.open(f"{REGISTER}/{move.hmrc.id}/domains").status_code == 404


def test_a_new_domain_is_asked_for_below_one_that_somebody_has(app: Flask, move: Move) -> None:
    admin = administrator(move, move.hmrc, "ada.admin")
    move.session.commit()
    visitor, path = sign_in(app, admin), f"{REGISTER}/{move.hmrc.id}/domains/new"
    check_page(visitor.open(path).text)
    typed: dict[str, Any] = {"first_day": ["2", "3", "2026"], "reason": "A new office"}
    bad = visitor.submit(path, **typed, domain="example.com")
    check_page(bad.text)
    assert (bad.status_code, "operator of this service" in bad.text, "example.com" in bad.text) == (
        422,
        True,
        True,
    )
    theirs = typed | {"domain": "Visas.HO.gov.uk"}
    checked = visitor.submit(path, **theirs)
    check_page(checked.text)
    assert move.home_office.name in checked.text
    assert "address of this domain: fewer than 10" in checked.text  # not that it is nobody: it is another's
    assert visitor.submit(path, **theirs, checked="yes").status_code == 303
    change = move.session.exec(select(PolicyChange)).one()
    assert (change.organisation_id, change.content["domain"]) == (move.home_office.id, "visas.ho.gov.uk")


def test_what_is_to_begin_is_not_answered_for_by_the_side_that_asks(app: Flask, move: Move) -> None:
    admin = administrator(move, move.hmrc, "ada.admin")
    asked_by = move.session, move.now, PROVENANCE, Initiator.person(admin)
    coming = create(
        *asked_by,
        code="SOON",
        name="Department Soon",
        kind=OrganisationKind.DEPARTMENT,
        valid_from=start_of_day(date(2026, 4, 1)),
    )
    succeeding = successions.succeed(
        *asked_by, predecessor_id=move.hmrc.id, successor_id=coming.id, since=start_of_day(date(2026, 4, 1))
    )
    move.session.commit()
    asking, path = sign_in(app, admin), f"{REGISTER}/{move.hmrc.id}/successions"
    said: dict[str, Any] = {"since": ["1", "5", "2026"], "reason": "The order", "checked": "yes"}
    answer = asking.submit(f"{path}/new", direction="to", successor=str(coming.id), **said)
    assert answer.status_code == 422
    check_page(answer.text)
    assert "It has not begun yet, so nobody there can approve it." in answer.text
    assert asking.submit(f"{path}/{succeeding.id}", **said).status_code == 409
    assert move.session.exec(select(PolicyChange)).all() == []


def test_who_took_over_is_said_by_both_sides_and_corrected(app: Flask, move: Move) -> None:
    admin = administrator(move, move.hmrc, "ada.admin")
    security = make_employee(move.session, move.now, move.home_office, "sid.security").person_id
    give_role(move.session, move.now, security, Role.SECURITY_OFFICER, move.home_office.id)
    move.session.commit()
    asking, deciding = sign_in(app, admin), sign_in(app, security)
    path = f"{REGISTER}/{move.hmrc.id}/successions"
    check_page(asking.open(path).text)
    check_page(asking.open(f"{path}/new").text)
    typed: dict[str, Any] = {
        "direction": "from",
        "successor": str(move.home_office.id),
        "since": ["14", "7", "2016"],
        "reason": "The order",
    }

    def ask_and_approve(where: str, form: dict[str, Any]) -> None:
        check_page(asking.submit(where, **form).text)
        assert asking.submit(where, **form, checked="yes").status_code == 303
        waits = select(PolicyChange.id).where(PolicyChange.state == PolicyState.WAITING)
        one = f"/apps/changes/{move.session.exec(waits).one()}"
        move.session.rollback()
        check_page(deciding.open(one).text)
        assert deciding.submit(f"{one}/approve", page=one).status_code == 303

    ask_and_approve(f"{path}/new", typed)
    shown = asking.open(f"{REGISTER}/{move.hmrc.id}").text
    check_page(shown)
    assert "since 14 July 2016" in shown
    held = successions.find(move.session, move.home_office.id, move.hmrc.id, move.now)
    assert held is not None
    correct = f"{path}/{held.id}"
    move.session.rollback()
    check_page(asking.open(correct).text)
    ask_and_approve(correct, {"since": ["", "", ""], "reason": "It was another"})
    assert successions.find(move.session, move.home_office.id, move.hmrc.id, move.now) is None
    move.session.rollback()
    gone = asking.open(correct)
    assert gone.status_code == 409
    other = f"{REGISTER}/{move.home_office.id}/successions"
    assert asking.open(other).status_code == 404
