"""Coming back without a passkey: two officers, no word of whose record is held, and who is warned."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from profiles.access_requests.held import held_by
from profiles.appointments import claims, service
from profiles.appointments.claim_models import ClaimState, ReturnClaim
from profiles.audit.models import AuditEntry
from profiles.audit.service import Initiator
from profiles.errors import Conflict, NotFound, NotPermitted
from profiles.outbox.models import OutboxMessage
from profiles.people.models import PersonName
from profiles.roles.models import Role
from profiles.temporal import current, end, record
from profiles.transfers import invitations
from tests.factories.move_invitations import ADDRESS, POST, accept, invite
from tests.factories.organisations import PROVENANCE
from tests.factories.people import give_role, make_employee
from tests.factories.return_claims import STOP, check, check_by_two, give_codes, state
from tests.factories.returners import STARTS, asked, invite_back, link_to
from tests.factories.transfers import Move


def mails(move: Move) -> list[dict[str, Any]]:
    return [one.payload for one in move.session.exec(select(OutboxMessage)) if "to" in one.payload]


def test_two_officers_a_wait_and_two_codes_open_it_once(move: Move) -> None:
    token = invite_back(move)
    claim = state(move, token)
    later = check_by_two(move, claim)
    kept = give_codes(later, claim)
    opened = claims.find_opened(later.session, token, kept[::-1], later.now)
    assert opened is not None
    assert opened.person_id == move.employee
    claims.spend(later.session, later.now, opened)
    assert claims.find_opened(later.session, token, kept, later.now) is None
    with pytest.raises(Conflict):
        claims.spend(later.session, later.now, opened)


@pytest.mark.parametrize(
    "changes",
    [
        {"family_name": "Patil"},
        {"given_names": "Prya"},
        {"born_on": date(1980, 3, 28)},
        {"employment_number": "HMRC-other"},
        {"employment_number": ""},
    ],
)
def test_what_does_not_fit_reads_the_same_to_everybody(move: Move, changes: dict[str, Any]) -> None:
    token = invite_back(move)
    claim = state(move, token, **changes)
    later = check_by_two(move, claim)
    kept = give_codes(later, claim)
    assert (claim.state, claim.person_id) == (ClaimState.WAITING, None)
    opened = claims.find_opened(later.session, token, kept, later.now)
    assert opened is claim
    claims.end_without_account(later.session, later.now, claim)
    assert claim.state is ClaimState.NOT_FOUND


def test_the_person_is_told_of_it_by_whoever_answers_for_the_rest_alone(move: Move) -> None:
    claim = state(move, invite_back(move))
    later = check_by_two(move, claim)
    give_codes(later, claim)

    def told(organisation_id: UUID, *, is_lead: bool) -> list[Mapping[str, Any]]:
        held = held_by(later.session, move.employee, organisation_id, later.now, is_lead=is_lead)
        return [one.data for one in held if one.section == "return-claim"]

    (said,) = told(move.hmrc.id, is_lead=True)
    assert said["state"] == ClaimState.WAITING
    assert {"first_officer", "second_officer", "first_code_hash", "second_code_hash"}.isdisjoint(said)
    assert told(move.home_office.id, is_lead=False) == []


def test_the_trail_of_the_organisation_says_nothing_of_whose_account_it_is(move: Move) -> None:
    check_by_two(move, state(move, invite_back(move)))
    entries = move.session.exec(select(AuditEntry)).all()
    written = [one for one in entries if str(one.event).startswith("return.")]
    assert len(written) == 3
    assert {one.person_id for one in written} == {None}


def test_a_name_from_before_counts_and_a_middle_name_does_not(move: Move) -> None:
    (held,) = current(move.session, PersonName, move.now, move.now, person_id=move.employee)
    before = held.family_name
    dumped = held.model_dump(exclude={"id", "fact_id"})
    married = held.valid_from + timedelta(days=1)
    kept = end(move.session, held, married, move.now, PROVENANCE)
    assert kept is not None
    new = {"family_name": "Shah", "search_key": "priya shah", **PROVENANCE.stamp(move.now, married)}
    record(move.session, PersonName(**(dumped | {"valid_to": None} | new)))
    claim = state(move, invite_back(move), family_name=before, given_names=f"{held.given_names} Anna")
    check_by_two(move, claim)
    assert claim.person_id == move.employee


def test_one_officer_is_not_two(move: Move) -> None:
    claim = state(move, invite_back(move))
    check(move, claim, move.preparer)
    with pytest.raises(NotPermitted):
        check(move, claim, move.preparer)
    with pytest.raises(NotPermitted):
        check(move, claim, move.hmrc_officer)
    assert claim.state is ClaimState.CHECKED


def test_a_security_officer_is_the_second_and_never_the_first(move: Move) -> None:
    safe = make_employee(move.session, move.now, move.home_office, "sam.safe").person_id
    give_role(move.session, move.now, safe, Role.SECURITY_OFFICER, move.home_office.id)
    claim = state(move, invite_back(move))
    with pytest.raises(NotPermitted):
        check(move, claim, safe)
    check(move, claim, move.preparer)
    check(move, claim, safe)
    assert claim.state is ClaimState.WAITING


def test_no_code_before_the_time_and_for_nobody_else(move: Move) -> None:
    claim = state(move, invite_back(move))
    later = check_by_two(move, claim)
    with pytest.raises(Conflict):
        claims.issue(move.session, move.now, claim, officer_id=move.preparer, code_hash="1" * 64)
    with pytest.raises(NotPermitted):
        claims.issue(later.session, later.now, claim, officer_id=move.hmrc_officer, code_hash="1" * 64)


@pytest.mark.parametrize("given", [("1" * 64, "1" * 64), ("1" * 64, "3" * 64), ("2" * 64, "2" * 64)])
def test_it_takes_both_codes(move: Move, given: tuple[str, str]) -> None:
    token = invite_back(move)
    claim = state(move, token)
    later = check_by_two(move, claim)
    give_codes(later, claim)
    assert claims.find_opened(later.session, token, given, later.now) is None


def test_it_ends_a_week_after_the_wait(move: Move) -> None:
    token = invite_back(move)
    claim = state(move, token)
    later = check_by_two(move, claim)
    kept = give_codes(later, claim)
    assert claims.find_opened(later.session, token, kept, later.now + claims.USE_WITHIN) is None


def test_the_last_employer_is_told_without_a_name_and_stops_it(move: Move) -> None:
    safe = make_employee(move.session, move.now, move.hmrc, "sam.safe").person_id
    give_role(move.session, move.now, safe, Role.SECURITY_OFFICER, move.hmrc.id)
    token = invite_back(move)
    claim = state(move, token)
    later = check_by_two(move, claim)
    (told,) = [one for one in mails(move) if "worked for you last" in one["body"]]
    assert "sam.safe" in told["to"]
    assert "Priya" not in str(mails(move)[-6:])
    (shown,) = claims.of_our_leavers(move.session, later.permissions(safe), later.now)
    assert claims.of_our_leavers(move.session, later.permissions(move.preparer), later.now) == []
    kept = give_codes(later, claim)
    assert claims.stop(move.session, later.now, shown, Initiator.person(safe))
    assert claims.find_opened(move.session, token, kept, later.now) is None
    assert not claims.stop(move.session, later.now, shown, Initiator.person(safe))


def test_whoever_still_reads_their_address_is_warned(move: Move) -> None:
    soon = move.now.replace(month=3, day=20)
    early = Move(**(vars(move) | {"now": soon}))
    check_by_two(early, state(early, invite_back(early)))
    (warned,) = [one for one in mails(move) if STOP in one["body"]]
    assert warned["to"] != ADDRESS


def test_what_was_stated_is_corrected_until_an_officer_has_looked(move: Move) -> None:
    token = invite_back(move)
    state(move, token, family_name="Patil")
    claim = state(move, token)
    assert len(move.session.exec(select(ReturnClaim)).all()) == 1
    check(move, claim, move.preparer)
    with pytest.raises(Conflict):
        state(move, token, family_name="Patil")


def _withdraw(move: Move, claim: ReturnClaim) -> None:
    invitations.withdraw(
        move.session,
        move.now,
        invitation_id=claim.invitation_id,
        officer_id=move.preparer,
        permissions=move.permissions(move.preparer),
    )


def _cancel(move: Move, claim: ReturnClaim) -> None:
    claims.cancel(
        move.session,
        move.now,
        claim,
        officer_id=move.preparer,
        permissions=move.permissions(move.preparer),
    )


@pytest.mark.parametrize("end", [_withdraw, _cancel])
def test_what_is_over_is_checked_by_nobody(move: Move, end: Callable[[Move, ReturnClaim], None]) -> None:
    claim = state(move, invite_back(move))
    end(move, claim)
    with pytest.raises((Conflict, NotPermitted)):
        check(move, claim, move.preparer)


def test_a_passkey_is_not_made_under_an_employment_that_is_prepared(move: Move) -> None:
    claim = state(move, invite_back(move))
    later = check_by_two(move, claim)
    accept_elsewhere = Move(**(vars(move) | {"now": later.now}))
    invitation = accept(accept_elsewhere, _other_invitation(accept_elsewhere))
    assert invitation.person_id == move.employee
    appointment = _prepare(accept_elsewhere, invitation.id)
    with pytest.raises(Conflict):
        claims.spend(later.session, later.now, claim)
    assert appointment.person_id == claim.person_id


def _other_invitation(move: Move) -> str:
    return invite(move, "other@home.example", post=replace(POST, start_date=STARTS))


def _prepare(move: Move, invitation_id: Any) -> Any:
    invitations.confirm(
        move.session,
        move.now,
        invitation_id=invitation_id,
        officer_id=move.preparer,
        permissions=move.permissions(move.preparer),
    )
    return service.prepare(move.session, move.now, link_to=link_to, **asked(move, invitation_id))


def test_it_is_forgotten_with_the_invitation(move: Move) -> None:
    claim = state(move, invite_back(move))
    _withdraw(move, claim)
    move.session.flush()
    invitations.forget_over(move.session, move.now + timedelta(days=31), 10)
    move.session.expire_all()
    assert move.session.exec(select(ReturnClaim)).all() == []


def test_officers_elsewhere_find_none(move: Move) -> None:
    claim = state(move, invite_back(move))
    with pytest.raises(NotFound):
        claims.get_for(move.session, claim.invitation_id, move.permissions(move.hmrc_officer))
    assert claims.waiting_for(move.session, move.preparer, move.permissions(move.preparer), move.now) == [
        claim
    ]
