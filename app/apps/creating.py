"""Registering a client, one question a page: kind, addresses, proof, all of it once more, the secret once.

What was typed travels from step to step inside the forms, never in an address or a session. The client's id
is chosen and signed before the last step, so that a form that is sent twice makes one client.
"""

import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from app.access import signed_in_person
from app.apps.blueprint import blueprint
from app.apps.configuration import configuration
from app.apps.confirming import must_confirm, needs_address
from app.apps.forms import (
    AddressesForm,
    AuthenticationForm,
    KindForm,
    carried,
    lines_of,
    show_fault,
)
from app.apps.kinds import Kind, application_type_of, choices, guide_to, kind_of, method_in_words
from app.apps.managing import managed_app
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from identity.clients import service as clients
from identity.clients.errors import InvalidClientMetadata
from identity.clients.metadata import ClientMetadata
from identity.clients.models import Client
from identity.clients.public_clients import NONE
from identity.clients.token_metadata import AUTHORIZATION_CODE, REFRESH_TOKEN, TokenMetadata
from identity.clients.uris import sector_of
from identity.context import current
from profiles.apps.models import App
from profiles.audit.service import Initiator
from profiles.errors import Invalid
from profiles.roles.permissions import Permission, requires

KIND, ADDRESSES, AUTHENTICATION = STEPS = ("kind", "addresses", "authentication")
NEW_ID_BYTES = 16


@dataclass(frozen=True)
class Answers:
    """The forms of all steps, with what has been answered so far."""

    kind: KindForm
    addresses: AddressesForm
    authentication: AuthenticationForm
    answered: tuple[str, ...]

    @property
    def steps(self) -> tuple[str, ...]:
        """Those that this kind of app needs: who has no secret is not asked how it proves itself."""
        is_public = self.kind.kind.data in {Kind.SINGLE_PAGE, Kind.NATIVE}
        return STEPS[:2] if is_public else STEPS

    def form_of(self, step: str) -> FlaskForm:
        """The form of a step."""
        return {KIND: self.kind, ADDRESSES: self.addresses, AUTHENTICATION: self.authentication}[step]

    def others(self, step: str | None) -> list[tuple[str, str]]:
        """What the page of a step carries along: everything that was answered elsewhere."""
        steps = [one for one in self.answered if one != step]
        return carried(self.form_of(one) for one in steps) + [("answered", one) for one in steps]

    def metadata(self) -> ClientMetadata:
        """What the answers say, once every form is valid."""
        kind = kind_of(self.kind.kind.data)
        proof: dict[str, Any] = {"token_endpoint_auth_method": NONE}
        if kind is Kind.WEB:
            keys = self.authentication.keys()
            proof = {
                "token_endpoint_auth_method": self.authentication.token_endpoint_auth_method.data,
                "jwks": keys,
                "jwks_uri": self.authentication.jwks_address(),
            }
        refreshes = (REFRESH_TOKEN,) if self.kind.refreshes.data else ()
        grants = (AUTHORIZATION_CODE, *refreshes)
        return ClientMetadata(
            client_name=self.kind.client_name.data or "",
            application_type=application_type_of(kind),
            redirect_uris=lines_of(self.addresses.redirect_uris.data),
            post_logout_redirect_uris=lines_of(self.addresses.post_logout_redirect_uris.data),
            backchannel_logout_uri=self.addresses.backchannel_logout_uri.data or None,
            tokens=TokenMetadata(grant_types=grants),
            **proof,
        )


@blueprint.get("/apps/<uuid:app_id>/clients/new")
@requires(Permission.MANAGE_CLIENTS, fresh=True)
def new_client(app_id: UUID) -> Response:
    """Ask for the kind of app."""
    app, answers = managed_app(app_id), _answers()
    answers.kind.client_name.data = app.name
    return _ask(app, answers, KIND)


@blueprint.post("/apps/<uuid:app_id>/clients/new")
@requires(Permission.MANAGE_CLIENTS, fresh=True)
def submit_answers(app_id: UUID) -> Response:
    """The next question that has no good answer yet, or all answers to be checked."""
    app, answers = managed_app(app_id), _answers()
    wanted = request.form.get("change")
    if wanted in answers.steps:
        return _ask(app, answers, wanted)
    return _next_question(app, answers) or _check_answers(app, answers)


