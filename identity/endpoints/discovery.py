"""The provider's metadata (OpenID Connect Discovery §4, RFC 8414 §3)."""

from identity.authorization_server import metadata
from identity.context import current
from identity.endpoints.answers import public_json
from identity.exchange import Answer, direct
from profiles.roles.permissions import public

KEPT_FOR = 300


@public
@direct
def discovery() -> Answer:
    """The same document for OpenID Connect and for OAuth."""
    settings = current().settings
    document = metadata(settings.issuer, settings.acr_values)
    return public_json(document, max_age=KEPT_FOR)
