"""Flask's own cookie, which holds nothing but the token of forms."""

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer


class FormCookie(SecureCookieSessionInterface):
    """Flask's interface with its serializer made once, not at every request, most of which need none."""

    def __init__(self) -> None:
        self._serializer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """The serializer of this app's secret key."""
        if self._serializer is None:
            self._serializer = super().get_signing_serializer(app)
        return self._serializer
