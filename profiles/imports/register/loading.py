"""Reads a register into an installation that has no organisations yet: all of it, or nothing."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, select

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.columns import new_id
from profiles.errors import Conflict
from profiles.imports.lines import Line
from profiles.imports.records.facts import find_id
from profiles.imports.records.problems import Problem
from profiles.imports.records.reading import read
from profiles.imports.register.checking import Checked
from profiles.imports.register.kinds import DETAIL, KIND_FIELD, KINDS
from profiles.organisations.models import Organisation

SOURCE = "import:register"


class RegisterImport:
    """A register's file that was read and checked. ``problems`` says of each line what is wrong with it."""

    def __init__(
        self, file: str, chunks: Iterable[bytes], now: datetime, *, with_history: bool = False
    ) -> None:
        checked = Checked(file, read(file, chunks, KINDS), now, with_history=with_history)
        self.problems: list[Problem] = checked.problems
        self.records = len(checked.lines)
        self._lines, self._now = checked.lines, now

    def check_empty(self, session: Session) -> None:
        """Raise Conflict where there are organisations: two registers are not made into one."""
        if session.exec(select(Organisation.id).limit(1)).first() is not None:
            raise Conflict("There are organisations here already. A register is read where there is none.")

    def record(self, session: Session, initiator: Initiator) -> None:
        """Record all of it; each fact keeps its id, so that another export says the same.

        Raises Conflict where there are organisations, or the file has problems.
        """
        if self.problems:
            raise Conflict("The register has problems. Nothing of it is recorded.")
        self.check_empty(session)
        ids: dict[str, UUID] = {}
        for one in self._lines:
            if one.kind == DETAIL and one.record.organisation not in ids:
                made = Organisation(code=one.record.organisation, kind=getattr(one.record, KIND_FIELD))
                session.add(made)
                ids[made.code] = made.id
        session.flush()
        for organisation_id in ids.values():
            append(
                session,
                Event.ORGANISATION_CREATED,
                initiator,
                self._now,
                organisation_id=organisation_id,
                details={"source": SOURCE},
            )
        facts: dict[tuple[str, str], UUID] = {}
        for one in self._lines:
            if one.record.continues is None:
                facts[one.kind, one.record.source_key] = find_id(one.record.source_key) or new_id()
        for one in self._lines:
            session.add(self._fact(one, ids, facts))
        session.flush()
        details = {"organisations": len(ids), "records": self.records}
        append(session, Event.REGISTER_IMPORTED, initiator, self._now, details=details)

    def _fact(self, one: Line, ids: dict[str, UUID], facts: dict[tuple[str, str], UUID]) -> Any:
        kind, record = KINDS[one.kind], one.record
        columns: dict[str, Any] = {column: getattr(record, field) for column, field in kind.values.items()}
        for reference in kind.references:
            code = getattr(record, reference.field)
            columns[reference.column] = ids[code] if code is not None else None
        goes_on = record.continues is not None
        return kind.model(
            id=(goes_on and find_id(record.source_key)) or new_id(),
            fact_id=facts[one.kind, record.continues if goes_on else record.source_key],
            valid_from=record.valid_from,
            valid_to=record.valid_until,
            recorded_at=record.recorded_at or self._now,
            superseded_at=record.superseded_at,
            source=record.source or SOURCE,
            reason=record.reason,
            **columns,
        )
