"""A test sign-in at an organisation's provider: what it says and what that means; nothing comes of it."""

from uuid import UUID

from flask import url_for
from werkzeug.wrappers import Response

from app.access import signed_in_person
from app.organisations.blueprint import blueprint
from app.organisations.providers import managed_provider
from identity.federation.attempts import Purpose
from identity.federation.models import AttemptPurpose
from identity.federation.views import leave_for
from profiles.roles.permissions import Permission, requires


@blueprint.post("/organisations/sign-in/<uuid:provider_id>/test")
@requires(Permission.MANAGE_SIGN_IN)
def test_provider(provider_id: UUID) -> Response:
    """Leave for the provider as a person would; confirmed or not."""
    provider = managed_provider(provider_id)
    back = url_for("organisations.sign_in_provider", provider_id=provider.id)
    return leave_for(provider.id, Purpose(AttemptPurpose.TEST, back, person_id=signed_in_person()))
