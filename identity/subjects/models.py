"""The table of pairwise subjects."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel


class PairwiseSubject(SQLModel, table=True):
    """One person at one sector, for life: nothing about it is derived, so nothing can change it."""

    __tablename__ = "pairwise_subjects"

    sector: str = Field(max_length=255, primary_key=True)
    person_id: UUID = Field(foreign_key="people.id", primary_key=True)
    sub: str = Field(max_length=64, unique=True)
    created_at: datetime
