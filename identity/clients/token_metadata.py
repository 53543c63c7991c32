"""Which tokens a client may ask for, and in which form; judged once, when it is registered."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlmodel import Session, col, select

from identity.clients.errors import InvalidClientMetadata
from identity.clients.models import Resource
from identity.scopes import CLAIMS_OF_SCOPE

AUTHORIZATION_CODE = "authorization_code"
REFRESH_TOKEN = "refresh_token"  # noqa: S105 - a grant type
CLIENT_CREDENTIALS = "client_credentials"
GRANT_TYPES = (AUTHORIZATION_CODE, REFRESH_TOKEN, CLIENT_CREDENTIALS)
JWT = "jwt"
OPAQUE = "opaque"
ACCESS_TOKEN_FORMATS = (JWT, OPAQUE)
OFFLINE_ACCESS = "offline_access"
PERSONAL_SCOPES = tuple(CLAIMS_OF_SCOPE)
MAX_RESOURCE_CHARACTERS = 500
# RFC 6749 §3.3 allows more characters; none of them is needed in a name.
_SCOPE = re.compile(r"[a-z][a-z0-9_.:-]{0,63}")
# RFC 8707 §2: an absolute URI without a fragment. A query would only make two names of one resource.
_RESOURCE = re.compile(r"[a-z][a-z0-9+.-]*:[A-Za-z0-9\-._~:/@!$&'()*+,;=%\[\]]+")


@dataclass(frozen=True)
class TokenMetadata:
    """The part of a registration that is about tokens. Only administrators set more than the first two.

    ``grant_types`` as in RFC 7591 §2; with ``refresh_token`` comes the scope ``offline_access``.
    ``service_scopes`` are what the client may do on its own behalf, always and only within the organisation
    of its app. ``resources`` are those that it may ask tokens for (RFC 8707); ``serves`` those that it is,
    so that it may introspect the tokens that are meant for them.
    """

    grant_types: Collection[str] = (AUTHORIZATION_CODE,)
    access_token_format: str = JWT
    service_scopes: Collection[str] = ()
    resources: Collection[str] = ()
    serves: Collection[str] = ()

    def as_json(self) -> dict[str, str | list[str]]:
        """What stands in the audit trail."""
        return {name: value if isinstance(value, str) else list(value) for name, value in vars(self).items()}


SIGN_IN_ALONE = TokenMetadata()
"""What a client gets that says nothing: codes for JWTs."""


def check(
    session: Session, asked: TokenMetadata, scopes: Collection[str], client_id: str | None = None
) -> None:
    """Refuse what does not fit together; ``scopes`` are those of people's tokens.

    ``client_id`` is there when a client that is registered already is changed.

    No service scope is one that people grant, so that a service never looks like a person.
    Raises InvalidClientMetadata.
    """
    grants = set(asked.grant_types)
    if not grants or not grants.issubset(GRANT_TYPES):
        raise InvalidClientMetadata("grant_types", f"must be of {', '.join(GRANT_TYPES)}")
    if REFRESH_TOKEN in grants and AUTHORIZATION_CODE not in grants:
        raise InvalidClientMetadata("grant_types", "refresh_token needs authorization_code beside it")
    if OFFLINE_ACCESS in scopes and REFRESH_TOKEN not in grants:
        raise InvalidClientMetadata("scope", "offline_access needs the grant type refresh_token")
    if asked.access_token_format not in ACCESS_TOKEN_FORMATS:
        raise InvalidClientMetadata("access_token_format", f"must be of {', '.join(ACCESS_TOKEN_FORMATS)}")
    if (CLIENT_CREDENTIALS in grants) != bool(asked.service_scopes):
        raise InvalidClientMetadata("service_scopes", "go together with the grant type client_credentials")
    for scope in asked.service_scopes:
        if not _SCOPE.fullmatch(scope) or scope in PERSONAL_SCOPES:
            raise InvalidClientMetadata("service_scopes", f"{scope[:80]!r} is not a scope of a service")
    for uri in (*asked.resources, *asked.serves):
        if not is_resource(uri):
            raise InvalidClientMetadata("resources", f"{uri[:80]!r} is not an absolute URI without fragment")
    known = set(session.exec(select(Resource.uri).where(col(Resource.uri).in_({*asked.resources}))))
    if unknown := sorted({*asked.resources} - known - {*asked.serves}):
        raise InvalidClientMetadata("resources", f"nobody serves {unknown[0]}")
    servers = session.exec(select(Resource.client_id).where(col(Resource.uri).in_({*asked.serves}))).all()
    if set(servers) - {client_id}:
        raise InvalidClientMetadata("serves", "another client serves this resource")


def is_resource(uri: str) -> bool:
    """Whether this could name a resource (RFC 8707 §2)."""
    if len(uri) > MAX_RESOURCE_CHARACTERS or not _RESOURCE.fullmatch(uri):
        return False
    try:
        return urlsplit(uri).username is None
    except ValueError:
        return False
