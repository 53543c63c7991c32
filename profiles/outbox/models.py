"""Messages that wait to be delivered, and what became of each."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel, text

from profiles.columns import new_id, stored_enum


class MessageKind(StrEnum):
    """What a message is, which decides who delivers it."""

    LOGOUT = "logout"
    MAIL = "mail"


class WriteOff(SQLModel, table=True):
    """What a client of an app will never confirm: one officer asks to let it go, another decides.

    It covers what was overdue at ``proposed_at``, and nothing later. A client has one that is open.
    """

    __tablename__ = "write_offs"
    __table_args__ = (
        Index(
            "uq_write_offs_open",
            "app_id",
            "client_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    app_id: UUID = Field(foreign_key="apps.id", index=True)
    client_id: str
    reason: str
    proposed_by: UUID = Field(foreign_key="people.id")
    proposed_at: datetime
    confirmed_by: UUID | None = Field(default=None, foreign_key="people.id")
    closed_at: datetime | None = None
    """When it was confirmed or withdrawn."""


class OutboxMessage(SQLModel, table=True):
    """One message to one recipient. Its columns are the receipt: sent, acknowledged, overdue, given up.

    ``payload`` never holds a secret or a token: a logout token is made afresh at each attempt.
    ``due_at`` is the next attempt; of what goes first it lies before the message was written.
    ``leased_until`` keeps two workers from the same message,
    ``overdue_at`` is when the recipient ought to have acknowledged. With a ``write_off_id`` nobody waits for
    that any more.
    """

    __tablename__ = "outbox_messages"
    __table_args__ = (
        Index(
            "ix_outbox_messages_waiting",
            "due_at",
            sqlite_where=text("acknowledged_at IS NULL AND given_up_at IS NULL"),
            postgresql_where=text("acknowledged_at IS NULL AND given_up_at IS NULL"),
        ),
        Index(
            "ix_outbox_messages_unanswered",
            "app_id",
            "overdue_at",
            sqlite_where=text("acknowledged_at IS NULL AND overdue_at IS NOT NULL"),
            postgresql_where=text("acknowledged_at IS NULL AND overdue_at IS NOT NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: MessageKind = Field(sa_type=stored_enum(MessageKind))
    app_id: UUID | None = Field(default=None, foreign_key="apps.id", index=True)
    person_id: UUID | None = Field(default=None, foreign_key="people.id", index=True)
    payload: dict[str, Any] = Field(sa_type=JSON)
    reason: str
    created_at: datetime
    due_at: datetime
    overdue_at: datetime | None = None
    leased_until: datetime | None = None
    attempts: int = 0
    sent_at: datetime | None = None
    acknowledged_at: datetime | None = None
    given_up_at: datetime | None = None
    write_off_id: UUID | None = Field(default=None, foreign_key="write_offs.id")
    last_error: str = ""


class SweepMark(SQLModel, table=True):
    """How far the worker has dealt with the changes that time brings; it goes on from here after downtime.

    ``looked_back_at`` is when it last looked for changes that were committed later than they are dated.
    """

    __tablename__ = "sweep_marks"

    name: str = Field(primary_key=True)
    swept_until: datetime
    looked_back_at: datetime
