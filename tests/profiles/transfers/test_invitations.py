"""Invitations say nothing of an address, are answered once, and begin a move only with whom HR meant."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from app.database import transaction
from profiles.audit.models import AuditEntry
from profiles.audit.search import Asked, Scope, search
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted, ProfileError
from profiles.loans.models import LoanState
from profiles.outbox.models import OutboxMessage
from profiles.people.models import WorkAddress
from profiles.people.service import addresses_of
from profiles.roles.models import Role
from profiles.roles.permissions import Permission
from profiles.temporal import current, end
from profiles.transfers import invitations, invited
from profiles.transfers.invitations import MAILED_A_DAY, MOST_A_DAY
from profiles.transfers.models import InvitationState, MoveInvitation, Transfer, TransferState
from profiles.transfers.preparing import look_up, prepare
from profiles.transfers.service import history_of
from tests.factories.loans import make_lending
from tests.factories.move_invitations import ADDRESS, LIFE, accept, confirm, invite, mails_with_link
from tests.factories.organisations import PROVENANCE
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move


def kept(move: Move) -> MoveInvitation:
    return move.session.exec(select(MoveInvitation)).one()


def begin(move: Move, invitation_id: UUID, officer: UUID | None = None) -> Transfer:
    officer = officer or move.preparer
    return prepare(
        move.session,
        move.now,
        officer_id=officer,
        permissions=move.permissions(officer),
        importing_organisation_id=move.home_office.id,
        unverified_code="",
        terms=move.terms,
        invitation_id=invitation_id,
    )


def test_an_address_that_is_known_is_answered_like_one_that_is_not(move: Move) -> None:
    (known,) = addresses_of(move.session, move.employee, move.now)
    for address in (known, "nobody@nowhere.example"):
        assert invite(move, address)
    mails = mails_with_link(move)
    same = [body.split("http")[0] + body.split("\n\n", 3)[3] for body in mails]
    assert same[0] == same[1]
    assert [one.person_id for one in move.session.exec(select(MoveInvitation))] == [None, None]


def test_the_link_rests_as_a_hash_and_the_trail_holds_no_address(move: Move) -> None:
    token = invite(move)
    assert token not in str(kept(move).model_dump())
    entries = move.session.exec(select(AuditEntry)).all()
    assert any(one.event == "transfer.invited" for one in entries)
    assert ADDRESS not in str([one.model_dump() for one in entries])


def test_the_mail_holds_nothing_that_the_officer_typed(move: Move) -> None:
    invite(move)
    (body,) = mails_with_link(move)
    assert "Department HO invites you" in body
    assert "Caseworker" not in body
    assert "Omar" not in body


def test_whoever_signed_in_accepts_and_a_move_begins_with_whom_hr_meant(move: Move) -> None:
    accepted = accept(move, invite(move))
    assert (accepted.state, accepted.person_id) == (InvitationState.ACCEPTED, move.employee)
    confirm(move, accepted)
    transfer = begin(move, accepted.id)
    assert (transfer.person_id, transfer.state) == (move.employee, TransferState.IN_PROGRESS)
    steps = history_of(move.session, transfer.id)
    assert [one.by for one in steps if one.reason == "accepted an invitation"] == [move.employee]
    assert kept(move).state is InvitationState.USED


def test_nothing_is_read_of_who_accepted_before_hr_said_that_they_meant_them(move: Move) -> None:
    accepted = accept(move, invite(move))
    with pytest.raises(Conflict):
        begin(move, accepted.id)
    with pytest.raises(Conflict):
        look_up(
            move.session,
            move.now,
            officer_id=move.preparer,
            permissions=move.permissions(move.preparer),
            importing_organisation_id=move.home_office.id,
            unverified_code="",
            invitation_id=accepted.id,
        )


def test_an_acceptance_begins_one_move(move: Move) -> None:
    accepted = confirm(move, accept(move, invite(move)))
    begin(move, accepted.id)
    with pytest.raises(Conflict, match="over"):
        begin(move, accepted.id)


@pytest.mark.parametrize("how", ["accepted", "declined", "withdrawn", "expired"])
def test_a_link_that_is_over_is_worth_nothing(move: Move, how: str) -> None:
    token, other = invite(move), make_employee(move.session, move.now, move.hmrc, "sam.lee").person_id
    later = move.now
    if how == "accepted":
        accept(move, token)
    elif how == "declined":
        invited.decline(move.session, move.now, unverified_token=token, person_id=move.employee)
    elif how == "withdrawn":
        officer = {"officer_id": move.preparer, "permissions": move.permissions(move.preparer)}
        invitations.withdraw(move.session, move.now, invitation_id=kept(move).id, **officer)  # type: ignore[arg-type]
    else:
        later = move.now + LIFE
    with pytest.raises(NotFound):
        invited.accept(move.session, later, unverified_token=token, person_id=other, life=LIFE)


def test_an_unknown_link_is_worth_nothing(move: Move) -> None:
    with pytest.raises(NotFound):
        accept(move, "unknown")


def test_of_many_who_accept_at_once_one_does(engine: Engine, move: Move) -> None:
    token = invite(move)
    people = [make_employee(move.session, move.now, move.hmrc, f"sam.{name}").person_id for name in "abcdef"]
    move.session.commit()

    def one(person_id: UUID) -> bool:
        try:
            with transaction(engine) as session:
                accept(replace(move, session=session), token, person_id)
        except ProfileError:
            return False
        return True

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(one, people)) == 1


def test_who_declined_is_not_said(move: Move) -> None:
    invited.decline(move.session, move.now, unverified_token=invite(move), person_id=move.employee)
    assert (kept(move).state, kept(move).person_id) == (InvitationState.DECLINED, None)
    assert "Priya" not in str([one.payload for one in move.session.exec(select(OutboxMessage))])


def test_who_declined_is_not_in_the_trail_of_the_organisation(move: Move) -> None:
    invited.decline(move.session, move.now, unverified_token=invite(move), person_id=move.employee)
    theirs = search(move.session, Scope({move.home_office.id}), limit=100)
    assert "transfer.invited" in [one.entry.event for one in theirs]
    assert str(move.employee) not in str([one.entry.model_dump() for one in theirs])
    (entry,) = search(move.session, Scope((), platform=True), Asked("transfer.invitation_declined"), limit=2)
    assert (entry.entry.person_id, entry.entry.organisation_id) == (move.employee, None)


def test_who_accepted_is_told_and_may_take_it_back(move: Move) -> None:
    accepted = accept(move, invite(move))
    told = [one.payload for one in move.session.exec(select(OutboxMessage)) if one.person_id == move.employee]
    assert [one["subject"] for one in told] == ["You have accepted an invitation"]
    confirm(move, accepted)
    invited.take_back(move.session, move.now, invitation_id=accepted.id, person_id=move.employee)
    with pytest.raises(Conflict):
        begin(move, accepted.id)


def test_who_accepted_is_told_where_a_stolen_account_does_not_hide_it(move: Move) -> None:
    """The only address was ended a week ago: whoever took the account does not read there alone."""
    [held] = current(move.session, WorkAddress, move.now, move.now, person_id=move.employee)
    end(move.session, held, move.now, move.now, PROVENANCE)
    later = replace(move, now=move.now + timedelta(days=7))
    accept(later, invite(later))
    told = [one for one in move.session.exec(select(OutboxMessage)) if one.person_id == move.employee]
    assert [one.payload["to"] for one in told] == [held.address]


def test_nobody_takes_back_what_another_accepted(move: Move) -> None:
    accepted = accept(move, invite(move))
    with pytest.raises(NotFound):
        invited.take_back(move.session, move.now, invitation_id=accepted.id, person_id=move.stranger)


def test_what_is_accepted_ends_by_itself(move: Move) -> None:
    accepted = confirm(move, accept(move, invite(move)))
    with pytest.raises(Conflict):
        begin(replace(move, now=move.now + LIFE), accepted.id)


@pytest.mark.parametrize("why", ["on its way", "on loan", "already"])
def test_who_cannot_be_moved_reads_why_and_the_link_stays_good(move: Move, why: str) -> None:
    token = invite(move)
    if why == "on its way":
        move.begin()
    elif why == "on loan":
        make_lending(move).until(LoanState.SCHEDULED)
    with pytest.raises(Conflict, match=why):
        accept(move, token, move.home_office_officer if why == "already" else move.employee)
    assert kept(move).state is InvitationState.OPEN


def test_only_hr_of_the_organisation_and_who_sent_it_see_it(move: Move) -> None:
    invite(move)
    holder = make_employee(move.session, move.now, move.home_office, "vic.holder").person_id
    give_role(move.session, move.now, holder, Role.VACANCY_HOLDER, move.home_office.id)
    invite(move, "second@home.example", officer=holder)

    def seen(officer: UUID) -> int:
        found = invitations.list_for(move.session, officer, move.permissions(officer), after=None, limit=9)
        return len(found)

    assert [seen(one) for one in (move.preparer, move.home_office_officer, holder)] == [2, 2, 1]
    assert [seen(one) for one in (move.hmrc_officer, move.stranger)] == [0, 0]


def test_nobody_invites_for_an_organisation_that_is_not_theirs(move: Move) -> None:
    with pytest.raises(NotPermitted):
        invite(move, officer=move.hmrc_officer)


def test_nobody_confirms_themselves(move: Move) -> None:
    give_role(move.session, move.now, move.employee, Role.HR_OFFICER, move.home_office.id)
    accepted = accept(move, invite(move))
    with pytest.raises(NotPermitted):
        confirm(move, accepted, move.employee)


def test_an_officer_sends_so_many_a_day(move: Move) -> None:
    for number in range(MOST_A_DAY):
        invite(move, f"person{number}@home.example")
    with pytest.raises(Conflict, match="tomorrow"):
        invite(move, "one.more@home.example")
    assert invite(move, "one.more@home.example", officer=move.home_office_officer)


def test_an_address_gets_so_many_mails_a_day_and_who_invites_learns_nothing_of_it(move: Move) -> None:
    for officer in (move.preparer, move.hmrc_officer, move.stranger):
        (place,) = move.permissions(officer).organisations(Permission.OFFER_POSTS)
        invite(move, officer=officer, organisation_id=place)
    assert len(mails_with_link(move)) == MAILED_A_DAY
    theirs = select(MoveInvitation).where(MoveInvitation.organisation_id == move.hmrc.id)
    first = move.session.exec(theirs).one()
    invitations.withdraw(
        move.session,
        move.now,
        invitation_id=first.id,
        officer_id=move.hmrc_officer,
        permissions=move.permissions(move.hmrc_officer),
    )
    assert invite(move, officer=move.hmrc_officer, organisation_id=move.hmrc.id) == ""
    assert len(mails_with_link(move)) == MAILED_A_DAY


def test_nobody_is_reminded_of_a_mail_that_did_not_go(move: Move) -> None:
    for officer in (move.preparer, move.hmrc_officer, move.stranger):
        (place,) = move.permissions(officer).organisations(Permission.OFFER_POSTS)
        invite(move, officer=officer, organisation_id=place)
    for one in move.session.exec(select(MoveInvitation)).all():
        one.state, one.ended_at = InvitationState.WITHDRAWN, move.now
    move.session.flush()
    assert invite(move) == ""
    before = len(move.session.exec(select(OutboxMessage)).all())
    invitations.remind(move.session, move.now + LIFE - timedelta(days=1), timedelta(days=3), 20)
    assert len(move.session.exec(select(OutboxMessage)).all()) == before


def test_an_organisation_has_one_open_to_an_address(move: Move) -> None:
    invite(move)
    with pytest.raises(Conflict, match="already"):
        invite(move, ADDRESS.upper())
    later = replace(move, now=move.now + LIFE)
    assert invite(later)


@pytest.mark.parametrize("address", ["nobody", "a@b", "x@home.example\nBcc: y@home.example"])
def test_what_is_no_address_is_refused(move: Move, address: str) -> None:
    with pytest.raises(Invalid) as refused:
        invite(move, address)
    assert refused.value.field == "address"


def test_whoever_is_to_act_is_reminded_once(move: Move) -> None:
    invite(move)
    soon = move.now + LIFE - timedelta(days=1)

    def subjects() -> list[str]:
        mails = move.session.exec(select(OutboxMessage)).all()
        return [one.payload["subject"] for one in mails if "ends soon" in one.payload["subject"]]

    invitations.remind(move.session, move.now, timedelta(days=3), 20)
    assert subjects() == []
    for _again in range(2):
        invitations.remind(move.session, soon, timedelta(days=3), 20)
    assert subjects() == ["An invitation to join another department ends soon"]
    invited.accept(
        move.session,
        soon,
        unverified_token=mails_with_link(move)[0].split("/invited/")[1].split()[0],
        person_id=move.employee,
        life=LIFE,
    )
    invitations.remind(move.session, soon + LIFE - timedelta(days=1), timedelta(days=3), 20)
    assert subjects()[1:] == ["An accepted invitation ends soon"]


def test_what_is_over_is_forgotten_with_its_address(move: Move) -> None:
    invite(move)
    over = move.now + LIFE
    invitations.forget_over(move.session, over + timedelta(days=29), 100)
    assert kept(move).address == ADDRESS
    invitations.forget_over(move.session, over + timedelta(days=30), 100)
    assert move.session.exec(select(MoveInvitation)).all() == []


def test_what_a_stolen_account_accepted_ends_with_its_recovery(move: Move) -> None:
    accepted = confirm(move, accept(move, invite(move)))
    invited.end_accepted(move.session, move.employee, move.now)
    with pytest.raises(Conflict):
        begin(move, accepted.id)
