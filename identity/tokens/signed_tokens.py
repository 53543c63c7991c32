"""The two signed tokens that clients receive: the ID token, and the access token.

Both are JWTs of our own keys. Neither is given a life beyond the settings' limit, nor beyond the next moment
at which the person's access is known to change.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session

from identity.clients.registry import RegisteredClient
from identity.keys.algorithms import ALGORITHMS
from identity.keys.jwt import SignedClaims, decode, encode, numeric_date
from identity.keys.key_ring import KeyRing

ID_TOKEN_TYPE = "JWT"  # noqa: S105 - a media type
USERINFO_TYPE = "JWT"
ACCESS_TOKEN_TYPE = "at+jwt"  # noqa: S105 - a media type
ACCESS_TOKEN_ALGORITHM = "ES256"  # noqa: S105 - an algorithm
"""Every resource that reads JWTs can verify ES256, and it signs ten times faster than RS256."""


@dataclass(frozen=True)
class Validity:
    """From when to when a token is good."""

    issued_at: datetime
    expires_at: datetime

    @classmethod
    def until_known_change(cls, now: datetime, seconds: int, known_change: datetime | None) -> "Validity":
        """At most so many seconds, and never past the next known change of access."""
        limit = now + timedelta(seconds=seconds)
        return cls(now, limit if known_change is None else min(limit, known_change))

    @property
    def expires_in(self) -> int:
        """Whole seconds of life, rounded down."""
        return numeric_date(self.expires_at) - numeric_date(self.issued_at)


@dataclass(frozen=True)
class SignIn:
    """How, when and as whom a person signed in at a client."""

    sub: str
    sid: str
    auth_time: datetime
    acr: str
    amr: tuple[str, ...]
    nonce: str | None


@dataclass(frozen=True)
class AccessToken:
    """What an access token says, in either form (RFC 9068 §2.2). It is for one audience."""

    token_id: str
    """The ``jti``."""
    client_id: str
    sub: str
    scope: str
    audience: str
    issued_at: datetime
    expires_at: datetime
    jkt: str | None = None
    """The thumbprint of the one key that it is good with (RFC 9449 §6.1); None for a bearer token."""

    @property
    def token_type(self) -> str:
        """How it is to be presented (RFC 6749 §7.1)."""
        return "Bearer" if self.jkt is None else "DPoP"

    @property
    def confirmation(self) -> dict[str, dict[str, str]]:
        """The claim that says which key it is good with (RFC 9449 §6); nothing for a bearer token."""
        return {} if self.jkt is None else {"cnf": {"jkt": self.jkt}}


class TokenIssuer:
    """Makes and reads the tokens of one issuer."""

    def __init__(self, issuer: str, key_ring: KeyRing) -> None:
        self.issuer = issuer
        self.userinfo = issuer + "/userinfo"
        """The audience of people's access tokens that name no other resource."""
        self.api = issuer + "/api"
        """The audience of services' access tokens that name no other resource."""
        self._key_ring = key_ring

    def id_token(
        self,
        session: Session,
        client: RegisteredClient,
        sign_in: SignIn,
        validity: Validity,
        claims: Mapping[str, Any],
    ) -> str:
        """An ID token (OpenID Connect Core §2). What the protocol says wins over what the profile says."""
        signer = self._key_ring.signer(session, client.id_token_signed_response_alg, validity.issued_at)
        protocol = {
            "iss": self.issuer,
            "sub": sign_in.sub,
            "aud": client.client_id,
            "iat": numeric_date(validity.issued_at),
            "exp": numeric_date(validity.expires_at),
            "auth_time": numeric_date(sign_in.auth_time),
            "acr": sign_in.acr,
            "amr": list(sign_in.amr),
            "sid": sign_in.sid,
        }
        if sign_in.nonce is not None:
            protocol["nonce"] = sign_in.nonce
        return encode({**claims, **protocol}, signer=signer, typ=ID_TOKEN_TYPE)

    def userinfo_jwt(
        self,
        session: Session,
        client: RegisteredClient,
        algorithm: str,
        claims: Mapping[str, Any],
        now: datetime,
    ) -> str:
        """Userinfo for a client that wants it signed (OpenID Connect Core §5.3.2).

        It has no ``exp``, so that nobody takes it for an ID token.
        """
        signer = self._key_ring.signer(session, algorithm, now)
        protocol = {"iss": self.issuer, "aud": client.client_id, "iat": numeric_date(now)}
        return encode({**claims, **protocol}, signer=signer, typ=USERINFO_TYPE)

    @property
    def own_resources(self) -> tuple[str, str]:
        """The resources that we serve ourselves; every client may name them."""
        return self.userinfo, self.api

    def access_token(self, session: Session, token: AccessToken, sign_in: SignIn | None = None) -> str:
        """An access token as a JWT (RFC 9068 §2); a person's says how and when they signed in (§2.2.1)."""
        signer = self._key_ring.signer(session, ACCESS_TOKEN_ALGORITHM, token.issued_at)
        claims = {
            "iss": self.issuer,
            "sub": token.sub,
            "aud": token.audience,
            "client_id": token.client_id,
            "iat": numeric_date(token.issued_at),
            "exp": numeric_date(token.expires_at),
            "jti": token.token_id,
            "scope": token.scope,
            **token.confirmation,
        }
        if sign_in is not None:
            claims |= {"acr": sign_in.acr, "auth_time": numeric_date(sign_in.auth_time)}
        return encode(claims, signer=signer, typ=ACCESS_TOKEN_TYPE)

    def read_access_token(
        self, session: Session, unverified_jwt: str, now: datetime, *, allow_expired: bool = False
    ) -> AccessToken:
        """What an access token says (RFC 9068 §4); the caller compares the audience. Raises InvalidJWT."""
        claims = decode(
            unverified_jwt,
            keys=self._key_ring.public_keys(session, now),
            algorithms=(ACCESS_TOKEN_ALGORITHM,),
            typ=ACCESS_TOKEN_TYPE,
            issuer=self.issuer,
            audience=None,
            now=now,
            required=("iss", "sub", "aud", "client_id", "iat", "exp", "jti", "scope"),
            allow_expired=allow_expired,
        )
        return AccessToken(
            token_id=claims["jti"],
            client_id=claims["client_id"],
            sub=claims["sub"],
            scope=claims["scope"],
            audience=claims["aud"],
            issued_at=datetime.fromtimestamp(claims["iat"], UTC),
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
            jkt=claims["cnf"]["jkt"] if "cnf" in claims else None,
        )

    def read_hint(self, session: Session, unverified_jwt: str, now: datetime) -> SignedClaims:
        """An ID token of ours that comes back as a hint; it may have expired. Raises InvalidJWT.

        The caller compares ``aud`` (OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2).
        """
        return decode(
            unverified_jwt,
            keys=self._key_ring.public_keys(session, now),
            algorithms=ALGORITHMS,
            typ=ID_TOKEN_TYPE,
            issuer=self.issuer,
            audience=None,
            now=now,
            allow_expired=True,
        )
