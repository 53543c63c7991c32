"""The desk, put together from its parts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Flask, Response, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect

from examples.department_app import backchannel_logout, case_pages, error_pages, sign_in
from examples.department_app.colour import theme
from examples.department_app.database import Database
from examples.department_app.desk import EXTENSION, Desk, this_desk, this_session
from examples.department_app.provider import Provider
from examples.department_app.sessions import ServerSessions
from examples.department_app.settings import Settings
from examples.department_app.signing_keys import SigningKeys
from examples.department_app.verifier import TokenVerifier
from examples.department_app.worker import Worker

# What a browser without a session may reach; every other page is for signed-in people.
PUBLIC = frozenset(
    {
        "static",
        "theme_css",
        "healthz",
        "sign_in.start",
        "sign_in.callback",
        "sign_in.signed_out",
        "backchannel_logout.receive",
    }
)


def utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(settings: Settings, now: Callable[[], datetime] = utc_now) -> Flask:
    """One desk. Raises sqlite3.Error or OSError when its database cannot be made."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME=settings.cookie_name,
        SESSION_COOKIE_SECURE=settings.is_https,
        MAX_CONTENT_LENGTH=64 * 1024,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session itself
    )
    database = Database(settings.database)
    provider = Provider(app, settings)
    verifier = TokenVerifier(
        issuer=settings.issuer,
        client_id=settings.client_id,
        algorithm=settings.algorithm,
        keys=SigningKeys(provider.fetch_keys, now),
        now=now,
    )
    app.extensions[EXTENSION] = Desk(settings, database, provider, verifier, now)
    app.session_interface = ServerSessions(database, settings.session_lifetime, now)
    Babel(app, default_locale="en_GB", default_timezone="Europe/London")
    app.before_request(_guard)
    CSRFProtect(app).exempt(backchannel_logout.blueprint)  # its token is its proof
    for blueprint in (sign_in.blueprint, case_pages.blueprint, backchannel_logout.blueprint):
        app.register_blueprint(blueprint)
    app.add_url_rule("/", "home", _home)
    app.add_url_rule("/theme.css", "theme_css", _theme)
    app.add_url_rule("/healthz", "healthz", _healthz)
    app.context_processor(_page_context)
    app.after_request(_security_headers)
    error_pages.register(app)
    return app


def _guard() -> ResponseReturnValue | None:
    """Let nobody past without a session, and tell whoever lost theirs why."""
    session = this_session()
    if "worker" in session:
        g.worker = Worker.from_session(session["worker"])
        return None
    if request.endpoint is None or request.endpoint in PUBLIC:
        return None
    if session.ended_at is not None or session.too_old:
        return redirect(url_for("sign_in.signed_out"), 303)
    if request.endpoint == "home":
        return None
    if request.method == "GET":
        return redirect(url_for("sign_in.start", next=request.full_path.rstrip("?")))
    return redirect(url_for("home"), 303)


def _home() -> ResponseReturnValue:
    return redirect(url_for("case_pages.index")) if "worker" in g else render_template("welcome.html")


def _theme() -> Response:
    response = Response(theme(this_desk().settings.colour), mimetype="text/css")
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


def _healthz() -> Response:
    return jsonify(status="ok")


def _page_context() -> dict[str, object]:
    return {"settings": this_desk().settings, "worker": g.get("worker")}


def _security_headers(response: Response) -> Response:
    origin = this_desk().settings.issuer_origin  # signing out ends in a redirect there
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {origin}"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers.setdefault("Cache-Control", "no-store")
    return response
