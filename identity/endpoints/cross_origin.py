"""Which scripts of other sites may read our answers (the Fetch standard's CORS protocol).

Single-page apps call a few endpoints from people's browsers. Nothing here is ever answered for a cookie: what
a request gets hangs on what it carries. Nowhere else, on pages above all, is there any of these headers.
"""

from flask import Blueprint, Response

from identity.clients.registry import RegisteredClient
from identity.exchange import current_exchange, kept

FOR_EVERYBODY = frozenset({"protocol.discovery", "protocol.jwks"})
"""What is the same for everybody and no secret."""
FOR_THE_CLIENT = frozenset({"protocol.token", "protocol.userinfo", "protocol.revocation"})
"""What only the pages of the client that asks may read."""
ALLOWED_HEADERS = ("Authorization", "Content-Type", "DPoP")
EXPOSED_HEADERS = ("WWW-Authenticate", "DPoP-Nonce")
PREFLIGHT_KEPT_FOR = 3600
"""Seconds."""


def init_blueprint(blueprint: Blueprint) -> None:
    """Add the headers to the answers of this blueprint, errors included."""

    @blueprint.after_request
    def _add(response: Response) -> Response:
        if current_exchange().method == "OPTIONS":
            return _answer_preflight(response)
        for name, value in headers().items():
            response.headers.add(name, value)
        return response


def show_to(client: RegisteredClient | None) -> None:
    """Let this client's own pages read the answer, whatever it will be."""
    kept()["cross_origin_client"] = client


def headers() -> dict[str, str]:
    """What lets a script read the answer of this exchange, where any may."""
    exchange = current_exchange()
    if exchange.endpoint in FOR_EVERYBODY:
        return {"Access-Control-Allow-Origin": "*"}
    if exchange.endpoint not in FOR_THE_CLIENT:
        return {}
    origin, client = exchange.origin, _client()
    if origin is None or client is None or origin not in client.browser_origins:
        return {"Vary": "Origin"}
    return {
        "Vary": "Origin",
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": ", ".join(EXPOSED_HEADERS),
    }


def _client() -> RegisteredClient | None:
    shown_to: RegisteredClient | None = kept().get("cross_origin_client")
    return shown_to


def _answer_preflight(response: Response) -> Response:
    """Let any page ask: a preflight names no client, and who may read is decided with the answer."""
    if current_exchange().endpoint not in FOR_EVERYBODY | FOR_THE_CLIENT:
        return response
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Methods"] = ", ".join(sorted(response.allow))
    response.headers["Access-Control-Allow-Headers"] = ", ".join(ALLOWED_HEADERS)
    response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_KEPT_FOR)
    return response
