"""The register and each organisation's own export rebuild the whole elsewhere, as known on each day too."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import Session, select

from app.database import create_engine, open_session, transaction
from profiles.bulk_moves.ending import end_organisation
from profiles.errors import Conflict
from profiles.imports.records.export import Export
from profiles.imports.register.export import RegisterExport
from profiles.imports.register.loading import RegisterImport
from profiles.organisations import changing, domains, reading, successions
from profiles.organisations.models import (
    EmailDomain,
    LocalGrade,
    Organisation,
    OrganisationDetail,
    OrganisationKind,
    Succession,
)
from profiles.organisations.service import create
from profiles.pay.models import PayScale
from profiles.temporal import Provenance, as_of, end, history, start_of_day
from tests.factories.exports import KEY, without_ids
from tests.factories.importing import Importing
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE, make_organisation
from tests.factories.records import json_lines, person_records
from tests.support.databases import fresh_database

if TYPE_CHECKING:
    from sqlalchemy import Engine

BEGAN = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)
NOW = BEGAN + timedelta(days=100)
HOUR = timedelta(hours=1)
CODES = ("HMRC", "VOA", "DECC", "NEW")
SCALE = {"kind": "pay_scale", "source_key": "S1", "valid_from": "2024-08-01", "local_grade": "Officer"}
SCALE |= {"minimum_pence": 2_800_000, "maximum_pence": 3_100_000, "location": "London"}


def a_register(engine: Engine) -> None:
    """Four organisations of which everything was changed, corrected and taken back, an hour apart."""
    at = BEGAN
    with transaction(engine) as session:
        hmrc = make_organisation(session, at, "HMRC")
        voa = make_organisation(session, at, "VOA", parent=hmrc)
        decc = make_organisation(session, at, "DECC")
        later = {"code": "NEW", "name": "An office to come", "kind": OrganisationKind.AGENCY}
        create(session, at, PROVENANCE, INITIATOR, **later, valid_from=start_of_day(date(2027, 4, 1)))

        def said() -> dict[str, Any]:
            nonlocal at
            at += HOUR
            return {"session": session, "now": at, "provenance": PROVENANCE, "initiator": INITIATOR}

        changing.rename(**said(), organisation_id=voa.id, name="Valuations", first_day=date(2020, 4, 1))
        changing.rename(**said(), organisation_id=voa.id, name="Valuers", first_day=date(2020, 4, 1))
        changing.place(**said(), organisation_id=voa.id, parent_id=decc.id, first_day=date(2021, 4, 1))
        changing.place(**said(), organisation_id=voa.id, parent_id=hmrc.id, first_day=date(2022, 4, 1))
        domains.take(**said(), organisation_id=voa.id, domain="voa.gov.uk", last_day=date(2024, 3, 31))
        domains.give(**said(), organisation_id=hmrc.id, domain="voa.gov.uk", first_day=date(2024, 4, 1))
        pair = {"predecessor_id": decc.id, "successor_id": hmrc.id}
        made = successions.succeed(**said(), **pair, since=start_of_day(date(2016, 7, 14)))
        made = successions.correct(**said(), held=made, since=start_of_day(date(2016, 7, 15)))
        wrong = {"predecessor_id": decc.id, "successor_id": voa.id}
        successions.take_back(
            **said(), held=successions.succeed(**said(), **wrong, since=start_of_day(date(2016, 7, 14)))
        )
        end_organisation(**said(), organisation_id=decc.id, last_day=date(2025, 12, 31))
        [officer] = history(session, LocalGrade, at, organisation_id=hmrc.id, label="Contractor")
        end(session, officer, start_of_day(date(2025, 4, 1)), at + HOUR, PROVENANCE)
        places = {one.code: one.id for one in (hmrc, voa)}
    for number, place in enumerate(places.values()):
        importing = Importing(engine, at + 2 * HOUR, place)
        importing.whole(*person_records(str(number)), SCALE)


def told(engine: Engine, *, with_history: bool, at: datetime = NOW) -> tuple[bytes, dict[str, bytes]]:
    """The register, and each organisation's own export."""
    with open_session(engine, writes=False) as session:
        own = {}
        for code in CODES:
            place = successions.id_of(session, code)
            own[code] = b"".join(
                Export(session, at, organisation_id=place, with_history=with_history).lines()
            )
        return b"".join(RegisterExport(session, at, with_history=with_history).lines()), own


