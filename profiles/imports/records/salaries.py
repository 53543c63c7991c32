"""The salaries that an import records, compared with the pay scales as they will be: notices of a dry run."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from pydantic_core import to_json
from sqlmodel import Session, col, select

from profiles.employments.models import Posting, PostingKind
from profiles.imports.records.checking import Place, in_batches
from profiles.imports.records.facts import plain
from profiles.imports.records.incoming import Incoming
from profiles.imports.records.kinds import PAY_SCALE
from profiles.imports.records.problems import Problem
from profiles.imports.records.workbook import Workbook, content_of
from profiles.pay.models import PayReason, PayScale
from profiles.pay.outside import Doubt, doubts_about
from profiles.pay.scales import place_key
from profiles.temporal import known, known_of_few

SALARY = "salary_pence"
"""The field of which the notices are."""
_TABLES = (
    "CREATE TABLE salaries (file TEXT, line INTEGER, key TEXT, employment TEXT, row TEXT)",
    "CREATE TABLE planned_posts (employment TEXT, row TEXT)",
    "CREATE TABLE gone (version TEXT PRIMARY KEY) WITHOUT ROWID",
)
_WORDS: Mapping[Doubt, str] = {
    Doubt.BELOW: "is below the scale",
    Doubt.ABOVE: "is above the scale",
    Doubt.ANOTHER: "comes with another scale than that",
}


class _Stretch(NamedTuple):
    """What is so between two instants: of a post, or of a scale."""

    starts: datetime
    ends: datetime | None
    said: Any

    def holds(self, at: datetime) -> bool:
        return self.starts <= at and (self.ends is None or at < self.ends)


class Salaries:
    """Those of one import; none are kept where the organisation has no scales and these files bring none."""

    def __init__(self, session: Session, workbook: Workbook, place: Place, now: datetime) -> None:
        self._session, self._workbook, self._place, self._now = session, workbook, place, now
        self._recorded = session.exec(
            select(PayScale).where(
                known(PayScale, now), col(PayScale.organisation_id).in_(list(place.codes.values()))
            )
        ).all()
        brought = workbook.column("SELECT 1 FROM records WHERE kind = ? LIMIT 1", PAY_SCALE)
        self._has_scales = bool(self._recorded or brought)
        if self._has_scales:
            for statement in _TABLES:
                workbook.run(statement)

    def add(self, one: Incoming, columns: Mapping[str, Any]) -> None:
        """Keep a salary that is new or changed until all is planned."""
        if self._has_scales:
            values = (one.file, one.line, one.key, columns["employment_id"], to_json(columns).decode())
            self._workbook.run("INSERT INTO salaries VALUES (?, ?, ?, ?, ?)", *values)

    def report(self) -> int:
        """Note each that lies outside its scale, once all is planned and in the workbook; say how many."""
        if not self._has_scales:
            return 0
        self._index_plan()
        scales, found = self._scales(), 0
        query = "SELECT file, line, key, employment, row FROM salaries ORDER BY rowid"
        for batch in in_batches(self._workbook.run(query)):
            posts = self._posts({employment for _, _, _, employment, _ in batch})
            notices: list[Problem] = []
            for file, line, key, employment, text in batch:
                doubts = list(_notices(content_of(text), posts.get(employment, []), scales))
                found += bool(doubts)
                notices.extend(
                    Problem(file, line, SALARY, doubt.value, f"The pay {key} {words}")
                    for doubt, words in doubts
                )
            self._workbook.note(*notices)
        return found

    def _index_plan(self) -> None:
        book = self._workbook
        book.run(
            "INSERT OR IGNORE INTO gone SELECT json_extract(row, '$.version_id') FROM plan"
            " WHERE target = 'planned_change' AND json_extract(row, '$.kind') IN ('posting', 'pay_scale')"
            " AND json_extract(row, '$.version_id') IS NOT NULL"
        )
        book.run(
            "INSERT INTO planned_posts SELECT json_extract(row, '$.employment_id'), row FROM plan"
            " WHERE target = 'posting' AND json_extract(row, '$.told.superseded_at') IS NULL"
        )
        book.run("CREATE INDEX planned_posts_employment ON planned_posts (employment)")

    def _scales(self) -> Mapping[tuple[str, str], list[_Stretch]]:
        """As they will be, by organisation and grade."""
        planned = self._workbook.column(
            "SELECT row FROM plan WHERE target = ? AND json_extract(row, '$.told.superseded_at') IS NULL",
            PAY_SCALE,
        )
        rows = [content_of(text) for text in planned]
        rows += [_row_of(one) for one in self._recorded if not self._is_gone(one.id)]
        found: dict[tuple[str, str], list[_Stretch]] = {}
        for row in rows:
            found.setdefault((row["organisation_id"], row["local_grade"]), []).append(_stretch(row))
        return found

    def _posts(self, employments: set[str]) -> Mapping[str, list[_Stretch]]:
        """The posts at home of these employments, as they will be."""
        marks = ", ".join("?" * len(employments))
        planned = self._workbook.column(
            f"SELECT row FROM planned_posts WHERE employment IN ({marks})",  # noqa: S608 - question marks
            *employments,
        )
        recorded = self._session.exec(
            select(Posting).where(
                known_of_few(Posting, self._now),
                col(Posting.employment_id).in_([UUID(one) for one in employments]),
            )
        )
        rows = [content_of(text) for text in planned]
        rows += [_row_of(one) for one in recorded if not self._is_gone(one.id)]
        found: dict[str, list[_Stretch]] = {}
        for row in rows:
            if row["kind"] == PostingKind.HOME:
                found.setdefault(row["employment_id"], []).append(_stretch(row))
        return found

    def _is_gone(self, version_id: UUID) -> bool:
        return bool(self._workbook.column("SELECT 1 FROM gone WHERE version = ?", version_id.hex))


def _notices(
    pay: Mapping[str, Any], posts: list[_Stretch], scales: Mapping[tuple[str, str], list[_Stretch]]
) -> Iterator[tuple[Doubt, str]]:
    """What is to be doubted of a salary, in words."""
    at, place = datetime.fromisoformat(pay["valid_from"]), pay["organisation_id"]
    grades = (
        one.said["local_grade"] for one in posts if one.holds(at) and one.said["organisation_id"] == place
    )
    grade = next(grades, None)
    if grade is None:
        return
    held = {
        place_key(one.said["location"]): one.said for one in scales.get((place, grade), []) if one.holds(at)
    }
    scale = held.get(place_key(pay["location"])) or held.get("")
    if scale is None:
        return
    ends = scale["minimum_pence"], scale["maximum_pence"]
    own = pay["scale_minimum_pence"], pay["scale_maximum_pence"]
    which = ", ".join(one for one in (grade, scale["location"]) if one)
    between = " to ".join(f"{pence / 100:,.2f}" for pence in ends)
    for doubt in doubts_about(pay["salary_pence"], PayReason(pay["pay_reason"]), own, ends):
        yield doubt, f"{_WORDS[doubt]} of {which} on the first day ({between} pounds)"


def _row_of(fact: Posting | PayScale) -> dict[str, Any]:
    return {name: plain(value) for name, value in fact.model_dump().items()}


def _stretch(row: Mapping[str, Any]) -> _Stretch:
    ends = row["valid_to"]
    return _Stretch(
        datetime.fromisoformat(row["valid_from"]), datetime.fromisoformat(ends) if ends else None, row
    )
