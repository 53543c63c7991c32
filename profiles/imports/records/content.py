"""The files of an import, in compressed pieces, so that neither end holds more than a piece in memory."""

import codecs
import csv
import hashlib
import io
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import Any
from uuid import UUID

from pydantic_core import from_json
from sqlalchemy import delete
from sqlmodel import Session, col, select

from profiles.errors import Invalid
from profiles.imports.records.models import ImportFile
from profiles.imports.records.problems import Problem
from profiles.imports.records.workbook import Workbook

PIECE = 1024 * 1024
LARGEST_FILE = 512 * 1024 * 1024
REPORT = "report.csv"
WHOSE = "whose-access.jsonl"
"""Whose access a large import may change; forgotten with the files."""
PEOPLE_IN_A_PIECE = 250
"""Lines of those: a piece is all that is read to show some of them."""
PROBLEM, NOTICE = "problem", "notice"


class Packed:
    """A file in compressed pieces, in a nameless file of the process until it is kept.

    Packing is slow and needs no database: it is done before anything is written, so that nobody waits for it.
    ``digest`` is the SHA-256 of the file's bytes.
    """

    def __init__(self, name: str, chunks: Iterable[bytes]) -> None:
        """Raises Invalid when the file is too large."""
        digest, size = hashlib.sha256(), 0
        self.name = name
        self._file = SpooledTemporaryFile(max_size=PIECE)  # noqa: SIM115 - closed when nobody holds it any more
        self._sizes: list[int] = []
        for piece in _pieces(chunks):
            digest.update(piece)
            size += len(piece)
            if size > LARGEST_FILE:
                raise Invalid(
                    f"The file is larger than {LARGEST_FILE // PIECE} MiB. Send it in parts.", field="files"
                )
            self._sizes.append(self._file.write(zlib.compress(piece, 6)))
        self.digest = digest.hexdigest()

    def pieces(self) -> Iterator[bytes]:
        """What was packed, in order."""
        self._file.seek(0)
        return (self._file.read(size) for size in self._sizes)


def keep(session: Session, import_id: UUID, packed: Packed, *, is_report: bool = False) -> None:
    """Keep a file."""
    for number, piece in enumerate(packed.pieces()):
        session.add(
            ImportFile(
                import_id=import_id, name=packed.name, piece=number, is_report=is_report, content=piece
            )
        )
        session.flush()
        session.expunge_all()


def names_of(session: Session, import_id: UUID) -> list[str]:
    """The files of an import, in the order in which they came."""
    first = select(ImportFile.name).where(
        ImportFile.import_id == import_id, ImportFile.piece == 0, col(ImportFile.is_report).is_(False)
    )
    return list(session.exec(first.order_by(col(ImportFile.id))))


def chunks_of(session: Session, import_id: UUID, name: str, *, is_report: bool = False) -> Iterator[bytes]:
    """The bytes of a file, piece by piece."""
    number = 0
    while True:
        content = session.exec(
            select(ImportFile.content).where(
                ImportFile.import_id == import_id,
                ImportFile.name == name,
                ImportFile.piece == number,
                col(ImportFile.is_report).is_(is_report),
            )
        ).first()
        if content is None:
            return
        yield zlib.decompress(content)
        number += 1


def report_rows(
    session: Session, import_id: UUID, limit: int, *, notices_of: str | None = None
) -> list[Problem]:
    """The first problems of the report, or the first notices of a field."""
    rows = csv.DictReader(_text_lines(chunks_of(session, import_id, REPORT, is_report=True)))
    if notices_of is None:
        found = (row for row in rows if row["severity"] == PROBLEM)
    else:
        found = (row for row in rows if (row["severity"], row["field"]) == (NOTICE, notices_of))
    return [
        Problem(row["file"], int(row["line"] or 0), row["field"], row["code"], row["message"])
        for row in islice(found, limit)
    ]


