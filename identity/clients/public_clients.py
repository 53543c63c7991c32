"""Public clients: apps that run where no secret can be kept, in a browser or on a person's device.

RFC 6749 §2.1, RFC 8252 §8.4. Whoever knows such a client's id can speak in its name, so all that it gets
hangs on what only the right receiver has: the code at its address, the verifier of that code, a token.
"""

from identity.clients.errors import InvalidClientMetadata
from identity.clients.token_metadata import CLIENT_CREDENTIALS, TokenMetadata

NONE = "none"
"""The ``token_endpoint_auth_method`` of a client that proves nothing (RFC 7591 §2)."""


def check_public(*, require_pkce: bool, must_push: bool) -> None:
    """Refuse what a public client cannot have. Raises InvalidClientMetadata."""
    if not require_pkce:
        raise InvalidClientMetadata("require_pkce", "a public client always uses PKCE")
    if must_push:
        raise InvalidClientMetadata(
            "require_pushed_authorization_requests", "a public client cannot push its requests"
        )


def check_public_tokens(tokens: TokenMetadata) -> None:
    """Refuse tokens that anybody could ask for in its name. Raises InvalidClientMetadata.

    RFC 6749 §4.4: client credentials are for confidential clients only; so is introspection (RFC 7662 §2.1).
    """
    if CLIENT_CREDENTIALS in tokens.grant_types:
        raise InvalidClientMetadata("grant_types", "a public client has no client credentials")
    if tokens.serves:
        raise InvalidClientMetadata("serves", "a public client cannot introspect tokens")
