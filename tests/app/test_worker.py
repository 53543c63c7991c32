"""The worker turns what is due, delivers, seals; whatever fails is tried again and stops nothing else."""

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs
from uuid import UUID

import pytest
from click.testing import CliRunner
from sqlalchemy import text, update
from sqlmodel import select

from app.commands import context
from app.commands.worker import NICENESS, worker_command
from app.config import DEVELOPMENT_ENCRYPTION_KEY, Settings
from app.database import create_engine, open_session, transaction
from app.worker import Worker
from identity.clients import service as clients
from identity.clients.assertions import ProvenAssertion, spend
from identity.clients.models import Client, SpentAssertion
from identity.keys.encryption import KeyEncryption
from identity.keys.model import SigningKey
from identity.keys.rotation import create_initial_keys
from identity.pushed_requests.models import PushedRequest
from identity.reauthentication import GOOD_FOR
from identity.request_objects.models import SpentRequestObject
from identity.sessions import service as sessions
from identity.sessions.disabled_clients import disable_client
from identity.sessions.service import Limits
from identity.tokens.models import RevokedAccessToken
from profiles.apps.models import Agreement, App
from profiles.audit.models import AuditCheckpoint, AuditEntry, AuditSeal
from profiles.disclosure.service import access
from profiles.employments.models import Posting
from profiles.organisations.models import Organisation
from profiles.outbox.models import MessageKind, OutboxMessage
from profiles.roles.models import Role
from profiles.temporal import current, end
from tests.factories.apps import make_app, make_rule
from tests.factories.organisations import INITIATOR, PROVENANCE, make_organisation
from tests.factories.people import give_role, make_employee

LIMITS = Limits(idle=timedelta(hours=1), absolute=timedelta(hours=12))
PATIENCE = 120.0
"""Seconds: a busy machine is slow, and only failures wait so long."""


@dataclass
class DepartmentApp:
    """A relying party that hears back-channel logouts, and answers as it is told to."""

    uri: str = ""
    status: int = 204
    heard: list[str] = field(default_factory=list)


