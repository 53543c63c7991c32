"""What becomes of grades: the new organisation's own label where it has one, else theirs is carried."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session, col, or_, select

from profiles.bulk_moves.before import Before, before_of
from profiles.bulk_moves.models import BulkMove, BulkMoveMember
from profiles.employments.models import Posting
from profiles.organisations import service as organisations
from profiles.organisations.grades import CommonGrade
from profiles.organisations.models import LocalGrade
from profiles.temporal import Provenance, as_of, known, record, supersede


class How(StrEnum):
    """How a label of the old organisation is found in the new one."""

    SAME = "same"
    """The new organisation has the same label, and it means the same."""
    MAPPED = "mapped"
    """It has exactly one label for that common grade."""
    CARRIED = "carried"
    """It gets the label from the start date on."""
    BEFORE = "before"
    """They had that label there before the move that this one takes back."""


@dataclass(frozen=True)
class MappedGrade:
    """A label in the old organisation, and what it becomes."""

    organisation_id: UUID
    label: str
    common_grade: CommonGrade | None
    new_label: str
    how: How


@dataclass(frozen=True)
class GradeMapping:
    """Every label that people on a list have; ``names`` are those of the organisations that they leave.

    ``had`` is what those who go back had, by the employment that they leave, and ``had_labels`` the labels of
    these that mean there what theirs means now, by employment and present label.
    """

    found: Mapping[tuple[UUID, str], MappedGrade]
    names: Mapping[UUID, str]
    had: Mapping[UUID, Before] = field(default_factory=dict)
    had_labels: Mapping[tuple[UUID, str], MappedGrade] = field(default_factory=dict)

    @property
    def all(self) -> frozenset[MappedGrade]:
        """What becomes of each label; one can become several, where people had several before."""
        return frozenset((*self.found.values(), *self.had_labels.values()))

    def label_for(self, organisation_id: UUID, label: str, employment_id: UUID) -> str:
        """What somebody's label becomes; one that nobody had when it was asked for stays as it is."""
        mapped = self.had_labels.get((employment_id, label)) or self.found.get((organisation_id, label))
        return mapped.new_label if mapped else label

    def unit_for(self, organisation_id: UUID, unit: str, employment_id: UUID) -> str:
        """Somebody's unit, or the organisation below the one that ends where they had none."""
        if employment_id in self.had:
            return self.had[employment_id].unit
        return unit or self.names.get(organisation_id, "")


def mapping_of(session: Session, move: BulkMove, now: datetime) -> GradeMapping:
    """What becomes of the grades of everybody on the list."""
    at = min(now, move.starts_at)
    labels = (
        select(Posting.organisation_id, Posting.local_grade)
        .join(BulkMoveMember, col(BulkMoveMember.employment_id) == col(Posting.employment_id))
        .where(col(BulkMoveMember.bulk_move_id) == move.id, known(Posting, now))
        .distinct()
    )
    pairs = session.exec(labels).all()
    tree = organisations.tree(session, at, now)
    meanings = {
        (one.organisation_id, one.label): one.common_grade
        for one in session.exec(
            select(LocalGrade).where(
                as_of(LocalGrade, at, now),
                col(LocalGrade.organisation_id).in_({organisation_id for organisation_id, _ in pairs}),
            )
        )
    }
    theirs = {
        one.label: one.common_grade
        for one in session.exec(
            select(LocalGrade).where(
                as_of(LocalGrade, move.starts_at, now),
                col(LocalGrade.organisation_id) == move.importing_organisation_id,
                col(LocalGrade.source) != _source(move),
            )
        )
    }
    had, had_labels = before_of(session, move, now), {}
    if had:
        of_each = labels.add_columns(col(Posting.employment_id))
        each = [(place, label, one) for place, label, one in session.execute(of_each)]
        had_labels = _had_labels(each, had, meanings, theirs)
        pairs = sorted({(place, label) for place, label, one in each if (one, label) not in had_labels})
    found: dict[tuple[UUID, str], MappedGrade] = {}
    taken = dict(theirs)
    for organisation_id, label in sorted(pairs, key=lambda pair: (pair[1], str(pair[0]))):
        meaning = meanings.get((organisation_id, label))
        view = tree.organisations.get(organisation_id)
        new_label, how = _become(label, meaning, theirs, taken, view.code if view else "")
        taken[new_label] = meaning
        found[organisation_id, label] = MappedGrade(organisation_id, label, meaning, new_label, how)
    names = {
        one: tree.organisations[one].name
        for one, _ in pairs
        if one != move.exporting_organisation_id and one in tree.organisations
    }
    return GradeMapping(found, names, had, had_labels)


def _had_labels(
    each: Iterable[tuple[UUID, str, UUID]],
    had: Mapping[UUID, Before],
    meanings: Mapping[tuple[UUID, str], CommonGrade | None],
    theirs: Mapping[str, CommonGrade | None],
) -> dict[tuple[UUID, str], MappedGrade]:
    """The label that each had, where the organisation has it still and their grade is the same."""
    found = {}
    for organisation_id, label, employment_id in each:
        before = had.get(employment_id)
        meaning = meanings.get((organisation_id, label))
        if before is not None and before.local_grade in theirs and theirs[before.local_grade] is meaning:
            found[employment_id, label] = MappedGrade(
                organisation_id, label, meaning, before.local_grade, How.BEFORE
            )
    return found


def carry_labels(session: Session, move: BulkMove, now: datetime) -> None:
    """Give the new organisation, from the start date on, the labels that it does not have."""
    provenance = Provenance(move.confirmed_by, _source(move), "carried over with many")
    present = {
        one.label
        for one in session.exec(
            select(LocalGrade).where(
                as_of(LocalGrade, move.starts_at, now),
                col(LocalGrade.organisation_id) == move.importing_organisation_id,
            )
        )
    }
    for one in mapping_of(session, move, now).all:
        if one.how is How.CARRIED and one.new_label not in present:
            present.add(one.new_label)
            record(
                session,
                LocalGrade(
                    organisation_id=move.importing_organisation_id,
                    label=one.new_label,
                    common_grade=one.common_grade,
                    **provenance.stamp(now, move.starts_at),
                ),
            )


def take_back_labels(session: Session, move: BulkMove, now: datetime) -> None:
    """The move does not happen, so that nobody has those labels there, unless by another one."""
    mine = select(LocalGrade).where(
        col(LocalGrade.source) == _source(move), col(LocalGrade.superseded_at).is_(None)
    )
    for one in session.exec(mine).all():
        others = select(Posting.id).where(
            known(Posting, now),
            col(Posting.organisation_id) == one.organisation_id,
            col(Posting.local_grade) == one.label,
            or_(col(Posting.valid_to).is_(None), col(Posting.valid_to) > one.valid_from),
        )
        if session.exec(others.limit(1)).first() is None:
            supersede(session, one, now, None)


def _become(
    label: str,
    meaning: CommonGrade | None,
    theirs: Mapping[str, CommonGrade | None],
    taken: Mapping[str, CommonGrade | None],
    code: str,
) -> tuple[str, How]:
    if label in theirs and theirs[label] is meaning:
        return label, How.SAME
    same = [one for one, common in theirs.items() if common is meaning and meaning is not None]
    if len(same) == 1:
        return same[0], How.MAPPED
    if label not in taken or taken[label] is meaning:
        return label, How.CARRIED
    return f"{label} ({code})", How.CARRIED


def _source(move: BulkMove) -> str:
    return f"bulk-move:{move.id}"
