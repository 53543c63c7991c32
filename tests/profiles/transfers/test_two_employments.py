"""Somebody with two employments moves with the one that they choose, and the other stays as it is."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session

from profiles.apps.models import App
from profiles.employments.models import Employment, Posting
from profiles.entitlements.models import Entitlement
from profiles.errors import Conflict, Invalid
from profiles.organisations.service import OrganisationView
from profiles.pay.models import PayReason, PayRecord
from profiles.people.models import WorkAddress
from profiles.roles.models import Role, RoleAssignment
from profiles.temporal import INSTANT, current, record
from profiles.transfers import codes, invited, movable, service
from profiles.transfers.reversing import reverse
from tests.factories.apps import make_app
from tests.factories.move_invitations import invite
from tests.factories.organisations import LONG_AGO, PROVENANCE, make_organisation
from tests.factories.people import employ_too, give_role
from tests.factories.transfers import Move

LIFE = timedelta(hours=72)


@pytest.fixture
def college(session: Session, move: Move) -> OrganisationView:
    """Where the employee has another employment."""
    return make_organisation(session, move.now, "COLLEGE")


@pytest.fixture
def other(move: Move, college: OrganisationView) -> Posting:
    return employ_too(move.session, move.now, move.employee, college)


def code_of(move: Move, posting: Posting | None) -> str:
    employment_id = posting.employment_id if posting else None
    return codes.make_code(move.session, move.employee, move.now, LIFE, employment_id)[0]


def first_post(move: Move) -> Posting:
    posts = movable.home_postings(move.session, move.employee, move.now)
    return next(one for one in posts if one.organisation_id == move.hmrc.id)


def places(move: Move, model: Any, at: Any) -> list[UUID]:
    found = current(move.session, model, at, move.now, person_id=move.employee)
    return sorted(one.organisation_id for one in found)


def give_by_hand(move: Move, app: App) -> None:
    stamp = PROVENANCE.stamp(move.now, LONG_AGO)
    given = {"person_id": move.employee, "app_id": app.id, "role_name": "manager"}
    record(move.session, Entitlement(**given, approved_by=move.hmrc_officer, **stamp))


def test_the_one_that_they_choose_moves_and_the_other_stays(
    move: Move, college: OrganisationView, other: Posting
) -> None:
    theirs = make_app(move.session, move.now, move.hmrc, "By hand")
    others = make_app(move.session, move.now, college, "Lessons")
    give_by_hand(move, theirs)
    give_by_hand(move, others)
    for place in (move.hmrc, college):
        give_role(move.session, move.now, move.employee, Role.AUDITOR, place.id)
    transfer = move.schedule(code=code_of(move, first_post(move)))
    assert transfer.exporting_organisation_id == move.hmrc.id
    after = transfer.join_at + timedelta(hours=9)
    both = sorted((move.home_office.id, college.id))
    assert places(move, Employment, after) == both
    assert places(move, Posting, after) == both
    assert places(move, RoleAssignment, after) == [college.id]
    given = current(move.session, Entitlement, after, move.now, person_id=move.employee)
    assert [one.app_id for one in given] == [others.id]
    move.now = after
    service.advance_due(move.session, move.now)
    assert places(move, Posting, after) == both


def test_the_other_one_can_be_chosen(move: Move, college: OrganisationView, other: Posting) -> None:
    transfer = move.begin(code=code_of(move, other))
    assert (transfer.exporting_organisation_id, transfer.employment_id) == (college.id, other.employment_id)


def test_a_code_says_which_one_moves(move: Move, other: Posting) -> None:
    for chosen in (None, other.model_copy(update={"employment_id": move.employee})):
        with pytest.raises(Invalid) as refused:
            code_of(move, chosen)
        assert refused.value.field == "employment_id"


def test_a_code_of_before_says_nothing_of_which_and_begins_nothing(
    move: Move, college: OrganisationView
) -> None:
    code = code_of(move, None)
    employ_too(move.session, move.now, move.employee, college)
    with pytest.raises(Invalid, match="cannot be used any more") as refused:
        move.begin(code=code)
    assert refused.value.field == "code"
    assert "employment" not in str(refused.value)
    assert college.name not in str(refused.value)


def test_two_in_one_organisation_do_not_move_by_themselves(move: Move) -> None:
    employ_too(move.session, move.now, move.employee, move.hmrc)
    with pytest.raises(Conflict, match="more than one employment in one organisation"):
        code_of(move, first_post(move))


def test_an_acceptance_says_which_one_moves(move: Move, other: Posting) -> None:
    token = invite(move)
    accept: dict[str, Any] = {"unverified_token": token, "person_id": move.employee, "life": LIFE}
    with pytest.raises(Invalid, match="Choose the employment"):
        invited.accept(move.session, move.now, **accept)
    accepted = invited.accept(move.session, move.now, **accept, employment_id=other.employment_id)
    assert accepted.employment_id == other.employment_id


def test_nobody_moves_to_where_they_have_the_other_one(move: Move) -> None:
    employ_too(move.session, move.now, move.employee, move.home_office)
    with pytest.raises(Invalid, match="works in your organisation already"):
        move.begin(code=code_of(move, first_post(move)))


def test_the_move_goes_back_beside_the_other_one(
    move: Move, college: OrganisationView, other: Posting
) -> None:
    first, theirs = first_post(move), {"person_id": move.employee, "organisation_id": move.hmrc.id}
    stamp = PROVENANCE.stamp(move.now, LONG_AGO) | theirs
    paid = {"salary_pence": 3_200_000, "pay_reason": PayReason.AWARD}
    record(move.session, PayRecord(employment_id=first.employment_id, **paid, **stamp))
    record(move.session, WorkAddress(address="p.patel@hmrc.gov.uk", **stamp))
    transfer = move.schedule(code=code_of(move, first))
    move.now = transfer.join_at + timedelta(days=3)
    service.advance_due(move.session, move.now)
    back = reverse(
        move.session,
        move.now,
        transfer_id=transfer.id,
        officer_id=move.hmrc_officer,
        permissions=move.permissions(move.hmrc_officer),
        start_date=(move.now + timedelta(days=20)).date(),
        last_day=None,
    )
    assert back.exporting_organisation_id == move.home_office.id
    assert places(move, Posting, back.join_at - INSTANT) == sorted((move.home_office.id, college.id))
    addresses = current(move.session, WorkAddress, move.now, move.now, person_id=move.employee)
    assert {one.organisation_id for one in addresses} >= {move.home_office.id}


def test_of_two_in_the_new_department_none_goes_back_alone(move: Move) -> None:
    transfer = move.schedule()
    move.now = transfer.join_at + timedelta(days=3)
    service.advance_due(move.session, move.now)
    employ_too(move.session, move.now, move.employee, move.home_office)
    day = (move.now + timedelta(days=20)).date()
    for officer, said in ((move.preparer, "another employment"), (move.hmrc_officer, "can say why")):
        mine = {"officer_id": officer, "permissions": move.permissions(officer)}
        with pytest.raises(Conflict, match=said):
            reverse(move.session, move.now, transfer_id=transfer.id, start_date=day, last_day=None, **mine)
