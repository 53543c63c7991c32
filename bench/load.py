"""People who come at once, again and again, for a while: how many were served, and how long each took."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bench.http_connection import BadAnswer
from bench.processor_time import seconds_of
from bench.relying_party import RelyingParty

Turn = Callable[[], object]
"""One visit. Raises BadAnswer or OSError when an answer is not what it must be."""


@dataclass
class Burst:
    """What a while of visits gave; times are seconds."""

    took: float = 0.0
    latencies: list[float] = field(default_factory=list)
    server_seconds: float = 0.0
    database_seconds: float = 0.0
    driver_seconds: float = 0.0
    upstream_seconds: float = 0.0
    """Processor time of the provider's processes, of those of a database server, of this one, and of a
    department's provider."""

    @property
    def rate(self) -> float:
        """Visits a second."""
        return len(self.latencies) / self.took

    @property
    def server_milliseconds(self) -> float:
        """Processor time of the server for one visit."""
        return self.server_seconds / len(self.latencies) * 1000

    @property
    def database_milliseconds(self) -> float:
        """Processor time of the database server for one visit; 0 where the database is in the provider."""
        return self.database_seconds / len(self.latencies) * 1000

    @property
    def driver_milliseconds(self) -> float:
        """Processor time of this process for one visit."""
        return self.driver_seconds / len(self.latencies) * 1000

    @property
    def upstream_milliseconds(self) -> float:
        """Processor time of a department's provider for one visit; 0 where none is asked."""
        return self.upstream_seconds / len(self.latencies) * 1000

    @property
    def other_load(self) -> float:
        """The share of the other core that was used: the driver is there, and the database server."""
        return (self.driver_seconds + self.database_seconds) / self.took


def run(
    turns: Sequence[Turn],
    process: int,
    *,
    seconds: float,
    database_process: int | None = None,
    upstream_process: int | None = None,
) -> Burst:
    """Let each of them come again and again. Raises RuntimeError with the first fault of any."""
    visitors = [_Visitor(turn) for turn in turns]
    server, database = seconds_of(process), _seconds_of(database_process)
    upstream = _seconds_of(upstream_process)
    driver, started = time.process_time(), time.perf_counter()
    until = started + seconds
    threads = [threading.Thread(target=visitor.visit, args=(until,)) for visitor in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    burst = Burst(
        time.perf_counter() - started,
        server_seconds=seconds_of(process) - server,
        database_seconds=_seconds_of(database_process) - database,
        driver_seconds=time.process_time() - driver,
        upstream_seconds=_seconds_of(upstream_process) - upstream,
    )
    for visitor in visitors:
        if visitor.fault:
            raise RuntimeError(f"an answer is wrong: {visitor.fault}")
        burst.latencies += visitor.latencies
    return burst


def _seconds_of(process: int | None) -> float:
    return 0.0 if process is None else seconds_of(process)


def sign_ins(parties: Sequence[RelyingParty], cookies: Sequence[str]) -> list[Turn]:
    """Each party signs people in, in turn, who are all different from the others'."""
    return [_sign_in_each(party, cookies[number :: len(parties)]) for number, party in enumerate(parties)]


def _sign_in_each(party: RelyingParty, cookies: Sequence[str]) -> Turn:
    turn = 0

    def sign_in() -> None:
        nonlocal turn
        party.sign_in(cookies[turn % len(cookies)])
        turn += 1

    return sign_in


@dataclass
class _Visitor:
    turn: Turn
    latencies: list[float] = field(default_factory=list)
    fault: str = ""

    def visit(self, until: float) -> None:
        try:
            while (started := time.perf_counter()) < until:
                self.turn()
                self.latencies.append(time.perf_counter() - started)
        except (OSError, BadAnswer, ValueError, KeyError) as error:
            self.fault = f"{type(error).__name__}: {error}"
