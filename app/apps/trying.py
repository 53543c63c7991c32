"""Trying a sign-in before the app does: what it would send, and what is wrong with what it sends.

Nothing is stored. The example is a real request that can be followed; its verifier is shown on this page
alone, so no app can redeem the code that comes of it.
"""

import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from flask import render_template
from werkzeug.wrappers import Response

from app.access import signed_in_person
from app.apps.address_checks import differences, nearest
from app.apps.blueprint import blueprint
from app.apps.errors import meaning_of
from app.apps.forms import TrialForm
from app.apps.managing import managed_client
from app.request_transaction import request_session, request_time
from app.transfers.presenting import in_words
from app.translation import gettext as _
from identity.authorization_request import CannotReturn, find_return_address, read
from identity.clients.models import Client
from identity.clients.registry import RegisteredClient
from identity.clients.token_metadata import AUTHORIZATION_CODE
from identity.context import current
from identity.form_redirects import AUTHORIZATION_PATH
from identity.parameters import Parameters
from profiles.apps.models import App
from profiles.disclosure import service as disclosure
from profiles.entitlements.service import rules_of
from profiles.errors import NotFound
from profiles.roles.permissions import Permission, requires

BY_REFERENCE = ("request", "request_uri")


@dataclass(frozen=True)
class Verdict:
    """What Lanyard would say to what was pasted, and what to do about it."""

    good: bool
    text: str
    hints: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Example:
    """A request as the app would send it: each parameter with why it is there, and the whole address."""

    parameters: list[tuple[str, str, str]]
    href: str
    code_verifier: str


@blueprint.get("/apps/<uuid:app_id>/clients/<client_id>/test")
@requires(Permission.MANAGE_CLIENTS)
def trial(app_id: UUID, client_id: str) -> Response:
    """An example, and a place to paste what the app sends."""
    app, client, registered = _client(app_id, client_id)
    return _show(app, client, registered, TrialForm(registered.redirect_uris), None)


@blueprint.post("/apps/<uuid:app_id>/clients/<client_id>/test")
@requires(Permission.MANAGE_CLIENTS)
def submit_trial(app_id: UUID, client_id: str) -> Response:
    """The verdict on what was pasted. It is posted so that it stands in no address."""
    app, client, registered = _client(app_id, client_id)
    form = TrialForm(registered.redirect_uris)
    if not form.validate_on_submit():
        return _show(app, client, registered, form, None, 422)
    return _show(app, client, registered, form, _judge(form.pasted.data or "", registered))


def _client(app_id: UUID, client_id: str) -> tuple[App, Client, RegisteredClient]:
    request_session(writes=False)
    app, client = managed_client(app_id, client_id, active=True)
    registered = current().find_client(client_id)
    if registered is None or AUTHORIZATION_CODE not in registered.grant_types:
        raise NotFound("This client signs nobody in.")
    return app, client, registered


def _judge(pasted: str, client: RegisteredClient) -> Verdict | None:
    if not pasted:
        return None
    if f"{AUTHORIZATION_PATH}?" in pasted and "client_id=" in pasted:
        return _judge_request(pasted, client)
    return _judge_address(pasted, client)


def _judge_address(pasted: str, client: RegisteredClient) -> Verdict:
    """Whether this is one of the client's redirect URIs."""
    if client.may_return_to(pasted):
        return Verdict(True, _("This address is registered. People can come back to it after signing in."))
    nearby = nearest(pasted, client.redirect_uris)
    text = _("This address is not registered. Lanyard would show the person an error, and send them nowhere.")
    if nearby is None:
        return Verdict(False, text)
    hints = [_("The most similar registered address is %(uri)s.", uri=nearby), *differences(pasted, nearby)]
    return Verdict(False, text, hints)


