"""The table of proofs that were used."""

from datetime import datetime

from sqlmodel import Field, SQLModel


class SpentProof(SQLModel, table=True):
    """A proof that was used, kept until it is refused for its age alone (RFC 9449 §11.1)."""

    __tablename__ = "spent_proofs"

    proof_hash: str = Field(max_length=64, primary_key=True)
    """SHA-256 of its key's thumbprint and its ``jti``, in hex, so that clients may choose long ones."""
    expires_at: datetime = Field(index=True)
