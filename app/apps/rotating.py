"""A client's secrets: a new one beside the old for a while, and the end of one."""

from datetime import timedelta
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.access import signed_in_person
from app.apps.blueprint import blueprint
from app.apps.clients import secret_row, secret_rows
from app.apps.configuration import configuration
from app.apps.forms import ConfirmForm, RotationForm
from app.apps.managing import managed_client
from app.display_formats import civil_datetime
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from identity.clients import client_secrets
from identity.clients import service as clients
from identity.clients.models import Client, ClientSecret
from identity.clients.uses import uses_of
from identity.context import current
from profiles.apps.models import App
from profiles.audit.service import Initiator
from profiles.errors import NotFound
from profiles.roles.permissions import Permission, requires

MOST_SECRETS = 5
"""Each is compared at every request of the client."""


@blueprint.get("/apps/<uuid:app_id>/clients/<client_id>/rotate")
@requires(Permission.MANAGE_CLIENTS, fresh=True)
def rotate(app_id: UUID, client_id: str) -> Response:
    """Ask for how long the older secrets stay good."""
    app, client = _client_with_secret(app_id, client_id)
    form = RotationForm()
    form.seen.data = _seen(client)
    return _ask_overlap(app, client, form)


@blueprint.post("/apps/<uuid:app_id>/clients/<client_id>/rotate")
@requires(Permission.MANAGE_CLIENTS, fresh=True)
def submit_rotation(app_id: UUID, client_id: str) -> Response:
    """Make a secret and show it; a form that is sent again does not make another."""
    app, client = _client_with_secret(app_id, client_id)
    session, now = request_session(), request_time()
    session.refresh(client, with_for_update=True)
    form = RotationForm()
    if form.seen.data != _seen(client):
        flash(_("A new secret was made already. It was shown then, and cannot be shown again."))
        return redirect(url_for("apps.client", app_id=app.id, client_id=client.client_id), 303)
    if not form.validate_on_submit():
        return _ask_overlap(app, client, form, 422)
    overlap = timedelta(hours=int(form.overlap.data))
    if overlap and len(client_secrets.live_secrets(session, client.client_id, now)) >= MOST_SECRETS:
        form.overlap.errors = [
            _("The client has %(most)d secrets. End an older one first.", most=MOST_SECRETS)
        ]
        return _ask_overlap(app, client, form, 422)
    made = client_secrets.rotate_secret(
        session, now, _initiator(), client_id=client.client_id, overlap=overlap
    )
    current().clients.forget(client.client_id)
    page = render_template(
        "apps/rotated.html",
        app=app,
        client=client,
        secret=made.client_secret,
        ends=civil_datetime(now + overlap) if overlap else None,
        configuration=configuration(client, current().settings.issuer, made.client_secret),
    )
    return Response(page, 200, mimetype="text/html")


@blueprint.get("/apps/<uuid:app_id>/clients/<client_id>/secrets/<fingerprint>/end")
@requires(Permission.MANAGE_CLIENTS, fresh=True)
def end_secret(app_id: UUID, client_id: str, fingerprint: str) -> str:
    """Ask whether a secret is to end now, and say what that does."""
    app, client = _client_with_secret(app_id, client_id)
    secrets = client_secrets.live_secrets(request_session(), client.client_id, request_time())
    found = _find(secrets, fingerprint)
    return render_template(
        "apps/end_secret.html",
        app=app,
        client=client,
        secret=secret_row(found, uses_of(request_session(), client.client_id), request_time()),
        is_last=len(secrets) == 1,
        form=ConfirmForm(),
    )


@blueprint.post("/apps/<uuid:app_id>/clients/<client_id>/secrets/<fingerprint>/end")
@requires(Permission.MANAGE_CLIENTS, fresh=True)
def submit_end_of_secret(app_id: UUID, client_id: str, fingerprint: str) -> Response:
    """Let the secret be good no longer."""
    app, client = _client_with_secret(app_id, client_id)
    ended = client_secrets.end_secret(
        request_session(),
        request_time(),
        _initiator(),
        client_id=client.client_id,
        ended_fingerprint=fingerprint,
    )
    if not ended:
        raise NotFound("There is no such secret, or it has ended already.")
    current().clients.forget(client.client_id)
    flash(_("The secret has ended. Whoever uses it is refused within some seconds."), "success")
    return redirect(url_for("apps.client", app_id=app.id, client_id=client.client_id), 303)


def _client_with_secret(app_id: UUID, client_id: str) -> tuple[App, Client]:
    app, client = managed_client(app_id, client_id, active=True)
    if not clients.metadata_of(client).has_secret:
        raise NotFound("This client has no secret.")
    return app, client


def _seen(client: Client) -> str:
    """How many secrets there ever were, by which a form knows whether it is out of date."""
    return str(client_secrets.count_ever(request_session(), client.client_id))


def _find(secrets: list[ClientSecret], fingerprint: str) -> ClientSecret:
    for secret in secrets:
        if client_secrets.fingerprint(secret.secret_hash) == fingerprint:
            return secret
    raise NotFound("There is no such secret, or it has ended already.")


def _ask_overlap(app: App, client: Client, form: RotationForm, status: int = 200) -> Response:
    page = render_template(
        "apps/rotate.html",
        app=app,
        client=client,
        form=form,
        secrets=secret_rows(request_session(), client, request_time()),
    )
    return Response(page, status, mimetype="text/html")


def _initiator() -> Initiator:
    return Initiator.person(signed_in_person())
