"""npm oidc-client-ts as a single-page app: static files on an origin of their own and no more."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from identity.clients.token_metadata import TokenMetadata
from tests.support.node import PACKAGES, require_package
from tests.support.provider import ServedProvider

HERE = Path(__file__).parent
LIBRARY = PACKAGES / "oidc-client-ts" / "dist" / "browser" / "oidc-client-ts.min.js"
REFRESHING = TokenMetadata(grant_types=("authorization_code", "refresh_token"))


@dataclass(frozen=True)
class SinglePageApp:
    """Where it is, and how a test reads what it shows."""

    home: str
    client_id: str

    def open(self, page: Page, path: str = "/sign-in") -> None:
        """Go to the app, which may send the browser on."""
        page.goto(self.home + path)

    def shown(self, page: Page, path: str = "/callback") -> dict[str, Any]:
        """The JSON that it shows, once the browser has come back to this path of it."""
        page.wait_for_url(lambda url: url.startswith(self.home) and urlsplit(url).path == path)
        expect(page.locator("#shown")).not_to_be_empty()
        return dict(json.loads(page.locator("#shown").inner_text()))


@contextmanager
def single_page_app(provider: ServedProvider, *, proves: bool = False) -> Iterator[SinglePageApp]:
    """Register a public client and serve its pages until the block ends; ``proves``: by DPoP."""
    require_package("oidc-client-ts")
    files: dict[str, tuple[str, bytes]] = {
        "/oidc-client-ts.js": ("text/javascript", LIBRARY.read_bytes()),
        "/single_page_app.js": ("text/javascript", (HERE / "single_page_app.js").read_bytes()),
    }
    with _served(files) as home:
        client = provider.register(
            "oidc-client-ts",
            redirect_uris=[f"{home}/callback"],
            post_logout_redirect_uris=[f"{home}/signed-out"],
            token_endpoint_auth_method="none",
            tokens=REFRESHING,
            dpop_bound_access_tokens=proves,
        )
        configuration = {"issuer": provider.issuer, "client_id": client.client_id, "proves": proves}
        files["/configuration.json"] = ("application/json", json.dumps(configuration).encode())
        yield SinglePageApp(home, client.client_id)


@contextmanager
def _served(files: Mapping[str, tuple[str, bytes]]) -> Iterator[str]:
    """Serve these files, and the app's one page at every other path."""
    app = ("text/html; charset=utf-8", (HERE / "single_page_app.html").read_bytes())

    class Files(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, content = files.get(urlsplit(self.path).path, app)
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing: a failing test shows the page."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
