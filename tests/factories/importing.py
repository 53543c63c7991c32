"""Imports of files in tests, from what is sent to what everybody sees."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import SQLModel, select

from app.database import open_session, transaction
from app.record_import import RecordImport
from profiles.employments.models import Employment
from profiles.imports.records import content, service
from profiles.imports.records.authority import EVERY_FIELD, set_authority
from profiles.imports.records.models import Import, ImportState
from profiles.organisations import service as organisations
from profiles.organisations.grades import CommonGrade
from profiles.roles.models import Role
from profiles.roles.service import Permissions, permissions_of
from profiles.temporal import as_of
from tests.factories.apps import make_app, make_rule
from tests.factories.organisations import INITIATOR
from tests.factories.people import give_role
from tests.factories.records import json_lines


class Importing:
    """Imports files for an organisation; each import is an hour later."""

    def __init__(self, engine: Engine, now: datetime, organisation_id: UUID) -> None:
        self.engine, self.now, self.organisation_id = engine, now, organisation_id

    def of(self, organisation_id: UUID) -> Importing:
        """The same for another organisation, from the same moment."""
        return Importing(self.engine, self.now, organisation_id)

    def begin(self, *records: Mapping[str, Any], source: str = "hr", by: UUID | None = None) -> RecordImport:
        return self.receive(json_lines(*records), source=source, by=by)

    def receive(
        self, content: bytes, *, source: str = "hr", by: UUID | None = None, with_history: bool = False
    ) -> RecordImport:
        """Send a file of JSON Lines."""
        self.now += timedelta(hours=1)
        with transaction(self.engine) as session:
            one = service.receive(
                session,
                self.now,
                INITIATOR,
                organisation_id=self.organisation_id,
                source=source,
                files=[("records.jsonl", [content])],
                started_by=by,
                with_history=with_history,
            )
        return RecordImport(self.engine, one.id, clock=lambda: self.now)

    def approve(self, running: RecordImport) -> None:
        with transaction(self.engine) as session:
            service.approve(session, self.now, service.get(session, running.import_id), INITIATOR, None)

    def whole(self, *records: Mapping[str, Any], source: str = "hr") -> Import:
        return self.publish(self.begin(*records, source=source))

    def with_history(self, content: bytes, source: str = "old-provider") -> Import:
        """Bring in what was exported with its history."""
        return self.publish(self.receive(content, source=source, with_history=True))

    def publish(self, running: RecordImport) -> Import:
        """Check it, let it through and publish it."""
        checked = running.check(1000)
        must_wait = checked.of_vetting or checked.counts["always_wait"]
        waits = ImportState.WAITING if must_wait else ImportState.READY
        assert checked.state is waits, self.report(running)
        self.approve(running)
        return running.publish(INITIATOR)

    def report(self, running: RecordImport) -> str:
        with open_session(self.engine, writes=False) as session:
            return b"".join(
                content.chunks_of(session, running.import_id, content.REPORT, is_report=True)
            ).decode()

    def seen(self, model: type[SQLModel]) -> list[Any]:
        with open_session(self.engine, writes=False) as session:
            return list(session.exec(select(model).where(as_of(model, self.now, self.now))))  # type: ignore[arg-type]

    def person(self, number: str = "NO-1") -> UUID:
        """Whom an employment with this number is of."""
        [found] = [one.person_id for one in self.seen(Employment) if one.number == number]
        return found

    def officer(self, person_id: UUID, *roles: Role) -> Permissions:
        """Give somebody roles; return what they may do."""
        with transaction(self.engine) as session:
            for role in roles:
                give_role(session, self.now, person_id, role, self.organisation_id)
            return permissions_of(session, person_id, self.now)

    def let_master(self, kind: str, field: str = EVERY_FIELD, *, source: str = "hr") -> None:
        """Let a source master a field."""
        with transaction(self.engine) as session:
            set_authority(
                session,
                self.now,
                INITIATOR,
                organisation_id=self.organisation_id,
                kind=kind,
                field=field,
                source=source,
                set_by=None,
            )

    def make_senior_app(self) -> None:
        """An app for the Senior Civil Service alone, and the source as the master of grades."""
        self.let_master("grade")
        with transaction(self.engine) as session:
            organisation = organisations.get(session, self.organisation_id, self.now)
            app = make_app(session, self.now, organisation)
            conditions = {"organisation_id": organisation.id, "grade_from": CommonGrade.SCS1}
            make_rule(session, self.now, app, **conditions)
