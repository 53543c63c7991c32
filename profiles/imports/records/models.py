"""An import on its way, what a source calls what it brought, and what waits for a person to settle."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from profiles.columns import new_id, stored_enum


class ImportState(StrEnum):
    """Where an import stands."""

    RECEIVED = "received"
    REFUSED = "refused"
    READY = "ready"
    WAITING = "waiting"
    APPROVED = "approved"
    WRITING = "writing"
    PUBLISHED = "published"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Import(SQLModel, table=True):
    """Files that one source sends for one organisation. ``started_by`` is None for a command or a program.

    ``sent_by`` is the officer as far as whose role the files reach: who began it, or began it the first time.
    What came ``by_itself`` from a program is published without anybody, unless it waits for an officer.
    ``load_id`` is the load under which its facts are written, ``plan_hash`` what was planned when writing
    began. ``counts`` are numbers by name, ``affected`` people whose access changes, at most when there are
    many. ``of_vetting`` says that clearances are in it, ``clearances`` which, for whoever looks after them;
    ``unknown_grades`` are for whoever says what they mean.
    ``with_history``: its records say themselves when they were recorded, which the operator alone may import.
    ``step``, ``done`` and ``total`` are for whoever watches; until ``busy_until`` somebody works on it.
    """

    __tablename__ = "imports"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    source_id: UUID = Field(foreign_key="sources.id")
    state: ImportState = Field(sa_type=stored_enum(ImportState), index=True)
    content_hash: str = Field(max_length=64)
    started_by: UUID | None = Field(default=None, foreign_key="people.id")
    sent_by: UUID | None = Field(default=None, foreign_key="people.id")
    started_at: datetime
    by_itself: bool = False
    decided_by: UUID | None = Field(default=None, foreign_key="people.id")
    decided_reason: str = ""
    ended_at: datetime | None = None
    load_id: UUID
    plan_hash: str = ""
    problems: int = 0
    affected: int = 0
    counts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    changes: list[Any] = Field(default_factory=list, sa_type=JSON)
    of_vetting: bool = False
    with_history: bool = False
    clearances: list[Any] = Field(default_factory=list, sa_type=JSON)
    unknown_grades: list[Any] = Field(default_factory=list, sa_type=JSON)
    step: str = ""
    done: int = 0
    total: int = 0
    busy_until: datetime | None = None


class ImportPerson(SQLModel, table=True):
    """Somebody recorded of whom an import that goes on would record anything: they do not decide on it."""

    __tablename__ = "import_people"
    __table_args__ = {"sqlite_with_rowid": False}

    import_id: UUID = Field(foreign_key="imports.id", primary_key=True)
    person_id: UUID = Field(foreign_key="people.id", primary_key=True)


class ImportOrganisation(SQLModel, table=True):
    """An organisation below the importing one that the files are about: who reaches it not sees nothing."""

    __tablename__ = "import_organisations"
    __table_args__ = {"sqlite_with_rowid": False}

    import_id: UUID = Field(foreign_key="imports.id", primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisations.id", primary_key=True)


class ImportFile(SQLModel, table=True):
    """A piece of a file, compressed; kept until the import has ended. ``is_report`` marks what we wrote."""

    __tablename__ = "import_files"
    __table_args__ = (UniqueConstraint("import_id", "name", "piece", "is_report"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    import_id: UUID = Field(foreign_key="imports.id", index=True)
    name: str = Field(max_length=120)
    piece: int
    is_report: bool = False
    content: bytes = Field(sa_type=LargeBinary)


class Source(SQLModel, table=True):
    """A system of an organisation that sends records, by the name that it goes by there."""

    __tablename__ = "sources"
    __table_args__ = (UniqueConstraint("organisation_id", "name"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisations.id")
    name: str = Field(max_length=60)


class SourceRecord(SQLModel, table=True):
    """What became of a source's record: ``fact_id`` is the fact's, of the kind ``person`` the person's id.

    ``person_key`` is what the source calls whom the record is about: two keys may be one person, and turn out
    to be two. ``content_hash`` is of the record as it was last imported, so that the same line again changes
    nothing.
    """

    __tablename__ = "source_records"
    __table_args__ = {"sqlite_with_rowid": False}

    source_id: UUID = Field(foreign_key="sources.id", primary_key=True)
    kind: str = Field(max_length=40, primary_key=True)
    source_key: str = Field(max_length=100, primary_key=True)
    fact_id: UUID
    person_id: UUID | None = None
    person_key: str | None = Field(default=None, max_length=100)
    content_hash: bytes = Field(sa_type=LargeBinary)
    load_id: UUID = Field(foreign_key="loads.id", index=True)


class PlannedChange(SQLModel, table=True):
    """What a load changes when it is published: the version that it supersedes, the record that it renews."""

    __tablename__ = "planned_changes"
    __table_args__ = (Index("ix_planned_changes_record", "load_id", "kind", "source_key"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    load_id: UUID = Field(foreign_key="loads.id")
    kind: str = Field(max_length=40)
    source_key: str = Field(max_length=100)
    version_id: UUID | None = None
    content_hash: bytes = Field(sa_type=LargeBinary)


class FieldAuthority(SQLModel, table=True):
    """The source that masters a field of a kind of record for an organisation; ``*`` is every field."""

    __tablename__ = "field_authorities"
    __table_args__ = (UniqueConstraint("organisation_id", "kind", "field"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisations.id")
    kind: str = Field(max_length=40)
    field: str = Field(max_length=60)
    source: str = Field(max_length=60)
    set_at: datetime
    set_by: UUID | None = Field(default=None, foreign_key="people.id")


class Settlement(StrEnum):
    """How a person settled a conflict."""

    KEPT = "kept"
    TAKEN = "taken"
    BOTH_WRONG = "both_wrong"


class FieldConflict(SQLModel, table=True):
    """Two sources disagree on a field of a fact. Values are as the open format writes them."""

    __tablename__ = "field_conflicts"
    __table_args__ = (
        Index("ix_field_conflicts_open", "organisation_id", "settled_at"),
        UniqueConstraint("fact_id", "field", "source", "load_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisations.id")
    person_id: UUID | None = Field(default=None, foreign_key="people.id", index=True)
    load_id: UUID = Field(foreign_key="loads.id", index=True)
    kind: str = Field(max_length=40)
    fact_id: UUID
    field: str = Field(max_length=60)
    source: str = Field(max_length=60)
    offered: Any = Field(default=None, sa_type=JSON)
    recorded: Any = Field(default=None, sa_type=JSON)
    recorded_source: str
    settled_at: datetime | None = None
    settled_by: UUID | None = Field(default=None, foreign_key="people.id")
    settlement: Settlement | None = Field(default=None, sa_type=stored_enum(Settlement))


class PossibleDuplicate(SQLModel, table=True):
    """A source's new person who may be somebody already recorded; waits until a person has said.

    ``is_same`` is the answer, remembered for this source's key and this candidate.
    """

    __tablename__ = "possible_duplicates"
    __table_args__ = (UniqueConstraint("source_id", "source_key", "candidate_id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    source_id: UUID = Field(foreign_key="sources.id")
    source_key: str = Field(max_length=100)
    candidate_id: UUID = Field(foreign_key="people.id", index=True)
    load_id: UUID = Field(foreign_key="loads.id", index=True)
    reasons: list[str] = Field(sa_type=JSON)
    name: str
    born_on: date | None = None
    found_at: datetime
    settled_at: datetime | None = None
    settled_by: UUID | None = Field(default=None, foreign_key="people.id")
    is_same: bool | None = None
