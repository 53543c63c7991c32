"""What the move of many records: for each person which facts end at the start, and which begin then.

The same as for one person (``profiles.transfers.facts``), read and written for a batch of people at once. The
terms are preserved: a fact goes on as it was, under the new employment and the new organisation.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, and_, false, or_, true, update
from sqlmodel import Session, col, exists, select

from profiles.apps.models import App
from profiles.bulk_moves.elsewhere import works_elsewhere
from profiles.bulk_moves.grades import GradeMapping
from profiles.bulk_moves.models import BulkMove, BulkMoveMember
from profiles.bulk_moves.planned import (
    Change,
    Moving,
    Planned,
    Row,
    as_plain,
    longer,
    place_of,
)
from profiles.bulk_moves.sources import source_of
from profiles.bulk_moves.taken_over import as_corrected, begins_there, changed_since, until_the_next
from profiles.bulk_rows import insert_many
from profiles.clearances.models import Sponsorship, SponsorshipKind
from profiles.columns import new_id
from profiles.employments.models import Employment, Posting
from profiles.entitlements.models import Entitlement
from profiles.errors import Conflict
from profiles.leave.models import AbsenceSummary, LeaveBalance
from profiles.pay.models import PayAllowance, PayReason, PayRecord, PensionMembership
from profiles.people.models import WorkAddress, WorkPhone, WorkPlace
from profiles.roles.models import RoleAssignment
from profiles.temporal import Fact, known

OF_THE_EMPLOYMENT: tuple[type[Fact], ...] = (
    Posting,
    PayRecord,
    PayAllowance,
    PensionMembership,
    LeaveBalance,
    AbsenceSummary,
)
"""Go on under the new employment."""
TO_COME: tuple[type[Fact], ...] = OF_THE_EMPLOYMENT[1:]
"""Come there too on their day, where they are to begin later; which post somebody is to have, HR decide."""
OF_THE_ORGANISATION: tuple[type[Fact], ...] = (WorkAddress, WorkPhone, WorkPlace, Sponsorship)
"""Go on as the new organisation's."""
ENDING: tuple[type[Fact], ...] = (RoleAssignment, Entitlement)
"""What the old organisation gave, and the new one decides on."""
CARRIED: tuple[type[Fact], ...] = (Employment, *OF_THE_EMPLOYMENT, *OF_THE_ORGANISATION, *ENDING)
MOVED_WITH_MANY = "moved with many"
"""The reason that facts of the plan give; what was restored gives another."""
_TAKEN_BACK = "the bulk move does not happen as planned"


