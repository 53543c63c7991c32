"""Files of an import, kept in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import pytest
from sqlmodel import Session

from profiles.errors import Invalid
from profiles.imports.records import content, service
from profiles.imports.records.content import PIECE, Packed
from tests.factories.organisations import INITIATOR, make_organisation


@pytest.fixture
def import_id(session: Session, now: datetime) -> UUID:
    organisation_id = make_organisation(session, now, "HMRC").id
    return service.receive(
        session,
        now,
        INITIATOR,
        organisation_id=organisation_id,
        source="hr",
        files=[("records.jsonl", [b"{}"])],
        started_by=None,
    ).id


def test_a_file_comes_back_as_it_was(session: Session, import_id: UUID) -> None:
    whole = bytes(range(256)) * (PIECE // 100)
    content.keep(session, import_id, Packed("a.csv", [whole[:7], whole[7:]]))
    assert b"".join(content.chunks_of(session, import_id, "a.csv")) == whole


@pytest.mark.parametrize("place", [-2, -1, 0])
def test_a_report_reads_whatever_lies_across_two_pieces(
    session: Session, import_id: UUID, place: int
) -> None:
    head = b"severity,file,line,field,code,message\r\n"
    row = b"problem,r.jsonl,1,,step,before\r\n"
    before = (PIECE - len(head)) // len(row) - 1
    filled = b"problem,r.jsonl,2,,step,"
    filled += b"x" * (PIECE + place - len(head) - before * len(row) - len(filled))
    report = [head, row * before, filled, "ß€".encode(), b"\r\n", b"problem,r.jsonl,3,,step,later\r\n"]
    content.keep_report(session, import_id, Packed(content.REPORT, report))
    rows = content.report_rows(session, import_id, before + 2)
    assert [one.line for one in rows[before:]] == [2, 3]
    assert rows[before].message.endswith("xß€")


def test_files_are_packed_before_anything_is_written(session: Session, now: datetime) -> None:
    organisation_id = make_organisation(session, now, "HMRC").id
    session.commit()

    def chunks() -> Iterator[bytes]:
        assert not session.in_transaction()
        yield b"{}"

    service.receive(
        session,
        now,
        INITIATOR,
        organisation_id=organisation_id,
        source="hr",
        files=[("records.jsonl", chunks())],
        started_by=None,
    )


def test_a_name_stands_once(session: Session, now: datetime) -> None:
    organisation_id = make_organisation(session, now, "HMRC").id
    with pytest.raises(Invalid, match=r"a\.csv"):
        service.receive(
            session,
            now,
            INITIATOR,
            organisation_id=organisation_id,
            source="hr",
            files=[("a.csv", [b"1"]), ("a.csv", [b"2"])],
            started_by=None,
        )
