"""Changing a client's addresses, seen before and after, and disabling it for good."""

import hashlib
import json
from dataclasses import replace
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.access import signed_in_person
from app.apps.blueprint import blueprint
from app.apps.confirming import must_confirm, needs_address
from app.apps.forms import AddressesForm, ConfirmForm, carried, lines_of, show_fault
from app.apps.kinds import signs_in
from app.apps.managing import managed_client
from app.request_transaction import request_session, request_time, roll_back
from app.translation import gettext as _
from identity.clients import registration
from identity.clients import service as clients
from identity.clients.errors import InvalidClientMetadata
from identity.clients.metadata import ClientMetadata
from identity.clients.models import Client
from identity.context import current
from identity.sessions.disabled_clients import disable_client
from profiles.apps.models import App
from profiles.audit.service import Initiator
from profiles.errors import NotFound
from profiles.roles.permissions import Permission, requires


@blueprint.get("/apps/<uuid:app_id>/clients/<client_id>/addresses")
@requires(Permission.MANAGE_CLIENTS, fresh=True)
def addresses(app_id: UUID, client_id: str) -> Response:
    """The addresses as they are, to be changed."""
    app, client = _client_with_addresses(app_id, client_id)
    form = _form(client)
    form.redirect_uris.data = "\n".join(client.redirect_uris)
    form.post_logout_redirect_uris.data = "\n".join(client.post_logout_redirect_uris)
    form.backchannel_logout_uri.data = client.backchannel_logout_uri
    return _ask(app, client, form)


@blueprint.post("/apps/<uuid:app_id>/clients/<client_id>/addresses")
@requires(Permission.MANAGE_CLIENTS, fresh=True)
def submit_addresses(app_id: UUID, client_id: str) -> Response:
    """First show what would change; when that is confirmed, change it."""
    app, client = _client_with_addresses(app_id, client_id)
    form = _form(client)
    if not form.validate_on_submit() or "change" in request.form:
        return _ask(app, client, form, 422 if form.errors else 200)
    if client.backchannel_logout_uri and not form.backchannel_logout_uri.data and must_confirm(app.id):
        form.backchannel_logout_uri.errors = [needs_address()]
        return _ask(app, client, form, 422)
    checked = _wanted(client, form)
    if request.form.get("seen") != _digest(client):
        return _show_change(app, client, checked, form)
    roll_back()  # what must be fetched is fetched before anything is written
    try:
        registration.check_sector(checked, current().fetch_document)
        app, client = managed_client(app_id, client_id, active=True)
        request_session().refresh(client, with_for_update=True)
        # Made anew: what was changed while we fetched, a key that was taken away for one, stays changed.
        wanted = _wanted(client, form)
        same_sector = wanted.sector_identifier_uri == checked.sector_identifier_uri
        if request.form.get("seen") != _digest(client) or not same_sector:
            return _show_change(app, client, wanted, form)
        clients.change(
            request_session(),
            request_time(),
            Initiator.person(signed_in_person()),
            client_id,
            wanted,
            development=current().settings.development,
        )
    except InvalidClientMetadata as refusal:
        roll_back()
        app, client = managed_client(app_id, client_id, active=True)
        _show_refusal(form, client, refusal)
        return _ask(app, client, form, 422)
    current().clients.forget(client_id)
    flash(_("The addresses are changed. Every process of Lanyard follows within some seconds."), "success")
    return redirect(url_for("apps.client", app_id=app_id, client_id=client_id), 303)


@blueprint.get("/apps/<uuid:app_id>/clients/<client_id>/disable")
@requires(Permission.MANAGE_CLIENTS, fresh=True)
def disable(app_id: UUID, client_id: str) -> str:
    """Say what disabling does, and ask."""
    app, client = managed_client(app_id, client_id, active=True)
    return render_template("apps/disable.html", app=app, client=client, form=ConfirmForm())


@blueprint.post("/apps/<uuid:app_id>/clients/<client_id>/disable")
@requires(Permission.MANAGE_CLIENTS, fresh=True)
def submit_disabling(app_id: UUID, client_id: str) -> Response:
    """Let the client do nothing any more."""
    app, client = managed_client(app_id, client_id, active=True)
    initiator = Initiator.person(signed_in_person())
    disable_client(request_session(), request_time(), initiator, client.client_id)
    current().clients.forget(client.client_id)
    flash(_("The client %(name)s is disabled.", name=client.client_name), "success")
    return redirect(url_for("apps.app", app_id=app.id), 303)


def _client_with_addresses(app_id: UUID, client_id: str) -> tuple[App, Client]:
    app, client = managed_client(app_id, client_id, active=True)
    if not signs_in(client):
        raise NotFound("This client signs nobody in, so it has no addresses.")
    return app, client


def _form(client: Client) -> AddressesForm:
    development = current().settings.development
    return AddressesForm(application_type=client.application_type, development=development)


def _wanted(client: Client, form: AddressesForm) -> ClientMetadata:
    return replace(
        clients.metadata_of(client),
        redirect_uris=lines_of(form.redirect_uris.data),
        post_logout_redirect_uris=lines_of(form.post_logout_redirect_uris.data),
        backchannel_logout_uri=form.backchannel_logout_uri.data or None,
    )


def _digest(client: Client) -> str:
    """What the addresses are now, so that a change is made only of what its maker has seen."""
    return hashlib.sha256(json.dumps(_addresses_of(client)).encode()).hexdigest()


def _addresses_of(described: Client | ClientMetadata) -> list[object]:
    return [
        list(described.redirect_uris),
        list(described.post_logout_redirect_uris),
        described.backchannel_logout_uri,
    ]


def _show_refusal(form: AddressesForm, client: Client, refusal: InvalidClientMetadata) -> None:
    """Each line was judged before, so what is left to refuse in redirect URIs is another host."""
    if refusal.field == "redirect_uris":
        refusal = InvalidClientMetadata(
            refusal.field,
            _(
                "All redirect URIs must stay on %(host)s: on another host the app would take everybody for "
                "somebody new. Make another client for it.",
                host=client.sector,
            ),
        )
    show_fault(form, refusal)


def _ask(app: App, client: Client, form: AddressesForm, status: int = 200) -> Response:
    page = render_template("apps/addresses.html", app=app, client=client, form=form)
    return Response(page, status, mimetype="text/html")


def _show_change(app: App, client: Client, wanted: ClientMetadata, form: AddressesForm) -> Response:
    page = render_template(
        "apps/change.html",
        app=app,
        client=client,
        wanted=wanted,
        unchanged=_addresses_of(client) == _addresses_of(wanted),
        carried=[*carried([form]), ("seen", _digest(client))],
    )
    return Response(page, 200, mimetype="text/html")
