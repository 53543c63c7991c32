"""The pages on which each does their own part of a move."""

from uuid import UUID

import pytest
from flask import Flask

from profiles.clearances.levels import ClearanceLevel
from profiles.roles.models import Role
from profiles.transfers import managers, tasks
from profiles.transfers.models import Side, TaskKind, Transfer
from tests.app.page_checks import check_page
from tests.factories.people import give_role
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

CONFIRMED = {"no_loan": "y", "probation_done": "y", "no_warning": "y", "date_agreed": "y"}


def begun(move: Move) -> Transfer:
    move.security_officer()
    move.manager()
    transfer = move.begin()
    move.session.commit()
    return transfer


def hired(move: Move, who: str) -> UUID:
    """The id of somebody of HMRC, with no transaction left open."""
    found: UUID = getattr(move, who)()
    move.session.commit()
    return found


def is_done(move: Move, transfer: Transfer, kind: TaskKind) -> bool:
    move.session.expire_all()
    done = tasks.get(move.session, transfer, kind).done_at is not None
    move.session.rollback()
    return done


def test_the_employee_confirms_their_details_and_accepts_the_terms(app: Flask, move: Move) -> None:
    transfer = begun(move)
    path, employee = f"/profile/transfers/{transfer.id}", sign_in(app, move.employee)
    page = employee.open(path).text
    for step in ("details", "terms", "first-morning"):
        assert f'href="{path}/{step}"' in page
    for step, kind in (("details", TaskKind.EMPLOYEE_DETAILS), ("terms", TaskKind.TERMS)):
        check_page(employee.open(f"{path}/{step}").text)
        answer = employee.submit(f"{path}/{step}")
        assert (answer.status_code, answer.location) == (303, path)
        assert is_done(move, transfer, kind)


def test_a_wrong_detail_goes_to_hr_and_comes_back_answered(app: Flask, move: Move) -> None:
    transfer = begun(move)
    own, path = f"/profile/transfers/{transfer.id}", f"/transfers/{transfer.id}"
    employee, officer = sign_in(app, move.employee), sign_in(app, move.hmrc_officer)
    refused = employee.submit(f"{own}/details/wrong", page=f"{own}/details", what="")
    assert refused.status_code == 422
    check_page(refused.text)
    employee.submit(f"{own}/details/wrong", page=f"{own}/details", what="My middle name is Anjali.")
    assert "My details are right" not in employee.open(f"{own}/details").text
    assert f'href="{path}/correction"' in officer.open(path).text
    page = officer.open(f"{path}/correction").text
    check_page(page)
    assert "My middle name is Anjali." in page
    assert officer.submit(f"{path}/correction", answer="Corrected.").location == path
    page = employee.open(f"{own}/details").text
    check_page(page)
    assert "HR answered: Corrected." in page
    assert "My details are right" in page


def test_hr_names_the_line_manager_who_confirms(app: Flask, move: Move) -> None:
    transfer = begun(move)
    path, officer = f"/transfers/{transfer.id}", sign_in(app, move.hmrc_officer)
    check_page(officer.open(f"{path}/name-manager").text)
    refused = officer.submit(f"{path}/name-manager", address="nobody@hmrc.gov.uk")
    assert refused.status_code == 422
    assert 'href="#address"' in refused.text
    assert officer.submit(f"{path}/name-manager", address="beth.morgan@hmrc.gov.uk").status_code == 303
    manager = sign_in(app, hired(move, "manager"))
    assert "Moves that wait for you: 1" in manager.open("/profile").text
    page = manager.open("/transfer-tasks").text
    check_page(page)
    assert f'href="{path}/line-manager"' in page
    refused = manager.submit(f"{path}/line-manager", **{**CONFIRMED, "no_warning": ""})
    assert refused.status_code == 422
    check_page(refused.text)
    assert manager.submit(f"{path}/line-manager", **CONFIRMED).status_code == 303
    assert is_done(move, transfer, TaskKind.LINE_MANAGER)
    assert "41,000" not in manager.open(f"{path}/line-manager").text


@pytest.mark.parametrize("released", ["yes", "no"])
def test_the_security_officer_decides_on_the_clearance(app: Flask, move: Move, released: str) -> None:
    transfer = begun(move)
    path, officer = f"/transfers/{transfer.id}/clearance", sign_in(app, hired(move, "security_officer"))
    page = officer.open(path).text
    check_page(page)
    assert "What you sponsor and they ask for" in page
    assert officer.submit(path).status_code == 422
    assert officer.submit(path, released=released).status_code == 303
    assert is_done(move, transfer, TaskKind.CLEARANCE)
    assert move.session.get_one(Transfer, transfer.id).clearance_released is (released == "yes")
    move.session.rollback()
    check_page(officer.open("/transfer-tasks").text)


@pytest.mark.parametrize("who", ["employee", "hmrc_officer", "preparer", "home_office_officer", "stranger"])
def test_nobody_else_opens_these_pages(app: Flask, move: Move, who: str) -> None:
    transfer, visitor = begun(move), sign_in(app, getattr(move, who))
    for page in ("line-manager", "clearance"):
        assert visitor.open(f"/transfers/{transfer.id}/{page}").status_code in (403, 404)
    for page in ("details", "terms"):
        if who != "employee":
            assert visitor.open(f"/profile/transfers/{transfer.id}/{page}").status_code == 404


