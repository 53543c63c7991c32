"""Signing and verifying raw bytes."""

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from identity.keys.algorithms import ALGORITHMS, generate_key
from identity.keys.errors import UnsupportedAlgorithm
from identity.keys.public_key import verify_signature
from identity.keys.signer import LocalSigner


@pytest.fixture(scope="module", params=list(ALGORITHMS))
def algorithm(request):
    return request.param


@pytest.fixture(scope="module")
def key(algorithm):
    return generate_key(algorithm)


@pytest.fixture(scope="module")
def signer(key, algorithm):
    return LocalSigner("a", algorithm, key.as_dict(private=True))


def test_the_public_key_verifies_what_the_signer_signed(key, signer, algorithm):
    assert verify_signature(key.as_dict(private=False), algorithm, b"checkpoint", signer.sign(b"checkpoint"))


def test_other_bytes_do_not_verify(key, signer, algorithm):
    assert not verify_signature(key.as_dict(private=False), algorithm, b"other", signer.sign(b"checkpoint"))


def test_another_key_does_not_verify(signer, algorithm):
    stranger = generate_key(algorithm).as_dict(private=False)
    assert not verify_signature(stranger, algorithm, b"checkpoint", signer.sign(b"checkpoint"))


@pytest.mark.parametrize("signature", [b"", b"\x00" * 64, b"\xff" * 64, b"\x00" * 256, b"x" * 1000])
def test_a_malformed_signature_is_false_not_an_error(key, algorithm, signature):
    assert not verify_signature(key.as_dict(private=False), algorithm, b"checkpoint", signature)


def test_a_key_of_another_kind_is_refused(key, algorithm):
    other = "ES256" if algorithm != "ES256" else "RS256"
    with pytest.raises(UnsupportedAlgorithm):
        verify_signature(key.as_dict(private=False), other, b"checkpoint", b"")


@pytest.mark.parametrize("name", ["none", "HS256", "RS1", ""])
def test_an_algorithm_we_do_not_use_is_refused(key, name):
    with pytest.raises(UnsupportedAlgorithm):
        verify_signature(key.as_dict(private=False), name, b"checkpoint", b"")


def test_a_malformed_key_is_refused_without_being_quoted():
    with pytest.raises(UnsupportedAlgorithm) as refusal:
        LocalSigner("a", "RS256", {"kty": "RSA", "n": "secret", "e": "AQAB", "d": "secret"})
    assert "secret" not in str(refusal.value)


def test_rs256_is_pkcs1_v1_5_with_sha_256_and_es256_is_r_and_s(key, signer, algorithm):
    """RFC 7518 §3.3 and §3.4, checked without the library that signed."""
    signature = signer.sign(b"checkpoint")
    if algorithm == "RS256":
        key.public_key.verify(signature, b"checkpoint", padding.PKCS1v15(), hashes.SHA256())
    assert len(signature) == {"RS256": 256, "PS256": 256, "ES256": 64, "EdDSA": 64}[algorithm]