@blueprint.post("/apps/<uuid:app_id>/clients/new/create")
@requires(Permission.MANAGE_CLIENTS, fresh=True)
def create_client(app_id: UUID) -> Response:
    """Register the client; this answer is the only one that ever shows its secret."""
    app, answers = managed_app(app_id), _answers()
    if (question := _next_question(app, answers)) is not None:
        return question
    session, client_id = request_session(), _reserved(app)
    if session.get(Client, client_id) is not None:
        flash(_("This client is made already. Its secret was shown then, and cannot be shown again."))
        return redirect(url_for("apps.client", app_id=app.id, client_id=client_id), 303)
    made = clients.add(
        session,
        request_time(),
        Initiator.person(signed_in_person()),
        answers.metadata(),
        app_id=app.id,
        development=current().settings.development,
        client_id=client_id,
    )
    client = clients.get(session, client_id)
    page = render_template(
        "apps/created.html",
        app=app,
        client=client,
        secret=made.client_secret,
        guide=guide_to(client),
        configuration=configuration(client, current().settings.issuer, made.client_secret),
    )
    return Response(page, 200, mimetype="text/html")


@blueprint.get("/apps/<uuid:app_id>/clients/new/create")
@requires(Permission.MANAGE_CLIENTS)
def begin_client_again(app_id: UUID) -> Response:
    """The last step has no address of its own."""
    return redirect(url_for("apps.new_client", app_id=managed_app(app_id).id), 303)


def _answers() -> Answers:
    kind, development = KindForm(), current().settings.development
    application_type = application_type_of(kind_of(kind.kind.data))
    answered = [step for step in STEPS if step in request.form.getlist("answered")]
    return Answers(
        kind=kind,
        addresses=AddressesForm(application_type=application_type, development=development),
        authentication=AuthenticationForm(development=development),
        answered=tuple(answered),
    )


def _next_question(app: App, answers: Answers) -> Response | None:
    """The page of the first step that has no answer or a bad one; None when all are good."""
    for step in answers.steps:
        if step not in answers.answered:
            return _ask(app, answers, step)
        if not answers.form_of(step).validate():
            return _ask(app, answers, step, 422)
    return _refusal_of_the_whole(app, answers)


def _refusal_of_the_whole(app: App, answers: Answers) -> Response | None:
    """What only shows when everything is seen together, at the step that can mend it."""
    metadata = answers.metadata()
    try:
        metadata.check(development=current().settings.development)
    except InvalidClientMetadata as refusal:
        step = next((one for one in answers.steps if refusal.field in answers.form_of(one)), KIND)
        show_fault(answers.form_of(step), refusal)
        return _ask(app, answers, step, 422)
    is_web = kind_of(answers.kind.kind.data) is Kind.WEB
    if is_web and metadata.backchannel_logout_uri is None and must_confirm(app.id):
        answers.addresses.backchannel_logout_uri.errors = [needs_address()]
        return _ask(app, answers, ADDRESSES, 422)
    try:
        sector_of(metadata, "", None)
    except InvalidClientMetadata:
        answers.addresses.redirect_uris.errors = [
            _("All redirect URIs of a client must be on one host. Make another client for the other host.")
        ]
        return _ask(app, answers, ADDRESSES, 422)
    return None


def _ask(app: App, answers: Answers, step: str, status: int = 200) -> Response:
    page = render_template(
        f"apps/new_{step}.html",
        app=app,
        form=answers.form_of(step),
        carried=[*answers.others(step), ("answered", step)],
        kinds=choices(),
        kind=answers.kind.kind.data,
        step=STEPS.index(step) + 1,
        steps=len(answers.steps) + 1,
    )
    return Response(page, status, mimetype="text/html")


def _check_answers(app: App, answers: Answers) -> Response:
    metadata = answers.metadata()
    page = render_template(
        "apps/new_check.html",
        app=app,
        kind=next(one.text for one in choices() if one.kind == answers.kind.kind.data),
        metadata=metadata,
        refreshes=answers.kind.refreshes.data,
        method=method_in_words(metadata.token_endpoint_auth_method),
        asked_for_proof=AUTHENTICATION in answers.steps,
        carried=answers.others(None),
        reserved=_serializer().dumps([str(app.id), secrets.token_hex(NEW_ID_BYTES)]),
        step=len(answers.steps) + 1,
    )
    return Response(page, 200, mimetype="text/html")


def _reserved(app: App) -> str:
    """The id that the page before chose for a client of this app. Raises Invalid."""
    try:
        app_id, client_id = _serializer().loads(request.form.get("reserved", ""))
    except (BadSignature, ValueError, TypeError):
        app_id, client_id = "", ""
    if app_id != str(app.id):
        raise Invalid("This form was changed on its way. Begin again from the app's page.")
    return str(client_id)


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.config["SECRET_KEY"]), salt="apps.new_client")
