"""A session's part at a client: joined, ended with the session or alone, told to the app."""

from datetime import datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from app.database import transaction
from identity.clients.models import Client
from identity.sessions import service
from identity.sessions.errors import SessionEnded
from identity.sessions.models import SessionClient
from identity.sessions.service import Limits, SignedIn
from profiles.outbox.models import MessageKind, OutboxMessage
from tests.factories.clients import LISTENING_CLIENT, make_client
from tests.factories.organisations import make_organisation
from tests.factories.people import make_person


def test_joining_twice_keeps_the_sid_and_notes_what_was_told(
    session: Session, now: datetime, signed_in: SignedIn, client: Client
) -> None:
    first = service.join_client(session, signed_in, client, "sub-1", ["worker"], now)
    later = now + timedelta(minutes=5)
    second = service.join_client(session, signed_in, client, "sub-1", ["manager"], later)
    noted = session.get_one(SessionClient, second.id)
    assert (second, noted.roles) == (first, ["manager"])
    assert (noted.first_used_at, noted.last_used_at) == (now, later)


def test_each_session_has_its_own_sid_at_a_client(
    session: Session, now: datetime, signed_in: SignedIn, client: Client, limits: Limits
) -> None:
    other_token = service.start(session, now, person_id=signed_in.person_id, limits=limits)
    other = service.find_signed_in(session, other_token, now)
    assert other is not None
    sids = {service.join_client(session, one, client, "sub-1", [], now).sid for one in (signed_in, other)}
    assert len(sids) == 2


def test_ending_the_session_ends_its_clients_and_tells_them(
    session: Session, now: datetime, signed_in: SignedIn, client: Client
) -> None:
    joined = _join(session, signed_in, client, now)
    service.end(session, signed_in.session_id, now, "Signed out")
    session.flush()
    message = session.execute(select(OutboxMessage)).scalar_one()
    assert joined.ended_at == now
    assert (message.kind, message.app_id, message.person_id) == (
        MessageKind.LOGOUT,
        client.app_id,
        signed_in.person_id,
    )
    assert message.payload == {
        "client_id": "cases",
        "session_client_id": str(joined.id),
        "sub": "sub-1",
        "sid": joined.sid,
    }


def test_a_client_ends_once_and_the_session_goes_on(
    session: Session, now: datetime, token: str, signed_in: SignedIn, client: Client
) -> None:
    joined = _join(session, signed_in, client, now)
    assert service.end_client(session, joined, now, "Access has ended")
    assert not service.end_client(session, joined, now, "Access has ended")
    assert service.find_signed_in(session, token, now) is not None
    service.end(session, signed_in.session_id, now, "Signed out")
    session.flush()
    assert len(session.execute(select(OutboxMessage)).scalars().all()) == 1


def test_a_client_joined_again_after_its_end_has_a_new_sid(
    session: Session, now: datetime, signed_in: SignedIn, client: Client
) -> None:
    joined = _join(session, signed_in, client, now)
    old_sid = joined.sid
    service.end_client(session, joined, now, "Access has ended")
    again = service.join_client(session, signed_in, client, "sub-1", [], now + timedelta(hours=1))
    session.expire_all()
    assert (joined.sid, joined.ended_at) == (again.sid, None)
    assert again.sid != old_sid


def test_nobody_joins_a_client_in_a_session_that_is_over(
    session: Session, now: datetime, signed_in: SignedIn, client: Client
) -> None:
    service.end(session, signed_in.session_id, now, "Signed out")
    with pytest.raises(SessionEnded):
        service.join_client(session, signed_in, client, "sub-1", [], now)


def test_a_client_that_is_disabled_does_not_go_on(
    session: Session, now: datetime, signed_in: SignedIn, client: Client
) -> None:
    service.join_client(session, signed_in, client, "sub-1", [], now)
    client.disabled_at = now
    session.add(client)
    session.flush()
    with pytest.raises(SessionEnded):
        service.join_client(session, signed_in, client, "sub-1", [], now)


def test_the_list_names_the_apps_of_a_session(
    session: Session, now: datetime, signed_in: SignedIn, client: Client
) -> None:
    service.join_client(session, signed_in, client, "sub-1", [], now)
    listed = service.list_for_person(session, signed_in.person_id, now)
    assert [one.app_ids for one in listed] == [(client.app_id,)]


def test_a_client_that_does_not_listen_is_not_told(
    session: Session, now: datetime, signed_in: SignedIn
) -> None:
    make_client(session, now, make_organisation(session, now), client_id="silent")
    silent = session.get_one(Client, "silent")
    joined = _join(session, signed_in, silent, now)
    assert service.end_client(session, joined, now, "Signed out")
    session.flush()
    assert session.execute(select(OutboxMessage)).first() is None


@pytest.mark.parametrize("has_joined_before", [False, True])
def test_a_client_that_joins_while_the_session_ends_is_ended_with_it(
    engine: Engine, now: datetime, has_joined_before: bool
) -> None:
    limits = Limits(idle=timedelta(hours=1), absolute=timedelta(hours=12))
    with transaction(engine) as session:
        token = service.start(session, now, person_id=make_person(session, now), limits=limits)
        make_client(session, now, make_organisation(session, now), **LISTENING_CLIENT)
    with transaction(engine, writes=False) as session:
        signed_in = service.find_signed_in(session, token, now)
    assert signed_in is not None
    if has_joined_before:
        with transaction(engine) as session:
            _join(session, signed_in, session.get_one(Client, "cases"), now)

    def end() -> None:
        with transaction(engine) as session:
            service.end(session, signed_in.session_id, now, "Signed out")

    ending = Thread(target=end)
    with transaction(engine) as session:
        client = session.get_one(Client, "cases")
        service.join_client(session, signed_in, client, "sub-1", [], now)
        ending.start()
        ending.join(timeout=0.3)
        assert ending.is_alive()
    ending.join(timeout=10)
    with transaction(engine, writes=False) as session:
        assert session.execute(select(SessionClient.ended_at)).scalar_one() == now


def _join(session: Session, signed_in: SignedIn, client: Client, now: datetime) -> SessionClient:
    joined = service.join_client(session, signed_in, client, "sub-1", [], now)
    return session.get_one(SessionClient, joined.id)
