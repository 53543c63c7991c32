"""The table of pushed authorization requests."""

from datetime import datetime

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel


class PushedRequest(SQLModel, table=True):
    """The parameters that a client pushed; kept until nobody can be on the way with them any more."""

    __tablename__ = "pushed_requests"

    reference_hash: str = Field(max_length=64, primary_key=True)
    """SHA-256 of the ``request_uri``, in hex."""
    client_id: str = Field(foreign_key="clients.client_id", max_length=64)
    parameters: list[list[str]] = Field(sa_type=JSON)
    """Names and values as they were pushed, without what proved the client."""
    expires_at: datetime = Field(index=True)
    """Until when the request may be opened first."""
    spent_at: datetime | None = None
