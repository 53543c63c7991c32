"""What an owner may manage: the apps of their organisations and those apps' clients, and no others."""

from uuid import UUID

from app.access import permissions
from app.request_transaction import request_session
from identity.clients.models import Client
from profiles.apps import service as apps
from profiles.apps.models import App
from profiles.errors import NotFound
from profiles.roles.permissions import Permission


def may_manage(organisation_id: UUID) -> bool:
    """Whether the person is an owner of this organisation's apps."""
    return permissions().allows(Permission.MANAGE_CLIENTS, organisation_id)


def managed_app(app_id: UUID) -> App:
    """An app that the person is an owner of. Raises NotFound, also for one that others own."""
    app = apps.get(request_session(), app_id)
    if not may_manage(app.organisation_id):
        raise NotFound("There is no such app.")
    return app


def managed_client(app_id: UUID, client_id: str, *, active: bool = False) -> tuple[App, Client]:
    """A client of such an app, disabled or not; with ``active`` only one that is not. Raises NotFound."""
    app = managed_app(app_id)
    client = request_session().get(Client, client_id)
    if client is None or client.app_id != app.id or (active and client.disabled_at is not None):
        raise NotFound("There is no such client.")
    return app, client
