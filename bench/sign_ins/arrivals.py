"""People who arrive by the clock, whether or not those before them were served: the morning at 8:55.

How long one takes counts from the moment when they arrived, so that nobody's wait for the others is left out.
"""

import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.http_connection import BadAnswer, HttpConnection
from bench.server import ISSUER
from bench.sign_ins.browser import Browser, Walk

IDLE_SECONDS = 1.0
"""A server closes connections that were idle for longer than this: then one opens another."""


@dataclass
class Morning:
    """What became of so many arrivals in so many seconds; latencies are of those who were served."""

    arrivals: int
    seconds: float
    latencies: list[float] = field(default_factory=list)
    errors: int = 0
    first_error: str = ""

    @property
    def not_served(self) -> int:
        """Who was still waiting when the time was over."""
        return self.arrivals - len(self.latencies) - self.errors

    @property
    def rate(self) -> float:
        """Those who were served, a second."""
        return len(self.latencies) / self.seconds


def run(
    walk: Walk, browsers: Sequence[Browser], port: int, *, rate: float, seconds: float, at_once: int
) -> Morning:
    """Let ``rate`` people arrive a second, of whom ``at_once`` can be on their way at a time."""
    morning = Morning(round(rate * seconds), seconds)
    free: queue.SimpleQueue[Browser] = queue.SimpleQueue()
    for browser in browsers:
        free.put(browser)
    turns, counting = iter(range(morning.arrivals)), threading.Lock()
    began = time.perf_counter()

    def serve(number: int) -> None:
        connection, last = HttpConnection(port, ISSUER, f"192.0.2.{number % 250 + 1}"), began
        while True:
            with counting:
                turn = next(turns, None)
            if turn is None:
                break
            arrived = began + turn / rate
            time.sleep(max(0.0, arrived - time.perf_counter()))
            if time.perf_counter() > began + seconds:
                break
            if time.perf_counter() - last > IDLE_SECONDS:
                connection.close()
            browser = free.get()
            try:
                walk(browser, connection)
                last = time.perf_counter()
                with counting:
                    if last <= began + seconds:
                        morning.latencies.append(last - arrived)
            except (OSError, BadAnswer, ValueError, KeyError) as error:
                connection.close()
                with counting:
                    morning.errors += 1
                    morning.first_error = morning.first_error or f"{type(error).__name__}: {error}"[:300]
            free.put(browser)
        connection.close()

    threads = [threading.Thread(target=serve, args=(number,)) for number in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return morning
