"""The table of versions."""

from sqlmodel import Field, SQLModel


class Version(SQLModel, table=True):
    """The version of one kind of thing that processes remember.

    Triggers replace it whenever one of the tables behind it changes, in the transaction that changes them
    (``app.migrations``). It is random, never counted: a number that was taken back with its transaction could
    come again with another content.
    """

    __tablename__ = "versions"

    kind: str = Field(max_length=20, primary_key=True)
    version: str = Field(max_length=40)
