"""Whether a passkey's authenticator has proven its make (Web Authentication Level 3 §6.5, §8.2).

Only packed statements with a certificate count, and only those that lead to a root which the platform trusts.
The operator chooses roots of makers whose authenticators never let a key leave them.
"""

from collections.abc import Sequence
from uuid import UUID

from cryptography import x509
from cryptography.x509.oid import NameOID
from webauthn.helpers import parse_attestation_object
from webauthn.helpers.structs import AttestationConveyancePreference, AttestationFormat
from webauthn.registration.verify_registration_response import VerifiedRegistration

_AAGUID = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
"""``id-fido-gen-ce-aaguid``: the model for which the certificate was issued (§8.2.1)."""
_OCTET_STRING_OF_16 = b"\x04\x10"
_UNIT = "Authenticator Attestation"


def conveyance(*, wanted: bool) -> AttestationConveyancePreference:
    """What a browser is asked for (§5.4.7); nobody learns the make of a device without need."""
    return AttestationConveyancePreference.DIRECT if wanted else AttestationConveyancePreference.NONE


def roots_by_format(roots: Sequence[bytes]) -> dict[AttestationFormat, list[bytes]]:
    """The trusted roots as ``webauthn`` takes them; without any it checks no chain at all."""
    return {AttestationFormat.PACKED: list(roots)} if roots else {}


def is_attested(new: VerifiedRegistration, roots: Sequence[bytes]) -> bool:
    """Whether a registration that was verified with these roots proves its authenticator's make.

    What the library leaves out is checked here: that the certificate is one of attestation, of no authority,
    and of this very model (§8.2.1).
    """
    if not roots or new.fmt != AttestationFormat.PACKED:
        return False
    chain = parse_attestation_object(new.attestation_object).att_stmt.x5c
    return chain is not None and _is_of_authenticator(x509.load_der_x509_certificate(chain[0]), new.aaguid)


def _is_of_authenticator(certificate: x509.Certificate, aaguid: str) -> bool:
    units = [
        one.value for one in certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    ]
    if certificate.version is not x509.Version.v3 or units != [_UNIT]:
        return False
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return False
    return not constraints.ca and _names_model(certificate, aaguid)


def _names_model(certificate: x509.Certificate, aaguid: str) -> bool:
    """Whether the certificate is for this model, or for every model of its maker."""
    try:
        value = certificate.extensions.get_extension_for_oid(_AAGUID).value
    except x509.ExtensionNotFound:
        return True
    encoded = value.value if isinstance(value, x509.UnrecognizedExtension) else b""
    return encoded == _OCTET_STRING_OF_16 + UUID(aaguid).bytes