@pytest.fixture
def department_app():
    app = DepartmentApp()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            app.heard.append(parse_qs(body)["logout_token"][0])
            self.send_response(app.status)
            self.end_headers()

        def log_message(self, *_arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    app.uri = f"http://127.0.0.1:{server.server_address[1]}/logout"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield app
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass(frozen=True)
class Party:
    client_id: str
    app_id: UUID


@pytest.fixture
def settings(database_url) -> Settings:
    return Settings(
        environment="development",
        issuer="http://localhost:8000",
        database_url=database_url,
        secret_key="only for these tests",
        encryption_key=DEVELOPMENT_ENCRYPTION_KEY,
    )


@pytest.fixture
def keys(engine, now) -> None:
    with transaction(engine) as session:
        create_initial_keys(session, KeyEncryption.from_base64(DEVELOPMENT_ENCRYPTION_KEY), now)


@pytest.fixture
def leaver(engine, department_app, now) -> None:
    """Somebody at work in an app of HMRC, whose posting ended a moment ago."""
    before = now - timedelta(days=30)
    with transaction(engine) as session:
        hmrc = make_organisation(session, before)
        app = make_app(session, before, hmrc)
        make_rule(session, before, app)
        posting = make_employee(session, before, hmrc)
        client = clients.register(
            session,
            before,
            INITIATOR,
            client_name=app.name,
            app_id=app.id,
            redirect_uris=["http://127.0.0.1/callback"],
            backchannel_logout_uri=department_app.uri,
            development=True,
        )
        token = sessions.start(session, before, person_id=posting.person_id, limits=LIMITS)
        signed_in = sessions.find_signed_in(session, token, before)
        roles = access(session, posting.person_id, app.id, before).roles
        sessions.join_client(session, signed_in, Party(client.client_id, app.id), "sub", roles, before)
        (posting,) = current(session, Posting, before, before, person_id=posting.person_id)
        end(session, posting, now - timedelta(seconds=1), before, PROVENANCE)


@pytest.fixture
def worker(settings, engine, now) -> Worker:
    return Worker(settings, engine, lambda: now)


def everything(engine, model):
    with open_session(engine, writes=False) as session:
        return session.exec(select(model)).all()


@pytest.mark.usefixtures("keys", "leaver")
def test_an_app_is_told_and_its_receipt_kept(engine, worker, department_app, now):
    assert worker.once()
    (message,) = everything(engine, OutboxMessage)
    assert len(department_app.heard) == 1
    assert message.acknowledged_at == now


@pytest.mark.usefixtures("keys", "leaver")
def test_what_nobody_has_planned_is_told_before_what_came_due(engine, worker, now):
    """The leaver's end was recorded a month ago; somebody else's posting is found to be wrong just now."""
    before = now - timedelta(days=30)
    with transaction(engine) as session:
        app = session.exec(select(App)).one()
        organisation = session.get_one(Organisation, app.organisation_id)
        posting = make_employee(session, before, organisation, "sam.okoro")
        person_id = posting.person_id
        token = sessions.start(session, before, person_id=person_id, limits=LIMITS)
        signed_in = sessions.find_signed_in(session, token, before)
        party = Party(session.exec(select(Client.client_id)).one(), app.id)
        sessions.join_client(session, signed_in, party, "another sub", ["caseworker"], before)
        end(session, posting, now - timedelta(seconds=1), now, PROVENANCE)
    assert worker.once()
    told = sorted(everything(engine, OutboxMessage), key=lambda message: message.id)
    assert [message.person_id == person_id for message in told] == [True, False]
    assert told[0].due_at < told[1].due_at <= now


@pytest.mark.usefixtures("keys", "leaver")
def test_a_worker_that_is_stopped_begins_no_batch_more(engine, worker, department_app):
    worker.stop()
    worker.once()
    assert everything(engine, OutboxMessage) == []
    assert everything(engine, AuditSeal) == []


@pytest.mark.usefixtures("keys", "leaver")
def test_a_client_that_was_disabled_is_told_all_the_same(engine, worker, department_app, now):
    """Its own sessions would go on otherwise."""
    with transaction(engine) as session:
        disable_client(session, now, INITIATOR, session.exec(select(Client.client_id)).one())
    assert worker.once()
    assert len(department_app.heard) == 1


@pytest.mark.usefixtures("keys", "leaver")
def test_an_app_that_refuses_is_told_again_later(engine, worker, department_app, now):
    department_app.status = 503
    assert worker.once()
    (message,) = everything(engine, OutboxMessage)
    assert message.acknowledged_at is None
    assert message.due_at > now


@pytest.mark.usefixtures("keys", "leaver")
def test_an_app_that_was_down_gets_no_tokens_until_it_answers(settings, engine, department_app, now):
    """Down for two days: overdue, stopped as agreed, told with a fresh token each time, then let go on."""
    with transaction(engine) as session:
        session.execute(update(Agreement).values(stop_tokens_when_overdue=True))

    def turn(at):
        assert Worker(settings, engine, lambda: at).once()
        (message,) = (one for one in everything(engine, OutboxMessage) if one.app_id)
        return message, everything(engine, App)[0].tokens_stopped_at

    department_app.status = 503
    message, stopped_at = turn(now)
    assert (message.attempts, message.overdue_at, stopped_at) == (1, now + timedelta(minutes=1), None)
    late = now + timedelta(minutes=2)
    message, stopped_at = turn(late)
    assert (message.acknowledged_at, stopped_at) == (None, late)
    department_app.status = 204
    back = now + timedelta(days=2)
    message, stopped_at = turn(back)
    assert (message.attempts, message.acknowledged_at, stopped_at) == (3, back, None)
    assert len(set(department_app.heard)) == 3


@pytest.mark.usefixtures("keys", "leaver")
def test_what_the_last_steps_of_a_run_write_is_delivered_too(settings, engine, department_app, now):
    """That an app gets no tokens any more is mailed to its owner by a step after the deliveries."""
    with transaction(engine) as session:
        session.execute(update(Agreement).values(stop_tokens_when_overdue=True))
        organisation = session.get_one(Organisation, session.exec(select(App)).one().organisation_id)
        owner_id = make_employee(session, now, organisation, "oona.owner").person_id
        give_role(session, now, owner_id, Role.APP_OWNER, organisation.id)
    department_app.status = 503
    for at in (now, now + timedelta(minutes=2)):
        assert Worker(settings, engine, lambda at=at: at).once()
    mails = [one for one in everything(engine, OutboxMessage) if one.kind is MessageKind.MAIL]
    assert [one.acknowledged_at is not None for one in mails] == [True]


@pytest.mark.usefixtures("keys")
def test_an_app_that_cannot_be_stopped_keeps_up_no_other(engine, worker, now):
    """Its row is refused by the database; the next one is stopped all the same, and the step has failed."""
    with transaction(engine) as session:
        organisation = make_organisation(session, now)
        apps = [make_app(session, now, organisation, name) for name in ("Casework", "Casework", "Rota")]
        session.flush()
        session.execute(update(Agreement).values(stop_tokens_when_overdue=True))
        for one in apps:
            late = {"overdue_at": now, "sent_at": now, "given_up_at": now, "app_id": one.id}
            message = {"kind": "logout", "payload": {}, "reason": "", "created_at": now, "due_at": now}
            session.add(OutboxMessage(**late, **message))
        apps[0].tokens_stopped_at = now
        session.execute(text("CREATE UNIQUE INDEX in_the_way ON apps (name, tokens_stopped_at)"))
    assert not worker.once()
    by_id = sorted(everything(engine, App), key=lambda one: one.id)
    stopped = [(one.name, one.tokens_stopped_at) for one in by_id]
    assert stopped == [("Casework", now), ("Casework", None), ("Rota", now)]


@pytest.mark.usefixtures("keys", "leaver")
def test_everything_is_sealed_and_signed(engine, worker):
    """What the turn itself wrote is sealed too."""
    worker.once()
    seals = everything(engine, AuditSeal)
    assert len(seals) == len(everything(engine, AuditEntry)) > 0
    (signed,) = everything(engine, AuditCheckpoint)
    assert signed.position == len(seals)


def test_tokens_that_can_mean_nothing_any_more_are_forgotten(engine, worker, now):
    with transaction(engine) as session:
        session.add(RevokedAccessToken(token_id="expired", expires_at=now))
        session.add(RevokedAccessToken(token_id="good", expires_at=now + timedelta(minutes=5)))
    worker.once()
    assert [one.token_id for one in everything(engine, RevokedAccessToken)] == ["good"]


@pytest.mark.usefixtures("leaver")
def test_pushed_requests_that_nobody_is_on_the_way_with_are_forgotten(engine, worker, now):
    ages = {"old": now - GOOD_FOR, "new": now}
    with transaction(engine) as session:
        client_id = session.exec(select(Client.client_id)).one()
        for name, expires_at in ages.items():
            one = {"client_id": client_id, "parameters": [], "expires_at": expires_at}
            session.add(PushedRequest(reference_hash=name, **one))
    worker.once()
    assert [one.reference_hash for one in everything(engine, PushedRequest)] == ["new"]


@pytest.mark.usefixtures("leaver")
def test_request_objects_that_nobody_can_bring_any_more_are_forgotten(engine, worker, now):
    with transaction(engine) as session:
        client_id = session.exec(select(Client.client_id)).one()
        for name, expires_at in {"old": now - GOOD_FOR, "new": now}.items():
            session.add(SpentRequestObject(client_id=client_id, object_hash=name, expires_at=expires_at))
    worker.once()
    assert [one.object_hash for one in everything(engine, SpentRequestObject)] == ["new"]


@pytest.mark.usefixtures("leaver")
def test_a_step_that_fails_stops_no_other(engine, worker, department_app):
    """Without keys no logout token and no checkpoint can be signed; the rest is done."""
    assert not worker.once()
    (message,) = everything(engine, OutboxMessage)
    assert message.last_error == "could not be tried (NoActiveKey)"
    assert len(everything(engine, AuditSeal)) == len(everything(engine, AuditEntry)) > 0
    assert everything(engine, AuditCheckpoint) == []


@pytest.mark.usefixtures("keys", "leaver")
def test_several_workers_at_once_tell_an_app_once(settings, engine, department_app, now):
    workers = [Worker(settings, engine, lambda: now) for _ in range(3)]
    threads = [threading.Thread(target=worker.once) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(everything(engine, OutboxMessage)) == 1
    assert len(department_app.heard) == 1
    assert len({seal.position for seal in everything(engine, AuditSeal)}) == len(
        everything(engine, AuditEntry)
    )


@pytest.mark.usefixtures("keys")
def test_a_worker_runs_until_it_is_stopped(worker):
    running = threading.Thread(target=worker.run)
    running.start()
    worker.stop()
    running.join(PATIENCE)
    assert not running.is_alive()


def test_a_worker_copies_what_sqlite_has_in_its_journal(settings, now, tmp_path):
    """So that nobody who signs in has to."""
    file = tmp_path / "lanyard.db"
    engine = create_engine(f"sqlite:///{file}")
    with transaction(engine) as session:
        session.connection().exec_driver_sql("CREATE TABLE t (x)")
    without_it = file.stat().st_size

    def last_turn():
        worker.stop()
        return now

    worker = Worker(settings, engine, last_turn)
    worker.run()
    assert file.stat().st_size > without_it
    engine.dispose()


@pytest.fixture
def environment(monkeypatch, settings):
    """The settings as the command finds them."""
    for name in ("environment", "issuer", "database_url"):
        monkeypatch.setenv(f"LANYARD_{name.upper()}", str(getattr(settings, name)))
    monkeypatch.setenv("LANYARD_ENCRYPTION_KEY", DEVELOPMENT_ENCRYPTION_KEY)
    context.settings.cache_clear()
    context.engine.cache_clear()
    yield
    context.engine().dispose()
    context.settings.cache_clear()
    context.engine.cache_clear()


def exit_code_of(arguments: list[str]) -> int:
    """Of the command in a thread of its own: it gives way to others for as long as it lives."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(CliRunner().invoke, worker_command, arguments).result().exit_code


@pytest.mark.usefixtures("keys", "environment")
def test_the_command_does_what_is_due_and_exits():
    assert exit_code_of(["--once"]) == 0


@pytest.mark.usefixtures("environment")
def test_the_command_fails_when_a_step_failed(leaver):
    assert exit_code_of(["--once"]) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only there a thread has a niceness")
@pytest.mark.usefixtures("keys", "environment")
def test_the_command_lets_whoever_signs_in_go_first_on_the_processor():
    command = [sys.executable, "-m", "app.commands", "worker"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=dict(os.environ)) as process:
        assert process.stderr is not None
        assert b"worker started" in process.stderr.readline()
        nice = os.getpriority(os.PRIO_PROCESS, process.pid)
        process.kill()
    assert nice >= NICENESS


@pytest.mark.usefixtures("keys", "environment")
def test_the_command_ends_at_sigterm():
    process = subprocess.Popen(
        [sys.executable, "-m", "app.commands", "worker"], stderr=subprocess.PIPE, env=dict(os.environ)
    )
    with process:
        assert process.stderr is not None
        assert b"worker started" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0


@pytest.mark.usefixtures("keys")
def test_the_keys_are_rotated_by_the_schedule(settings, engine, now):
    """LANYARD_KEY_ROTATION_DAYS; 0 leaves it to the command."""
    later = now + timedelta(days=90)
    by_command = settings.model_copy(update={"key_rotation_days": 0})
    assert Worker(by_command, engine, lambda: later).once()
    assert len(everything(engine, SigningKey)) == 4
    assert Worker(settings, engine, lambda: later).once()
    assert len(everything(engine, SigningKey)) == 8


@pytest.mark.usefixtures("keys", "leaver")
def test_expired_assertions_are_swept(engine, worker, now):
    with transaction(engine) as session:
        client_id = session.exec(select(Client.client_id)).one()
        for jti, minutes in (("old", -1), ("new", 1)):
            spend(session, ProvenAssertion(client_id, jti, now + timedelta(minutes=minutes)))
    assert worker.once()
    assert [spent.expires_at for spent in everything(engine, SpentAssertion)] == [now + timedelta(minutes=1)]
