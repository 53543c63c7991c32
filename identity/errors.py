"""The root of what the provider's own packages raise; protocol errors are Authlib's `OAuth2Error`."""


class IdentityError(Exception):
    """Something the provider refuses or cannot do. Its text is for the log, never for an answer."""
