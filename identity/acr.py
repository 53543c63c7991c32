"""The levels at which people sign in, and the error of a level that is not reached."""

from authlib.oauth2.base import OAuth2Error

PASSWORD_ACR = "urn:lanyard:acr:password"  # noqa: S105 - a level of assurance
"""The ``acr`` of a sign-in with a password alone: one factor that can be phished."""
ACR_VALUES = (PASSWORD_ACR,)


class UnmetAuthenticationRequirements(OAuth2Error):  # type: ignore[misc]
    """Nobody can sign in, or nobody did, at a level that the client insists on.

    OpenID Connect Core Error Code unmet_authentication_requirements §2.
    """

    error = "unmet_authentication_requirements"
    description = "the person cannot sign in at a level that the client insists on"
