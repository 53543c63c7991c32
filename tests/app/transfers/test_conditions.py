"""Hours, pay location and contract on the pages of a move: asked, filled in, and read by each who decides."""

from html import unescape
from uuid import UUID

import pytest
from flask import Flask
from sqlmodel import select

from profiles.employments.models import ContractType, Employment, Posting
from profiles.pay.models import PayReason, PayRecord
from profiles.roles.models import Role
from profiles.temporal import current, replace
from profiles.transfers.models import Transfer
from tests.app.page_checks import check_page
from tests.app.transfers.answers import PATH, answers
from tests.factories.organisations import LONG_AGO, PROVENANCE
from tests.factories.pay_scales import make_scale
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

AGREED = {"contract_type": "fixed_term", "fte_thousandths": "62.5", "pay_location": "London"}


@pytest.fixture
def part_time(move: Move) -> Move:
    """The employee works three days a week in London, for a fixed term."""
    now, who = move.now, {"person_id": move.employee}
    (post,) = current(move.session, Posting, now, now, **who)
    (held,) = current(move.session, Employment, now, now, **who)
    replace(move.session, held, now, PROVENANCE, contract_type=ContractType.FIXED_TERM)
    stamp = PROVENANCE.stamp(now, LONG_AGO) | who
    stamp |= {"organisation_id": move.hmrc.id, "employment_id": post.employment_id}
    paid = {"salary_pence": 3_000_000, "pay_reason": PayReason.APPOINTMENT, "location": "london"}
    move.session.add(PayRecord(fte_thousandths=600, **paid, **stamp))
    make_scale(move.session, now, move.home_office.id, "Senior Officer", "London", pounds=(40_000, 46_000))
    move.session.commit()
    return move


def asked_of(app: Flask, move: Move, officer: UUID) -> str:
    code = move.code()
    move.session.commit()
    page = sign_in(app, officer).submit(PATH, code=code)
    check_page(page.text)
    return page.text


def test_hr_find_what_the_employee_has_now(app: Flask, part_time: Move) -> None:
    page = asked_of(app, part_time, part_time.preparer)
    assert 'name="fte_thousandths" type="text" value="60"' in " ".join(page.split())
    assert 'name="pay_location" type="text" value="London"' in " ".join(page.split())
    assert '<option value="fixed_term" selected>' in page


def test_a_vacancy_holder_says_it_and_reads_nothing_of_present_pay(app: Flask, part_time: Move) -> None:
    move = part_time
    holder = make_employee(move.session, move.now, move.home_office, "vera.vacancy").person_id
    give_role(move.session, move.now, holder, Role.VACANCY_HOLDER, move.home_office.id)
    page = " ".join(asked_of(app, move, holder).split())
    assert 'name="fte_thousandths"' in page
    assert 'value="60"' not in page
    assert "selected" not in page.partition('name="contract_type"')[2].partition("</select>")[0].replace(
        '<option value="" selected>', ""
    )


def test_everybody_who_decides_and_who_pays_reads_it(app: Flask, move: Move) -> None:
    code = move.code()
    move.session.commit()
    officer = sign_in(app, move.preparer)
    typed = answers(code, move.home_office.id, **AGREED)
    check = officer.submit(f"{PATH}/terms", page=PATH, **typed)
    officer.submit(f"{PATH}/prepare", page=PATH, **typed)
    transfer = move.session.exec(select(Transfer)).one()
    move.do_tasks(transfer)
    move.session.commit()
    pages = [
        check.text,
        officer.open(f"/transfers/{transfer.id}").text,
        sign_in(app, move.home_office_officer).open(f"/transfers/{transfer.id}/approve?side=importing").text,
        sign_in(app, move.employee).open(f"/profile/transfers/{transfer.id}/terms").text,
    ]
    payroll = move.payroll_officer()
    move.approve_both(transfer)
    move.session.commit()
    pages.append(sign_in(app, payroll).open(f"/transfers/{transfer.id}/payroll").text)
    for page in pages:
        check_page(page)
        for words in ("62.5% of full time", "Fixed term", "London"):
            assert words in unescape(page)


@pytest.mark.parametrize(
    ("name", "typed"), [("fte_thousandths", ""), ("fte_thousandths", "101"), ("contract_type", "")]
)
def test_what_cannot_be_recorded_leads_to_its_field(app: Flask, move: Move, name: str, typed: str) -> None:
    code = move.code()
    move.session.commit()
    wrong = answers(code, move.home_office.id, **{name: typed})
    page = sign_in(app, move.preparer).submit(f"{PATH}/terms", page=PATH, **wrong)
    assert page.status_code == 422
    assert f'href="#{name}"' in page.text
    check_page(page.text)


def test_the_old_department_reads_none_of_it(app: Flask, move: Move) -> None:
    transfer = move.prepare(fte_thousandths=625)
    move.session.commit()
    path = f"/transfers/{transfer.id}"
    officer = sign_in(app, move.hmrc_officer)
    for page in (officer.open(path), officer.open(f"{path}/approve?side=exporting")):
        assert "62.5%" not in page.text
