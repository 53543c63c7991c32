"""What is wrong with a proof, as clients hear it (RFC 9449 §5, §7.1, §8 and §9)."""

from authlib.oauth2.base import OAuth2Error


class InvalidDPoPProofError(OAuth2Error):  # type: ignore[misc]
    """The proof is missing where one is needed, malformed, wrong for this request, or was used before."""

    error = "invalid_dpop_proof"


class UseDPoPNonceError(OAuth2Error):  # type: ignore[misc]
    """The client must try again with the nonce that comes with this answer."""

    error = "use_dpop_nonce"
