"""``profile: fapi2``: one word by which a client takes on the FAPI 2.0 Security Profile (§5.3.2, §5.4).

It turns on, and nothing of it can be turned off alone:

- at registration (``ClientMetadata.check``): private_key_jwt, the three algorithms for all that is signed, a
  key for one of them, PKCE; redirect URIs are https for every client;
- for assertions: ``aud`` is the issuer and nothing else (decision 10);
- at the authorization endpoint: pushed requests only, of which nothing in the address counts;
- codes of at most a minute, and tokens that are good with the client's key alone, proved with our nonces
  (decision 15);
- refresh tokens that stay the same: they are bound to the client, which proves itself (``policy_of``).
"""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

PROFILE = "fapi2"
ALGORITHMS = ("PS256", "ES256", "EdDSA")
"""§5.4.1."""
LONGEST_CODE = timedelta(seconds=60)
"""§5.3.2.1."""
DEFAULTS: Mapping[str, str] = MappingProxyType(
    {"token_endpoint_auth_method": "private_key_jwt", "id_token_signed_response_alg": ALGORITHMS[0]}
)
"""What a client is that declares the profile and says nothing else; the usual defaults would be refused."""
TURNED_ON: Mapping[str, bool] = MappingProxyType(
    {"require_pushed_authorization_requests": True, "dpop_bound_access_tokens": True}
)
"""What is registered of such a client, whatever it said."""


def defaults_of(profile: object) -> Mapping[str, str]:
    """What a registration with this profile says where it says nothing."""
    return DEFAULTS if profile == PROFILE else {}
