"""Lanyard registers itself at a provider that is being proposed, where that is wanted and possible."""

from dataclasses import replace
from uuid import UUID

from app.organisations.forms import ProviderForm
from app.translation import gettext as _
from identity.context import current
from identity.federation import providers
from identity.federation.errors import UpstreamAnswerInvalid, UpstreamUnavailable
from identity.federation.openid.registration import Addresses, register
from identity.federation.providers import Proposal
from identity.federation.signing_out import logout_address, signed_out_address
from identity.federation.upstreams import current_upstreams
from identity.federation.views import return_address
from profiles.errors import Invalid


def with_client_id(proposal: Proposal, provider_id: UUID, form: ProviderForm) -> Proposal:
    """The proposal with the client id that the provider gave when it was asked for one.

    It asks the provider before anything is written, and only for what could be proposed. Raises Invalid.
    """
    providers.check(replace(proposal, client_id="-"), development=current().settings.development)
    current().roll_back()
    upstreams = current_upstreams()
    addresses = Addresses(
        redirect_uri=return_address(provider_id),
        jwks_uri=current().settings.issuer + "/jwks.json",
        backchannel_logout_uri=logout_address(provider_id),
        post_logout_redirect_uri=signed_out_address(),
    )
    try:
        with upstreams.asking():
            metadata = upstreams.directory.find(proposal.issuer, current().now())
            token = form.registration_token.data or None
            client_id = register(upstreams.post_json, metadata, addresses, proposal.scope, token)
    except (UpstreamUnavailable, UpstreamAnswerInvalid) as refused:
        raise Invalid(
            _(
                "Lanyard could not register itself: %(why)s. Register it there and enter its client id.",
                why=refused,
            ),
            field="client_id",
        ) from refused
    return replace(proposal, client_id=client_id)
