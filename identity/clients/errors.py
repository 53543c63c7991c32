"""What can be wrong with a registration."""

from identity.errors import IdentityError


class InvalidClientMetadata(IdentityError):
    """A client's metadata is refused (RFC 7591 §3.2.2); ``field`` and ``reason`` are safe to show."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class DocumentUnavailable(IdentityError):
    """A document that a client publishes cannot be had; the text is safe to show."""


class InvalidClientKeys(InvalidClientMetadata):
    """A client's key set is refused, or holds no key that fits."""

    def __init__(self, reason: str) -> None:
        super().__init__("jwks", reason)


class InvalidClientJWT(IdentityError):
    """An assertion or request object of a client fails a check; the text says which and is safe to show."""


class UnknownClient(IdentityError):
    """No client has this id, or it was disabled."""
