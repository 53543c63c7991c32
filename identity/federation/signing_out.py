"""Signing out at the department too: its word that somebody did, and the way there for who did here."""

from uuid import UUID

import structlog
from flask import Blueprint, Flask, jsonify, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from identity.context import current
from identity.federation import providers
from identity.federation.browser import remembered_provider
from identity.federation.errors import UpstreamAnswerInvalid, UpstreamUnavailable
from identity.federation.models import UpstreamProvider
from identity.federation.openid import exchange, logout_token
from identity.federation.problems import Problem, show_problem
from identity.federation.upstreams import current_upstreams
from identity.federation.views import kind_of
from identity.sessions.upstream_logout import end_opened_there
from profiles.audit.service import Initiator
from profiles.roles.permissions import public

blueprint = Blueprint("department_sign_out", __name__)
INITIATOR = Initiator.system("department sign-out")


def init_app(app: Flask) -> None:
    """Serve it. Comes after CSRFProtect: departments' servers post here, with no form of ours."""
    app.register_blueprint(blueprint)
    app.extensions["csrf"].exempt(hear_of_sign_out)


@blueprint.post("/sign-in/departments/<uuid:provider_id>/logout")
@public
def hear_of_sign_out(provider_id: UUID) -> Response:
    """Somebody signed out there: end what that opened here (Back-Channel Logout 1.0 §2.7, §2.8).

    What does not hold is 400 and ends nothing; that nobody is signed in here any more is in order.
    """
    context, provider = current(), _find(provider_id)
    sent = request.form.getlist("logout_token")
    if provider is None or len(sent) != 1:
        return _answer(400, "there is no such provider, or not one logout_token")
    try:
        unverified = logout_token.read(sent[0], provider, context.now())
        jwt = unverified.jwt
        key = current_upstreams().find_logout_key(provider, jwt.kid, jwt.algorithm, context.now())
        proven = unverified.proven_by(key)
    except (UpstreamAnswerInvalid, UpstreamUnavailable) as error:
        structlog.get_logger().warning("upstream logout", provider=str(provider.id), why=str(error))
        return _answer(400, "the logout token was not accepted")
    session = context.session(writes=True)
    if not logout_token.spend(session, proven):
        return _answer(400, "the logout token was used before")
    end_opened_there(session, proven.there, context.now(), INITIATOR)
    return _answer(200)


@blueprint.post("/sign-in/departments/<uuid:provider_id>/sign-out")
@public
def sign_out_there(provider_id: UUID) -> Response:
    """Go on to the department to sign out there too (OpenID Connect RP-Initiated Logout 1.0 §2)."""
    context, provider = current(), _find(provider_id)
    if provider is None:
        return show_problem(Problem.OVER, None)
    try:
        with current_upstreams().asking():
            address = kind_of(provider).way_out(provider, signed_out_address(), context.now())
    except UpstreamUnavailable:
        return show_problem(Problem.UNAVAILABLE, provider)
    if address is None:
        return show_problem(Problem.NO_SIGN_OUT, provider)
    response = make_response(
        render_template("sign_in/leaving_to_sign_out.html", name=provider.name, address=address)
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def signed_out_address() -> str:
    """Where departments send people back after signing out there; the provider must have it registered."""
    return current().settings.issuer + url_for("sign_in.signed_out")


def logout_address(provider_id: UUID) -> str:
    """Where the provider tells us that somebody signed out there."""
    return current().settings.issuer + url_for(
        "department_sign_out.hear_of_sign_out", provider_id=provider_id
    )


@blueprint.app_template_global()
def department_to_sign_out_of() -> dict[str, object] | None:
    """The department that was used in this browser last, unless they come from signing out there.

    None also where people cannot be sent there for it.
    """
    if request.args.get("state") == exchange.SIGNED_OUT_THERE:
        return None
    provider_id = remembered_provider()
    provider = _find(provider_id) if provider_id is not None else None
    return {"id": provider.id, "name": provider.name} if provider and provider.offers_sign_out else None


def _find(provider_id: UUID) -> UpstreamProvider | None:
    with current().reading() as session:
        return providers.find_in_use(session, provider_id)


def _answer(status: int, why: str = "") -> Response:
    body = {"error": "invalid_request", "error_description": why} if why else {}
    response = make_response(jsonify(body) if why else "", status)
    response.headers["Cache-Control"] = "no-store"
    return response
