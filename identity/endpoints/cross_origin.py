"""Which scripts of other sites may read our answers (the Fetch standard's CORS protocol).

Single-page apps call a few endpoints from people's browsers. Nothing here is ever answered for a cookie: what
a request gets hangs on what it carries. Nowhere else, on pages above all, is there any of these headers.
"""

from flask import Blueprint, Response, g, request

from identity.clients.registry import RegisteredClient

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
    blueprint.after_request(_add_headers)


def show_to(client: RegisteredClient | None) -> None:
    """Let this client's own pages read the answer, whatever it will be."""
    g.cross_origin_client = client


def _add_headers(response: Response) -> Response:
    endpoint = request.endpoint
    if endpoint not in FOR_EVERYBODY | FOR_THE_CLIENT:
        return response
    if request.method == "OPTIONS":
        return _answer_preflight(response)
    if endpoint in FOR_EVERYBODY:
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response
    response.vary.add("Origin")
    origin = request.headers.get("Origin")
    client: RegisteredClient | None = g.get("cross_origin_client")
    if client is not None and origin in client.browser_origins:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = ", ".join(EXPOSED_HEADERS)
    return response


def _answer_preflight(response: Response) -> Response:
    """Let any page ask: a preflight names no client, and who may read is decided with the answer."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Methods"] = ", ".join(sorted(response.allow))
    response.headers["Access-Control-Allow-Headers"] = ", ".join(ALLOWED_HEADERS)
    response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_KEPT_FOR)
    return response