def rebuild(engine: Engine, register: bytes, own: dict[str, bytes], *, with_history: bool) -> None:
    """Read all of it where nothing is."""
    read = RegisterImport("register.jsonl", [register], NOW, with_history=with_history)
    assert read.problems == []
    with transaction(engine) as session:
        read.record(session, INITIATOR)
    for code, content in own.items():
        if content.count(b"\n") == 1:  # nothing but the line that names the format
            continue
        with open_session(engine, writes=False) as session:
            importing = Importing(engine, NOW, successions.id_of(session, code))
        running = importing.receive(content, source="old-provider", with_history=with_history)
        importing.publish(running)


def answers(session: Session, known: set[datetime], valid: set[datetime]) -> list[Any]:
    """The register on each day as known on each, with grades and scales."""
    codes = {one.id: one.code for one in session.exec(select(Organisation))}
    found: list[Any] = []
    for known_at in sorted(known):
        for at in sorted(valid):
            entries = [
                (
                    one.code,
                    one.kind,
                    one.name,
                    one.parent,
                    one.domains,
                    [(each.predecessor, each.since) for each in one.took_over_from],
                    [(each.successor, each.since) for each in one.handed_over_to],
                    one.grades,
                )
                for one in reading.register(session, at, known_at)
            ]
            scales = [
                (codes[one.organisation_id], one.local_grade, one.location, one.maximum_pence)
                for one in session.exec(select(PayScale).where(as_of(PayScale, at, known_at)))
            ]
            found.append((known_at, at, entries, sorted(scales)))
    return found


def said(content: bytes, *, with_history: bool) -> list[dict[str, Any]]:
    """The records; without their history the provider who brought them in is who says so."""
    found = without_ids(content)
    if with_history:
        return found
    return [
        {name: value for name, value in one.items() if name != "source" or one["kind"] == KEY}
        for one in found
    ]


def instants(session: Session) -> tuple[set[datetime], set[datetime]]:
    known, valid = {BEGAN - HOUR, NOW}, {LONG_AGO - HOUR, NOW}
    for model in (OrganisationDetail, EmailDomain, Succession, LocalGrade):
        for one in session.exec(select(model)):
            known |= {at for at in (one.recorded_at, one.superseded_at) if at}
            valid |= {at for at in (one.valid_from, one.valid_to) if at}
    return known, valid


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("with_history", [False, True])
def test_the_whole_is_rebuilt_from_the_register_and_each_export(kind: str, with_history: bool) -> None:
    with fresh_database(kind) as here, fresh_database(kind) as there:
        one, two = create_engine(here), create_engine(there)
        a_register(one)
        register, own = told(one, with_history=with_history)
        rebuild(two, register, own, with_history=with_history)
        with open_session(one, writes=False) as before, open_session(two, writes=False) as after:
            known, valid = instants(before)
            told_at = known if with_history else {NOW + timedelta(days=1)}
            assert answers(before, told_at, valid) == answers(after, told_at, valid)
        again, own_again = told(two, with_history=with_history, at=NOW + timedelta(days=1))
        assert again == register
        for code in CODES:
            same = [said(content, with_history=with_history) for content in (own_again[code], own[code])]
            assert same[0] == same[1], code
        for engine in (one, two):
            engine.dispose()


def test_what_has_ended_and_what_is_to_come_is_in_it(now: datetime) -> None:
    with fresh_database("sqlite") as url:
        engine = create_engine(url)
        a_register(engine)
        register, own = told(engine, with_history=False)
        engine.dispose()
    for code in (b'"DECC"', b'"NEW"'):
        assert code in register
    assert b'"grade"' in own["DECC"]


