"""The system's Chromium, headless, through Playwright; it reaches loopback and nothing else."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, expect, sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
HOW_TO_GET_IT = (
    "No Chromium: install your system's package (Debian: apt-get install chromium) so that "
    f"one of {', '.join(PROGRAMS)} is on the PATH."
)
PATIENCE = 30_000
"""Milliseconds for what a page must come to show: a busy machine is slow, and only failures wait so long."""
OPTIONS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Browsers call home by themselves; our pages must not need anybody else's server either.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running Chromium; where there is none the test is skipped, but in CI it fails."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail(HOW_TO_GET_IT)
        pytest.skip(HOW_TO_GET_IT)
    with sync_playwright() as playwright:
        # Without its sandbox (Playwright's default): root and containers cannot have it.
        expect.set_options(timeout=PATIENCE)
        browser = playwright.chromium.launch(executable_path=program, args=list(OPTIONS))
        yield browser
        browser.close()


@contextmanager
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """Somebody with a browser of their own: no cookies yet, English, in London.

    Fails at the end when a script of ours raised, or a page broke its own content security policy.
    """
    faults: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            faults.append(message.text)

    context = browser.new_context(locale="en-GB", timezone_id="Europe/London")
    context.on("console", note)
    context.on("weberror", lambda error: faults.append(str(error.error)))
    try:
        yield context
    finally:
        context.close()
    if faults:
        pytest.fail("\n".join(faults))
