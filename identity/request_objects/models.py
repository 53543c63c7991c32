"""The table of request objects that were used."""

from datetime import datetime

from sqlmodel import Field, SQLModel


class SpentRequestObject(SQLModel, table=True):
    """A request object that gave its code, or was pushed; kept until it can be opened no more."""

    __tablename__ = "spent_request_objects"

    client_id: str = Field(primary_key=True, foreign_key="clients.client_id", max_length=64)
    object_hash: str = Field(primary_key=True, max_length=64)
    """SHA-256 in hex: of the ``jti``, or of the whole object where there is none."""
    expires_at: datetime = Field(index=True)
