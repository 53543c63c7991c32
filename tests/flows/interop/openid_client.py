"""npm openid-client as a relying party: runs `openid_client.mjs` and reads what it shows."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.factories.client_keys import ClientKey, jwks
from tests.support import serving
from tests.support.node import NODE, require_package
from tests.support.provider import ServedProvider

PROGRAM = Path(__file__).with_name("openid_client.mjs")


@dataclass(frozen=True)
class RelyingParty:
    """Where it listens, and how a test reads what it shows."""

    home: str
    client_id: str

    def open(self, page: Page, path: str = "/sign-in") -> None:
        """Go to the relying party, which sends the browser on."""
        page.goto(self.home + path)

    def shown(self, page: Page, path: str = "/callback") -> dict[str, Any]:
        """The JSON that it shows, once the browser has come back to this path of it."""
        page.wait_for_url(re.compile(re.escape(self.home + path) + r"(\?|$)"))
        return dict(json.loads(page.locator("body").inner_text()))


@contextmanager
def relying_party(
    provider: ServedProvider,
    folder: Path,
    *,
    auth_method: str = "client_secret_basic",
    algorithm: str = "RS256",
    pushes: bool = False,
    signs: bool = False,
    proves: bool = False,
    **metadata: Any,
) -> Iterator[RelyingParty]:
    """Register a client and run it until the block ends; one that signs has a key of its own."""
    require_package("openid-client")
    listening = serving.listen()
    home = serving.address(listening)
    key = ClientKey.make("ES256", "its-key") if signs or auth_method == "private_key_jwt" else None
    client = provider.register(
        "openid-client",
        redirect_uris=[f"{home}/callback"],
        post_logout_redirect_uris=[f"{home}/signed-out"],
        backchannel_logout_uri=f"{home}/backchannel-logout",
        token_endpoint_auth_method=auth_method,
        id_token_signed_response_alg=algorithm,
        jwks=None if key is None else jwks(key),
        **metadata,
    )
    environment = {
        "PATH": os.environ["PATH"],
        "ISSUER": provider.issuer,
        "HOME": home,
        "CLIENT_ID": client.client_id,
        "CLIENT_SECRET": client.client_secret,
        "AUTH_METHOD": auth_method,
        "ALGORITHM": algorithm,
        **({"PUSHES": "1"} if pushes else {}),
        **({"SIGNS": "1"} if signs else {}),
        **({"PROVES": "1"} if proves else {}),
        **(
            {}
            if key is None
            else {"PRIVATE_KEY": json.dumps({**key.key.as_dict(private=True), "kid": key.kid})}
        ),
    }

    def command(descriptor: int) -> list[str]:
        return [str(NODE), str(PROGRAM), str(descriptor)]

    with serving.process(command, listening, environment, folder / "openid_client.log"):
        yield RelyingParty(home, client.client_id)
