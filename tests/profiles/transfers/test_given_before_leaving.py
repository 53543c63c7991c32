"""What is given between the approval of a move and the last day does not outlive it."""

from datetime import date

import pytest

from profiles.access_policy import requests
from profiles.entitlements import grants
from profiles.entitlements.models import Entitlement
from profiles.entitlements.who_may_use import who_may_use
from profiles.errors import Invalid
from profiles.people.models import WorkAddress
from profiles.roles.models import Role
from profiles.roles.permissions import Permission
from profiles.roles.service import permissions_of
from profiles.sign_in.service import find_person_by_address
from profiles.temporal import current, end_of_day, history, record, start_of_day
from profiles.transfers.service import advance_due
from tests.factories.apps import make_app
from tests.factories.organisations import INITIATOR, PROVENANCE
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move

LAST_DAY, YEARS_END = date(2026, 3, 13), date(2026, 12, 31)
AFTERWARDS = start_of_day(date(2026, 3, 20))


def test_a_role_that_was_asked_for_ends_with_the_last_day_at_most(move: Move) -> None:
    session, now, app = move.session, move.now, make_app(move.session, move.now, move.hmrc)
    move.schedule()
    owner = make_employee(session, now, move.hmrc, "ola.owner").person_id
    give_role(session, now, owner, Role.APP_OWNER, move.hmrc.id)
    asked = requests.ask(
        session,
        now,
        person_id=move.employee,
        app_id=app.id,
        role_name="manager",
        first_day=now.date(),
        last_day=YEARS_END,
        reason="I cover for a manager",
    )
    with pytest.raises(Invalid) as refused, session.begin_nested():
        requests.approve(session, now, asked, owner, last_day=YEARS_END, answer="")
    assert refused.value.field == "last_day"
    requests.approve(session, now, asked, owner, last_day=LAST_DAY, answer="")
    held = history(session, Entitlement, now, person_id=move.employee)[0]
    with pytest.raises(Invalid):
        grants.prolong(
            session, now, PROVENANCE, INITIATOR, held, end_of_day(YEARS_END), approved_by=move.preparer
        )
    assert move.employee in who_may_use(session, app.id, now, now)
    assert move.employee not in who_may_use(session, app.id, AFTERWARDS, now)


def test_what_was_given_all_the_same_ends_when_they_leave(move: Move) -> None:
    session, now, app = move.session, move.now, make_app(move.session, move.now, move.hmrc)
    move.schedule()
    give_role(session, now, move.employee, Role.HR_OFFICER, move.hmrc.id)
    record(
        session,
        Entitlement(
            person_id=move.employee,
            app_id=app.id,
            role_name="manager",
            approved_by=move.preparer,
            **PROVENANCE.stamp(now, now, end_of_day(YEARS_END)),
        ),
    )
    advance_due(session, AFTERWARDS)
    allowed = permissions_of(session, move.employee, AFTERWARDS)
    assert not allowed.allows(Permission.CHANGE_RECORDS, move.hmrc.id)
    assert move.employee not in who_may_use(session, app.id, AFTERWARDS, AFTERWARDS)


def test_an_address_that_the_old_department_gave_meanwhile_ends_with_the_last_day(move: Move) -> None:
    session, now = move.session, move.now
    move.schedule()
    for place, address in ((move.hmrc, "p.jones@hmrc.gov.uk"), (move.home_office, "p.j@homeoffice.gov.uk")):
        record(
            session,
            WorkAddress(
                person_id=move.employee,
                organisation_id=place.id,
                address=address,
                **PROVENANCE.stamp(now, now),
            ),
        )
    advance_due(session, AFTERWARDS)
    held = current(session, WorkAddress, AFTERWARDS, AFTERWARDS, person_id=move.employee)
    assert move.hmrc.id not in {one.organisation_id for one in held}
    assert "p.j@homeoffice.gov.uk" in {one.address for one in held}
    assert find_person_by_address(session, "p.jones@hmrc.gov.uk", AFTERWARDS) is None
