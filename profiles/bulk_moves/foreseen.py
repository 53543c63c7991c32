"""What a bulk move does to one person's access: decided on the facts that it would record, or has."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.bulk_moves.facts import Recording
from profiles.bulk_moves.grades import GradeMapping, How, mapping_of
from profiles.bulk_moves.models import BulkMove, BulkMoveMember, MemberState
from profiles.bulk_moves.places import places_of
from profiles.bulk_moves.planned import Moving, Planned
from profiles.clearances.models import Sponsorship
from profiles.employments.models import Posting
from profiles.entitlements.facts import GradeFact, Surroundings
from profiles.entitlements.models import Entitlement
from profiles.entitlements.preview import AccessChange
from profiles.entitlements.service import facts_of, preview, surroundings_of
from profiles.temporal import INSTANT, Fact
from profiles.transfers.facts import MovePlan
from profiles.transfers.preview import facts_after

NOT_RECORDED = (MemberState.LISTED, MemberState.READY)
_BEAR_ON_ACCESS: tuple[type[Fact], ...] = (Posting, Sponsorship, Entitlement)


def changes_of(
    session: Session,
    move: BulkMove,
    members: Sequence[BulkMoveMember],
    now: datetime,
    organisation_ids: Collection[UUID] | None = None,
) -> Mapping[UUID, Sequence[AccessChange]]:
    """For each member what changes as the start date begins, at these organisations' apps or at all.

    What turns before that is not said here, as ``preview`` does not count it. For those who are on the way or
    have moved; who is set apart, or does not move after all, keeps what they have.
    """
    waiting = [one for one in members if one.state in NOT_RECORDED]
    plans = _plans(session, move, waiting, now) if waiting else {}
    around = _around(session, move, now) if waiting else Surroundings()
    at_before, at_after = move.starts_at - INSTANT, move.starts_at
    found: dict[UUID, Sequence[AccessChange]] = {}
    for one in members:
        before = facts_of(session, one.person_id, now)
        plan = plans.get(one.id)
        after = before if plan is None else facts_after(before, plan, around)
        found[one.id] = preview(
            session, before, after, at_before, at_after, known_at=now, organisation_ids=organisation_ids
        )
    return found


def _plans(
    session: Session, move: BulkMove, members: Sequence[BulkMoveMember], now: datetime
) -> Mapping[UUID, MovePlan]:
    recording = Recording(
        session, move, places_of(session, move, now), mapping_of(session, move, now), now, None
    )
    moving = [Moving(one.id, one.person_id, one.employment_id, one.number) for one in members]
    planned = recording.plan(moving)
    return {one.id: _plan_of(planned, move, one.person_id) for one in members}


def _plan_of(planned: Planned, move: BulkMove, person_id: UUID) -> MovePlan:
    facts: list[Fact] = []
    for model in _BEAR_ON_ACCESS:
        change = planned.changes.get(model, {}).get(person_id)
        facts += [model(**row) for row in change.rows] if change else []
    begins = move.starts_at
    return MovePlan(
        begins,
        begins,
        tuple(one for one in facts if one.valid_from < begins),
        tuple(one for one in facts if one.valid_from >= begins),
    )


def _around(session: Session, move: BulkMove, now: datetime) -> Surroundings:
    """The new organisation, with the grades that it gets by the move."""
    place = move.importing_organisation_id
    grades: GradeMapping = mapping_of(session, move, now)
    carried = tuple(
        GradeFact(
            organisation_id=place,
            label=one.new_label,
            common_grade=one.common_grade,
            valid_from=move.starts_at,
        )
        for one in grades.all
        if one.how is How.CARRIED
    )
    return surroundings_of(session, {place}, now).joined(Surroundings(grades=carried))
