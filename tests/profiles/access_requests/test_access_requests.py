"""Each organisation reviews its own part, in a month, and what was released can be downloaded for 30 days."""

from datetime import date, timedelta
from uuid import UUID

import jsonschema_rs
import pytest
from sqlmodel import select

from profiles.access_requests import service
from profiles.access_requests.held import Item, held_by
from profiles.access_requests.models import AccessRequest, RequestState
from profiles.access_requests.snapshot import SCHEMA
from profiles.audit.models import AuditEntry
from profiles.disclosure.grounds import Ground
from profiles.errors import Conflict, Invalid, InvalidTransition, NotFound, NotPermitted
from profiles.outbox.models import OutboxMessage
from profiles.roles.models import Role
from tests.factories.people import give_role, make_deputy, make_employee
from tests.factories.transfers import Move


@pytest.fixture
def officer(move: Move) -> UUID:
    person_id = make_employee(move.session, move.now, move.hmrc, "dora.data").person_id
    give_role(move.session, move.now, person_id, Role.DATA_PROTECTION_OFFICER, move.hmrc.id)
    return person_id


def ask(move: Move) -> AccessRequest:
    """The request to HMRC, which employs the person."""
    return service.ask(move.session, move.now, move.employee)[0]


def items(move: Move, request: AccessRequest) -> list[Item]:
    return held_by(
        move.session, request.person_id, request.organisation_id, move.now, is_lead=request.is_lead
    )


def release(
    move: Move, request: AccessRequest, officer: UUID, withheld: dict[str, Ground] | None = None
) -> None:
    service.release(
        move.session,
        move.now,
        request=request,
        items=items(move, request),
        withheld=withheld or {},
        officer_id=officer,
    )


def subjects(move: Move) -> list[str]:
    move.session.flush()
    return [one.payload["subject"] for one in move.session.exec(select(OutboxMessage))]


def test_the_employer_is_asked_and_has_a_month(move: Move, officer: UUID) -> None:
    (request,) = service.ask(move.session, move.now, move.employee)
    assert (request.organisation_id, request.is_lead) == (move.hmrc.id, True)
    assert request.due_on == date(2026, 4, 2)
    assert subjects(move) == ["Somebody asks for what is held about them"]


def test_a_mover_asks_both_and_each_sees_its_own_part(move: Move) -> None:
    move.schedule()
    later = move.now + timedelta(days=20)
    found = service.ask(move.session, later, move.employee)
    assert [one.organisation_id for one in found] == [move.home_office.id, move.hmrc.id]
    assert [one.is_lead for one in found] == [True, False]
    for request in found:
        held = held_by(move.session, move.employee, request.organisation_id, later, is_lead=request.is_lead)
        named = {one.data["organisation"] for one in held if one.section == "employment"}
        other = move.hmrc if request.organisation_id == move.home_office.id else move.home_office
        assert named
        assert other.name not in named
    old_part = held_by(move.session, move.employee, move.hmrc.id, later, is_lead=False)
    moves = [one.data for one in old_part if one.section == "transfer"]
    assert moves
    assert all("salary_pence" not in one for one in moves)
    assert not [one for one in old_part if one.section == "name"]


def test_what_is_released_is_by_the_schema_and_names_nobody_else(move: Move, officer: UUID) -> None:
    request = ask(move)
    release(move, request, officer)
    content = service.note_download(move.session, move.now, request)
    jsonschema_rs.validator_for(dict(SCHEMA)).validate(content)
    assert {"name", "employment", "posting", "clearance", "audit"} <= content["sections"].keys()
    assert str(move.hmrc_officer) not in str(content)
    assert "What is held about you is ready" in subjects(move)


def test_what_is_withheld_is_not_there_and_is_counted_by_ground(move: Move, officer: UUID) -> None:
    request = ask(move)
    cleared = [one.id for one in items(move, request) if one.section == "clearance"]
    release(move, request, officer, dict.fromkeys(cleared, Ground.NATIONAL_SECURITY))
    content = service.note_download(move.session, move.now, request)
    assert "clearance" not in content["sections"]
    assert content["withheld"] == request.withheld == {"national_security": len(cleared)}


def test_what_is_not_there_cannot_be_withheld(move: Move, officer: UUID) -> None:
    with pytest.raises(Invalid):
        release(move, ask(move), officer, {"posting/unknown": Ground.CRIME})


