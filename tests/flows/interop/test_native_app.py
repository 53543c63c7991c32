"""The program in docs/guides/native-app.md, word for word: a native app on the loopback (RFC 8252 §7.3)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path

from playwright.sync_api import Page, expect

from identity.clients.token_metadata import TokenMetadata
from tests.flows.interop.steps import go_on, sign_in
from tests.support.provider import ServedProvider, Somebody
from tests.support.serving import stopped_afterwards

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "native-app.md"


@contextmanager
def program(provider: ServedProvider, folder: Path) -> Iterator[TextIOWrapper]:
    """Run it for a new client; what it prints. The test is its browser."""
    blocks = re.findall(
        r"^```python\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert len(blocks) == 1
    file = folder / "native_app.py"
    file.write_text(blocks[0], encoding="utf-8")
    client = provider.register(
        "Site visits",
        application_type="native",
        token_endpoint_auth_method="none",
        redirect_uris=["http://127.0.0.1/callback"],
        tokens=TokenMetadata(grant_types=("authorization_code", "refresh_token")),
    )
    running = subprocess.Popen(
        [sys.executable, file, provider.issuer, client.client_id],
        env={"PATH": os.environ["PATH"], "BROWSER": "true", "AUTHLIB_INSECURE_TRANSPORT": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert running.stdout is not None
    with stopped_afterwards(running), TextIOWrapper(running.stdout, encoding="utf-8") as printed:
        yield printed


def open_there(page: Page, printed: TextIOWrapper) -> None:
    page.goto(printed.readline().removeprefix("Sign in at ").strip())


def test_it_signs_in_and_greets_the_person(
    provider: ServedProvider, officer: Somebody, page: Page, tmp_path: Path
) -> None:
    with program(provider, tmp_path) as printed:
        open_there(page, printed)
        sign_in(page, officer)
        expect(page.locator("#on-this-device")).to_be_visible()
        go_on(page)
        expect(page.get_by_text("You can close this window.")).to_be_visible()
        assert printed.readline() == f"Hello, {officer.name}.\n"


def test_it_says_when_the_person_did_not_go_on(
    provider: ServedProvider, officer: Somebody, page: Page, tmp_path: Path
) -> None:
    with program(provider, tmp_path) as printed:
        open_there(page, printed)
        sign_in(page, officer)
        page.click("#cancel")
        assert printed.readline() == "Not signed in: access_denied\n"


def test_a_second_sign_in_asks_for_the_button_again(
    provider: ServedProvider, officer: Somebody, page: Page, tmp_path: Path
) -> None:
    """RFC 8252 §8.6, although nothing is new to the person and they are signed in."""
    with program(provider, tmp_path) as printed:
        open_there(page, printed)
        sign_in(page, officer)
        go_on(page)
        expect(page.get_by_text("You can close this window.")).to_be_visible()
    with program(provider, tmp_path) as printed:
        open_there(page, printed)
        go_on(page)
        assert printed.readline() == f"Hello, {officer.name}.\n"
