"""The list of what waits for an officer."""

from flask import Flask

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
