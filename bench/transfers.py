"""How long the worker takes to complete 1,500 transfers of one day, and what sign-ins notice of it."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from sqlalchemy import Engine, func, select
from sqlmodel import col

from app.commands.migrate import make_ready
from app.database import create_engine, open_session, transaction
from bench import server
from bench.department_app import department_process
from bench.http_connection import BadAnswer
from bench.import_hmrc import LIMIT_MEGABYTES, Ran, run_command
from bench.moving_people import Scene, make_scene
from bench.relying_party import Provider, RelyingParty
from bench.report import Measure, percentiles
from bench.server import ISSUER, environment, on_other_cores, running_server
from profiles.outbox.models import MessageKind, OutboxMessage
from profiles.temporal import civil_date
from profiles.transfers.models import Transfer, TransferState

TRANSFERS = 1_500
OTHERS = 100
SLOWER_AT_MOST = 25.0
"""Percent, of the 95th percentile of sign-ins."""
SIGN_INS_A_SECOND = 10.0
BEFORE_SECONDS = 30.0


def measure(
    url: str, folder: Path, kind: str, *, transfers: int = TRANSFERS, before: float = BEFORE_SECONDS
) -> list[Measure]:
    """Complete them by the real command, while others sign in. Raises RuntimeError unless all were."""
    engine = create_engine(url)
    make_ready(server.settings(url), engine, datetime.now(UTC))
    now = datetime.now(UTC)
    with department_process(folder) as app:
        with transaction(engine) as session:
            scene = make_scene(
                session, now, movers=transfers, others=OTHERS, logout_uri=app.uri, day=civil_date(now)
            )
        with running_server(url, folder) as running, on_other_cores():
            provider = Provider.discover(running.port, ISSUER)
            with signing_in(provider, scene):
                time.sleep(min(5.0, before))
            with signing_in(provider, scene) as quiet:
                time.sleep(before)
            with signing_in(provider, scene) as busy:
                ran = complete(url, folder)
            with signing_in(provider, scene) as after:
                time.sleep(before)
        acknowledged = app.acknowledged()
    check_completed(engine, transfers, acknowledged)
    engine.dispose()
    job = f"completing {transfers:,} transfers of one day, {kind}"
    return [
        Measure(job, "time", round(ran.seconds, 1), "s"),
        Measure(job, "processor time", round(ran.processor_seconds, 1), "s"),
        Measure(job, "memory", round(ran.megabytes), "MB", at_most=LIMIT_MEGABYTES),
        Measure(job, "rate", round(transfers / ran.seconds, 2), "people/s"),
        *percentiles(job, quiet + after, of="a sign-in before and after "),
        *percentiles(job, busy, of="a sign-in meanwhile "),
        Measure(
            job, "sign-ins slower at p95", round(slower(quiet + after, busy), 1), "%", at_most=SLOWER_AT_MOST
        ),
    ]


def complete(url: str, folder: Path) -> Ran:
    """Run the worker until nothing is due."""
    return run_command(["worker", "--once"], url, folder, environment(url))


@contextmanager
def signing_in(provider: Provider, scene: Scene, rate: float = SIGN_INS_A_SECOND) -> Iterator[list[float]]:
    """People of the department sign in at the app by the clock; the seconds that each took since they came.

    Raises RuntimeError with the first fault when the block ends.
    """
    seconds: list[float] = []
    faults: list[str] = []
    ended, turns, lock = threading.Event(), count(), threading.Lock()
    began = time.perf_counter()

    def come() -> None:
        party = RelyingParty(provider, scene.client)
        while not faults:
            with lock:
                turn = next(turns)
            arrives = began + turn / rate
            if ended.wait(max(0.0, arrives - time.perf_counter())):
                break
            try:
                party.sign_in(scene.cookies[turn % len(scene.cookies)])
                seconds.append(time.perf_counter() - arrives)
            except (OSError, BadAnswer, ValueError, KeyError) as error:
                faults.append(f"{type(error).__name__}: {error}")
        party.close()

    threads = [threading.Thread(target=come) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        yield seconds
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    if faults:
        raise RuntimeError(f"an answer is wrong: {faults[0]}")


def slower(alone: Sequence[float], meanwhile: Sequence[float]) -> float:
    """By how many percent the 95th percentile is higher."""
    least, most = (percentiles("", one)[1].value for one in (alone, meanwhile))
    return (most / least - 1) * 100


def check_completed(engine: Engine, transfers: int, acknowledged: int) -> None:
    """Raises RuntimeError unless each person has moved, and the app knows of each."""
    with open_session(engine, writes=False) as session:
        moved = session.scalar(select(func.count()).where(col(Transfer.state) == TransferState.RECONCILING))
        told = session.scalar(
            select(func.count()).where(
                col(OutboxMessage.kind) == MessageKind.LOGOUT, col(OutboxMessage.acknowledged_at).is_not(None)
            )
        )
    if (moved, told, acknowledged) != (transfers, transfers, transfers):
        raise RuntimeError(f"{moved} of {transfers} moved, {told} are told, {acknowledged} were heard")
