"""Imports an organogram as a load: checked whole, written in short transactions, seen all at once.

``begin`` → ``write`` for each of ``batches`` → ``finish``, each in a transaction of its own. After a crash
the same calls go on where the last committed batch ended. Two files for one organisation are two loads, and
stand for different people.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, insert
from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Conflict, Invalid, NotFound
from profiles.imports.organograms.facts import Batch, Target, batches, table_of
from profiles.imports.organograms.inventing import LONGEST_POSTING_DAYS
from profiles.imports.organograms.mappings import meanings
from profiles.imports.organograms.reading import Organogram
from profiles.loads import Load, advance, publish
from profiles.organisations import service as organisations
from profiles.organisations.grades import CommonGrade
from profiles.organisations.models import Organisation
from profiles.organisations.service import OrganisationView
from profiles.people.models import WorkAddress
from profiles.temporal import civil_date, start_of_day

KIND = "organogram"
PEOPLE_IN_A_BATCH = 400
"""Some 2,400 rows: less than a tenth of a second in which nobody else can write to SQLite."""


@dataclass(frozen=True)
class Import:
    """One file on its way into one organisation; ``people_done`` were written before, by a broken attempt."""

    organogram: Organogram
    organisation: OrganisationView
    target: Target
    grades: Mapping[str, CommonGrade | None]
    people_done: int
    published: bool

    def batches(self) -> Iterator[Batch]:
        """What is still to be written."""
        return batches(self.organogram, self.target, size=PEOPLE_IN_A_BATCH, skip=self.people_done)


def begin(
    session: Session,
    now: datetime,
    organogram: Organogram,
    *,
    code: str,
    snapshot: date | None,
    allow_unmapped: bool = False,
) -> Import:
    """Check everything that can be refused; begin the load, or find the one that was begun or published.

    Without the day of the ``snapshot`` it is the day on which the load began. Raises NotFound for an unknown
    organisation, UnmappedLabels, Invalid for a snapshot in the future, Conflict.
    """
    organisation = _organisation(session, code, now)
    if snapshot is not None and snapshot > civil_date(now):
        raise Invalid(f"The file is dated {snapshot.isoformat()}, which is in the future.")
    recorded = organisations.grades_of(session, organisation.id, now)
    grades = meanings(organogram.labels, code, recorded, allow_unmapped=allow_unmapped)
    domains = organisations.domains_of(session, organisation.id, now)
    if not domains:
        raise Invalid(f"{organisation.name} has no e-mail domain, so nobody there can have an address.")
    load = _find_or_begin_load(session, now, organisation.id, organogram)
    target = Target(
        load_id=load.id,
        organisation_id=organisation.id,
        domain=domains[0],
        numbers_before=_numbers_before(session, load),
        recorded_at=load.started_at,
        snapshot=snapshot or civil_date(load.started_at),
    )
    if load.published_at is None:
        _refuse_taken_addresses(session, target, organogram.people)
    return Import(organogram, organisation, target, grades, load.rows_done, load.published_at is not None)


def write(session: Session, batch: Batch, load_id: UUID) -> None:
    """Write one batch. Raises Conflict when another import of the same file was faster."""
    load = session.get(Load, load_id)
    if load is None or load.rows_done != batch.first:
        raise Conflict("Another import of the same file is running.")
    # First, because this row is what two imports of one file wait for; the second then finds it moved.
    advance(session, load, batch.end)
    for model, rows in batch.rows.items():
        if rows:
            session.connection().execute(insert(table_of(model)), rows)


def finish(session: Session, now: datetime, done: Import, initiator: Initiator) -> Import:
    """Record the grades and show the people, all at once; one audit entry for the whole file."""
    target = done.target
    begins = start_of_day(grades_begin(target.snapshot))
    organisations.add_grades(session, now, target.provenance(), done.organisation.id, done.grades, begins)
    publish(session, target.load_id, now)
    append(
        session,
        Event.ORGANOGRAM_IMPORTED,
        initiator,
        now,
        organisation_id=done.organisation.id,
        details={
            "load_id": str(target.load_id),
            "content_hash": done.organogram.content_hash,
            "snapshot": target.snapshot.isoformat(),
            "people": done.organogram.people,
            "unmapped": [label for label, grade in done.grades.items() if grade is None],
        },
    )
    return replace(done, people_done=done.organogram.people, published=True)


def grades_begin(snapshot: date) -> date:
    """The day from which the grades of a snapshot hold: before anybody in it was posted."""
    return snapshot - timedelta(days=LONGEST_POSTING_DAYS + 1)


def _organisation(session: Session, code: str, now: datetime) -> OrganisationView:
    try:
        return organisations.get_by_code(session, code, now)
    except NotFound as error:
        known = sorted(one.code for one in organisations.tree(session, now).organisations.values())
        listed = ", ".join(known) or "none yet; `lanyard demo load` makes some in development"
        raise NotFound(f"{error.message} Known codes: {listed}.") from None


def _find_or_begin_load(
    session: Session, now: datetime, organisation_id: UUID, organogram: Organogram
) -> Load:
    # One at a time for an organisation, so that no two loads give the same numbers.
    session.exec(select(Organisation).where(col(Organisation.id) == organisation_id).with_for_update()).one()
    found = session.exec(
        select(Load).where(
            col(Load.organisation_id) == organisation_id,
            col(Load.kind) == KIND,
            col(Load.content_hash) == organogram.content_hash,
        )
    ).first()
    if found is not None:
        return found
    load = Load(
        organisation_id=organisation_id,
        kind=KIND,
        content_hash=organogram.content_hash,
        rows_total=organogram.people,
        started_at=now,
    )
    session.add(load)
    session.flush()
    return load


def _numbers_before(session: Session, load: Load) -> int:
    """How many numbers the organisation's earlier loads have taken."""
    earlier = select(func.coalesce(func.sum(col(Load.rows_total)), 0)).where(
        col(Load.organisation_id) == load.organisation_id, col(Load.kind) == KIND, col(Load.id) < load.id
    )
    return int(session.exec(earlier).one())


def _refuse_taken_addresses(session: Session, target: Target, people: int) -> None:
    """Raise Conflict when somebody has an address with a number that this file would give."""
    given = select(WorkAddress.address).where(
        col(WorkAddress.load_id).is_(None), col(WorkAddress.address).endswith(f"@{target.domain}")
    )
    numbered = re.compile(r"\.([1-9][0-9]{0,8})@")
    for address in session.exec(given):
        found = numbered.search(address)
        if found and 0 < int(found[1]) - target.numbers_before <= people:
            raise Conflict(f"The address {address} is somebody's already; this import might give it again.")
