"""Each page of a transfer and of a loan, in the state that it is for, on a phone, as axe-core sees it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask, template_rendered
from playwright.sync_api import Page

from profiles.loans import interruptions as loan_interruptions
from profiles.loans.models import LoanState
from profiles.organisations.models import OrganisationKind
from profiles.roles.models import Role
from profiles.temporal import start_of_day
from profiles.transfers import employees_part, interruptions, managers, screening, service
from profiles.transfers.models import Side
from tests.app.transfers.answers import PATH, answers
from tests.factories.loans import HOME, HOST, make_lending
from tests.factories.move_invitations import accept, invite
from tests.factories.organisations import make_organisation
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.profiles.transfers.test_payroll import confirm
from tests.support.looked_at import marked
from tests.support.phone import Phone
from tests.support.signed_in import sign_in

ELSEWHERE = frozenset(
    {"transfers/parts.html", "loans/parts.html", "loans/wish.html", "transfers/pay_correction.html"}
)
"""Not pages, what pages are made of; and one that is opened in ``transfers/test_pay_correcting``."""


class Reader:
    """Opens pages as somebody, and looks at each in a browser."""

    def __init__(self, app: Flask, page: Page) -> None:
        self.app, self._phone = app, Phone(app, page)
        self.templates: set[str] = set()
        template_rendered.connect(self._note, app)

    def reads(self, person_id: UUID, path: str, **sent: Any) -> str:
        """The page at this address, or what its form answers where something is ``sent``."""
        visitor = sign_in(self.app, person_id)
        on = sent.pop("on", path)
        answer = visitor.submit(path, page=on, **sent) if sent or on != path else visitor.open(path)
        assert answer.status_code in (200, 422), (path, answer.status_code)
        self._phone.look(answer.text, path)
        return answer.text

    def _note(self, _app: Flask, template: Any, **_more: Any) -> None:
        self.templates.add(template.name)


@pytest.fixture
def reader(app: Flask, page: Page) -> Reader:
    return Reader(app, page)


def not_read(app: Flask, reader: Reader, folder: str) -> set[str]:
    found = {name for name in app.jinja_env.list_templates() if name.startswith(f"{folder}/")}
    return found - reader.templates - ELSEWHERE - marked()


@pytest.mark.looks_at(
    "my_profile/answer_invitation.html",
    "my_profile/details.html",
    "my_profile/first_morning.html",
    "my_profile/terms.html",
    "my_profile/transfer.html",
    "my_profile/withdraw.html",
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_page_of_a_transfer(app: Flask, move: Move, reader: Reader) -> None:
    old, new, preparer, her = move.hmrc_officer, move.home_office_officer, move.preparer, move.employee
    payroll, security = move.payroll_officer(), move.security_officer()
    manager, new_manager = move.manager(), move.new_manager()
    new_security = make_employee(move.session, move.now, move.home_office, "sam.safe").person_id
    give_role(move.session, move.now, new_security, Role.SECURITY_OFFICER, move.home_office.id)
    give_role(move.session, move.now, preparer, Role.VACANCY_HOLDER, move.home_office.id)
    code, token = move.code(), invite(move)
    move.session.commit()
    sent = "/transfers/invitations"
    for who, path in ((her, f"/invited/{token}"), (her, f"/profile/invitations/{token}"), (preparer, sent)):
        reader.reads(who, path)
    reader.reads(preparer, f"{sent}/new", address="nobody")
    accepted = f"{sent}/{accept(move, token).id}"
    move.session.commit()
    reader.reads(preparer, accepted)
    reader.reads(her, "/profile/transfer-code")
    reader.reads(preparer, PATH)
    reader.reads(preparer, PATH, code="wrong")
    reader.reads(preparer, PATH, code=code)
    typed = answers(code, move.home_office.id)
    reader.reads(preparer, f"{PATH}/terms", on=PATH, **typed | {"salary": "much"})
    reader.reads(preparer, f"{PATH}/terms", on=PATH, **typed)

    transfer = move.begin(code=code, bpss_checked_on=None)
    managers.name(move.session, transfer, Side.EXPORTING, manager, move.now)
    managers.name(move.session, transfer, Side.IMPORTING, new_manager, move.now)
    move.session.commit()
    at, own = f"/transfers/{transfer.id}", f"/profile/transfers/{transfer.id}"
    for path in ("", "/details", "/terms", "/first-morning", "/withdraw"):
        reader.reads(her, f"{own}{path}")
    for path in ("/transfers", "/transfers/waiting", at, f"{at}/name-manager?side=exporting"):
        reader.reads(old, path)
    reader.reads(preparer, at)
    reader.reads(preparer, f"{at}/bpss")
    reader.reads(preparer, "/transfers/offered")
    reader.reads(preparer, f"/transfers/offered/{transfer.id}")
    reader.reads(manager, "/transfer-tasks")
    reader.reads(manager, f"{at}/line-manager")
    reader.reads(new_manager, f"{at}/first-day")
    reader.reads(security, f"{at}/clearance")
    reader.reads(new_security, f"{at}/required-clearance")
    asked = {"transfer_id": transfer.id, "person_id": her, "what": "My second name is Ann."}
    employees_part.ask_correction(move.session, move.now, **asked)
    move.session.commit()
    reader.reads(old, f"{at}/correction")
    employees_part.answer_correction(
        move.session,
        move.now,
        transfer_id=transfer.id,
        officer_id=old,
        permissions=move.permissions(old),
        answer="It is put right.",
    )

    checker = {"officer_id": preparer, "permissions": move.permissions(preparer)}
    checked = {"transfer_id": transfer.id, "passed": True, "checked_on": date(2026, 2, 20)}
    screening.record_check(move.session, move.now, **checker, **checked)
    move.do_tasks(transfer)
    move.session.commit()
    for officer, side in ((old, "exporting"), (new, "importing")):
        for path in ("approve", "refuse", "hold"):
            reader.reads(officer, f"{at}/{path}?side={side}")
    reader.reads(preparer, f"{at}/dates")
    reader.reads(old, f"{at}/cancel")
    move.approve(transfer, Side.IMPORTING, new)
    move.approve(transfer, Side.EXPORTING, old)
    by = {"transfer_id": transfer.id, "officer_id": old, "permissions": move.permissions(old)}
    held = {"side": Side.EXPORTING, "reason": "A case is open.", "review_on": date(2026, 3, 6)}
    interruptions.hold(move.session, move.now, **by, **held)
    move.session.commit()
    for reads, path in ((old, at), (new, at), (her, own), (old, f"{at}/resume")):
        reader.reads(reads, path)
    interruptions.resume(move.session, move.now, **by)
    move.session.commit()
    for reads, path in ((old, at), (her, own), (payroll, "/transfer-tasks"), (payroll, f"{at}/payroll")):
        reader.reads(reads, path)

    move.now = datetime.combine(date(2026, 3, 17), move.now.timetz())
    app.config["CLOCK"] = lambda: move.now
    service.advance_due(move.session, move.now)
    confirm(move, transfer, payroll)
    move.session.commit()
    for reads, path in (
        (payroll, f"{at}/first-pay"),
        (old, at),
        (new, at),
        (her, own),
        (old, f"{at}/receipts"),
    ):
        reader.reads(reads, path)
    reader.reads(new, f"{at}/reverse")
    reader.reads(new, f"{at}/start")
    other = {"start_date": ["17", "3", "2026"], "last_day": ["", "", ""]}
    assert sign_in(app, new).submit(f"{at}/start", **other).status_code == 303
    reader.reads(old, f"{at}/start/decide")
    reader.reads(new, f"{at}/start/take-back")
    reader.reads(payroll, "/transfers/cut-off")
    reader.reads(payroll, f"/transfers/cut-off/{move.home_office.id}")
    assert not_read(app, reader, "transfers") == set()


@pytest.mark.looks_at(
    "my_profile/loan.html",
    "my_profile/refuse_extension.html",
    "my_profile/sign_loan.html",
    "my_profile/submit_loan.html",
    "my_profile/withdraw_loan.html",
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_page_of_a_loan(app: Flask, move: Move, reader: Reader) -> None:
    lending = make_lending(move)
    new, her, drafter = move.home_office_officer, move.employee, lending.drafter
    move.session.commit()
    wish = {
        "host_organisation_id": str(move.home_office.id),
        "start_date": ["16", "3", "2026"],
        "last_day": ["15", "3", "2027"],
        "payer": "host",
        "purpose": "To help with a peak of visas.",
    }
    secondee = make_employee(move.session, move.now, move.hmrc, "jo.blake").person_id
    body = make_organisation(move.session, move.now, "UNI", kind=OrganisationKind.OUTSIDE)
    abroad = replace(lending, move=replace(move, employee=secondee))
    secondment = abroad.draft(host_organisation_id=body.id)
    abroad.submit(secondment)
    abroad.approve(secondment, HOME)
    move.session.commit()
    reader.reads(drafter, f"/loans/{secondment.id}")
    reader.reads(drafter, f"/loans/{secondment.id}/outside")
    begin = f"/people/{her}/loan"
    reader.reads(her, "/profile/loan")
    reader.reads(drafter, begin)
    reader.reads(drafter, begin, **wish | {"purpose": ""})
    reader.reads(drafter, begin, **wish)

    loan = lending.draft()
    move.session.commit()
    at, own = f"/loans/{loan.id}", f"/profile/loans/{loan.id}"
    for path in ("", "/submit", "/withdraw"):
        reader.reads(her, f"{own}{path}")
    reader.reads(drafter, f"{at}/change")
    lending.submit(loan)
    move.session.commit()
    for path in ("/loans", "/loans/waiting", at, f"{at}/approve", f"{at}/decline", f"{at}/hold"):
        reader.reads(move.hmrc_officer, path)
    lending.approve(loan, HOME)
    move.session.commit()
    reader.reads(move.preparer, f"{at}/post")
    reader.reads(lending.security_officer, "/loan-tasks")
    reader.reads(lending.security_officer, f"{at}/clearance")
    lending.describe(loan)
    move.session.commit()
    reader.reads(new, f"{at}/approve")
    lending.approve(loan, HOST)
    move.session.commit()
    reader.reads(her, f"{own}/sign")
    lending.sign(loan)
    move.session.commit()
    for reads, path in ((her, own), (drafter, at), (new, at)):
        reader.reads(reads, path)
    by = lending.as_officer(drafter) | {"loan_id": loan.id}
    loan_interruptions.hold(**by, side=HOME, reason="A case is open.", review_on=date(2026, 3, 6))
    move.session.commit()
    for reads, path in ((drafter, at), (drafter, f"{at}/resume"), (her, own)):
        reader.reads(reads, path)
    loan_interruptions.resume(**by)
    lending.agree_clearance(loan)
    assert loan.state is LoanState.SCHEDULED

    lending.come_to(loan, start_of_day(date(2026, 3, 16)) + timedelta(hours=9))
    app.config["CLOCK"] = lambda: move.now
    move.session.commit()
    reader.reads(new, f"{at}/extend?side=host")
    reader.reads(drafter, f"{at}/end?side=home")
    reader.reads(new, f"{at}/end?side=host")
    reader.reads(new, f"{at}/stay")
    stays = answers("", move.home_office.id, employment_number="HO-2", start_date=["14", "9", "2026"])
    reader.reads(new, f"{at}/stay", **{k: v for k, v in stays.items() if k not in ("code", "last_day")})
    lending.propose(loan, date(2027, 6, 1))
    move.session.commit()
    for reads, path in (
        (her, own),
        (her, f"{own}/sign"),
        (her, f"{own}/refuse-extension"),
        (new, f"{at}/refuse-extension?side=host"),
        (drafter, f"{at}/approve?side=home"),
        (lending.security_officer, f"{at}/clearance"),
    ):
        reader.reads(reads, path)
    lending.come_to(loan, loan.ends_at + timedelta(hours=9))
    move.session.commit()
    for reads, path in ((her, own), (drafter, at), (drafter, f"{at}/return"), (new, f"{at}/receipts")):
        reader.reads(reads, path)
    assert not_read(app, reader, "loans") == set()
