"""What is exported and imported elsewhere is the same: nothing is lost, nothing is added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import select

from app.database import create_engine, open_session, transaction
from app.record_import import RecordImport
from profiles.employments.models import Employment
from profiles.imports.records import service
from profiles.imports.records.export import Export
from profiles.imports.records.kinds import KINDS
from profiles.imports.records.models import Import, ImportState
from tests.factories.exports import KEY, PROVIDER, without_ids
from tests.factories.organisations import INITIATOR, make_organisation
from tests.factories.records import json_lines, person_records
from tests.support.databases import fresh_database

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAYS = st.dates(date(2001, 1, 1), date(2030, 1, 1))
WORDS = st.text(st.characters(categories=("L", "Nd")), min_size=1, max_size=12)


def whole(engine: Engine, organisation_id: UUID, content: bytes, source: str = "hr") -> Import:
    with transaction(engine) as session:
        one = service.receive(
            session,
            NOW,
            INITIATOR,
            organisation_id=organisation_id,
            source=source,
            files=[("records.jsonl", [content])],
            started_by=None,
        )
    running = RecordImport(engine, one.id, clock=lambda: NOW)
    done = running.check_and_publish(10_000, INITIATOR)
    if done.state is ImportState.WAITING:
        with transaction(engine) as session:
            service.approve(session, NOW, service.get(session, one.id), INITIATOR, None)
        done = running.publish(INITIATOR)
    assert done.state is ImportState.PUBLISHED, done.problems
    return done


def exported(engine: Engine, organisation_id: UUID, number: str | None) -> tuple[bytes, int]:
    """An organisation's records, or those of whom it knows by this number; and how many were left out."""
    with open_session(engine, writes=False) as session:
        leaving = Export(session, NOW, organisation_id=organisation_id)
        if number is not None:
            of_number = select(Employment.person_id).where(Employment.number == number)
            leaving = Export(session, NOW, person_id=session.exec(of_number.distinct()).one())
        content = b"".join(leaving.lines())
        return content, leaving.left_out


def there_and_back(
    kind: str, records: Iterable[Mapping[str, Any]], *, number: str | None = None, left_out: int = 0
) -> list[dict[str, Any]]:
    """Import, export, import in an empty database, export: the same. Returns what it is.

    What was imported first changes nothing there either.
    """
    with fresh_database(kind) as one, fresh_database(kind) as other:
        contents = []
        first = content = json_lines(*records)
        for url, source in ((one, "hr"), (other, PROVIDER)):
            engine = create_engine(url)
            with transaction(engine) as session:
                hmrc = make_organisation(session, NOW, "HMRC")
                organisation_id = hmrc.id
                make_organisation(session, NOW, "VOA", parent=hmrc)
                session.execute(_without_grades())
            whole(engine, organisation_id, content, source)
            content, omitted = exported(engine, organisation_id, number)
            assert omitted == (left_out if url == one else 0)
            contents.append(content)
            if number is None:
                counts = whole(engine, organisation_id, first).counts
                assert counts["unchanged"] == counts["records"] == len(first.splitlines())
                assert exported(engine, organisation_id, number)[0] == content
            engine.dispose()
    assert without_ids(contents[0]) == without_ids(contents[1])
    assert len(contents[0].splitlines()) > 5
    return without_ids(contents[0])


def _without_grades() -> Any:
    """The grades come with the records."""
    from profiles.organisations.models import LocalGrade

    return LocalGrade.__table__.delete()  # type: ignore[attr-defined]


GRADE = {
    "kind": "grade",
    "source_key": "G",
    "valid_from": "2000-01-01",
    "label": "Officer",
    "common_grade": "EO",
}


_SCALE = {"kind": "pay_scale", "local_grade": "Officer"}
_SCALE |= {"minimum_pence": 2_800_000, "maximum_pence": 3_100_000}
SCALES = [
    _SCALE
    | {"source_key": "Y1", "valid_from": "2024-08-01", "valid_until": "2025-07-31", "name": "2024"}
    | {"location": "London"},
    _SCALE
    | {"source_key": "Y2", "valid_from": "2025-08-01", "name": "2025", "maximum_pence": 3_199_950}
    | {"location": "London", "reason": "The award of 2025"},
    # A spot rate of everywhere else.
    _SCALE | {"source_key": "Y3", "valid_from": "2030-08-01", "maximum_pence": 2_800_000, "currency": "GBP"},
]