def _judge_request(pasted: str, client: RegisteredClient) -> Verdict:
    """What the authorization endpoint itself would say, by the very same reading."""
    if not pasted.startswith(f"{current().settings.issuer}{AUTHORIZATION_PATH}?"):
        here = f"{current().settings.issuer}{AUTHORIZATION_PATH}"
        return Verdict(False, _("This request goes elsewhere. Ours go to %(address)s.", address=here))
    parameters = Parameters(parse_qsl(pasted.partition("?")[2].partition("#")[0], keep_blank_values=True))
    if parameters.find("client_id") != client.client_id:
        named = parameters.find("client_id") or "–"
        return Verdict(False, _("The client_id is %(named)s, which is not this client’s.", named=named))
    if any(parameters.find(name) is not None for name in BY_REFERENCE):
        return Verdict(False, _("This page does not look into request objects and pushed requests."))
    try:
        return_address = find_return_address(parameters, lambda _client_id: client)
    except CannotReturn as obstacle:
        address = parameters.find("redirect_uri")
        hints = _judge_address(address, client).hints if address else [_("There is no redirect_uri.")]
        return Verdict(False, meaning_of(obstacle.obstacle), hints)
    if client.must_push_requests:
        return Verdict(
            False, _("This client must push its requests first, and send people with a reference.")
        )
    if client.require_signed_request_object:
        return Verdict(False, _("This client must sign its requests."))
    try:
        asked = read(parameters, return_address)
    except OAuth2Error as error:
        text = _("The app would get the error %(error)s.", error=error.error)
        return Verdict(False, text, [error.get_error_description(), meaning_of(error.error)])
    hints = []
    if return_address.state is None:
        hints.append(_("There is no state. With it the app knows its own answers; most libraries send one."))
    if asked.nonce is None:
        hints.append(_("There is no nonce. With it an ID token belongs to one sign-in."))
    if refused := sorted(set((parameters.find("scope") or "").split()) - set(asked.scope.split())):
        hints.append(
            _("These scopes are not the client’s and are ignored: %(scopes)s.", scopes=" ".join(refused))
        )
    return Verdict(True, _("Lanyard would take this request."), hints)


def _example(client: RegisteredClient, redirect_uri: str) -> Example:
    verifier = secrets.token_urlsafe(32)
    parameters = [
        ("client_id", client.client_id, _("Which client asks")),
        ("redirect_uri", redirect_uri, _("Where the answer goes: registered, letter by letter")),
        ("response_type", "code", _("Always code")),
        ("scope", _scope(client), _("What the app wants to know; openid is always there")),
        (
            "state",
            secrets.token_urlsafe(16),
            _("New each time; comes back with the answer, so the app knows it"),
        ),
        ("nonce", secrets.token_urlsafe(16), _("New each time; stands in the ID token")),
        ("code_challenge", create_s256_code_challenge(verifier), _("The hash of the verifier (PKCE)")),
        ("code_challenge_method", "S256", _("Always S256")),
    ]
    query = urlencode([(name, value) for name, value, _why in parameters])
    return Example(parameters, f"{current().settings.issuer}{AUTHORIZATION_PATH}?{query}", verifier)


def _scope(client: RegisteredClient) -> str:
    return " ".join(["openid", *sorted(client.scopes - {"openid", "offline_access"})])


def _show(
    app: App,
    client: Client,
    registered: RegisteredClient,
    form: TrialForm,
    verdict: Verdict | None,
    status: int = 200,
) -> Response:
    session, now = request_session(), request_time()
    access, rules = (
        disclosure.access(session, signed_in_person(), app.id, now),
        rules_of(session, app.id, now),
    )
    page = render_template(
        "apps/trial.html",
        app=app,
        client=client,
        form=form,
        verdict=verdict,
        example=_example(registered, form.chosen),
        must_push=registered.must_push_requests,
        must_sign=client.require_signed_request_object,
        allowed=access.allowed,
        roles=[rules.label_of(name) for name in access.roles],
        reasons=[in_words(one) for one in disclosure.explain(access)],
    )
    return Response(page, status, mimetype="text/html")
