"""Lanyard as passkeys know it: the relying party of its own address, and the options that it asks with."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from webauthn import generate_authentication_options, generate_registration_options
from webauthn.helpers import base64url_to_bytes, options_to_json_dict
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from identity.sign_in.attestation import conveyance

TIMEOUT_MS = 300_000
ALGORITHMS = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
_TRANSPORTS = {one.value: one for one in AuthenticatorTransport}


@dataclass(frozen=True)
class Account:
    """What an authenticator shows and keeps of whose passkey it is; ``handle`` means nothing to others."""

    handle: bytes
    name: str
    display_name: str


@dataclass(frozen=True)
class Known:
    """A passkey that is there already, as browsers find it again."""

    credential_id: str
    transports: tuple[str, ...]


@dataclass(frozen=True)
class RelyingParty:
    """``id`` and ``origin`` are what every answer must be signed for (Web Authentication Level 3 §13.4.9)."""

    id: str
    origin: str

    @classmethod
    def of(cls, issuer: str) -> Self:
        """The one of this issuer: its host, and its origin exactly."""
        return cls(urlsplit(issuer).hostname or "", issuer)

    def registration_options(
        self, account: Account, known: Iterable[Known], challenge: bytes, *, attested: bool = False
    ) -> dict[str, Any]:
        """What ``navigator.credentials.create`` is called with (§5.4): discoverable, its holder verified.

        ``attested`` asks for proof of who made the authenticator.
        """
        options = generate_registration_options(
            rp_id=self.id,
            rp_name="Lanyard",
            user_id=account.handle,
            user_name=account.name,
            user_display_name=account.display_name,
            challenge=challenge,
            timeout=TIMEOUT_MS,
            attestation=conveyance(wanted=attested),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=_descriptors(known),
            supported_pub_key_algs=ALGORITHMS,
        )
        return options_to_json_dict(options)

    def sign_in_options(self, challenge: bytes, known: Iterable[Known] = ()) -> dict[str, Any]:
        """What ``navigator.credentials.get`` is called with (§5.5): one of the ``known``, or any of ours."""
        options = generate_authentication_options(
            rp_id=self.id,
            challenge=challenge,
            timeout=TIMEOUT_MS,
            allow_credentials=_descriptors(known),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return options_to_json_dict(options)


def known_transports(unverified: Any) -> list[str]:
    """Those of a list that have a meaning; browsers may name others (§5.8.4)."""
    named = unverified if isinstance(unverified, list) else []
    return sorted({one for one in named if isinstance(one, str) and one in _TRANSPORTS})


def _descriptors(known: Iterable[Known]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(one.credential_id),
            transports=[_TRANSPORTS[name] for name in one.transports] or None,
        )
        for one in known
    ]
