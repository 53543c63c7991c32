"""A recovery from its request to its end: its times, its codes, and who is told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, select, update

from app.database import transaction
from identity.federation import linking_codes, links
from identity.recovery import codes, limits, old_credentials, service, taking_over
from identity.recovery.codes import CodePair
from identity.recovery.models import IdentityCheck, Recovery, RecoveryState
from identity.sign_in import alerts, invitations, known_browsers, passwords, recovery_codes
from identity.sign_in.models import InvitationPurpose, Passkey
from identity.sign_in.passwords import PasswordCost, set_password
from identity.sign_in.throttling import Wait
from profiles.audit.models import AuditEntry
from profiles.audit.service import Initiator
from profiles.errors import Conflict
from profiles.outbox.models import OutboxMessage
from profiles.people.models import WorkAddress
from profiles.roles.service import permissions_of
from profiles.temporal import record, replace
from tests.factories.organisations import LONG_AGO, PROVENANCE
from tests.factories.people import make_employee, make_person
from tests.factories.recoveries import ISSUER, STOP, WAIT, Case, make_case
from tests.factories.staying import stays

PERSON = Initiator.system("test")


def mails(case: Case) -> list[tuple[str, str]]:
    """To whom, and about what."""
    case.session.flush()
    found = case.session.execute(select(OutboxMessage.payload).order_by(OutboxMessage.id)).scalars()
    return [(one["to"], one["subject"]) for one in found]


def events(case: Case) -> list[str]:
    found = select(AuditEntry.event).where(AuditEntry.person_id == case.person).order_by(AuditEntry.id)
    return [one for one in case.session.execute(found).scalars() if one.startswith("recovery.")]


def test_both_codes_complete_it_in_either_order(case: Case) -> None:
    recovery = case.confirm(case.request())
    first, second = case.both_codes(recovery)
    for pair in (CodePair.of(first, second), CodePair.of(second.lower(), first)):
        opened = codes.find_opened(case.session, pair, case.now)
        assert opened is not None
        assert (opened.person_id, opened.organisation_id) == (case.person, case.hmrc.id)
    spent = codes.spend(case.session, CodePair.of(second, first), case.now)
    assert spent is not None
    assert (spent.state, spent.ended_by) == (RecoveryState.COMPLETED, case.person)
    assert codes.spend(case.session, CodePair.of(first, second), case.now) is None
    assert service.find_last_completed(case.session, case.person) == case.now


def test_one_code_is_not_enough(case: Case) -> None:
    recovery = case.confirm(case.request())
    case.wait()
    first = case.code(recovery, case.first)
    for pair in ((first, first), (first, ""), ("", first), (first, "7K3M-7K3M-7K3M-7K3M")):
        assert codes.spend(case.session, CodePair.of(*pair), case.now) is None


def test_codes_of_two_recoveries_open_neither(case: Case) -> None:
    other = make_employee(case.session, case.now, case.hmrc, "peter.other").person_id
    pairs = [case.confirm(case.request(person=one)) for one in (case.person, other)]
    case.wait()
    mixed = CodePair.of(case.code(pairs[0], case.first), case.code(pairs[1], case.second))
    assert codes.find_opened(case.session, mixed, case.now) is None


def test_a_code_that_is_shown_anew_replaces_the_one_before(case: Case) -> None:
    recovery = case.confirm(case.request())
    first, second = case.both_codes(recovery)
    anew = case.code(recovery, case.first)
    assert codes.find_opened(case.session, CodePair.of(first, second), case.now) is None
    assert codes.find_opened(case.session, CodePair.of(anew, second), case.now) is not None


def test_no_code_is_shown_before_the_waiting_time_is_over(case: Case) -> None:
    recovery = case.request()
    with pytest.raises(Conflict):
        case.code(recovery, case.first)
    case.confirm(recovery)
    case.wait(WAIT - timedelta(seconds=1))
    with pytest.raises(Conflict):
        case.code(recovery, case.first)
    case.wait(timedelta(seconds=1))
    assert case.code(recovery, case.first)


def test_codes_are_worth_nothing_while_the_time_runs(case: Case) -> None:
    """Whatever showed them."""
    recovery = case.confirm(case.request())
    pair = CodePair.of(*case.both_codes(recovery))
    case.session.execute(update(Recovery).values(ready_at=case.now + timedelta(seconds=1)))
    assert codes.find_opened(case.session, pair, case.now) is None
    assert codes.spend(case.session, pair, case.now) is None


def test_codes_end_with_the_recovery(case: Case) -> None:
    recovery = case.confirm(case.request())
    pair = CodePair.of(*case.both_codes(recovery))
    assert codes.spend(case.session, pair, case.now + service.USE_WITHIN) is None
    case.cancel(recovery)
    assert codes.spend(case.session, pair, case.now) is None


def test_the_database_holds_no_code(case: Case) -> None:
    recovery = case.confirm(case.request())
    first, second = case.both_codes(recovery)
    case.session.refresh(recovery)
    kept = recovery.model_dump_json()
    assert not [one for one in (first, second, first.replace("-", "")) if one in kept]


def test_an_officer_from_whom_another_takes_over_at_that_moment_is_shown_no_code(case: Case) -> None:
    """What they looked up a moment before still names them."""
    recovery = case.confirm(case.request())
    case.wait()
    before = Recovery(**recovery.model_dump())
    taking_over.take_over(
        case.session,
        case.now,
        recovery,
        from_officer_id=case.second,
        officer_id=case.security,
        permissions=permissions_of(case.session, case.security, case.now),
        check=IdentityCheck.MET_WITH_DOCUMENT,
        issuer=ISSUER,
        stop_path=STOP,
    )
    with pytest.raises(Conflict):
        case.code(before, case.second)
    assert service.get(case.session, recovery.id, (case.hmrc.id,)).confirm_code_hash is None


def test_of_many_uses_at_once_one_completes_it(engine: Engine, now: datetime) -> None:
    with transaction(engine) as session:
        case = make_case(session, now)
        pair = CodePair.of(*case.both_codes(case.confirm(case.request())))
        at = case.now

    def spend(_number: int) -> UUID | None:
        with transaction(engine) as session:
            found = codes.spend(session, pair, at)
            return found.person_id if found else None

    with ThreadPoolExecutor(4) as threads:
        spent = list(threads.map(spend, range(8)))
    assert len([one for one in spent if one is not None]) == 1


def test_one_at_a_time(case: Case) -> None:
    case.request()
    with pytest.raises(Conflict):
        case.request(officer=case.second)


def test_what_was_not_confirmed_in_time_makes_room_for_the_next(case: Case) -> None:
    """Also while no worker runs."""
    late = case.request()
    case.wait(service.CONFIRM_WITHIN)
    with pytest.raises(Conflict):
        case.confirm(late)
    case.request()
    case.session.refresh(late)
    assert late.state is RecoveryState.EXPIRED


def test_the_worker_ends_what_is_too_late(case: Case) -> None:
    waiting = case.confirm(case.request())
    assert not service.expire_due(case.session, case.now, 10)
    case.wait(WAIT + service.USE_WITHIN)
    assert service.expire_due(case.session, case.now, 1)
    assert not service.expire_due(case.session, case.now, 1)
    case.session.refresh(waiting)
    assert (waiting.state, waiting.is_open, waiting.ended_at) == (RecoveryState.EXPIRED, False, case.now)
    assert ("priya.patel@hmrc.gov.uk", "The recovery of your account has ended") in mails(case)


def test_each_step_is_written_down_with_who_took_it(case: Case) -> None:
    codes.spend(case.session, CodePair.of(*case.both_codes(case.confirm(case.request()))), case.now)
    assert events(case) == [
        "recovery.requested",
        "recovery.confirmed",
        "recovery.code_issued",
        "recovery.code_issued",
        "recovery.completed",
    ]
    who = select(AuditEntry.initiator).where(AuditEntry.event == "recovery.confirmed")
    assert case.session.execute(who).scalar_one() == str(case.second)


def test_every_address_is_told_old_and_new(case: Case) -> None:
    """Around a move, one has ended lately and one has not begun; the recovery knows both."""
    for address, begins, ends in (
        ("priya@old.gov.uk", LONG_AGO, case.now - timedelta(days=29)),
        ("priya@older.gov.uk", LONG_AGO, case.now - timedelta(days=31)),
        ("priya@new.gov.uk", case.now + timedelta(days=9), None),
        ("reused@hmrc.gov.uk", LONG_AGO, case.now - timedelta(days=1)),
    ):
        stamp = PROVENANCE.stamp(case.now, begins, ends)
        record(case.session, WorkAddress(person_id=case.person, address=address, **stamp))
    somebody_else = make_person(case.session, case.now, "sam.example@hmrc.gov.uk")
    record(
        case.session,
        WorkAddress(
            person_id=somebody_else,
            address="reused@hmrc.gov.uk",
            **PROVENANCE.stamp(case.now, case.now - timedelta(hours=1)),
        ),
    )
    case.confirm(case.request())
    told = [to for to, subject in mails(case) if subject == "Your account is being recovered"]
    assert sorted(told) == ["priya.patel@hmrc.gov.uk", "priya@new.gov.uk", "priya@old.gov.uk"]
    notices = alerts.of_person(case.session, case.person, case.now)
    assert [one.subject for one in notices] == ["Your account is being recovered"]
    assert ("sita.stone@hmrc.gov.uk", "A recovery has begun") in mails(case)


def test_an_address_that_was_corrected_just_before_is_told_too(case: Case) -> None:
    """An officer who is about to take the account could write in one of their own."""
    (address,) = case.session.execute(
        select(WorkAddress).where(WorkAddress.person_id == case.person)
    ).scalars()
    replace(case.session, address, case.now, PROVENANCE, address="thief@hmrc.gov.uk")
    case.wait(timedelta(days=29))
    case.confirm(case.request())
    told = [to for to, subject in mails(case) if subject == "Your account is being recovered"]
    assert sorted(told) == ["priya.patel@hmrc.gov.uk", "thief@hmrc.gov.uk"]


def test_a_request_alone_writes_to_nobody(case: Case) -> None:
    case.cancel(case.request())
    assert mails(case) == []


def test_the_mails_name_nobody_and_hold_no_code(case: Case) -> None:
    recovery = case.confirm(case.request())
    given = case.both_codes(recovery)
    case.session.flush()
    bodies = " ".join(one["body"] for one in case.session.execute(select(OutboxMessage.payload)).scalars())
    assert "http://localhost/recovery/stop/token" in bodies
    assert not [one for one in (*given, "Priya", "Harriet", str(case.person)) if one in bodies]


@pytest.mark.parametrize("signed_in", [True, False])
def test_the_person_stops_it_once_and_security_hears_of_it(case: Case, signed_in: bool) -> None:
    recovery = case.confirm(case.request())
    pair = CodePair.of(*case.both_codes(recovery))
    by = case.person if signed_in else None
    assert service.stop(case.session, case.now, recovery.id, PERSON, by)
    assert not service.stop(case.session, case.now, recovery.id, PERSON, by)
    assert codes.spend(case.session, pair, case.now) is None
    assert ("sita.stone@hmrc.gov.uk", "A recovery was stopped by its person") in mails(case)
    stopped = case.session.execute(select(Recovery)).scalar_one()
    assert (stopped.state, stopped.ended_by) == (RecoveryState.STOPPED, by)


def test_every_old_way_in_is_removed(case: Case) -> None:
    set_password(case.session, case.person, "otters swim at dawn", case.now, PasswordCost(1, 8))
    recovery_codes.make(case.session, case.person, case.now)
    known_browsers.remember(case.session, case.person, "", "Firefox", case.now)
    case.session.add(
        Passkey(
            person_id=case.person,
            credential_id="a-passkey",
            public_key=b"",
            sign_count=0,
            transports=[],
            aaguid="",
            backup_eligible=False,
            backed_up=False,
            name="Laptop",
            created_at=case.now,
        )
    )
    case.session.flush()
    account = {"issuer": "https://login.hmrc.example", "subject": "account-1", "realm": ""}
    links.link(case.session, case.now, person_id=case.person, initiator=PERSON, **account)
    purpose = InvitationPurpose.PASSWORD_RESET
    link = invitations.invite(
        case.session,
        "priya.patel@hmrc.gov.uk",
        case.person,
        case.now,
        purpose,
        issuer="http://localhost",
        initiator=PERSON,
    )
    linking_code = linking_codes.issue(
        case.session,
        case.now,
        person_id=case.person,
        organisation_id=case.hmrc.id,
        officer_id=case.first,
        life=timedelta(days=7),
        allowed_by=case.security,
    )
    old_credentials.remove(case.session, case.person, case.now, PERSON)
    assert not links.accounts_of(case.session, case.person)
    assert invitations.find_invitation(case.session, link, case.now) is None
    assert linking_codes.spend(case.session, linking_code, case.hmrc.id, case.now, is_moving=stays) is None
    assert passwords.find_stored(case.session, case.person) is None
    assert recovery_codes.left(case.session, case.person) == 0
    assert not known_browsers.of_person(case.session, case.person, case.now)
    assert list(case.session.execute(select(Passkey.removed_at)).scalars()) == [case.now]


def test_an_officer_who_begins_too_many_waits_longer_and_longer_and_security_hears_of_it(case: Case) -> None:
    for _number in range(limits.OFFICER.free):
        assert limits.take(case.session, case.first, case.hmrc.id, case.now) is None
    waits = []
    for _window in limits.WINDOWS:
        refused = limits.take(case.session, case.first, case.hmrc.id, case.now)
        assert isinstance(refused, Wait)
        waits.append(refused.until - case.now)
        case.now = refused.until
        assert limits.take(case.session, case.first, case.hmrc.id, case.now) is None
    assert tuple(waits) == limits.WINDOWS
    assert ("sita.stone@hmrc.gov.uk", "Many recoveries at once") in mails(case)
    assert limits.take(case.session, case.second, case.hmrc.id, case.now) is None


def test_an_organisation_has_a_limit_too(case: Case) -> None:
    for number in range(limits.ORGANISATION.free):
        officer = UUID(int=number // (limits.OFFICER.free - 1))
        assert limits.take(case.session, officer, case.hmrc.id, case.now) is None
    assert isinstance(limits.take(case.session, case.second, case.hmrc.id, case.now), Wait)
    assert limits.take(case.session, case.second, UUID(int=1), case.now) is None