def test_nobody_decides_on_their_own_request(move: Move) -> None:
    request = ask(move)
    for decide in (service.refuse, service.extend):
        with pytest.raises(NotPermitted):
            decide(move.session, move.now, request=request, reason="No", officer_id=move.employee)
    with pytest.raises(NotPermitted):
        release(move, request, move.employee)


def test_it_is_decided_once(move: Move, officer: UUID) -> None:
    request = ask(move)
    release(move, request, officer)
    with pytest.raises(InvalidTransition):
        service.refuse(move.session, move.now, request=request, reason="No", officer_id=officer)
    with pytest.raises(InvalidTransition):
        service.withdraw(move.session, move.now, request)


def test_it_is_extended_once_by_two_months_within_the_first(move: Move, officer: UUID) -> None:
    request = ask(move)
    service.extend(move.session, move.now, request=request, reason="Many files", officer_id=officer)
    assert (request.due_on, request.extension_reason) == (date(2026, 6, 2), "Many files")
    with pytest.raises(Conflict):
        service.extend(move.session, move.now, request=request, reason="More", officer_id=officer)


def test_after_the_month_it_is_too_late_to_extend(move: Move, officer: UUID) -> None:
    request, late = ask(move), move.now + timedelta(days=32)
    with pytest.raises(Conflict, match="month is over"):
        service.extend(move.session, late, request=request, reason="Many files", officer_id=officer)


def test_a_refusal_needs_a_reason_that_the_person_reads(move: Move, officer: UUID) -> None:
    request = ask(move)
    with pytest.raises(Invalid):
        service.refuse(move.session, move.now, request=request, reason=" ", officer_id=officer)
    service.refuse(move.session, move.now, request=request, reason="The fifth", officer_id=officer)
    assert (request.state, request.refusal_reason) == (RequestState.REFUSED, "The fifth")
    assert "Your request was refused" in subjects(move)
    ask(move)


def test_while_one_is_open_or_ready_no_other_is_made(move: Move, officer: UUID) -> None:
    request = ask(move)
    with pytest.raises(Conflict):
        ask(move)
    release(move, request, officer)
    with pytest.raises(Conflict):
        ask(move)


def test_after_30_days_the_content_is_forgotten(move: Move, officer: UUID) -> None:
    request = ask(move)
    release(move, request, officer)
    later = move.now + service.KEPT_FOR
    with pytest.raises(NotFound):
        service.note_download(move.session, later, request)
    service.expire(move.session, later, 20)
    move.session.refresh(request)
    assert (request.state, request.content) == (RequestState.EXPIRED, None)
    ask(move)


def test_officers_are_reminded_once_of_what_is_due(move: Move, officer: UUID) -> None:
    ask(move)
    service.remind(move.session, move.now, 20)
    before = subjects(move)
    for _time in range(2):
        service.remind(move.session, move.now + timedelta(days=25), 20)
    assert subjects(move)[len(before) :] == ["A request for personal data still waits for you"]


def test_what_was_recorded_meanwhile_changes_what_was_seen(move: Move) -> None:
    request = ask(move)
    seen = service.digest_of(items(move, request))
    assert seen == service.digest_of(items(move, request))
    move.prepare()
    give_role(move.session, move.now, move.employee, Role.AUDITOR, move.hmrc.id)
    assert seen != service.digest_of(items(move, request))


def test_each_step_is_audited(move: Move, officer: UUID) -> None:
    request = ask(move)
    release(move, request, officer)
    service.note_download(move.session, move.now, request)
    events = [one.event for one in move.session.exec(select(AuditEntry).order_by(AuditEntry.id))]
    assert [one for one in events if one.startswith("access_request.")] == [
        "access_request.asked",
        "access_request.released",
        "access_request.downloaded",
    ]


def test_a_deputy_does_not_decide_on_what_the_officer_asked_for(move: Move, officer: UUID) -> None:
    deputy = make_employee(move.session, move.now, move.hmrc, "dee.deputy").person_id
    role = Role.DATA_PROTECTION_OFFICER
    make_deputy(move.session, move.now, deputy, officer, role, move.hmrc.id)
    request = service.ask(move.session, move.now, officer)[0]
    with pytest.raises(NotPermitted):
        release(move, request, deputy)
    for decide in (service.refuse, service.extend):
        with pytest.raises(NotPermitted):
            decide(move.session, move.now, request=request, reason="Unfounded", officer_id=deputy)