@dataclass(frozen=True)
class Recording:
    """Records, and takes back, the facts of a move. ``places`` are the organisations that people leave."""

    session: Session
    move: BulkMove
    places: Collection[UUID]
    grades: GradeMapping
    now: datetime
    by: UUID | None

    def plan(self, people: Sequence[Moving]) -> "Planned":
        """What ends at the start of what they have there, and what begins; nothing is written."""
        planned = Planned()
        self._plan(planned, Employment, people, self._next_employment)
        for model in OF_THE_EMPLOYMENT:
            self._plan(planned, model, people, self._under_the_new)
        for model in TO_COME:
            self._plan_to_come(planned, model, people)
        for model in OF_THE_ORGANISATION:
            goes_on = model is not WorkAddress or self.move.addresses_go_along
            self._plan(planned, model, people, self._of_the_new if goes_on else _nothing)
        for model in ENDING:
            self._plan(planned, model, people, _nothing)
        return planned

    def take_back(self, person_ids: Collection[UUID]) -> None:
        """Undo all of it: what would begin never does, what would end goes on as it was.

        So does what was corrected since, and a post that was given since; each until the next one begins.
        """
        of_employments = self._ends_before(Employment, person_ids)
        for model in reversed(CARRIED):
            ends = self._ends_before(model, person_ids)
            mine, others = self._mine(model, person_ids), self._ended_with_it(model, person_ids)
            changed = self._changed_there(model, person_ids)
            restored: list[Row] = []
            for row in mine:
                if self._ends_at_the_start(row) and row["fact_id"] in ends:
                    restored.append(self._stamped(row, _TAKEN_BACK) | {"valid_to": ends[row["fact_id"]]})
            if model in TO_COME:
                restored += self._were_to_come(model, person_ids, [*mine, *changed])
            ending = [one["id"] for one in (*mine, *changed)]
            for row in others:
                if row["fact_id"] in ends:
                    until = ends[row["fact_id"]]
                elif model is Posting and row["employment_id"] in of_employments:
                    until = of_employments[row["employment_id"]]
                else:
                    continue
                ending.append(row["id"])
                restored.append(
                    self._stamped(row, _TAKEN_BACK) | {"valid_to": until, "source": row["source"]}
                )
            self._supersede(model, ending)
            self._insert(model, until_the_next(self.session, model, restored, self.move.starts_at))

    def take_back_beginning(self, person_ids: Collection[UUID]) -> None:
        """Of somebody who has left another way: what would begin does not, and what has ended stays so."""
        for model in CARRIED:
            mine = [*self._mine(model, person_ids), *self._changed_there(model, person_ids)]
            beginning = [one["id"] for one in mine if one["valid_from"] >= self.move.starts_at]
            self._supersede(model, beginning)

    def ends(self, model: type[Fact]) -> ColumnElement[bool]:
        """Which facts of a kind go to an end, of somebody who moves; those that do not are left alone."""
        if model in ENDING and self.move.ends_exporter:
            # What was approved by hand goes along with the whole organisation; roles held there are needed
            # for whoever is set apart, and end with it.
            return false()
        if model in OF_THE_ORGANISATION or model in (Employment, RoleAssignment):
            place = getattr(model, "organisation_id")  # noqa: B009 - not every fact has one
            return col(place).in_(sorted(self.places))
        if model is Entitlement:
            # Who works on elsewhere too keeps what others than the old organisation's apps gave by hand.
            theirs = select(App.id).where(col(App.organisation_id).in_(sorted(self.places)))
            elsewhere = works_elsewhere(self.move, self.places, col(Entitlement.person_id), self.now)
            return or_(col(Entitlement.app_id).in_(theirs), ~elsewhere)
        return true()

    def lives_on(self, model: type[Fact]) -> ColumnElement[bool]:
        """The versions that would be so at the start, and were so before, if nothing happened."""
        return and_(
            known(model, self.now),
            col(model.superseded_at).is_(None),
            col(model.valid_from) < self.move.starts_at,
            or_(col(model.valid_to).is_(None), col(model.valid_to) > self.move.starts_at),
            self.ends(model),
        )

    def _plan(self, planned: "Planned", model: type[Fact], people: Sequence[Moving], follows: Any) -> None:
        by_person = {one.person_id: one for one in people}
        of_each = planned.changes.setdefault(model, {})
        beginning: dict[Any, Row] = {}
        for row in self._living(model, by_person):
            if not self._is_theirs(model, row, by_person):
                continue
            change = of_each.setdefault(row["person_id"], Change())
            change.ending.append(row["id"])
            change.rows.append(self._stamped(row, MOVED_WITH_MANY) | {"valid_to": self.move.starts_at})
            following = follows(model, row, by_person[row["person_id"]])
            if following is not None:
                place = place_of(model, following)
                beginning[place] = longer(following, beginning.get(place))
        for made in beginning.values():
            of_each[made["person_id"]].rows.append(made)

    def _plan_to_come(self, planned: "Planned", model: type[Fact], people: Sequence[Moving]) -> None:
        """What was to begin under the old employment does so under the new one, on the same day."""
        by_person = {one.person_id: one for one in people}
        of_each = planned.changes.setdefault(model, {})
        for row in self._rows(model, self.is_to_come(model), by_person):
            one = by_person[row["person_id"]]
            if row["employment_id"] != one.employment_id:
                continue
            change = of_each.setdefault(one.person_id, Change())
            change.ending.append(row["id"])
            following = self._beginning(row) | {
                "employment_id": one.new_employment_id,
                "valid_from": row["valid_from"],
            }
            change.rows.append(following)

    def is_to_come(self, model: type[Fact]) -> ColumnElement[bool]:
        """The versions that are to begin with the start or later, and are not of this move."""
        return and_(
            known(model, self.now),
            col(model.superseded_at).is_(None),
            col(model.valid_from) >= self.move.starts_at,
            or_(col(model.source) != source_of(self.move), col(model.reason) != MOVED_WITH_MANY),
        )

    def _were_to_come(
        self, model: type[Fact], person_ids: Collection[UUID], now_so: Sequence[Row]
    ) -> list[Row]:
        """What was to begin under the old employment, as it was or as it was corrected since."""
        table = table_of(model)
        begun = self._rows(model, begins_there(table, *self._plan_of), person_ids)
        if not begun:
            return []
        taken = and_(
            table.c.superseded_at.in_({row["recorded_at"] for row in begun}),
            table.c.valid_from >= self.move.starts_at,
            or_(table.c.source != source_of(self.move), table.c.reason != MOVED_WITH_MANY),
        )
        changed = {row["id"] for row in now_so}
        meanwhile = [
            row for row in self._rows(model, self.is_to_come(model), person_ids) if row["id"] not in changed
        ]
        found = as_corrected(model, self._rows(model, taken, person_ids), begun, now_so, meanwhile)
        return [self._stamped(row, _TAKEN_BACK) for row in found]

    def _changed_there(self, model: type[Fact], person_ids: Collection[UUID]) -> list[Row]:
        """What others have recorded since of what would begin."""
        return self._rows(model, changed_since(table_of(model), person_ids, *self._plan_of), person_ids)

    @property
    def _plan_of(self) -> tuple[str, str, datetime]:
        return source_of(self.move), MOVED_WITH_MANY, self.move.starts_at

    def _is_theirs(self, model: type[Fact], row: Row, by_person: Mapping[UUID, Moving]) -> bool:
        if model is Employment:
            return bool(row["fact_id"] == by_person[row["person_id"]].employment_id)
        if model in OF_THE_EMPLOYMENT:
            return bool(row["employment_id"] == by_person[row["person_id"]].employment_id)
        return True

    def _next_employment(self, _model: type[Fact], row: Row, one: Moving) -> Row:
        return self._beginning(row) | {"fact_id": one.new_employment_id, "number": one.new_number}

    def _under_the_new(self, model: type[Fact], row: Row, one: Moving) -> Row:
        made = self._beginning(row) | {"employment_id": one.new_employment_id}
        if model is Posting:
            made["local_grade"] = self.grades.label_for(
                row["organisation_id"], row["local_grade"], row["employment_id"]
            )
            made["unit"] = self.grades.unit_for(row["organisation_id"], row["unit"], row["employment_id"])
        if model is PayRecord:
            made["pay_reason"] = PayReason.TRANSFER
        return made

    def _of_the_new(self, model: type[Fact], row: Row, _one: Moving) -> Row | None:
        if model in (WorkPhone, WorkPlace) and row["person_id"] in self._have_already(model):
            return None
        if (
            model is Sponsorship
            and row["kind"] == SponsorshipKind.SHARED
            and (row["clearance_id"] in self._sponsored_there)
        ):
            return None
        return self._beginning(row)

    def _have_already(self, model: type[Fact]) -> frozenset[UUID]:
        return self._there[model]

    @cached_property
    def _there(self) -> dict[type[Fact], frozenset[UUID]]:
        """Who has a phone or a place of the new organisation already; there are few."""
        found: dict[type[Fact], frozenset[UUID]] = {}
        for model in (WorkPhone, WorkPlace):
            query = select(model.person_id).where(
                known(model, self.now),
                col(model.organisation_id) == self.move.importing_organisation_id,
                or_(col(model.valid_to).is_(None), col(model.valid_to) > self.move.starts_at),
                col(model.source) != source_of(self.move),
            )
            found[model] = frozenset(self.session.exec(query))
        return found

    @cached_property
    def _sponsored_there(self) -> frozenset[UUID]:
        """The clearances that the new organisation sponsors or shares already."""
        query = select(Sponsorship.clearance_id).where(
            known(Sponsorship, self.now),
            col(Sponsorship.organisation_id) == self.move.importing_organisation_id,
            or_(col(Sponsorship.valid_to).is_(None), col(Sponsorship.valid_to) > self.move.starts_at),
            col(Sponsorship.source) != source_of(self.move),
        )
        return frozenset(self.session.exec(query))

    def _beginning(self, row: Row) -> Row:
        """A fact of its own that says the same from the start on, of the new organisation."""
        made = self._stamped(row, MOVED_WITH_MANY) | {"fact_id": new_id(), "valid_from": self.move.starts_at}
        if "organisation_id" in made:
            made["organisation_id"] = self.move.importing_organisation_id
        return made

    def _stamped(self, row: Row, reason: str) -> Row:
        return row | {
            "id": new_id(),
            "recorded_at": self.now,
            "recorded_by": self.by,
            "superseded_at": None,
            "superseded_by": None,
            "source": source_of(self.move),
            "reason": reason,
            "load_id": None,
        }

    def _living(self, model: type[Fact], person_ids: Collection[UUID]) -> list[Row]:
        return self._rows(model, self.lives_on(model), person_ids)

    def _mine(self, model: type[Fact], person_ids: Collection[UUID]) -> list[Row]:
        # What was restored when it was taken back once names the move too, and may be planned no more.
        mine = (
            col(model.superseded_at).is_(None),
            col(model.source) == source_of(self.move),
            col(model.reason) == MOVED_WITH_MANY,
        )
        return self._rows(model, and_(*mine), person_ids)

    def _rows(self, model: type[Fact], which: ColumnElement[bool], person_ids: Collection[UUID]) -> list[Row]:
        table = table_of(model)
        query = select(*table.columns).where(which, table.c.person_id.in_(list(person_ids)))
        return [dict(row) for row in self.session.connection().execute(query.order_by(table.c.id)).mappings()]

    def _ends_at_the_start(self, row: Row) -> bool:
        return bool(row["valid_to"] == self.move.starts_at and row["valid_from"] < self.move.starts_at)

    def _ended_with_it(self, model: type[Fact], person_ids: Collection[UUID]) -> list[Row]:
        """What somebody else has recorded since the plan, and that ends at the start because of it."""
        since = exists().where(
            col(BulkMoveMember.bulk_move_id) == self.move.id,
            col(BulkMoveMember.person_id) == col(getattr(model, "person_id")),  # noqa: B009
            self.changed_since(model),
        )
        return self._rows(model, since, person_ids)

    def changed_since(self, model: type[Fact]) -> ColumnElement[bool]:
        """What ends at the start by somebody who recorded it after a member's plan."""
        return and_(
            known(model, self.now),
            col(model.superseded_at).is_(None),
            col(model.valid_from) < self.move.starts_at,
            col(model.valid_to) == self.move.starts_at,
            col(model.source) != source_of(self.move),
            col(model.recorded_at) > col(BulkMoveMember.scheduled_at),
        )

    def _ends_before(self, model: type[Fact], person_ids: Collection[UUID]) -> dict[UUID, datetime | None]:
        """When each fact that the plan ends would have ended, by the version that it replaced."""
        table = table_of(model)
        planned = and_(
            col(model.source) == source_of(self.move),
            col(model.reason) == MOVED_WITH_MANY,
            col(model.valid_to) == self.move.starts_at,
            col(model.valid_from) < self.move.starts_at,
        )
        newest = {row["fact_id"]: row for row in self._rows(model, planned, person_ids)}
        query = select(table.c.id, table.c.fact_id, table.c.superseded_at, table.c.valid_to).where(
            table.c.fact_id.in_(list(newest)), table.c.superseded_at.is_not(None)
        )
        found: dict[UUID, datetime | None] = {}
        for row in self.session.connection().execute(query.order_by(table.c.id)).mappings():
            ours = newest[row["fact_id"]]
            if row["id"] != ours["id"] and row["superseded_at"] == ours["recorded_at"]:
                found[row["fact_id"]] = row["valid_to"]
        return found

    def _supersede(self, model: type[Fact], ids: Sequence[UUID]) -> None:
        if not ids:
            return
        table = table_of(model)
        closed = self.session.connection().execute(
            update(table)
            .where(table.c.id.in_(ids), table.c.superseded_at.is_(None))
            .values(superseded_at=self.now, superseded_by=self.by)
        )
        if closed.rowcount != len(ids):
            raise Conflict("A record was changed meanwhile. It is looked at again.")

    def _insert(self, model: type[Fact], rows: Iterable[Row]) -> None:
        if plain_rows := [as_plain(row) for row in rows]:
            insert_many(self.session, table_of(model), plain_rows)


def _nothing(_model: type[Fact], _row: Row, _one: Moving) -> None:
    """What the old organisation gave does not go along."""


def table_of(model: type[Fact]) -> Table:
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table
