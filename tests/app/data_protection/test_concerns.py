"""From what a person says is wrong to the answer, on the pages of both sides."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from flask import Flask
from sqlmodel import select

from profiles.concerns.models import Concern
from profiles.employments.models import Posting
from profiles.organisations.models import OrganisationDetail
from profiles.portable_profile.kinds import Kind
from profiles.roles.models import Role
from profiles.temporal import Provenance, current, end, replace
from tests.app.page_checks import check_page
from tests.factories.facts_in_turn import in_turn
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

MINE, THEIRS = "/profile/concerns", "/people/concerns"


def posting_of(move: Move) -> Posting:
    return current(move.session, Posting, move.now, move.now, person_id=move.employee)[0]


def only(move: Move) -> UUID:
    found = move.session.exec(select(Concern.id)).one()
    move.session.rollback()
    return found


@pytest.mark.looks_at("my_profile/new_wrong.html", "my_profile/concern.html", "people/concern.html")
def test_what_is_wrong_is_said_corrected_and_answered(app: Flask, move: Move) -> None:
    posting = posting_of(move)
    path = f"/profile/record/posting/{posting.fact_id}/wrong"
    move.session.commit()
    priya, harriet = sign_in(app, move.employee), sign_in(app, move.hmrc_officer)
    assert path in priya.open("/profile/record").text
    assert MINE in priya.open("/profile").text
    check_page(priya.open(MINE).text)
    form = priya.open(path).text
    check_page(form)
    assert "answer by 2 April 2026" in form
    assert "Caseworker" in form
    empty = priya.submit(path, words=" ")
    assert empty.status_code == 422
    check_page(empty.text)
    sent = priya.submit(path, words="Senior Officer since <b>February</b>")
    assert sent.status_code == 303
    mine, theirs = f"{MINE}/{only(move)}", f"{THEIRS}/{only(move)}"
    assert sent.location == mine
    again = priya.submit(path, words="Once more")
    assert again.status_code == 409
    assert "Once more" in again.text
    waiting = priya.open(mine).text
    check_page(waiting)
    assert "answers by 2 April 2026" in waiting
    assert "Caseworker" in waiting

    listed = harriet.open(THEIRS).text
    check_page(listed)
    assert "Priya Patel" in listed
    assert "What people say is wrong" in harriet.open("/tasks").text
    page = harriet.open(theirs).text
    check_page(page)
    assert "&lt;b&gt;February&lt;/b&gt;" in page
    assert "It says the same now." in page
    too_soon = harriet.submit(theirs, outcome="put_right", words="Done.")
    assert too_soon.status_code == 422
    check_page(too_soon.text)
    assert "Correct it first" in too_soon.text
    said = Provenance(None, "page:letter", "As the letter has it")
    replace(move.session, posting_of(move), move.now, said, local_grade="Senior Officer")
    move.session.commit()
    assert harriet.submit(theirs, outcome="put_right", words="Put right.").status_code == 303
    check_page(harriet.open(theirs).text)
    check_page(harriet.open(THEIRS).text)
    late = harriet.submit(theirs, page="/profile/sessions", outcome="declined", words="Second.")
    assert late.status_code == 409
    assert "Second." in late.text
    answered = priya.open(mine).text
    check_page(answered)
    assert "Put right." in answered
    check_page(priya.open(MINE).text)


def test_what_is_missing_and_complaints_find_their_officers(app: Flask, move: Move) -> None:
    dora = make_employee(move.session, move.now, move.hmrc, "dora.data").person_id
    give_role(move.session, move.now, dora, Role.DATA_PROTECTION_OFFICER, move.hmrc.id)
    move.session.commit()
    priya, harriet, officer = (sign_in(app, one) for one in (move.employee, move.hmrc_officer, dora))
    for what in ("missing", "complaint"):
        path = f"{MINE}/{what}"
        check_page(priya.open(path).text)
        nobody = priya.submit(path, words="It.")
        assert nobody.status_code == 422
        check_page(nobody.text)
        elsewhere = priya.submit(path, organisation_id=str(move.home_office.id), words="It.")
        assert elsewhere.status_code == 422
        sent = priya.submit(path, organisation_id=str(move.hmrc.id), words=f"About what is {what}")
        assert sent.status_code == 303
        check_page(priya.open(str(sent.location)).text)
    assert "A complaint" not in harriet.open(THEIRS).text
    desk = officer.open("/data-protection").text
    check_page(desk)
    assert THEIRS in desk
    both = officer.open(THEIRS).text
    check_page(both)
    assert "A complaint" in both
    assert "Something that is not recorded" in both


def test_what_was_said_is_taken_back(app: Flask, move: Move) -> None:
    move.session.commit()
    priya = sign_in(app, move.employee)
    priya.submit(f"{MINE}/missing", organisation_id=str(move.hmrc.id), words="My second job")
    mine = f"{MINE}/{only(move)}"
    assert priya.submit(f"{mine}/withdraw", page=mine).status_code == 303
    check_page(priya.open(mine).text)
    theirs = f"{THEIRS}/{only(move)}"
    late = sign_in(app, move.hmrc_officer).submit(
        theirs, page="/profile/sessions", outcome="declined", words="Typed in vain."
    )
    assert late.status_code == 409
    check_page(late.text)
    assert "Typed in vain." in late.text
    assert "My second job" not in sign_in(app, move.hmrc_officer).open(THEIRS).text
    assert sign_in(app, move.hmrc_officer).open(mine).status_code == 404


def test_what_one_said_is_read_after_the_organisation_has_ended(app: Flask, move: Move) -> None:
    move.session.commit()
    priya = sign_in(app, move.employee)
    priya.submit(f"{MINE}/missing", organisation_id=str(move.hmrc.id), words="My second job")
    mine = f"{MINE}/{only(move)}"
    (detail,) = current(move.session, OrganisationDetail, move.now, move.now, organisation_id=move.hmrc.id)
    end(move.session, detail, move.now, move.now, Provenance(None, "test", "It has closed"))
    move.session.commit()
    for path in (MINE, mine):
        assert move.hmrc.name in priya.open(path).text


def test_a_past_entry_is_read_said_corrected_and_answered_on_its_day(app: Flask, move: Move) -> None:
    past, *_others = in_turn(move, Kind.PAY)
    fact_id, version = past.fact_id, past.id
    move.session.commit()
    then = "valid_on=1&valid_on=6&valid_on=2024"
    path = f"/profile/record/pay/{fact_id}/wrong?{then}"
    priya, harriet = sign_in(app, move.employee), sign_in(app, move.hmrc_officer)
    assert path.replace("&", "&amp;") in priya.open(f"/profile/record?{then}").text
    check_page(priya.open(path).text)
    assert priya.submit(path, words="It was £29,000").status_code == 303
    theirs = f"{THEIRS}/{only(move)}"
    page = harriet.open(theirs).text
    last_day = "valid_on=31&valid_on=12&valid_on=2024"
    assert f"/people/{move.employee}/record?{last_day}".replace("&", "&amp;") in page
    correct = f"/people/{move.employee}/change/pay/{fact_id}/correct?{last_day}"
    assert correct.replace("&", "&amp;") in harriet.open(f"/people/{move.employee}/record?{last_day}").text
    typed = {
        "salary_pence": "29,000",
        "pay_reason": "award",
        "fte_thousandths": "100",
        "first_day": ["1", "1", "2024"],
        "last_day": ["31", "12", "2024"],
        "source": "Payslips",
        "reason": "As the person says",
        "version": str(version),
        "checked": "yes",
    }
    assert harriet.submit(correct, **typed).status_code == 303
    assert harriet.submit(theirs, outcome="put_right", words="Put right.").status_code == 303
    assert "Put right" in priya.open(f"{MINE}/{only(move)}").text


def test_a_name_from_before_the_new_employer_is_corrected_because_the_person_says_so(
    app: Flask, move: Move
) -> None:
    """The new employer answers for it, and sees no more of that time than this."""
    past, _present, _coming = in_turn(move, Kind.NAME)
    fact_id, version = past.fact_id, past.id
    move.schedule()
    move.session.commit()
    app.config["CLOCK"] = lambda: datetime(2026, 6, 1, 9, tzinfo=UTC)
    priya, olivia = sign_in(app, move.employee), sign_in(app, move.home_office_officer)
    correct = f"/people/{move.employee}/change/name/{fact_id}/correct"
    assert olivia.open(correct).status_code == 404
    wrong = f"/profile/record/name/{fact_id}/wrong?valid_on=1&valid_on=6&valid_on=2024"
    assert priya.submit(wrong, words="It was Patil").status_code == 303
    theirs = f"{THEIRS}/{only(move)}"
    assert correct in olivia.open(theirs).text
    assert sign_in(app, move.hmrc_officer).open(correct).status_code == 404
    check_page(olivia.open(correct).text)
    typed = {
        "given_names": "Priya",
        "family_name": "Patil",
        "first_day": ["1", "1", "2024"],
        "last_day": ["31", "12", "2024"],
        "source": "Birth certificate",
        "reason": "As the person says",
        "version": str(version),
        "checked": "yes",
    }
    assert olivia.submit(correct, **typed).status_code == 303
    assert olivia.submit(theirs, outcome="put_right", words="Put right.").status_code == 303
    assert olivia.open(correct).status_code == 404


def test_what_is_said_of_another_kind_of_entry_opens_no_form(app: Flask, move: Move) -> None:
    _past, phone, _coming = in_turn(move, Kind.PHONE)
    fact_id = phone.fact_id
    move.session.commit()
    wrong = f"/profile/record/phone/{fact_id}/wrong"
    assert sign_in(app, move.employee).submit(wrong, words="Another number").status_code == 303
    harriet, change = sign_in(app, move.hmrc_officer), f"/people/{move.employee}/change"
    assert harriet.open(f"{change}/phone/{fact_id}/correct").status_code == 200
    assert harriet.open(f"{change}/name/{fact_id}/correct").status_code == 404
