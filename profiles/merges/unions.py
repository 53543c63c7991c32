"""Finds unions, and the requests that wait."""

from uuid import UUID

from sqlmodel import Session, col, select

from profiles.errors import Conflict, NotFound
from profiles.imports.records.models import PossibleDuplicate
from profiles.merges.models import Merge, MergeRequest, MergeState, RequestState
from profiles.merges.policy import NEEDS
from profiles.people.service import take_turns
from profiles.roles.service import Permissions


def open_duplicate(session: Session, duplicate: PossibleDuplicate) -> Merge:
    """The union that an officer's answer made, which a split takes back. Raises NotFound for a "no"."""
    if not duplicate.is_same or duplicate.settled_at is None:
        raise NotFound("Nobody said that these are one person.")
    found = session.exec(select(Merge).where(Merge.duplicate_id == duplicate.id)).first()
    if found is None:
        found = Merge(
            survivor_id=duplicate.candidate_id,
            duplicate_id=duplicate.id,
            source_keys=[[str(duplicate.source_id), duplicate.source_key]],
            state=MergeState.MERGED,
            merged_at=duplicate.settled_at,
        )
        session.add(found)
        session.flush()
    return found


def get(session: Session, merge_id: UUID) -> Merge:
    """The union with this id. Raises NotFound."""
    found = session.get(Merge, merge_id)
    if found is None:
        raise NotFound("There is no such union.")
    return found


def get_request(session: Session, request_id: UUID, permissions: Permissions) -> MergeRequest:
    """A request that waits at one of the officer's organisations. Raises NotFound."""
    found = next((one for one in waiting(session, permissions) if one.id == request_id), None)
    if found is None:
        raise NotFound("There is no such request, or it was decided.")
    return found


def waiting(session: Session, permissions: Permissions) -> list[MergeRequest]:
    """The requests on which this officer could decide, the oldest first."""
    mine = frozenset[UUID]().union(*(permissions.organisations(one) for one in NEEDS.values()))
    query = select(MergeRequest).where(
        col(MergeRequest.state) == RequestState.WAITING, col(MergeRequest.organisation_id).in_(mine)
    )
    return list(session.exec(query.order_by(col(MergeRequest.id))).all())


def get_union(session: Session, person_id: UUID, union_id: UUID) -> Merge:
    """What is part of a person's record, by its id or by that of an answer to a question of an import.

    Raises NotFound.
    """
    for one in part_of(session, person_id):
        if one.id == union_id:
            return one
    for answer in answered_same(session, person_id):
        if answer.id == union_id:
            return open_duplicate(session, answer)
    raise NotFound("This is not part of their record.")


def find_waiting(session: Session, merge: Merge) -> MergeRequest | None:
    """The request about a union that waits."""
    return session.exec(
        select(MergeRequest).where(
            MergeRequest.merge_id == merge.id, col(MergeRequest.state) == RequestState.WAITING
        )
    ).first()


def part_of(session: Session, person_id: UUID) -> list[Merge]:
    """What is part of a person's record now, the oldest first."""
    query = select(Merge).where(
        Merge.survivor_id == person_id,
        col(Merge.state) == MergeState.MERGED,
        col(Merge.merged_id).is_not(None),
    )
    return list(session.exec(query.order_by(col(Merge.id))).all())


def answered_same(session: Session, person_id: UUID) -> list[PossibleDuplicate]:
    """The answers by which files count as a person's, and that were not taken back."""
    split = select(Merge.duplicate_id).where(
        col(Merge.duplicate_id).is_not(None), col(Merge.state) == MergeState.SPLIT
    )
    query = select(PossibleDuplicate).where(
        PossibleDuplicate.candidate_id == person_id,
        col(PossibleDuplicate.is_same).is_(True),
        col(PossibleDuplicate.id).not_in(split),
    )
    return list(session.exec(query.order_by(col(PossibleDuplicate.id))).all())


def ids_of(session: Session, person_id: UUID) -> list[UUID]:
    """A person's id, and those of the records that are part of theirs now."""
    return [person_id, *(one.merged_id for one in part_of(session, person_id) if one.merged_id)]


def hold_alone(session: Session, person_id: UUID, what_to_do: str) -> None:
    """Let no union of the record end before this transaction, whose writing it would not see.

    Raises Conflict, with what to do, when the record is part of another already.
    """
    take_turns(session, [person_id])
    if survivor_of(session, person_id) != person_id:
        raise Conflict(f"This record is part of another now. {what_to_do}")


def survivor_of(session: Session, person_id: UUID) -> UUID:
    """Whose record somebody's is part of now; their own where it is part of nobody's."""
    query = select(Merge.survivor_id).where(
        Merge.merged_id == person_id, col(Merge.state) == MergeState.MERGED
    )
    return session.exec(query).first() or person_id
