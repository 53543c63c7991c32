"""Many passwords at once: few are hashed, somebody is turned away, and everybody else goes on."""

import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import ExitStack
from datetime import datetime
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select

from app.database import transaction
from identity.sign_in.hashing_turns import NICENESS, HashingBusy, HashingTurns, install
from identity.sign_in.invitations import invite
from identity.sign_in.models import InvitationPurpose, Throttle
from identity.sign_in.password_sign_in import HASHING
from identity.sign_in.passwords import PasswordHashing
from profiles.audit.models import AuditEntry
from profiles.audit.service import Initiator
from tests.app.page_checks import check_page
from tests.identity.sign_in.conftest import ADDRESS, CHEAP, PASSWORD
from tests.identity.sign_in.test_passkeys import give_passkey
from tests.support.authenticator import Authenticator, note_of, options_of
from tests.support.visitor import Visitor

THREADS = 4
LONG = 20.0
CHEAPLY = PasswordHashing(CHEAP)
BUSY = "Lanyard is busy and has not looked at your password"


class HeldHashing(PasswordHashing):
    """Hashes once ``go`` says so."""

    def __init__(self) -> None:
        super().__init__(CHEAP)
        self.go = threading.Event()
        self.at_once = 0
        self.most_at_once = 0
        self._counting = threading.Lock()

    def verify(self, password_hash: str | None, password: str) -> bool:
        with self._counting:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        assert self.go.wait(LONG)
        with self._counting:
            self.at_once -= 1
        return super().verify(password_hash, password)


def _sign_in(visitor: Visitor, address: str = ADDRESS, password: str = PASSWORD) -> int:
    return visitor.submit("/sign-in", address=address, password=password).status_code


@pytest.fixture
def full(app: Flask) -> Iterator[Flask]:
    """The app while every turn is taken."""
    turns = HashingTurns(threads=1)
    install(app, turns)
    with turns.turn(CHEAPLY):
        yield app


@pytest.mark.parametrize(("threads", "at_once"), [(1, 1), (2, 1), (3, 1), (4, 2), (16, 2)])
def test_so_many_hash_at_once(threads: int, at_once: int) -> None:
    turns = HashingTurns(threads, wait_seconds=0)
    with ExitStack() as taken:
        for _ in range(at_once):
            taken.enter_context(turns.turn(CHEAPLY))
        with pytest.raises(HashingBusy), turns.turn(CHEAPLY):
            pass
    with turns.turn(CHEAPLY):
        pass


def test_one_of_four_waits_for_a_turn_and_the_next_is_turned_away_at_once() -> None:
    turns = HashingTurns(THREADS, wait_seconds=LONG)

    def take() -> None:
        with turns.turn(CHEAPLY):
            pass

    with ThreadPoolExecutor(2) as pool:
        with turns.turn(CHEAPLY), turns.turn(CHEAPLY):
            asking = {pool.submit(take) for _ in range(2)}
            turned_away, waiting = wait(asking, LONG, FIRST_COMPLETED)
            assert [type(one.exception()) for one in turned_away] == [HashingBusy]
        assert [one.result(LONG) for one in waiting] == [None]


class NotingHashing(PasswordHashing):
    """Notes how nice the thread is that hashes."""

    def __init__(self) -> None:
        super().__init__(CHEAP)
        self.niceness: list[int] = []

    def hash(self, password: str) -> str:
        self.niceness.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return super().hash(password)


@pytest.mark.skipif(sys.platform != "linux", reason="only there a thread has a niceness")
def test_what_hashes_gives_way_and_who_asked_does_not() -> None:
    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    hashing = NotingHashing()
    with HashingTurns(THREADS).turn(hashing) as turn:
        assert turn.verify(turn.hash(PASSWORD), PASSWORD)
    assert hashing.niceness == [max(before, NICENESS)]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before


def test_a_storm_leaves_a_thread_for_everybody_else(
    app: Flask, engine: Engine, now: datetime, person: UUID
) -> None:
    """As the server's threads would: of ten passwords none comes to its end before the others are served."""
    device = give_passkey(engine, person, now)
    hashing = app.extensions[HASHING] = HeldHashing()
    install(app, HashingTurns(THREADS, wait_seconds=LONG))
    with ThreadPoolExecutor(THREADS) as threads:
        storm = [threads.submit(_sign_in, Visitor(app), f"{number}@hmrc.gov.uk") for number in range(10)]
        try:
            assert threads.submit(_sign_in_by_passkey, Visitor(app), device).result(LONG) == 303
        finally:
            hashing.go.set()
        statuses = sorted(one.result(LONG) for one in storm)
    assert statuses == [422] * 3 + [503] * 7
    assert hashing.most_at_once == 2


@pytest.mark.parametrize("address", [ADDRESS, "nobody@hmrc.gov.uk"])
@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_who_is_turned_away_loses_no_attempt_and_learns_nothing(
    full: Flask, engine: Engine, person: UUID, address: str, password: str
) -> None:
    before = _written(engine)
    response = Visitor(full).submit("/sign-in", address=address, password=password)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert BUSY in response.text
    assert f'value="{address}"' in response.text
    check_page(response.text)
    assert _written(engine) == before


def test_after_a_moment_the_same_form_signs_in(full: Flask, person: UUID) -> None:
    visitor = Visitor(full)
    assert _sign_in(visitor) == 503
    install(full, HashingTurns(THREADS))
    assert _sign_in(visitor) == 303


def test_a_one_time_link_is_not_spent_when_it_is_busy(
    full: Flask, engine: Engine, now: datetime, person: UUID
) -> None:
    with transaction(engine) as session:
        token = invite(
            session,
            ADDRESS,
            person,
            now,
            InvitationPurpose.PASSWORD_RESET,
            issuer="http://localhost",
            initiator=Initiator.system("test"),
        )
    visitor, path = Visitor(full), f"/invitation/{token}/password"
    busy = visitor.submit(path, password="herons wade at noon")
    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "5")
    assert BUSY in busy.text
    check_page(busy.text)
    install(full, HashingTurns(THREADS))
    assert visitor.submit(path, password="herons wade at noon").status_code == 303


def _sign_in_by_passkey(visitor: Visitor, device: Authenticator) -> int:
    page = visitor.open("/sign-in").text
    answer = device.get(options_of(page))
    return visitor.submit("/sign-in/passkey", page="/sign-in", answer=answer, note=note_of(page)).status_code


def _written(engine: Engine) -> list[int]:
    with transaction(engine, writes=False) as session:
        return [
            session.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (Throttle, AuditEntry)
        ]
