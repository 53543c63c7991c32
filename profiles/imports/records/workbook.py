"""Where an import is checked and planned: a database of its own that holds as much as there is.

SQLite keeps what does not fit into memory in a file that has no name and is gone with the process, so a large
file takes no more memory than a small one, and nothing personal is left behind.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from types import TracebackType
from typing import Any

from pydantic_core import from_json

from profiles.imports.records.kinds import HISTORY, KINDS, ORGANISATION, Kind, Record, SourceKey
from profiles.imports.records.problems import Problem
from profiles.imports.records.reading import Read

MOST_PROBLEMS = 100_000
"""Problems that are kept; beyond, they are only counted."""
_BETWEEN = "\x1f"
_AT_ONCE = 2000
_NOT_CONTENT = {"kind", "source_key"}
_SELDOM = {"continues", *HISTORY}

_TABLES = """
CREATE TABLE records (
    n INTEGER PRIMARY KEY, file TEXT, line INTEGER, kind TEXT, key TEXT, content TEXT, hash BLOB,
    valid_from TEXT, valid_until TEXT, exclusive TEXT, continues TEXT, recorded_at TEXT, superseded_at TEXT
);
CREATE TABLE refs (n INTEGER, field TEXT, kind TEXT, key TEXT);
CREATE TABLE sent_keys (
    file TEXT, line INTEGER, kind TEXT, organisation TEXT, source TEXT, key TEXT, record TEXT, person TEXT,
    person_key TEXT, hash TEXT
);
CREATE TABLE known (
    kind TEXT, key TEXT, fact_id BLOB, person_id BLOB, is_new INTEGER, hash BLOB, person_key TEXT,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID;
CREATE TABLE problems (file TEXT, line INTEGER, field TEXT, code TEXT, message TEXT);
CREATE TABLE notices (file TEXT, line INTEGER, field TEXT, code TEXT, message TEXT);
CREATE TABLE hidden_kinds (kind TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE plan (seq INTEGER PRIMARY KEY, target TEXT, row TEXT);
CREATE TABLE affected (person_id BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE touched (person_id BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE clearances (line TEXT);
CREATE TABLE domains (domain TEXT, since TEXT, until TEXT);
CREATE TABLE unknown_grades (grade TEXT);
"""
_KEPT = (("records", 13), ("refs", 4), ("sent_keys", 10))


class Workbook:
    """Records, what they refer to, the problems with them and the plan; everything is gone when it closes.

    ``own_code`` is the organisation that a record means when it names none.
    """

    def __init__(self, own_code: str) -> None:
        self._own_code = own_code
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-16384", "temp_store=FILE"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.executescript(_TABLES)
        self.records = 0
        self.problems = 0

    def __enter__(self) -> "Workbook":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def run(self, statement: str, *values: Any) -> sqlite3.Cursor:
        """One statement."""
        return self._database.execute(statement, values)

    def run_many(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """One statement for many rows, in one transaction."""
        self.run("BEGIN")
        self._database.executemany(statement, rows)
        self.run("COMMIT")

    def function(self, name: str, arguments: int, function: Callable[..., Any]) -> None:
        """Let statements call a function of ours."""
        self._database.create_function(name, arguments, function, deterministic=True)

    def column(self, statement: str, *values: Any) -> list[Any]:
        """The first column of what a question finds."""
        return [row[0] for row in self.run(statement, *values)]

    def add(self, file: str, lines: Iterable[Read]) -> Iterator[int]:
        """Take in a file's lines; yields how many records there are so far, now and then."""
        records: list[tuple[Any, ...]] = []
        refs: list[tuple[Any, ...]] = []
        sent_keys: list[tuple[Any, ...]] = []
        for read in lines:
            for problem in read.problems:
                self.report(problem)
            for kind, key in read.named:
                self.run("INSERT OR IGNORE INTO known (kind, key, is_new) VALUES (?, ?, 1)", kind, key)
            if read.source_key is not None:
                sent_keys.append(_sent_key(file, read.line, read.source_key))
                if len(sent_keys) == _AT_ONCE:
                    self._write(records, refs, sent_keys)
            if read.kind is None or read.record is None:
                continue
            self.records += 1
            records.append(_row(self.records, file, read.line, read.kind, read.record, self._own_code))
            refs.extend(_refs(self.records, read.kind, read.record))
            if len(records) == _AT_ONCE:
                self._write(records, refs, sent_keys)
                yield self.records
        self._write(records, refs, sent_keys)
        yield self.records

    def report(self, problem: Problem) -> None:
        """Note a problem."""
        self.problems += 1
        if self.problems <= MOST_PROBLEMS:
            self.run("INSERT INTO problems VALUES (?, ?, ?, ?, ?)", *problem)

    def report_records(self, field: str, code: str, message: str, which: str, *values: Any) -> None:
        """Note a problem with each record that ``which`` finds: a SELECT of file and line."""
        for file, line in self.run(which, *values).fetchall():
            self.report(Problem(file, line, field, code, message))

    def note(self, *notices: Problem) -> None:
        """Note what is no problem, for the report."""
        self.run_many("INSERT INTO notices VALUES (?, ?, ?, ?, ?)", notices)

    def notices(self) -> Iterator[Problem]:
        """What was noted, in the order of the lines, and last what is of none."""
        return (
            Problem(*row) for row in self.run("SELECT * FROM notices ORDER BY line = 0, file, line, rowid")
        )

    def listed(self, limit: int = -1) -> Iterator[Problem]:
        """The problems, in the order of files and lines."""
        query = "SELECT file, line, field, code, message FROM problems ORDER BY file, line, rowid LIMIT ?"
        return (Problem(*row) for row in self.run(query, limit))

    def index(self) -> None:
        """Make the indexes, once everything is in."""
        self.run("CREATE INDEX records_key ON records (kind, key)")
        self.run("CREATE INDEX records_exclusive ON records (kind, exclusive, valid_from)")
        self.run("CREATE INDEX records_continues ON records (kind, continues) WHERE continues IS NOT NULL")
        self.run("CREATE INDEX refs_n ON refs (n)")
        self.run("CREATE INDEX refs_key ON refs (kind, key)")

    def plan_hash(self) -> str:
        """A SHA-256 of the whole plan."""
        digest = hashlib.sha256()
        for target, row in self.run("SELECT target, row FROM plan ORDER BY seq"):
            digest.update(f"{target}{_BETWEEN}{row}\n".encode())
        return digest.hexdigest()

    def _write(self, *waiting: list[tuple[Any, ...]]) -> None:
        for (table, width), rows in zip(_KEPT, waiting, strict=True):
            self.run_many(f"INSERT INTO {table} VALUES ({', '.join('?' * width)})", rows)  # noqa: S608 - constants
            rows.clear()


@lru_cache(maxsize=4096)
def instant_text(at: datetime) -> str:
    """An instant as text whose order is that of time."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")


def read_instant(text: str) -> datetime:
    """The instant of such a text."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def content_of(text: str) -> dict[str, Any]:
    """The fields of a record that was kept."""
    content: dict[str, Any] = from_json(text)
    return content


def _row(n: int, file: str, line: int, kind: Kind, record: Record, own_code: str) -> tuple[Any, ...]:
    is_plain = record.continues is None and record.recorded_at is None and record.source is None
    # Left out where they are empty, so that a record is the same as when the format did not know them.
    content = record.model_dump_json(exclude=_NOT_CONTENT | _SELDOM if is_plain else _NOT_CONTENT)
    return (
        n,
        file,
        line,
        kind.name,
        record.source_key,
        content,
        hashlib.blake2b(content.encode(), digest_size=16).digest(),
        instant_text(record.valid_from),
        instant_text(record.valid_until) if record.valid_until else None,
        _exclusive(kind, record, own_code),
        record.continues,
        *(instant_text(at) if at else None for at in (record.recorded_at, record.superseded_at)),
    )


def _sent_key(file: str, line: int, key: SourceKey) -> tuple[Any, ...]:
    names = (key.of, key.organisation, key.source, key.source_key)
    return file, line, *names, key.record, key.person, key.person_key, key.content_hash


def _refs(n: int, kind: Kind, record: Record) -> Iterator[tuple[Any, ...]]:
    for one in kind.references:
        key = getattr(record, one.field)
        if one.kind != ORGANISATION and key is not None:
            yield n, one.field, one.kind, key


def _exclusive(kind: Kind, record: Record, own_code: str) -> str | None:
    """What records must not share at the same time, in their own words; None where the rule does not ask."""
    for only, named, always_held in _asked(kind):
        if record.superseded_at is not None and not always_held:
            continue
        if only is not None and getattr(record, only[0]) != only[1]:
            continue
        found = []
        for field, is_place in named:
            value = getattr(record, field)
            found.append(str(value if value is not None else own_code if is_place else ""))
        return _BETWEEN.join(found)
    return None


@lru_cache(maxsize=len(KINDS))
def _asked(kind: Kind) -> list[tuple[tuple[str, str] | None, list[tuple[str, bool]], bool]]:
    """To which records of a kind each rule applies, the fields that it compares, and if it always held."""
    fields = kind.values | {one.column: one.field for one in kind.references}
    return [
        (
            None if rule.only is None else (fields[rule.only[0]], rule.only[1]),
            [(fields[column], column == "organisation_id") for column in rule.compared],
            rule.always_held,
        )
        for rule in kind.model.exclusive
    ]


def kinds_present(workbook: Workbook) -> list[Kind]:
    """The kinds of which there are records, in the order in which they refer to each other."""
    present = set(workbook.column("SELECT DISTINCT kind FROM records"))
    return [kind for name, kind in KINDS.items() if name in present]
