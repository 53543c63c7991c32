"""Who may draft, agree, refuse, confirm and pay: separation of duties in bulk moves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, delete
from sqlmodel import col, select

from app.database import open_session, transaction
from identity.sign_in.models import OneTimeCodeSecret, PasswordCredential
from profiles.audit.models import AuditEntry
from profiles.bulk_moves import agreeing, chasing, drafting, paying
from profiles.bulk_moves.models import BulkMoveState, MemberState
from profiles.bulk_moves.steps import get, looked_at
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.roles import service as roles
from profiles.roles.models import Role
from profiles.temporal import start_of_day
from profiles.transfers.models import PayItem
from tests.factories.bulk_moves import EXPORTING, IMPORTING, START, Moving, make_mover, make_moving
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE, make_organisation
from tests.factories.people import give_role, make_employee


@pytest.fixture
def moving(engine: Engine, now: datetime) -> Moving:
    return make_moving(engine, now, people=2)


def test_an_officer_drafts_only_their_own_people(moving: Moving) -> None:
    with transaction(moving.engine) as session:
        stranger = moving.as_officer(session, moving.beis_officer)
        with pytest.raises(NotPermitted):
            drafting.draft(session, moving.now, **stranger, wish=moving.wish())


def test_nobody_agrees_to_what_they_prepared(moving: Moving) -> None:
    move_id = moving.draft()
    with pytest.raises(NotPermitted):
        moving.agree(move_id, EXPORTING, moving.preparer)


def test_nobody_agrees_for_both_organisations(moving: Moving) -> None:
    with transaction(moving.engine) as session:
        give_role(session, moving.now, moving.beis_officer, Role.HR_OFFICER, moving.decc.id)
    move_id = moving.draft()
    moving.agree(move_id, EXPORTING, moving.beis_officer)
    with pytest.raises(NotPermitted):
        moving.agree(move_id, IMPORTING, moving.beis_officer)


def test_a_shared_service_of_both_counts_once(moving: Moving) -> None:
    with transaction(moving.engine) as session:
        service = make_organisation(session, moving.now, "SSCL")
        one, other = (make_employee(session, moving.now, service, f"s.{n}").person_id for n in "ab")
        for person_id, place in ((one, moving.decc), (other, moving.beis)):
            roles.assign(
                session,
                moving.now,
                PROVENANCE,
                INITIATOR,
                person_id=person_id,
                role=Role.HR_OFFICER,
                organisation_id=place.id,
                valid_from=LONG_AGO,
                operator_id=service.id,
            )
    move_id = moving.draft()
    moving.agree(move_id, EXPORTING, one)
    with pytest.raises(NotPermitted):
        moving.agree(move_id, IMPORTING, other)


def test_who_acts_through_two_services_does_not_agree_beside_one_of_the_second(moving: Moving) -> None:
    with transaction(moving.engine) as session:
        first, second = (make_organisation(session, moving.now, name) for name in ("SSCL", "UBS"))
        one, other = (make_employee(session, moving.now, first, f"s.{n}").person_id for n in "ab")
        for person_id, role, place, service in (
            (one, Role.HR_OFFICER, moving.decc, first),
            (one, Role.SECURITY_OFFICER, moving.decc, second),
            (other, Role.HR_OFFICER, moving.beis, second),
        ):
            give_role(session, moving.now, person_id, role, place.id, operator_id=service.id)
    move_id = moving.draft()
    moving.agree(move_id, EXPORTING, one)
    with pytest.raises(NotPermitted, match="shared service"):
        moving.agree(move_id, IMPORTING, other)
    moving.agree(move_id, IMPORTING)


def test_an_officer_agrees_only_for_organisations_of_their_own(moving: Moving) -> None:
    with transaction(moving.engine) as session:
        agency = make_organisation(session, moving.now, "AGENCY", parent=moving.decc)
        make_employee(session, moving.now, agency, "ann.agency")
        give_role(session, moving.now, moving.preparer, Role.HR_OFFICER, agency.id)
    move_id = moving.draft(include_subtree=True)
    with pytest.raises(NotPermitted, match="all organisations"):
        moving.agree(move_id, EXPORTING)
    with transaction(moving.engine) as session:
        give_role(session, moving.now, moving.decc_officer, Role.HR_OFFICER, agency.id)
        put_below = make_organisation(session, moving.now, "LATER", parent=moving.decc)
        late = make_employee(session, moving.now, put_below, "lea.later").person_id
        newcomer = make_employee(session, moving.now, agency, "noa.newcomer").person_id
    moving.agree(move_id, EXPORTING)
    moving.agree(move_id, IMPORTING)
    assert newcomer in moving.states(move_id)
    assert late not in moving.states(move_id)


def test_who_is_on_a_list_does_not_agree_to_it_but_to_a_move_of_all(moving: Moving) -> None:
    numbers = ["DECC-olga.agrees", "DECC-mover.number0"]
    move_id = moving.draft(numbers=numbers)
    with pytest.raises(NotPermitted):
        moving.agree(move_id, EXPORTING)
    moving.cancel(move_id)
    whole = moving.draft()
    moving.agree(whole, EXPORTING)
    moving.agree(whole, IMPORTING)
    assert moving.state(whole) is BulkMoveState.BOTH_AGREED


def test_who_was_picked_for_a_list_does_not_confirm_it(moving: Moving) -> None:
    with transaction(moving.engine) as session:
        picked = make_mover(session, moving.now, moving.decc, "pia.picked")
        give_role(session, moving.now, picked, Role.HR_OFFICER, moving.decc.id)
    move_id = moving.validated(numbers=["DECC-pia.picked", "DECC-mover.number0"])
    with transaction(moving.engine) as session, pytest.raises(NotPermitted):
        agreeing.confirm(session, moving.now, move_id=move_id, **moving.as_officer(session, picked))
    assert moving.state(move_id) is BulkMoveState.VALIDATED


def test_looking_again_and_writing_to_people_are_in_the_trail(moving: Moving) -> None:
    one = moving.people[0]
    with transaction(moving.engine) as session:
        session.execute(delete(PasswordCredential).where(col(PasswordCredential.person_id) == one))
        session.execute(delete(OneTimeCodeSecret).where(col(OneTimeCodeSecret.person_id) == one))
    move_id = moving.validated()
    with transaction(moving.engine) as session:
        officer = moving.as_officer(session, moving.decc_officer)
        agreeing.look_again(session, moving.now, move_id=move_id, **officer)
        assert chasing.chase(session, moving.now, move_id=move_id, **officer) == 1
    with transaction(moving.engine) as session:
        told = {
            entry.event: entry.details.get("people")
            for entry in session.exec(select(AuditEntry))
            if entry.initiator == str(moving.decc_officer)
        }
    assert told["bulk_move.chased"] == 1
    assert "bulk_move.looked_again" in told


def test_who_is_written_to_by_two_officers_at_once_gets_one_mail(moving: Moving) -> None:
    with transaction(moving.engine) as session:
        for model in (PasswordCredential, OneTimeCodeSecret):
            session.execute(delete(model).where(col(model.person_id).in_(moving.people)))
    move_id = moving.validated()

    def chase(officer_id: UUID) -> int:
        try:
            with transaction(moving.engine) as session:
                officer = moving.as_officer(session, officer_id)
                return chasing.chase(session, moving.now, move_id=move_id, **officer)
        except Conflict:
            return 0

    with ThreadPoolExecutor(2) as threads:
        sent = list(threads.map(chase, (moving.decc_officer, moving.preparer)))
    assert sorted(sent) == [0, len(moving.people)]


def test_a_look_that_is_asked_for_during_another_follows_it(moving: Moving) -> None:
    move_id = moving.validated()
    with open_session(moving.engine, writes=False) as session:
        as_read = get(session, move_id)
        session.expunge(as_read)
    with transaction(moving.engine) as session:
        officer = moving.as_officer(session, moving.decc_officer)
        agreeing.look_again(session, moving.now, move_id=move_id, **officer)
    with transaction(moving.engine) as session:
        looked_at(session, as_read, moving.now)
    with transaction(moving.engine) as session:
        assert get(session, move_id).looked_at is None
        looked_at(session, get(session, move_id), moving.now)
    with open_session(moving.engine, writes=False) as session:
        assert get(session, move_id).looked_at == moving.now


def test_each_organisation_agrees_once(moving: Moving) -> None:
    move_id = moving.draft()
    moving.agree(move_id, IMPORTING)
    with pytest.raises(Conflict):
        moving.agree(move_id, IMPORTING)
    assert moving.state(move_id) is BulkMoveState.LIST_DRAFTED


def test_somebody_elsewhere_learns_nothing_of_it(moving: Moving) -> None:
    move_id = moving.draft()
    with transaction(moving.engine) as session:
        place = make_organisation(session, moving.now, "DFT")
        outsider = make_employee(session, moving.now, place, "otto.outsider").person_id
        give_role(session, moving.now, outsider, Role.HR_OFFICER, place.id)
        officer = moving.as_officer(session, outsider)
        with pytest.raises(NotFound):
            agreeing.agree(session, moving.now, move_id=move_id, side=EXPORTING, **officer)


def test_a_refusal_ends_it_and_lets_everybody_go(moving: Moving) -> None:
    move_id = moving.draft()
    with transaction(moving.engine) as session:
        officer = moving.as_officer(session, moving.beis_officer)
        agreeing.refuse(session, moving.now, move_id=move_id, side=IMPORTING, **officer, reason="Not ours.")
    assert moving.state(move_id) is BulkMoveState.REFUSED
    assert set(moving.states(move_id).values()) == {MemberState.CANCELLED}


def test_it_cannot_be_cancelled_from_the_start_date_on(moving: Moving) -> None:
    move_id = moving.scheduled()
    moving.now = start_of_day(START)
    with pytest.raises(Conflict):
        moving.cancel(move_id, moving.beis_officer)


def test_what_was_never_confirmed_can_be_cancelled_after_its_start_date(moving: Moving) -> None:
    move_id = moving.validated()
    moving.now = start_of_day(START) + timedelta(days=3)
    with pytest.raises(Conflict):
        moving.confirm(move_id)
    moving.cancel(move_id)
    moving.work()
    assert moving.state(move_id) is BulkMoveState.CANCELLED
    assert not moving.member(move_id, moving.people[0]).in_flight


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"numbers": []}, "numbers"),
        ({"numbers": ["DECC-mover.number0", "nobody"]}, "numbers"),
        ({"start_date": START.replace(year=2020)}, "start_date"),
        ({"start_date": START.replace(year=2030)}, "start_date"),
        ({"profession": "Juggling"}, "profession"),
        ({"numbers": ["DECC-mover.number0"], "ends_exporter": True}, "ends_exporter"),
    ],
)
def test_what_is_wrong_with_a_draft_is_said_at_its_field(
    moving: Moving, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        moving.draft(**changes)
    assert refused.value.field == field


def test_a_list_takes_the_first_cell_of_each_line_once() -> None:
    text = 'Employment number,Name\n000123,"Patel, P"\n\n 000124 \n000123\n"000125";x\n'
    assert drafting.numbers_of(text) == ["000123", "000124", "000125"]


def test_payroll_says_whose_first_pay_is_wrong_and_the_last_right_one_completes_it(moving: Moving) -> None:
    with transaction(moving.engine) as session:
        payroll = make_employee(session, moving.now, moving.beis, "nadia.pays").person_id
        give_role(session, moving.now, payroll, Role.PAYROLL_OFFICER, moving.beis.id)
    move_id, one = moving.scheduled(), moving.people[0]
    moving.now = start_of_day(START) + timedelta(days=30)
    moving.work()
    for right, state in ((False, BulkMoveState.RECONCILING), (True, BulkMoveState.COMPLETED)):
        with transaction(moving.engine) as session:
            asked = {"move_id": move_id, **moving.as_officer(session, payroll)}
            member_id = moving.member(move_id, one).id
            said = paying.ALL_RIGHT | {PayItem.FIRST_PAY: right}
            paying.record_pay(session, moving.now, member_id=member_id, right=said, **asked)
            if not right:
                paying.record_rest_right(session, moving.now, **asked)
        assert moving.state(move_id) is state
        assert moving.member(move_id, one).state is (MemberState.PAID if right else MemberState.PAY_WRONG)
