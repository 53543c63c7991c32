"""The table of signing keys."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Column, Index, text
from sqlmodel import Field, SQLModel
from uuid6 import uuid7


class SigningKey(SQLModel, table=True):
    """A key pair and the four moments of its life; the private part is encrypted.

    It is published from `published_at`, signs from `activates_at` until `retires_at`, and is no longer
    published from `expires_at`. Rows are kept, so that old signatures can be verified.
    """

    __tablename__ = "signing_keys"
    __table_args__ = (
        CheckConstraint("activates_at >= published_at", name="ck_signing_keys_published_before_use"),
        CheckConstraint("retires_at >= activates_at", name="ck_signing_keys_active_before_retirement"),
        CheckConstraint("expires_at >= retires_at", name="ck_signing_keys_published_while_used"),
        CheckConstraint(
            "(retires_at IS NULL) = (expires_at IS NULL)", name="ck_signing_keys_retirement_has_expiry"
        ),
        # Two rotations at once cannot both leave a successor: one key per algorithm has no end.
        Index(
            "uq_signing_keys_newest",
            "algorithm",
            unique=True,
            sqlite_where=text("retires_at IS NULL"),
            postgresql_where=text("retires_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    kid: str = Field(max_length=64, unique=True)
    """The RFC 7638 thumbprint of the public key."""
    algorithm: str = Field(max_length=16)
    public_jwk: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    """The public part only, with `kid`, `alg` and `use`, as it is published (RFC 7517)."""
    private_key_encrypted: bytes
    created_at: datetime
    published_at: datetime
    activates_at: datetime
    retires_at: datetime | None = None
    expires_at: datetime | None = None
    updated_at: datetime
    """When the row last changed; processes watch it to know when to read the keys again."""


def encryption_purpose(kid: str) -> str:
    """What a private key is encrypted for; ties the ciphertext to its row."""
    return f"signing-key:{kid}"
