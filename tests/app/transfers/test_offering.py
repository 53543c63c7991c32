"""The pages of a vacancy holder: bringing somebody here, and how far that is."""

from uuid import UUID

import pytest
from flask import Flask
from sqlmodel import select

from profiles.roles.models import Role
from profiles.transfers.models import Transfer
from tests.app.page_checks import check_page
from tests.app.transfers.answers import PATH, answers
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in


@pytest.fixture
def holder(move: Move) -> UUID:
    person_id = make_employee(move.session, move.now, move.home_office, "vera.vacancy").person_id
    give_role(move.session, move.now, person_id, Role.VACANCY_HOLDER, move.home_office.id)
    move.session.commit()
    return person_id


def test_a_vacancy_holder_offers_a_post_and_is_led_to_how_far_it_is(
    app: Flask, move: Move, holder: UUID
) -> None:
    code = move.code()
    move.session.commit()
    visitor = sign_in(app, holder)
    typed = answers(code, move.home_office.id)
    del typed["bpss_checked_on"]
    terms = visitor.submit(PATH, code=code)
    assert "BPSS check" not in terms.text
    check = visitor.submit(f"{PATH}/terms", page=PATH, **typed)
    check_page(check.text)
    assert "What changes at your apps" not in check.text
    done = visitor.submit(f"{PATH}/prepare", page=PATH, **typed)
    transfer = move.session.exec(select(Transfer)).one()
    assert done.status_code == 303
    assert done.location == f"/transfers/offered/{transfer.id}"
    page = visitor.open(done.location)
    check_page(page.text)
    assert "Priya Patel" in page.text
    assert "In progress" in page.text


def test_a_bpss_date_that_is_sent_all_the_same_counts_for_nothing(
    app: Flask, move: Move, holder: UUID
) -> None:
    code = move.code()
    move.session.commit()
    sign_in(app, holder).submit(f"{PATH}/prepare", page=PATH, **answers(code, move.home_office.id))
    assert move.session.exec(select(Transfer.bpss_checked_on)).all() == [None]


def test_the_list_shows_their_own_offers_alone(app: Flask, move: Move, holder: UUID) -> None:
    move.begin(officer=holder, bpss_checked_on=None)
    move.session.commit()
    page = sign_in(app, holder).open("/transfers/offered")
    check_page(page.text)
    assert "Priya Patel" in page.text
    assert "Posts you offer" in page.text
    assert "Priya Patel" not in sign_in(app, move.preparer).open("/transfers/offered").text


def test_what_a_colleague_offered_is_not_there(app: Flask, move: Move, holder: UUID) -> None:
    transfer = move.begin()
    move.session.commit()
    assert sign_in(app, holder).open(f"/transfers/offered/{transfer.id}").status_code == 404
    assert sign_in(app, holder).open(f"/transfers/{transfer.id}").status_code == 403


def test_hr_find_what_they_offered_among_all_transfers(app: Flask, move: Move) -> None:
    assert "Posts you offer" not in sign_in(app, move.preparer).open("/transfers").text
