"""Somebody sends passwords, right and wrong, as fast as they are answered, from ever new addresses.

No throttle stops that: each account, each network and each organisation is tried once. What keeps the process
alive is that few passwords are hashed at a time.
"""

import secrets
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from bench.http_connection import BadAnswer, HttpConnection
from bench.server import ISSUER
from bench.sign_ins.browser import Browser, send_password

NETWORKS = 250


@contextmanager
def raging(port: int, browsers: Sequence[Browser]) -> Iterator[Counter[int]]:
    """Let each browser storm until the block ends; how often each status was the answer, by then.

    Every other one knows its password.
    """
    over, answers = threading.Event(), Counter[int]()
    threads = [
        threading.Thread(target=_storm, args=(number, browser, port, over, answers))
        for number, browser in enumerate(browsers)
    ]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _storm(number: int, browser: Browser, port: int, over: threading.Event, answers: Counter[int]) -> None:
    knows, right = number % 2 == 0, browser.person
    turn = number
    while not over.is_set():
        turn += 1
        with HttpConnection(port, ISSUER, f"198.51.100.{turn % NETWORKS + 1}") as connection:
            if not knows:
                browser.person = replace(
                    right, address=f"{secrets.token_hex(8)}@{secrets.token_hex(8)}.example"
                )
            try:
                answers[send_password(browser, connection).status] += 1
            except (OSError, BadAnswer):
                answers[0] += 1
