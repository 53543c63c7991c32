"""Sessions: begun, found, limited, confirmed, ended, listed."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, select
from sqlmodel import Session

from identity.acr import SINGLE_FACTOR
from identity.sessions import service
from identity.sessions.models import LoginSession
from identity.sessions.service import Limits, SignedIn
from profiles.audit.models import AuditEntry
from profiles.errors import NotFound
from tests.factories.people import make_person
from tests.support.statements import prepared_statements

MINUTE = timedelta(minutes=1)


def test_the_cookie_finds_who_is_signed_in(
    session: Session, now: datetime, token: str, person_id: UUID
) -> None:
    found = service.find_signed_in(session, token, now)
    assert found is not None
    assert (found.person_id, found.auth_time, found.acr, found.amr) == (
        person_id,
        now,
        SINGLE_FACTOR,
        ("pwd",),
    )


def test_the_cookies_token_has_256_bits_and_rests_hashed(session: Session, token: str) -> None:
    stored = session.execute(select(LoginSession)).scalar_one()
    assert len(token) >= 43
    assert token not in stored.model_dump_json()


def test_another_token_finds_nobody(session: Session, now: datetime, token: str) -> None:
    assert service.find_signed_in(session, token + "x", now) is None


@pytest.mark.parametrize(("unused", "there"), [(timedelta(minutes=59), True), (timedelta(hours=1), False)])
def test_an_unused_session_ends(
    session: Session, now: datetime, token: str, unused: timedelta, there: bool
) -> None:
    assert (service.find_signed_in(session, token, now + unused) is not None) is there


def test_a_session_in_use_ends_at_its_limit(
    session: Session, now: datetime, token: str, limits: Limits
) -> None:
    at = now
    while at < now + limits.absolute - timedelta(minutes=30):
        at += timedelta(minutes=30)
        signed_in = service.find_signed_in(session, token, at)
        assert signed_in is not None
        service.note_seen(session, signed_in, at, limits)
    assert service.find_signed_in(session, token, now + limits.absolute - MINUTE) is not None
    assert service.find_signed_in(session, token, now + limits.absolute) is None


def test_being_seen_is_written_once_a_minute_at_most(
    session: Session, now: datetime, token: str, signed_in: SignedIn, limits: Limits
) -> None:
    soon, later = now + timedelta(seconds=59), now + MINUTE
    assert not service.is_seen_due(signed_in, soon)
    service.note_seen(session, signed_in, soon, limits)
    assert service.find_signed_in(session, token, soon) == signed_in
    assert service.is_seen_due(signed_in, later)
    service.note_seen(session, signed_in, later, limits)
    found = service.find_signed_in(session, token, later)
    assert found is not None
    assert found.last_seen_at == later


def test_finding_who_is_signed_in_takes_one_statement(session: Session, now: datetime, token: str) -> None:
    session.flush()
    statements: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *args: statements.append(args[2]))
    with prepared_statements(statements):
        service.find_signed_in(session, token, now)
    assert len(statements) == 1


def test_a_fresh_sign_in_is_a_recent_one(signed_in: SignedIn, now: datetime) -> None:
    assert service.is_fresh(signed_in, now + 10 * MINUTE, fresh_for=10 * MINUTE)
    assert not service.is_fresh(signed_in, now + 11 * MINUTE, fresh_for=10 * MINUTE)


def test_confirming_keeps_the_session_and_replaces_the_cookie(
    session: Session, now: datetime, token: str, signed_in: SignedIn, limits: Limits
) -> None:
    later = now + 20 * MINUTE
    new_token = service.confirm(session, signed_in, later, limits)
    assert new_token is not None
    assert service.find_signed_in(session, token, later) is None
    found = service.find_signed_in(session, new_token, later)
    assert found is not None
    assert (found.session_id, found.auth_time) == (signed_in.session_id, later)


def test_a_session_that_is_over_cannot_be_confirmed(
    session: Session, now: datetime, signed_in: SignedIn, limits: Limits
) -> None:
    assert service.confirm(session, signed_in, now + timedelta(hours=2), limits) is None
    service.end(session, signed_in.session_id, now, "Signed out")
    assert service.confirm(session, signed_in, now, limits) is None


def test_an_ended_session_finds_nobody_and_ends_once(
    session: Session, now: datetime, token: str, signed_in: SignedIn
) -> None:
    assert service.end(session, signed_in.session_id, now, "Signed out")
    assert service.find_signed_in(session, token, now) is None
    assert not service.end(session, signed_in.session_id, now, "Signed out")


def test_beginning_and_ending_are_audited(session: Session, now: datetime, signed_in: SignedIn) -> None:
    service.end(session, signed_in.session_id, now, "Signed out")
    session.flush()
    entries = session.execute(select(AuditEntry).where(AuditEntry.person_id == signed_in.person_id))
    events = {entry.event: entry.details for entry in entries.scalars()}
    assert events["sign_in.succeeded"]["session_id"] == str(signed_in.session_id)
    assert events["session.ended"]["reason"] == "Signed out"


def test_a_person_sees_only_live_sessions_of_their_own(
    session: Session, now: datetime, signed_in: SignedIn, limits: Limits
) -> None:
    other = make_person(session, now, "sam.other@hmrc.gov.uk")
    service.start(session, now, person_id=other, limits=limits)
    service.start(session, now - timedelta(hours=2), person_id=signed_in.person_id, limits=limits)
    ended = service.start(session, now, person_id=signed_in.person_id, limits=limits)
    found = service.find_signed_in(session, ended, now)
    assert found is not None
    service.end(session, found.session_id, now, "Signed out")
    listed = service.list_for_person(session, signed_in.person_id, now)
    assert [(one.session_id, one.user_agent) for one in listed] == [
        (signed_in.session_id, "Firefox on Linux")
    ]


def test_a_person_ends_their_own_session(
    session: Session, now: datetime, token: str, signed_in: SignedIn
) -> None:
    service.end_own(session, signed_in.person_id, signed_in.session_id, now, "Ended by its owner")
    assert service.find_signed_in(session, token, now) is None


def test_nobody_ends_the_session_of_another(
    session: Session, now: datetime, token: str, signed_in: SignedIn
) -> None:
    with pytest.raises(NotFound):
        service.end_own(session, uuid4(), signed_in.session_id, now, "Ended by its owner")
    assert service.find_signed_in(session, token, now) is not None