def everything() -> list[dict[str, Any]]:
    """A record of every kind, and some that have ended, at a moment and in the future."""
    since = {"valid_from": "2024-04-01"}
    place = {
        "street_address": "1 High Street\nFloor 2",
        "locality": "Leeds",
        "postal_code": "LS1",
        "country": "UK",
    }
    clearance = {"decided_on": "2024-01-01", "expires_on": "2034-01-01", "person": "P1", "level": "SC"}
    person, employed, cleared = {"person": "P1"}, {"employment": "E1"}, {"clearance": "C2"}
    manager = {"line_manager": "P2"}
    return [
        GRADE,
        *SCALES,
        since | {"kind": "office", "source_key": "O1", "name": "HQ"} | place,
        *(one | (manager if one["kind"] == "posting" else {}) for one in person_records("1")),
        *person_records("2", valid_until="2026-06-30"),
        since
        | person
        | {"kind": "address", "source_key": "A1", "address": "ada@hmrc.gov.uk", "organisation": "HMRC"},
        since
        | person
        | {"kind": "phone", "source_key": "F1", "number": "+442079460123", "is_verified": True},
        since | person | {"kind": "work_place", "source_key": "W1", "office": "O1"},
        since
        | person
        | {"kind": "identity_proofing", "source_key": "Q1", "confidence": "medium", "gpg45_profile": "M1A"}
        | {"evidence": "passport", "checked_by": "HR shared services"},
        since
        | employed
        | {"kind": "allowance", "source_key": "L1", "allowance_kind": "on_call", "amount_pence": 1},
        since | employed | {"kind": "career_break", "source_key": "B1", "return_on": "2025-10-01"},
        since | employed | {"kind": "pension", "source_key": "Z1", "scheme": "alpha"},
        since
        | employed
        | {
            "kind": "leave",
            "source_key": "V1",
            "leave_year_from": "2024-04-01",
            "entitlement_hundredths": 2500,
        },
        since
        | employed
        | {
            "kind": "absence",
            "source_key": "X1",
            "period_from": "2024-04-01",
            "period_to": "2025-03-31",
            "absent_hundredths": 300,
            "occasions": 2,
        },
        clearance
        | {
            "kind": "clearance",
            "source_key": "C1",
            "status": "active",
            "valid_from": "2024-01-01",
            "valid_until": "2025-05-05T14:07:00.5Z",
        },
        clearance
        | {
            "kind": "clearance",
            "source_key": "C2",
            "status": "suspended",
            "valid_from": "2025-05-05T14:07:00.5Z",
        },
        since | cleared | {"kind": "sponsorship", "source_key": "R1", "sponsorship_kind": "primary"},
        since | cleared | {"kind": "caveat", "source_key": "K1", "name": "STRAP", "caveat_kind": "addition"},
        since | cleared | {"kind": "clearance_event", "source_key": "I1", "clearance_event_kind": "reviewed"},
        since
        | person
        | {
            "kind": "dispensation",
            "source_key": "D1",
            "level": "DV",
            "mitigations": "Never alone",
            "approved_by": "P2",
        },
    ]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_record_of_every_kind_comes_back_as_it_was(kind: str) -> None:
    records = everything()
    assert {one["kind"] for one in records} == set(KINDS)
    there_and_back(kind, records)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_all_about_a_person_comes_back_as_it_was_and_nothing_of_others(kind: str) -> None:
    """Where they were lent, too; a dispensation must name who approved it, who is somebody else."""
    lent = {"kind": "posting", "source_key": "T9", "employment": "E1", "posting_kind": "host"}
    lent |= {
        "organisation": "VOA",
        "local_grade": "Valuer",
        "job_title": "Valuer",
        "valid_from": "2025-01-01",
    }
    valuer = GRADE | {"source_key": "G9", "label": "Valuer", "organisation": "VOA", "common_grade": "SEO"}
    unused = GRADE | {"source_key": "G8", "label": "Unused"}
    told = there_and_back(kind, [valuer, unused, *everything(), lent], number="NO-1", left_out=1)
    assert {one["kind"] for one in told[1:]} == {KEY} | set(KINDS) - {"dispensation", "pay_scale"}
    assert {one["label"] for one in told if one["kind"] == "grade"} == {"Officer", "Valuer"}
    assert len([one for one in told if one["kind"] == "name"]) == 1
    assert not any("line_manager" in one for one in told)


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, Any]]:
    """One to three people whose employments and salaries begin and end on any days."""
    records: list[dict[str, Any]] = [GRADE]
    for key in range(draw(st.integers(1, 3))):
        days = sorted(draw(st.sets(DAYS, min_size=2, max_size=5)))
        person = person_records(
            str(key), valid_from=days[0].isoformat(), family_name=draw(WORDS), job_title=draw(WORDS)
        )
        pay = person.pop()
        for n, (starts, ends) in enumerate(zip(days, [*days[1:], None], strict=True)):
            until = {"valid_until": (ends - timedelta(days=1)).isoformat()} if ends else {}
            salary = draw(st.integers(0, 10**9))
            person.append(
                pay
                | {"source_key": f"{pay['source_key']}.{n}", "valid_from": starts.isoformat()}
                | {"salary_pence": salary}
                | until
            )
        records += person
    return records


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(records=histories())
def test_whatever_was_imported_comes_back_as_it_was(records: list[dict[str, Any]]) -> None:
    there_and_back("sqlite", records)
    there_and_back("sqlite", records, number="NO-0")
