"""The rows that an invented person becomes, for plain bulk inserts: objects one by one take minutes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table
from sqlmodel import SQLModel

from profiles.employments.models import ContractType, Employment, Posting, PostingKind
from profiles.imports.organograms.inventing import InventedPerson, invent
from profiles.imports.organograms.reading import Group, Organogram
from profiles.pay.models import PayReason, PayRecord
from profiles.people.models import Person, PersonName, WorkAddress
from profiles.people.service import search_key
from profiles.temporal import Provenance, start_of_day

Rows = dict[type[SQLModel], list[dict[str, Any]]]

MODELS: tuple[type[SQLModel], ...] = (Person, PersonName, WorkAddress, Employment, Posting, PayRecord)
"""In the order of their foreign keys."""


@dataclass(frozen=True)
class Target:
    """Where the people of a file go. Their numbers at the organisation begin after ``numbers_before``."""

    load_id: UUID
    organisation_id: UUID
    domain: str
    numbers_before: int
    recorded_at: datetime
    snapshot: date

    def provenance(self) -> Provenance:
        """Who says what the facts say."""
        return Provenance(None, "import:organogram", f"Published organogram of {self.snapshot:%-d %B %Y}")


@dataclass(frozen=True)
class Batch:
    """The rows of the people from ``first`` up to ``end``, counted through the file from 0."""

    first: int
    end: int
    rows: Rows

    def counts(self) -> dict[str, int]:
        """How many rows go to each table."""
        return {table_of(model).name: len(rows) for model, rows in self.rows.items() if rows}


def batches(organogram: Organogram, target: Target, *, size: int, skip: int) -> Iterator[Batch]:
    """Every person after the first ``skip``, ``size`` at a time; a large group spans several batches."""
    rows, first = _no_rows(), skip
    for position, (group, number) in enumerate(_people(organogram)):
        if position < skip:
            continue
        person = invent(organogram.content_hash, group, number, target.snapshot)
        _add_person(rows, target, position, group, person)
        if position + 1 - first == size:
            yield Batch(first, position + 1, rows)
            rows, first = _no_rows(), position + 1
    if rows[Person]:
        yield Batch(first, first + len(rows[Person]), rows)


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a model."""
    return cast(Table, model.__table__)  # type: ignore[attr-defined]


def _no_rows() -> Rows:
    return {model: [] for model in MODELS}


def _people(organogram: Organogram) -> Iterator[tuple[Group, int]]:
    for group in organogram.groups:
        for number in range(group.people):
            yield group, number


def _add_person(rows: Rows, target: Target, position: int, group: Group, person: InventedPerson) -> None:
    number = target.numbers_before + position + 1
    ids = _ids(target.load_id, position)
    person_id = next(ids)
    stamp = target.provenance().stamp(target.recorded_at, start_of_day(person.posted_from))
    stamp |= {"superseded_at": None, "superseded_by": None, "load_id": target.load_id, "person_id": person_id}

    def add(model: type[SQLModel], **columns: Any) -> UUID:
        fact_id = next(ids)
        rows[model].append({"id": next(ids), "fact_id": fact_id} | stamp | columns)
        return fact_id

    rows[Person].append({"id": person_id, "created_at": target.recorded_at})
    add(
        PersonName,
        given_names=person.given_name,
        middle_names="",
        family_name=person.family_name,
        known_as="",
        search_key=search_key(person.given_name, person.family_name),
    )
    local_part = f"{person.given_name}.{person.family_name}.{number}".lower()
    address = f"{local_part}@{target.domain}"
    add(WorkAddress, organisation_id=target.organisation_id, address=address)
    employment_id = add(
        Employment,
        organisation_id=target.organisation_id,
        number=employment_number(number),
        continuous_service_from=person.continuous_service_from,
        contract_type=ContractType.PERMANENT,
    )
    common: Mapping[str, Any] = {"employment_id": employment_id, "organisation_id": target.organisation_id}
    add(
        Posting,
        **common,
        kind=PostingKind.HOME,
        local_grade=group.local_grade,
        job_title=group.job_title,
        profession=group.profession,
        unit=group.unit,
        location="",
        line_manager_id=None,
        required_clearance=None,
    )
    if person.salary_pence is not None:
        add(
            PayRecord,
            **common,
            salary_pence=person.salary_pence,
            currency="GBP",
            scale="",
            location="",
            mark_time_until=None,
            scale_minimum_pence=group.minimum_pence,
            scale_maximum_pence=group.maximum_pence,
            fte_thousandths=person.fte_thousandths,
            pay_reason=PayReason.APPOINTMENT,
        )


def employment_number(number: int) -> str:
    """The employer's own number of a person: never given by hand, so that no two are the same."""
    return f"G{number:07}"


def _ids(load_id: UUID, position: int) -> Iterator[UUID]:
    """Sixteen ids of one person: the load's UUIDv7, its last bits counted on, so indexes grow in order."""
    base = (load_id.int >> 28 << 28) | (position << 4)
    return (UUID(int=base + n) for n in range(16))