def report_of(session: Session, import_id: UUID, *, without_notices_of: str | None = None) -> Iterator[bytes]:
    """The whole report as CSV, but for the notices of a field."""
    chunks = chunks_of(session, import_id, REPORT, is_report=True)
    if without_notices_of is None:
        yield from chunks
        return
    for row in csv.reader(_text_lines(chunks)):
        if (row[0], row[3]) != (NOTICE, without_notices_of):
            yield _csv(tuple(row))


def forget(session: Session, import_id: UUID) -> None:
    """Delete the files, and whose access changes; the report stays."""
    sent = col(ImportFile.is_report).is_(False)
    session.execute(delete(ImportFile).where(col(ImportFile.import_id) == import_id, sent))
    forget_whose(session, import_id)


def forget_whose(session: Session, import_id: UUID) -> None:
    """Delete whose access changes: once it is decided nobody needs to look through them."""
    session.execute(
        delete(ImportFile).where(
            col(ImportFile.import_id) == import_id,
            col(ImportFile.is_report).is_(True),
            col(ImportFile.name) == WHOSE,
        )
    )


def keep_whose(session: Session, import_id: UUID, pieces: Iterable[bytes]) -> None:
    """Keep whose access changes, each piece compressed, once the report is kept."""
    for number, piece in enumerate(pieces):
        session.add(ImportFile(import_id=import_id, name=WHOSE, piece=number, is_report=True, content=piece))
    session.flush()
    session.expunge_all()


def whose(session: Session, import_id: UUID, first: int, count: int) -> list[dict[str, Any]]:
    """So many of those lines, from the one with this number on, as far as they are in one piece."""
    piece = session.exec(
        select(ImportFile.content).where(
            ImportFile.import_id == import_id,
            ImportFile.name == WHOSE,
            ImportFile.piece == first // PEOPLE_IN_A_PIECE,
            col(ImportFile.is_report).is_(True),
        )
    ).first()
    lines = zlib.decompress(piece).split(b"\n") if piece is not None else []
    begins = first % PEOPLE_IN_A_PIECE
    return [from_json(line) for line in lines[begins : begins + count]]


def pack_report(workbook: Workbook) -> Packed:
    """The report of every problem that was kept, and every notice, a line each."""
    return Packed(REPORT, report_lines(workbook))


def keep_report(session: Session, import_id: UUID, report: Packed) -> None:
    """Keep a report in the place of an earlier one."""
    session.execute(
        delete(ImportFile).where(col(ImportFile.import_id) == import_id, col(ImportFile.is_report).is_(True))
    )
    keep(session, import_id, report, is_report=True)


def report_lines(workbook: Workbook) -> Iterator[bytes]:
    """The report as CSV, line by line."""
    yield _csv(("severity", "file", "line", "field", "code", "message"))
    for problem in workbook.listed():
        yield _csv((PROBLEM, *map(str, problem)))
    for notice in workbook.notices():
        yield _csv((NOTICE, *map(str, notice)))
    more = workbook.problems - workbook.run("SELECT count(*) FROM problems").fetchone()[0]
    if more:
        yield _csv((PROBLEM, *map(str, Problem("", 0, "", "more", f"and {more:,} more problems"))))


def _text_lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Decoded lines with their ends: a character may lie across two pieces, as a line may."""
    rest = ""
    for text in codecs.iterdecode(chunks, "utf-8"):
        *whole, rest = (rest + text).split("\n")
        yield from (f"{line}\n" for line in whole)
    if rest:
        yield rest


def _csv(cells: tuple[str, ...]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(_harmless(cell) for cell in cells)
    return text.getvalue().encode()


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet does not take for a formula: what a file's name or a key says is text."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Of an empty file one that is empty, so that it is kept as a file, and refused as one."""
    waiting, is_empty = bytearray(), True
    for chunk in chunks:
        waiting += chunk
        while len(waiting) >= PIECE:
            yield bytes(waiting[:PIECE])
            is_empty = False
            del waiting[:PIECE]
    if waiting or is_empty:
        yield bytes(waiting)
