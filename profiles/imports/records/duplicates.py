"""New people who may be somebody whom the organisation has already: they wait until a person has said.

Only people whom the organisation itself employs are candidates: nobody may learn from an import that another
organisation has a record, nor what is so now of somebody who has left.
"""

import unicodedata
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select as columns
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from profiles.columns import is_among
from profiles.employments.models import Employment
from profiles.employments.service import employees, works_for
from profiles.imports.records.checking import LOOKED_UP_AT_ONCE, Place, in_batches
from profiles.imports.records.models import PossibleDuplicate
from profiles.imports.records.workbook import Workbook
from profiles.loads import published_loads
from profiles.people.models import BirthDate, PersonName, WorkAddress
from profiles.temporal import known, known_of_few

NAME_AND_BIRTH, NUMBER, ADDRESS = "name_and_birth_date", "employment_number", "work_address"

_NEWCOMERS = (
    "SELECT f.key AS person, r.kind AS kind, r.content AS content FROM refs f JOIN records r USING (n)"
    " JOIN known k ON k.kind = 'person' AND k.key = f.key AND k.is_new = 1 WHERE f.field = 'person'"
)


def normal_name(given_names: str, family_name: str) -> str:
    """A name as it is compared: the first given name and the family name, letters only, without accents."""
    first = given_names.split()[0] if given_names.split() else ""
    plain = unicodedata.normalize("NFKD", f"{first} {family_name}").casefold()
    return "".join(letter for letter in plain if letter.isalpha())


def find(session: Session, workbook: Workbook, place: Place, now: datetime) -> None:
    """Note in the workbook whom the new people may be. What a person has denied is not asked again."""
    workbook.run(
        "CREATE TABLE candidates (key TEXT, person_id BLOB, reason TEXT, asked INTEGER DEFAULT 0,"
        " UNIQUE (key, person_id, reason))"
    )
    if not workbook.column("SELECT 1 FROM known WHERE kind = 'person' AND is_new = 1 LIMIT 1"):
        return
    _by_name(session, workbook, place, now)
    _by_text(session, workbook, place, now, "employment", "number", NUMBER)
    _by_text(session, workbook, place, now, "address", "address", ADDRESS)
    # What waits from an earlier import waits on, and is not noted twice.
    asked = session.exec(
        select(PossibleDuplicate.source_key, PossibleDuplicate.candidate_id).where(
            col(PossibleDuplicate.source_id) == place.source_id,
            col(PossibleDuplicate.is_same).is_(None),
            col(PossibleDuplicate.load_id).in_(published_loads()),
        )
    )
    workbook.run_many(
        "UPDATE candidates SET asked = 1 WHERE key = ? AND person_id = ?",
        [(key, candidate.bytes) for key, candidate in asked],
    )
    denied = session.exec(
        select(PossibleDuplicate.source_key, PossibleDuplicate.candidate_id).where(
            col(PossibleDuplicate.source_id) == place.source_id, col(PossibleDuplicate.is_same).is_(False)
        )
    )
    workbook.run_many(
        "DELETE FROM candidates WHERE key = ? AND person_id = ?",
        [(key, candidate.bytes) for key, candidate in denied],
    )


def held(workbook: Workbook) -> dict[str, dict[UUID, list[str]]]:
    """The keys of the people who wait, and for each the candidates that are new, with the reasons."""
    found: dict[str, dict[UUID, list[str]]] = {}
    for key, person_id, reason, asked in workbook.run(
        "SELECT key, person_id, reason, asked FROM candidates ORDER BY key, person_id, reason"
    ):
        candidates = found.setdefault(key, {})
        if not asked:
            candidates.setdefault(UUID(bytes=person_id), []).append(reason)
    return found


def _by_name(session: Session, workbook: Workbook, place: Place, now: datetime) -> None:
    workbook.run("CREATE TABLE people (born_on TEXT, name TEXT, person_id BLOB)")
    days = workbook.column(
        f"WITH newcomers AS ({_NEWCOMERS})"  # noqa: S608 - a constant
        " SELECT DISTINCT json_extract(content, '$.born_on') FROM newcomers WHERE kind = 'birth_date'"
    )
    theirs = columns(
        col(BirthDate.born_on),
        col(PersonName.given_names),
        col(PersonName.family_name),
        col(BirthDate.person_id),
    ).where(
        col(PersonName.person_id) == col(BirthDate.person_id),
        known(PersonName, now),
        known(BirthDate, now),
        col(BirthDate.person_id).in_(employees(place.codes.values(), now)),
    )
    if len(days) <= LOOKED_UP_AT_ONCE:
        theirs = theirs.where(
            is_among(session, col(BirthDate.born_on), [date.fromisoformat(day) for day in days])
        )
    workbook.run_many(
        "INSERT INTO people VALUES (?, ?, ?)",
        (
            (born_on.isoformat(), normal_name(given_names, family_name), person_id.bytes)
            for born_on, given_names, family_name, person_id in session.execute(
                theirs.execution_options(yield_per=2000)
            )
        ),
    )
    if not workbook.column("SELECT 1 FROM people LIMIT 1"):
        return
    workbook.function("normal_name", 2, normal_name)
    workbook.run("CREATE INDEX people_name ON people (name, born_on)")
    workbook.run(
        f"WITH newcomers AS ({_NEWCOMERS}) INSERT OR IGNORE INTO candidates (key, person_id, reason)"  # noqa: S608 - a constant
        " SELECT n.person, p.person_id, ? FROM newcomers n"
        " JOIN newcomers b ON b.person = n.person AND b.kind = 'birth_date'"
        " JOIN people p ON p.born_on = json_extract(b.content, '$.born_on') AND p.name ="
        " normal_name(json_extract(n.content, '$.given_names'), json_extract(n.content, '$.family_name'))"
        " WHERE n.kind = 'name'",
        NAME_AND_BIRTH,
    )


def _by_text(
    session: Session, workbook: Workbook, place: Place, now: datetime, kind: str, field: str, reason: str
) -> None:
    """The people who have the number or the address of a new person now."""
    model: Any = aliased(Employment if kind == "employment" else WorkAddress)
    column = getattr(model, field)
    texts = workbook.run(
        f"WITH newcomers AS ({_NEWCOMERS})"  # noqa: S608 - a constant
        " SELECT json_extract(content, ?), person FROM newcomers WHERE kind = ?",
        f"$.{field}",
        kind,
    ).fetchall()
    organisations = set(place.codes.values())
    for batch in in_batches(texts):
        found = session.execute(
            columns(column, model.person_id, model.organisation_id).where(
                is_among(session, column, [text for text, _ in batch]),
                known_of_few(model, now),
                works_for(model.person_id, organisations, now),
            )
        )
        # Here, not there: SQLite would read all of an organisation's rather than look for these.
        holders = {text: person_id for text, person_id, at in found if at is None or at in organisations}
        workbook.run_many(
            "INSERT OR IGNORE INTO candidates (key, person_id, reason) VALUES (?, ?, ?)",
            [(person, holders[text].bytes, reason) for text, person in batch if text in holders],
        )
