"""What can be wrong with a registration."""

from identity.errors import IdentityError


class InvalidClientMetadata(IdentityError):
    """A client's metadata is refused (RFC 7591 §3.2.2); ``field`` and ``reason`` are safe to show."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
