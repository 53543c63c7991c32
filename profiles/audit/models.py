"""Audit entries, what they commit to, the seals that order them and the signed checkpoints."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Index, text
from sqlmodel import Field, SQLModel

from profiles.columns import new_id, stored_enum


class InitiatorKind(StrEnum):
    """Who began what happened."""

    PERSON = "person"
    CLIENT = "client"
    SYSTEM = "system"


class AuditEntry(SQLModel, table=True):
    """One event. ``details`` holds ids, codes and commitments, never a personal value."""

    __tablename__ = "audit_entries"
    # What people do in apps is of no organisation, and is most of the trail.
    __table_args__ = (
        Index(
            "ix_audit_entries_organisation_id",
            "organisation_id",
            sqlite_where=text("organisation_id IS NOT NULL"),
            postgresql_where=text("organisation_id IS NOT NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    at: datetime = Field(index=True)
    event: str = Field(index=True)
    initiator_kind: InitiatorKind = Field(sa_type=stored_enum(InitiatorKind))
    initiator: str = Field(index=True)
    person_id: UUID | None = Field(default=None, index=True)
    organisation_id: UUID | None = None
    app_id: UUID | None = None
    details: dict[str, Any] = Field(sa_type=JSON)


class AuditPersonalValue(SQLModel, table=True):
    """A personal value behind a commitment of an entry; erasing the row leaves the chain whole."""

    __tablename__ = "audit_personal_values"

    entry_id: UUID = Field(foreign_key="audit_entries.id", primary_key=True)
    name: str = Field(primary_key=True)
    salt: bytes
    value: str


class AuditSeal(SQLModel, table=True):
    """An entry's place in the chain: positions have no gaps, each chain hash covers the one before."""

    __tablename__ = "audit_seals"

    position: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    entry_id: UUID = Field(foreign_key="audit_entries.id", unique=True)
    entry_hash: str
    chain_hash: str


class AuditCheckpoint(SQLModel, table=True):
    """A signed statement: at this position the chain had this hash."""

    __tablename__ = "audit_checkpoints"

    position: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    chain_hash: str
    signed_at: datetime
    kid: str
    algorithm: str
    signature: str
