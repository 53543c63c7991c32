"""Secrets at rest."""

import base64

import pytest

from identity.keys.encryption import KeyEncryption, new_encryption_key
from identity.keys.errors import AlteredSecret, InvalidEncryptionKey, UnknownEncryptionKey


def test_a_secret_comes_back(encryption):
    ciphertext = encryption.encrypt(b"seed", "totp:1")
    assert encryption.decrypt(ciphertext, "totp:1") == b"seed"


def test_the_same_secret_never_looks_the_same(encryption):
    assert encryption.encrypt(b"seed", "totp:1") != encryption.encrypt(b"seed", "totp:1")


def test_a_secret_moved_to_another_purpose_is_refused(encryption):
    ciphertext = encryption.encrypt(b"seed", "totp:1")
    with pytest.raises(AlteredSecret):
        encryption.decrypt(ciphertext, "totp:2")


@pytest.mark.parametrize("position", [9, 21, -1])
def test_a_secret_altered_in_nonce_text_or_tag_is_refused(encryption, position):
    altered = bytearray(encryption.encrypt(b"seed", "totp:1"))
    altered[position] ^= 1
    with pytest.raises(AlteredSecret):
        encryption.decrypt(bytes(altered), "totp:1")


def test_a_secret_cut_short_is_refused(encryption):
    with pytest.raises(AlteredSecret):
        encryption.decrypt(encryption.encrypt(b"seed", "totp:1")[:12], "totp:1")


def test_another_process_with_another_key_is_told_so(encryption):
    stranger = KeyEncryption.from_base64(new_encryption_key())
    with pytest.raises(UnknownEncryptionKey):
        stranger.decrypt(encryption.encrypt(b"seed", "totp:1"), "totp:1")


def test_after_a_change_of_key_old_secrets_are_still_read():
    old, new = new_encryption_key(), new_encryption_key()
    ciphertext = KeyEncryption.from_base64(old).encrypt(b"seed", "totp:1")
    assert KeyEncryption.from_base64(new, old).decrypt(ciphertext, "totp:1") == b"seed"


def test_after_a_change_of_key_new_secrets_no_longer_need_the_old_one():
    old, new = new_encryption_key(), new_encryption_key()
    ciphertext = KeyEncryption.from_base64(new, old).encrypt(b"seed", "totp:1")
    assert KeyEncryption.from_base64(new).decrypt(ciphertext, "totp:1") == b"seed"


def test_both_base64_alphabets_name_the_same_key():
    raw = b"\xfb\xff" * 16
    standard, url_safe = base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()
    ciphertext = KeyEncryption.from_base64(standard).encrypt(b"seed", "totp:1")
    assert KeyEncryption.from_base64(url_safe).decrypt(ciphertext, "totp:1") == b"seed"


@pytest.mark.parametrize("bad", ["", "short", "*" * 44, base64.b64encode(b"k" * 16).decode(), "é" * 44])
def test_a_malformed_key_is_refused_without_being_shown(bad):
    with pytest.raises(InvalidEncryptionKey) as refusal:
        KeyEncryption.from_base64(bad)
    assert not bad or bad not in str(refusal.value)


def test_no_key_at_all_is_refused():
    with pytest.raises(InvalidEncryptionKey):
        KeyEncryption.from_base64()
