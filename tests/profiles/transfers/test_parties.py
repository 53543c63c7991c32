"""Who counts as one in a transfer: a deputy and the absent officer, and all of one shared service."""

from datetime import timedelta
from uuid import UUID

import pytest

from profiles.errors import NotPermitted
from profiles.organisations.service import OrganisationView
from profiles.portable_profile.changes import decide, submit
from profiles.roles import service
from profiles.roles.models import Role
from profiles.transfers.models import Side, TransferState
from profiles.transfers.waiting import Act, waiting_for
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE, make_organisation
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.profiles.portable_profile.test_changes import an_app_for_heo, correction, posting

__all__ = ["posting"]


def officer(move: Move, name: str, *where: OrganisationView, operator: UUID | None = None) -> UUID:
    """Somebody of the third organisation who is HR for others."""
    person_id = make_employee(move.session, move.now, move.hmrc, name).person_id
    for one in where:
        service.assign(
            move.session,
            move.now,
            PROVENANCE,
            INITIATOR,
            person_id=person_id,
            role=Role.HR_OFFICER,
            organisation_id=one.id,
            valid_from=LONG_AGO,
            operator_id=operator,
        )
    return person_id


def deputy_of(move: Move, absent: UUID, where: OrganisationView, name: str = "dan.deputy") -> UUID:
    person_id = make_employee(move.session, move.now, where, name).person_id
    service.assign(
        move.session,
        move.now,
        PROVENANCE,
        INITIATOR,
        person_id=person_id,
        role=Role.HR_OFFICER,
        organisation_id=where.id,
        valid_from=LONG_AGO,
        valid_to=move.now + timedelta(days=7),
        deputy_of=absent,
    )
    return person_id


@pytest.mark.parametrize("first", list(Side))
def test_a_shared_service_never_gives_both_approvals(move: Move, first: Side) -> None:
    operator = make_employee(move.session, move.now, move.hmrc, "x.y").organisation_id
    both = (move.hmrc, move.home_office)
    clerks = [officer(move, name, *both, operator=operator) for name in ("ann.clerk", "bob.clerk")]
    transfer = move.prepare()
    second = next(side for side in Side if side is not first)
    move.approve(transfer, first, clerks[0])
    with pytest.raises(NotPermitted, match="shared service"):
        move.approve(transfer, second, clerks[1])
    own = {Side.EXPORTING: move.hmrc_officer, Side.IMPORTING: move.home_office_officer}
    assert move.approve(transfer, second, own[second]).state is TransferState.SCHEDULED


def test_who_acts_through_two_services_does_not_approve_beside_one_of_the_second(move: Move) -> None:
    first, second = (make_organisation(move.session, move.now, name).id for name in ("SSCL", "UBS"))
    ann = officer(move, "ann.clerk", move.hmrc, operator=first)
    give_role(move.session, move.now, ann, Role.SECURITY_OFFICER, move.hmrc.id, operator_id=second)
    bob = officer(move, "bob.clerk", move.home_office, operator=second)
    transfer = move.prepare()
    move.approve(transfer, Side.EXPORTING, ann)
    with pytest.raises(NotPermitted, match="shared service"):
        move.approve(transfer, Side.IMPORTING, bob)
    for waits, who in ((False, bob), (True, move.home_office_officer)):
        found = waiting_for(move.session, who, move.permissions(who), move.now)
        assert (Act.APPROVE in [one.act for one in found]) == waits


def test_two_shared_services_are_two_parties(move: Move) -> None:
    clerks = [
        officer(move, "ann.clerk", move.hmrc, operator=move.hmrc.id),
        officer(move, "bob.clerk", move.home_office, operator=move.home_office.id),
    ]
    transfer = move.prepare()
    move.approve(transfer, Side.EXPORTING, clerks[0])
    assert move.approve(transfer, Side.IMPORTING, clerks[1]).state is TransferState.SCHEDULED


def test_a_deputy_does_not_approve_what_the_absent_officer_prepared(move: Move) -> None:
    deputy = deputy_of(move, move.preparer, move.home_office)
    with pytest.raises(NotPermitted, match="prepared"):
        move.approve(move.prepare(), Side.IMPORTING, deputy)


def test_the_officer_who_is_back_does_not_approve_what_a_deputy_prepared(move: Move) -> None:
    deputy = deputy_of(move, move.home_office_officer, move.home_office)
    transfer = move.prepare(officer=deputy)
    with pytest.raises(NotPermitted, match="prepared"):
        move.approve(transfer, Side.IMPORTING, move.home_office_officer)


def test_a_deputy_and_the_officer_do_not_approve_for_both(move: Move) -> None:
    give_role(move.session, move.now, move.hmrc_officer, Role.HR_OFFICER, move.home_office.id)
    deputy = deputy_of(move, move.hmrc_officer, move.home_office)
    transfer = move.approve(move.prepare(), Side.EXPORTING, move.hmrc_officer)
    with pytest.raises(NotPermitted, match="other organisation"):
        move.approve(transfer, Side.IMPORTING, deputy)


def test_a_deputy_approves_as_the_officer_would(move: Move) -> None:
    deputy = deputy_of(move, move.home_office_officer, move.home_office)
    transfer = move.approve(move.prepare(), Side.IMPORTING, deputy)
    assert move.approve(transfer, Side.EXPORTING, move.hmrc_officer).state is TransferState.SCHEDULED


def test_a_deputy_is_no_second_officer_for_what_the_absent_one_changed(move: Move, posting: object) -> None:
    an_app_for_heo(move)
    deputy = deputy_of(move, move.hmrc_officer, move.hmrc)
    wanted = correction(move, posting, local_grade="Officer")
    change = submit(move.session, wanted, move.now, move.hmrc_officer, alone_up_to=0)
    with pytest.raises(NotPermitted):
        decide(move.session, change, move.now, deputy, approved=True)
