"""Whose access an import changes, or a large one may: everybody, by name and post.

Nothing of it is held in memory beyond some people at a time: the workbook sorts them.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlmodel import Session, col, select

from profiles.imports.records.checking import in_batches
from profiles.imports.records.content import PEOPLE_IN_A_PIECE
from profiles.imports.records.workbook import Workbook, content_of
from profiles.people.models import PersonName
from profiles.people.service import display_name
from profiles.temporal import known_of_few, valid

_TABLE = """
CREATE TABLE IF NOT EXISTS whose (person_id BLOB PRIMARY KEY, family TEXT, name TEXT, post TEXT) WITHOUT ROWID
"""


def pieces(session: Session, workbook: Workbook, now: datetime) -> Iterator[bytes]:
    """Lines of JSON, by family name, so many in each piece: a person, their name, and the post recorded."""
    _fill(session, workbook, now)
    found = workbook.run("SELECT person_id, name, post FROM whose ORDER BY family, name, person_id")
    while rows := list(islice(found, PEOPLE_IN_A_PIECE)):
        yield b"\n".join(
            to_json(
                {
                    "person": UUID(bytes=person_id).hex,
                    "name": name,
                    "post": content_of(post) if post else None,
                }
            )
            for person_id, name, post in rows
        )


def _fill(session: Session, workbook: Workbook, now: datetime) -> None:
    workbook.run(_TABLE)
    workbook.run("DELETE FROM whose")
    workbook.run("INSERT INTO whose SELECT person_id, '', '', NULL FROM affected")
    name = "UPDATE whose SET family = ?, name = ? WHERE person_id = ?"
    for people in in_batches(workbook.column("SELECT person_id FROM affected")):
        theirs = select(PersonName).where(
            valid(PersonName, now),
            known_of_few(PersonName, now),
            col(PersonName.person_id).in_([UUID(bytes=one) for one in people]),
        )
        workbook.run_many(
            name,
            (
                (one.family_name.casefold(), display_name(one), one.person_id.bytes)
                for one in session.exec(theirs)
            ),
        )
    workbook.run_many(
        name,
        (
            (
                row["family_name"].casefold(),
                f"{row['known_as'] or row['given_names']} {row['family_name']}",
                UUID(row["person_id"]).bytes,
            )
            for row in _planned(workbook, "name")
        ),
    )
    workbook.run_many(
        "UPDATE whose SET post = ? WHERE person_id = ?",
        (
            (
                to_json({name: row[name] for name in ("job_title", "local_grade", "valid_from")}).decode(),
                UUID(row["person_id"]).bytes,
            )
            for row in _planned(workbook, "posting")
        ),
    )


def _planned(workbook: Workbook, target: str) -> Iterator[dict[str, Any]]:
    """The facts of a kind that would stand, in the order of their writing."""
    for (text,) in workbook.run("SELECT row FROM plan WHERE target = ? ORDER BY seq", target):
        row = content_of(text)
        if not row.get("told", {}).get("superseded_at"):
            yield row