@pytest.mark.parametrize("reason", ["The\u00a0order", "The order \n", "The\u200b order\x07", " "])
def test_what_somebody_pasted_is_read_again(session: Session, now: datetime, reason: str) -> None:
    hmrc = make_organisation(session, now, "HMRC")
    said: dict[str, Any] = {"session": session, "now": now, "initiator": INITIATOR}
    changing.rename(
        **said,
        provenance=Provenance(None, "test", reason),
        organisation_id=hmrc.id,
        name="Revenue",
        first_day=date(2020, 4, 1),
    )
    register = b"".join(RegisterExport(session, now).lines())
    read = RegisterImport("register.jsonl", [register], now)
    assert read.problems == []
    assert ("The order" if reason.strip() else "") in {one.record.reason for one in read._lines}


HMRC = {"kind": "organisation_detail", "source_key": "1", "valid_from": "2005-04-18", "organisation": "HMRC"}
HMRC |= {"name": "HM Revenue & Customs", "organisation_kind": "department"}
VOA = HMRC | {"source_key": "2", "organisation": "VOA", "name": "Valuation Office", "parent": "HMRC"}
MAIL = {"kind": "email_domain", "source_key": "3", "valid_from": "2006-01-01", "organisation": "HMRC"}
MAIL |= {"domain": "hmrc.gov.uk"}
TOOK = {"kind": "succession", "source_key": "4", "valid_from": "2010-01-01", "predecessor": "VOA"}
TOOK |= {"successor": "HMRC"}


@pytest.mark.parametrize(
    ("records", "where"),
    [
        ([HMRC, VOA | {"parent": "NONE"}], (2, "parent", "unknown_reference")),
        ([HMRC | {"parent": "VOA"}, VOA], (1, "parent", "circle")),
        ([HMRC, VOA, MAIL | {"domain": "Not a domain"}], (3, "domain", "pattern")),
        ([HMRC, MAIL, MAIL | {"source_key": "5"}], (3, "valid_from", "overlap")),
        ([HMRC, MAIL, MAIL], (3, "source_key", "key_twice")),
        ([HMRC, MAIL | {"valid_from": "2001-01-01"}], (2, "valid_from", "outside")),
        ([HMRC, VOA, TOOK, TOOK | {"source_key": "5", "predecessor": "HMRC", "successor": "VOA"}],
         (4, "predecessor", "circle")),
        ([HMRC, VOA, TOOK | {"successor": "VOA"}], (3, "successor", "same")),
        ([HMRC | {"organisation": "hmrc"}], (1, "organisation", "pattern")),
        ([HMRC | {"name": "A\nB"}], (1, "name", "not_printable")),
        ([HMRC, HMRC | {"source_key": "5", "valid_from": "2001-01-01", "valid_until": "2004-01-01",
                        "organisation_kind": "agency"}], (2, "organisation_kind", "conflict")),
        ([HMRC, VOA | {"continues": "1"}], (2, "continues", "other_subject")),
        ([HMRC, MAIL | {"continues": "9"}], (2, "continues", "unknown_reference")),
        ([HMRC | {"recorded_at": "2026-01-01T00:00:00Z"}], (1, "recorded_at", "not_yours")),
        ([HMRC, {"kind": "posting", "source_key": "1"}], (2, "kind", "not_one_of")),
        ([{name: value for name, value in HMRC.items() if name != "organisation"}],
         (1, "organisation", "missing")),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_line_by_line(
    records: list[dict[str, Any]], where: tuple[int, str, str]
) -> None:
    read = RegisterImport("register.jsonl", [json_lines(*records)], NOW)
    assert where in [(one.line, one.field, one.code) for one in read.problems]


def test_a_register_is_read_only_where_there_is_none(session: Session, now: datetime) -> None:
    read = RegisterImport("register.jsonl", [json_lines(HMRC, VOA, MAIL, TOOK)], now)
    assert read.problems == []
    read.record(session, INITIATOR)
    assert {one.code for one in session.exec(select(Organisation))} == {"HMRC", "VOA"}
    with pytest.raises(Conflict):
        read.record(session, INITIATOR)
