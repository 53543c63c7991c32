"""The provider: discovery, keys, a sign-in page, codes for ID tokens, and signing out."""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlencode

from flask import Flask, Response, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFProtect
from joserfc import jwt
from joserfc.jwk import RSAKey
from wtforms import PasswordField, StringField

from examples.department_accounts.authorization import Asked, AskedWrongly, matches_challenge, read
from examples.department_accounts.grants import GOOD_FOR, Grant, Grants
from examples.department_accounts.settings import Settings

ID_TOKEN_SECONDS = 300


class SignInForm(FlaskForm):  # type: ignore[misc]
    """Any address of the department, and the one password."""

    address = StringField("Work e-mail address")
    password = PasswordField("Password")


def utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(settings: Settings, now: Callable[[], datetime] = utc_now) -> Flask:
    """One department's accounts. Its key is made anew at each start; Lanyard finds the new one by itself."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME=settings.cookie_name,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=64 * 1024,
    )
    csrf, grants = CSRFProtect(app), Grants()
    key = RSAKey.generate_key(2048, {"kid": uuid.uuid4().hex, "use": "sig", "alg": "RS256"})
    app.jinja_env.globals["settings"] = settings

    @app.after_request
    def _headers(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; style-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'"
        )
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    @app.get("/healthz")
    def healthz() -> ResponseReturnValue:
        return jsonify(status="ok")

    @app.get("/theme.css")
    def theme() -> ResponseReturnValue:
        return Response(f":root {{ --department: {settings.colour}; }}\n", mimetype="text/css")

    @app.get("/")
    def home() -> ResponseReturnValue:
        return render_template("home.html", address=session.get("address"))

    @app.get("/.well-known/openid-configuration")
    def configuration() -> ResponseReturnValue:
        return jsonify(
            issuer=settings.issuer,
            authorization_endpoint=settings.issuer + url_for("authorize"),
            token_endpoint=settings.issuer + url_for("token"),
            jwks_uri=settings.issuer + url_for("jwks"),
            end_session_endpoint=settings.issuer + url_for("sign_out"),
            response_types_supported=["code"],
            subject_types_supported=["public"],
            id_token_signing_alg_values_supported=["RS256"],
            token_endpoint_auth_methods_supported=["client_secret_basic"],
            code_challenge_methods_supported=["S256"],
            scopes_supported=["openid"],
            claims_supported=["sub", "email", "auth_time"],
            authorization_response_iss_parameter_supported=True,
        )

    @app.get("/jwks.json")
    def jwks() -> ResponseReturnValue:
        return jsonify(keys=[key.as_dict(private=False)])

    @app.get("/authorize")
    def authorize() -> ResponseReturnValue:
        asked = read(request.args, settings)
        if not asked.again and "address" in session:
            return _answer(asked)
        if asked.silent:
            return asked.answer(error="login_required")
        return _show(SignInForm(address=asked.login_hint), asked, 200)

    @app.post("/authorize")
    def sign_in() -> ResponseReturnValue:
        asked, form = read(request.args, settings), SignInForm()
        address = (form.address.data or "").strip().lower()
        name, _, domain = address.rpartition("@")
        right = hmac.compare_digest((form.password.data or "").encode(), settings.password.encode())
        if not (form.validate() and name and domain == settings.domain and right):
            return _show(form, asked, 422, problem=True)
        session["address"], session["auth_time"] = address, now().timestamp()
        return _answer(asked)

    @app.post("/token")
    @csrf.exempt  # type: ignore[untyped-decorator]
    def token() -> ResponseReturnValue:
        if not _is_client():
            return jsonify(error="invalid_client"), 401, {"WWW-Authenticate": "Basic"}
        grant = grants.redeem(request.form.get("code", ""), now())
        if (
            grant is None
            or request.form.get("grant_type") != "authorization_code"
            or request.form.get("redirect_uri") != grant.redirect_uri
            or not matches_challenge(request.form.get("code_verifier", ""), grant.code_challenge)
        ):
            return jsonify(error="invalid_grant"), 400
        return jsonify(
            access_token=uuid.uuid4().hex,  # the answer must have one (RFC 6749 §5.1); nothing here takes it
            token_type="Bearer",  # noqa: S106 - what kind it is
            expires_in=ID_TOKEN_SECONDS,
            id_token=_id_token(grant),
        )

    @app.get("/sign-out")
    def sign_out() -> ResponseReturnValue:
        known = request.args.get("post_logout_redirect_uri") == settings.post_logout_redirect_uri
        return render_template(
            "sign_out.html", form=FlaskForm(), state=request.args.get("state", ""), known=known
        )

    @app.post("/sign-out")
    def signed_out() -> ResponseReturnValue:
        session.clear()
        if request.args.get("back") != "1":
            return redirect(url_for("home"), 303)
        state = request.args.get("state", "")
        return redirect(f"{settings.post_logout_redirect_uri}?{urlencode({'state': state})}", 303)

    @app.errorhandler(AskedWrongly)
    def asked_wrongly(error: AskedWrongly) -> ResponseReturnValue:
        return render_template("problem.html", why=error.args[0]), 400

    def _answer(asked: Asked) -> ResponseReturnValue:
        when = datetime.fromtimestamp(session["auth_time"], UTC)
        grant = Grant(
            session["address"], when, asked.nonce, asked.code_challenge, asked.redirect_uri, now() + GOOD_FOR
        )
        return asked.answer(code=grants.issue(grant, now()))

    def _show(form: SignInForm, asked: Asked, status: int, *, problem: bool = False) -> ResponseReturnValue:
        cancel = asked.address_of(error="access_denied")
        return render_template("sign_in.html", form=form, cancel=cancel, problem=problem), status

    def _is_client() -> bool:
        given = request.authorization
        return (
            given is not None
            and given.username == settings.client_id
            and hmac.compare_digest((given.password or "").encode(), settings.client_secret.encode())
        )

    def _id_token(grant: Grant) -> str:
        at = int(now().timestamp())
        claims = {
            "iss": settings.issuer,
            "aud": settings.client_id,
            "sub": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{settings.issuer}/{grant.address}")),
            "email": grant.address,
            "auth_time": int(grant.auth_time.timestamp()),
            "nonce": grant.nonce,
            "iat": at,
            "exp": at + ID_TOKEN_SECONDS,
        }
        return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)

    return app
