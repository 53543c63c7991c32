"""The provider's metadata (OpenID Connect Discovery §4, RFC 8414 §3)."""

from functools import lru_cache

from identity.authorization_server import metadata
from identity.context import current
from identity.exchange import Answer, direct
from profiles.roles.permissions import public

KEPT_FOR = 300


@public
@direct
def discovery() -> Answer:
    """The same document for OpenID Connect and for OAuth."""
    settings = current().settings
    answer = Answer(_document(settings.issuer, settings.acr_values), "application/json")
    answer.headers["Cache-Control"] = f"public, max-age={KEPT_FOR}"
    return answer


@lru_cache(maxsize=8)
def _document(issuer: str, acr_values: tuple[str, ...]) -> bytes:
    """Written once: the settings of a process never change."""
    return Answer.of_json(metadata(issuer, acr_values)).body
