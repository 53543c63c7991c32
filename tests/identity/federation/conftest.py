"""A signing key of ours."""

import pytest

from identity.keys.signer import LocalSigner, Signer
from tests.factories.client_keys import ClientKey


@pytest.fixture(scope="session")
def signer() -> Signer:
    return LocalSigner("our-key", "ES256", ClientKey.make("ES256").key.as_dict(private=True))
