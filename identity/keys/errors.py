"""What the keys package raises."""

from identity.errors import IdentityError


class InvalidEncryptionKey(IdentityError):
    """An encryption key from the environment is not 32 bytes in base64."""


class CannotDecrypt(IdentityError):
    """A secret at rest could not be read."""


class UnknownEncryptionKey(CannotDecrypt):
    """The secret was encrypted under a key that this process was not given."""


class AlteredSecret(CannotDecrypt):
    """The secret was altered, or belongs to another purpose than the one asked for."""


class UnsupportedAlgorithm(IdentityError):
    """No key of this algorithm can be made or used here."""


class NoActiveKey(IdentityError):
    """No key of this algorithm may sign at this moment."""


class UnknownKey(IdentityError):
    """No key has this `kid`."""


class RotationPending(IdentityError):
    """A newer key of this algorithm already waits for its activation, or was made at the same moment."""


class InvalidJWT(IdentityError):
    """A token failed a check; nothing in it may be believed."""


class ExpiredJWT(InvalidJWT):
    """A token is past its `exp`, and everything else about it was in order."""
