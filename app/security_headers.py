"""The headers that keep a browser strict: content security policy with a nonce, caching, transport.

Written out by hand: they depend on the request (nonce, where a form may lead, who may cache), which is where
a package of presets ends.
"""

import re
import secrets

from flask import Flask, Response, g, request

# What CSP3 §2.3.1 can name as a source, without room for a second directive: a scheme, or an origin.
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*:(//[a-z0-9.-]+(:[0-9]{1,5})?)?")
NOT_KEPT = "no-store"
"""The Cache-Control of an answer that says nothing itself."""
_EXTENSION = "strict_headers"
_POLICY = "Content-Security-Policy"
_TWO_YEARS = 63072000
_ONE_YEAR = 31536000

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: over https, Flask-WTF checks that a form was sent from our own pages by this header.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=(), "
        "publickey-credentials-create=(self), publickey-credentials-get=(self)"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def init_app(app: Flask, *, https: bool) -> None:
    """Add the headers to every answer. `https` says that browsers reach the app over TLS only."""
    always = app.extensions[_EXTENSION] = [*_ALWAYS.items()]
    if https:
        always.append(("Strict-Transport-Security", f"max-age={_TWO_YEARS}; includeSubDomains"))

    @app.after_request
    def add_headers(response: Response) -> Response:
        # Added, not set: nobody else sets them, and setting looks through all headers first.
        for name, value in (*always, (_POLICY, _content_security_policy())):
            response.headers.add(name, value)
        _set_caching(response)
        return response


def strict_headers(app: Flask) -> list[tuple[str, str]]:
    """What every answer carries that is no page: it has no script, and no form."""
    return [*app.extensions[_EXTENSION], (_POLICY, _STRICTEST)]


def csp_nonce() -> str:
    """The nonce that scripts of this request's page must carry; the same for the whole request."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def _content_security_policy() -> str:
    nonce: str | None = g.get("csp_nonce")
    origins = tuple(origin for origin in g.get("form_action_origins", ()) if _ORIGIN.fullmatch(origin))
    return _policy(nonce, origins) if nonce or origins else _STRICTEST


def _policy(nonce: str | None, origins: tuple[str, ...]) -> str:
    """An answer for which no nonce was made has no script."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{nonce}'" if nonce else "script-src 'none'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            " ".join(("form-action 'self'", *origins)),
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    )


_STRICTEST = _policy(None, ())


def _set_caching(response: Response) -> None:
    """Static files by versioned address are kept for long, others asked for again, pages never kept.

    A view that sets Cache-Control itself (keys, discovery) is left alone.
    """
    if request.endpoint == "static":
        kept = "v" in request.args and response.status_code in (200, 304)
        response.headers["Cache-Control"] = (
            f"public, max-age={_ONE_YEAR}, immutable" if kept else "public, no-cache"
        )
    elif "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = NOT_KEPT
