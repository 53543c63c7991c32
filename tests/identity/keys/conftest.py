"""What encrypts the keys in these tests."""

import pytest

from identity.keys.encryption import KeyEncryption, new_encryption_key


@pytest.fixture
def encryption() -> KeyEncryption:
    return KeyEncryption.from_base64(new_encryption_key())