@pytest.mark.parametrize("page", ["name-manager?side=exporting", "correction"])
def test_only_hr_of_the_old_department_asks(app: Flask, move: Move, page: str) -> None:
    path = f"/transfers/{begun(move).id}/{page}"
    assert sign_in(app, move.preparer).open(path).status_code == 403
    assert sign_in(app, move.stranger).open(path).status_code == 404


def test_hr_of_the_new_department_records_the_check_and_names_a_manager(app: Flask, move: Move) -> None:
    transfer = move.begin(bpss_checked_on=None)
    move.session.commit()
    path, officer = f"/transfers/{transfer.id}", sign_in(app, move.home_office_officer)
    page = officer.open(path).text
    assert f'href="{path}/bpss"' in page
    assert f'href="{path}/name-manager?side=importing"' in page
    check_page(officer.open(f"{path}/bpss").text)
    refused = officer.submit(f"{path}/bpss", passed="yes", checked_on=["3", "3", "2026"])
    assert refused.status_code == 422
    assert 'href="#checked_on-day"' in refused.text
    officer.submit(f"{path}/bpss", passed="no", checked_on=["1", "3", "2026"])
    assert "Not passed on 1 March 2026." in officer.open(path).text
    assert "Not passed" not in sign_in(app, move.hmrc_officer).open(path).text
    assert "Not passed" not in sign_in(app, move.employee).open(f"/profile{path}").text
    officer.submit(f"{path}/bpss", passed="yes", checked_on=["2", "3", "2026"])
    assert is_done(move, transfer, TaskKind.BPSS)
    naming = f"{path}/name-manager?side=importing"
    check_page(officer.open(naming).text)
    assert officer.submit(naming, address="omar.hughes@ho.gov.uk").status_code == 303
    manager = sign_in(app, move.preparer)
    assert f'href="{path}/first-day"' in manager.open("/transfer-tasks").text
    page = manager.open(f"{path}/first-day").text
    check_page(page)
    assert "41,000" not in page
    assert manager.submit(f"{path}/first-day", place_ready="y").status_code == 422
    assert manager.submit(f"{path}/first-day", place_ready="y", told="y").status_code == 303
    assert is_done(move, transfer, TaskKind.FIRST_DAY)
    check_page(manager.open(f"{path}/first-day").text)


def test_an_agreed_move_gets_another_new_line_manager(app: Flask, move: Move) -> None:
    transfer = move.schedule()
    move.session.commit()
    path, officer = f"/transfers/{transfer.id}", sign_in(app, move.home_office_officer)
    naming = f"{path}/name-manager?side=importing"
    assert f'href="{naming}"' in officer.open(path).text
    assert "name-manager" not in sign_in(app, move.hmrc_officer).open(path).text
    check_page(officer.open(naming).text)
    assert officer.submit(naming, address="olivia.ward@ho.gov.uk").status_code == 303
    page = sign_in(app, move.home_office_officer).open(f"{path}/first-day").text
    check_page(page)
    assert "Is the first day of Priya Patel arranged?" in page
    assert sign_in(app, move.new_manager()).open(f"{path}/first-day").status_code == 404


def test_after_the_policy_date_the_manager_is_not_asked_about_the_last_day(app: Flask, move: Move) -> None:
    manager = move.manager()
    transfer = move.begin()
    managers.name(move.session, transfer, Side.EXPORTING, manager, move.now)
    move.session.commit()
    own = sign_in(app, move.employee).open(f"/profile/transfers/{transfer.id}").text
    assert "If the old department does not answer about the dates, they stand from 9 March 2026 on." in own
    transfer.date_settled_at = move.now
    move.session.add(transfer)
    move.session.commit()
    path, visitor = f"/transfers/{transfer.id}/line-manager", sign_in(app, manager)
    page = visitor.open(path).text
    check_page(page)
    assert "I agree with the last day" not in page
    assert "The dates stand since 2 March 2026" in sign_in(app, move.hmrc_officer).open(path[:-13]).text
    said = {name: "y" for name in CONFIRMED if name != "date_agreed"}
    assert visitor.submit(path, **said | {"no_warning": ""}).status_code == 422
    assert visitor.submit(path, **said).status_code == 303
    assert is_done(move, transfer, TaskKind.LINE_MANAGER)


def test_a_security_officer_of_the_new_department_says_how_the_clearance_stands(
    app: Flask, move: Move
) -> None:
    give_role(move.session, move.now, move.stranger, Role.SECURITY_OFFICER, move.home_office.id)
    transfer = move.begin(required_level=ClearanceLevel.DV)
    move.session.commit()
    officer, path = sign_in(app, move.stranger), f"/transfers/{transfer.id}/required-clearance"
    assert f'href="{path}"' in officer.open("/transfer-tasks").text
    page = officer.open(path).text
    check_page(page)
    assert "DV" in page
    assert officer.submit(path).status_code == 422
    refused = officer.submit(path, said="dispensed", mitigations="Never alone")
    assert refused.status_code == 422
    assert 'href="#until-day"' in refused.text
    check_page(refused.text)
    assert officer.submit(path, said="applied").status_code == 303
    assert "Applied for." in officer.open(path).text
    said = {"said": "dispensed", "mitigations": "Never alone", "until": ["30", "9", "2026"]}
    assert officer.submit(path, **said).status_code == 303
    assert is_done(move, transfer, TaskKind.CLEARANCE_READY)
    check_page(officer.open(path).text)
    assert sign_in(app, move.home_office_officer).open(path).status_code == 403
    assert "Never alone" not in sign_in(app, move.hmrc_officer).open(f"/transfers/{transfer.id}").text
