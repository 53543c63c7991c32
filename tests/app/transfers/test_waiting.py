"""The list of what waits for an officer."""

from flask import Flask

from profiles.transfers.models import Side
from tests.app.page_checks import check_page
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in


def test_the_list_leads_to_where_it_is_done(app: Flask, move: Move) -> None:
    transfer = move.prepare()
    move.session.commit()
    officer = sign_in(app, move.hmrc_officer)
    assert "1 transfer waits for you" in officer.open("/transfers").text
    page = officer.open("/transfers/waiting").text
    check_page(page)
    assert f'href="/transfers/{transfer.id}/approve?side=exporting"' in page
    assert "13 March 2026" in page


def test_who_prepared_it_is_told_that_nothing_waits(app: Flask, move: Move) -> None:
    move.prepare()
    move.session.commit()
    officer = sign_in(app, move.preparer)
    assert "waits for you" not in officer.open("/transfers").text
    page = officer.open("/transfers/waiting").text
    check_page(page)
    assert "Nothing waits for you." in page


def test_hr_reads_what_others_are_to_do_and_has_no_page_for_it(app: Flask, move: Move) -> None:
    transfer = move.begin()
    move.session.commit()
    officer = sign_in(app, move.hmrc_officer)
    page = officer.open("/transfers/waiting").text
    check_page(page)
    assert f'href="/transfers/{transfer.id}/name-manager?side=exporting"' in page
    assert "A security officer of Department HMRC" in page.partition(">Waiting for others<")[2]
    page = officer.open(f"/transfers/{transfer.id}").text
    check_page(page)
    assert "A security officer of Department HMRC" in page
    tasks = page.partition("govuk-task-list")[2]
    assert tasks.count("To do") == 1, "HR release records; nothing else in the list is theirs"


def test_the_employee_reads_who_is_to_act(app: Flask, move: Move) -> None:
    transfer = move.prepare()
    move.session.commit()
    page = sign_in(app, move.employee).open(f"/profile/transfers/{transfer.id}").text
    check_page(page)
    acting = page.partition('id="who-acts"')[2].partition("</div>")[0]
    assert "HR of Department HMRC" in acting
    assert "HR of Department HO" in acting
    assert acting.count("by 13 March 2026") == 2
    assert "The line manager in Department HO" in acting
    move.approve(transfer, Side.IMPORTING, move.home_office_officer)
    move.approve(transfer, Side.EXPORTING, move.hmrc_officer)
    move.session.commit()
    page = sign_in(app, move.employee).open(f"/profile/transfers/{transfer.id}").text
    assert "The old post ends on 13 March 2026" in page


def test_where_nobody_has_the_role_everybody_who_follows_the_move_reads_so(app: Flask, move: Move) -> None:
    transfer = move.begin()
    move.session.commit()
    pages = (
        sign_in(app, move.employee).open(f"/profile/transfers/{transfer.id}").text,
        sign_in(app, move.preparer).open(f"/transfers/{transfer.id}").text,
    )
    for page in pages:
        check_page(page)
        assert "Department HMRC has no security officer who could act." in page
