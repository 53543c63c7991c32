"""A database at an older version, to which rows are added as they were written then."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from alembic import command
from sqlalchemy import Engine, Row, text

from app.database import create_engine
from app.migrations import configuration
from tests.support.databases import database_at

LONG_AGO, LAST_WEEK = "2020-01-01 00:00:00.000000", "2020-01-08 00:00:00.000000"
FAR_AWAY, PAST = date(2999, 3, 16), date(2020, 3, 16)
HMRC, TEAM, HOME_OFFICE, OFFICER, SOURCE = (UUID(int=number).hex for number in range(1, 6))


class Before:
    """A database at an older version, to which rows are added as they were written then."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.engine: Engine = create_engine(url)

    def to(self, revision: str) -> None:
        command.upgrade(configuration(self._url), revision)

    def back_to(self, revision: str) -> None:
        command.downgrade(configuration(self._url), revision)

    def add(self, table: str, **values: Any) -> str:
        values = {"id": uuid4().hex} | values
        columns, places = ", ".join(values), ", ".join(f":{name}" for name in values)
        with self.engine.begin() as connection:
            connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({places})"), values)
        return str(values["id"])

    def rows(self, query: str, **values: Any) -> list[Row[Any]]:
        with self.engine.begin() as connection:
            return list(connection.execute(text(query), values))

    def one(self, query: str, **values: Any) -> str | None:
        """The only value, in words, as the two databases have it in different types."""
        ((found,),) = self.rows(query, **values)
        return None if found is None else str(found)

    def person(self) -> str:
        return self.add("people", created_at=LONG_AGO)

    def load(self) -> str:
        """One that is not published yet."""
        counts = {"rows_total": 1, "rows_done": 0, "started_at": LONG_AGO}
        return self.add("loads", organisation_id=HMRC, kind="x", content_hash="x", **counts)

    def move(self, state: str = "in_progress", start: date = FAR_AWAY, **changes: Any) -> str:
        """Somebody's from HMRC to the Home Office."""
        last_day = start - timedelta(days=3)
        words = ("local_grade", "job_title", "profession", "unit", "location", "employment_number", "way_in")
        values = {
            "person_id": self.person() if "person_id" not in changes else changes["person_id"],
            "employment_id": uuid4().hex,
            "exporting_organisation_id": HMRC,
            "importing_organisation_id": HOME_OFFICE,
            "state": state,
            "in_flight": state != "reconciling",
            "offered_on": "2020-01-01",
            "bpss_checked_on": "2020-01-01",
            "last_day": last_day.isoformat(),
            "start_date": start.isoformat(),
            "leave_at": f"{last_day} 23:00:00.000000",
            "join_at": f"{start} 00:00:00.000000",
            "work_address": "priya@ho.gov.uk",
            "salary_pence": 1,
            "clearance_released": False,
            "prepared_by": OFFICER,
            "created_at": LONG_AGO,
            "version": 1,
        }
        return self.add("transfers", **dict.fromkeys(words, "x") | values | changes)

    def task(self, transfer_id: str, kind: str, due_on: date = FAR_AWAY, done_at: str | None = None) -> None:
        self.add(
            "transfer_tasks",
            transfer_id=transfer_id,
            kind=kind,
            side="exporting",
            due_on=due_on.isoformat(),
            done_at=done_at,
            outcome="",
        )

    def clearance(
        self, person_id: str, level: str, *, sponsor: str = HMRC, kind: str = "primary", **changes: Any
    ) -> None:
        clearance_id = uuid4().hex
        stamp = {"recorded_at": LONG_AGO, "valid_from": LONG_AGO, "source": "x", "reason": "x"}
        common = stamp | {"person_id": person_id}
        held = {"fact_id": clearance_id, "level": level, "status": "active"}
        self.add("clearances", **common | held | changes)
        sponsored = {"clearance_id": clearance_id, "organisation_id": sponsor, "kind": kind}
        self.add("sponsorships", **common | sponsored, fact_id=uuid4().hex)


@pytest.fixture(params=["sqlite", "postgresql"])
def before(request: pytest.FixtureRequest) -> Iterator[Before]:
    """The version before the parts of a move, with a department, its team, and another department."""
    with database_at(request.param, "0065") as url:
        database = Before(url)
        for organisation_id, code in ((HMRC, "HMRC"), (TEAM, "HMRC-T"), (HOME_OFFICE, "HO")):
            database.add("organisations", id=organisation_id, code=code, kind="department")
        database.add(
            "organisation_details",
            fact_id=uuid4().hex,
            organisation_id=TEAM,
            parent_id=HMRC,
            name="Team",
            recorded_at=LONG_AGO,
            valid_from=LONG_AGO,
            source="x",
            reason="x",
        )
        database.add("people", id=OFFICER, created_at=LONG_AGO)
        yield database
        database.engine.dispose()
