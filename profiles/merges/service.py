"""Who asks for a union or a split, who agrees, and what is written down.

One officer of HR asks, a second one and a security officer agree, all of the organisation and each somebody
else than the others and than the people concerned. Whoever calls this also ends sessions and links.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, update
from sqlmodel import Session, col

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.columns import new_id
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.imports.records.models import PossibleDuplicate
from profiles.merges import states, unions
from profiles.merges.merging import unite
from profiles.merges.models import Merge, MergeAction, MergeRequest, MergeState, RequestState
from profiles.merges.policy import (
    NEEDS,
    check_apart,
    check_free,
    check_only_ours,
    check_seen,
    check_settled,
    is_live,
    people_of,
    seen_now,
)
from profiles.merges.separating import name_newcomer, separate
from profiles.merges.splitting import Owner, Part, parts_of
from profiles.people.models import Person
from profiles.people.second_officers import tell
from profiles.people.service import addresses_of, take_turns
from profiles.roles.parties import one_with
from profiles.roles.service import Permissions
from profiles.temporal import Provenance

LONGEST_REASON = 500


@dataclass(frozen=True)
class Done:
    """What an agreement completed: whose records are two or one now, and whose facts name them anew."""

    action: MergeAction
    survivor_id: UUID
    other_id: UUID
    merged_at: datetime
    touched: frozenset[UUID]


def propose_merge(
    session: Session,
    now: datetime,
    officer_id: UUID,
    *,
    survivor_id: UUID,
    merged_id: UUID,
    organisation_id: UUID,
    reason: str,
) -> MergeRequest:
    """Ask that two records become one. The caller has checked that both are the organisation's people.

    Raises Invalid for one and the same record or without a reason, NotPermitted for one's own, Conflict while
    something is under way for one of them.
    """
    if survivor_id == merged_id:
        raise Invalid("This is the same record. Enter the number of the other one.", field="number")
    check_apart(session, officer_id, {survivor_id, merged_id}, now)
    check_free(session, {survivor_id, merged_id})
    check_settled(session, {survivor_id, merged_id}, now)
    check_only_ours(session, {survivor_id, merged_id}, organisation_id, now)
    if is_live(session, col(Merge.merged_id).in_([survivor_id, merged_id])):
        raise Conflict("One of these records is being united with another already.")
    if is_live(session, col(Merge.survivor_id) == merged_id):
        raise Conflict("Another record is part of the one that would go. Keep that one instead.")
    merge = Merge(
        survivor_id=survivor_id,
        merged_id=merged_id,
        state=MergeState.PROPOSED,
    )
    session.add(merge)
    session.flush()
    return _ask(session, now, officer_id, merge, organisation_id, MergeAction.MERGE, {}, reason)


def propose_split(
    session: Session,
    now: datetime,
    officer_id: UUID,
    merge: Merge,
    *,
    organisation_id: UUID,
    choices: Mapping[UUID, Owner],
    names: Mapping[str, str],
    reason: str,
) -> MergeRequest:
    """Ask that a record becomes two again. ``names`` are those of somebody who never had a record.

    Raises as ``propose_merge`` does, and Conflict when it is asked for already or not united any more.
    """
    if merge.state is not MergeState.MERGED:
        raise Conflict("These records are not united any more.")
    check_apart(session, officer_id, people_of(merge), now)
    check_free(session, people_of(merge))
    if unions.find_waiting(session, merge) is not None:
        raise Conflict("Somebody has asked for this already.")
    asked = [one for one in parts_of(session, merge, now, choices) if one.asked]
    content = {
        "owners": {str(one.fact_id): one.owner.value for one in asked},
        "names": dict(names),
    }
    return _ask(session, now, officer_id, merge, organisation_id, MergeAction.SPLIT, content, reason)


def agree(
    session: Session,
    now: datetime,
    request: MergeRequest,
    part: str,
    officer_id: UUID,
    permissions: Permissions,
) -> Done | None:
    """Agree as the ``second`` or the ``security`` officer; with the last agreement it is done.

    Raises NotPermitted for whoever may not, asked for it, has agreed as the other one or is concerned;
    Conflict when it was decided, or a record changed, meanwhile.
    """
    merge = unions.get(session, request.merge_id)
    if not permissions.allows(NEEDS[part], request.organisation_id):
        raise NotPermitted("You may not agree to this.")
    others = {request.proposed_by, request.second_by, request.security_by, *people_of(merge)}
    if not one_with(session, officer_id, now).isdisjoint(others):
        raise NotPermitted("Three people decide on this, none of them the person concerned.")
    by = col(getattr(MergeRequest, f"{part}_by"))
    other = col(MergeRequest.security_by if part == "second" else MergeRequest.second_by)
    _once(
        session,
        update(MergeRequest)
        .where(
            col(MergeRequest.id) == request.id,
            col(MergeRequest.state) == RequestState.WAITING,
            by.is_(None),
            or_(other.is_(None), other != officer_id),
        )
        .values({f"{part}_by": officer_id, f"{part}_at": now}),
    )
    session.expire(request)
    event = Event.MERGE_AGREED if request.action is MergeAction.MERGE else Event.SPLIT_AGREED
    _note(session, event, merge, request, officer_id, now, {"as": part})
    if request.second_by is None or request.security_by is None:
        return None
    return do(session, now, merge, request)


def refuse(
    session: Session, now: datetime, request: MergeRequest, officer_id: UUID, permissions: Permissions
) -> None:
    """End a request: an officer who could agree, or who asked for it. Raises NotPermitted and Conflict."""
    merge = unions.get(session, request.merge_id)
    may = any(permissions.allows(one, request.organisation_id) for one in NEEDS.values())
    if not may or not one_with(session, officer_id, now).isdisjoint(people_of(merge)):
        raise NotPermitted("You may not decide on this.")
    _end(session, request, RequestState.REFUSED, officer_id, now)
    is_merge = request.action is MergeAction.MERGE
    if is_merge:
        states.check(merge.state, MergeState.REFUSED)
        merge.state = MergeState.REFUSED
        session.flush()
    event = Event.MERGE_REFUSED if is_merge else Event.SPLIT_REFUSED
    _note(session, event, merge, request, officer_id, now, {})


def addresses_concerned(session: Session, request: MergeRequest, now: datetime) -> set[str]:
    """Every work address of the people concerned, as they are now."""
    people = people_of(unions.get(session, request.merge_id))
    return {address for one in people for address in addresses_of(session, one, now)}


def split_parts(session: Session, request: MergeRequest, now: datetime) -> list[Part]:
    """What a request for a split gives to whom. Raises Conflict when the record has changed meanwhile."""
    merge = unions.get(session, request.merge_id)
    check_seen(session, merge, request, now)
    choices = {UUID(one): Owner(owner) for one, owner in request.content["owners"].items()}
    return parts_of(session, merge, now, choices)


def _ask(
    session: Session,
    now: datetime,
    officer_id: UUID,
    merge: Merge,
    organisation_id: UUID,
    action: MergeAction,
    content: Mapping[str, Any],
    reason: str,
) -> MergeRequest:
    words = reason.strip()
    if not words or len(words) > LONGEST_REASON:
        raise Invalid(f"Say why, in {LONGEST_REASON} characters or fewer.", field="reason")
    request = MergeRequest(
        merge_id=merge.id,
        person_id=merge.survivor_id,
        organisation_id=organisation_id,
        action=action,
        content=dict(content),
        seen=seen_now(session, merge, now),
        reason=words,
        state=RequestState.WAITING,
        proposed_by=officer_id,
        proposed_at=now,
    )
    session.add(request)
    session.flush()
    is_merge = action is MergeAction.MERGE
    event = Event.MERGE_PROPOSED if is_merge else Event.SPLIT_PROPOSED
    _note(session, event, merge, request, officer_id, now, {})
    for permission in NEEDS.values():
        tell(
            session,
            now,
            permission=permission,
            organisation_id=request.organisation_id,
            what="a union of two records" if is_merge else "a separation of two records",
            where="People, Records of one person",
            except_for={officer_id, *people_of(merge)},
        )
    return request


def do(session: Session, now: datetime, merge: Merge, request: MergeRequest) -> Done:
    """Record what was asked for, as it was looked at; ``agree`` does it with the last agreement.

    Raises Conflict when a record changed meanwhile, or where two facts would be so of one person at once.
    """
    # Whoever suspends or marks one of them meanwhile is seen here, or finds the record gone.
    take_turns(session, people_of(merge))
    check_free(session, people_of(merge))
    if request.action is MergeAction.MERGE:
        check_settled(session, people_of(merge), now)
        check_only_ours(session, people_of(merge), request.organisation_id, now)
    check_seen(session, merge, request, now)
    by = request.proposed_by
    if request.action is MergeAction.MERGE:
        states.check(merge.state, MergeState.MERGED)
        other_id = merge.merged_id or _new_person(session, merge, now)
        touched = unite(session, merge, other_id, now, by)
        merge.state, merge.merged_at, event = MergeState.MERGED, now, Event.PERSON_MERGED
    else:
        states.check(merge.state, MergeState.SPLIT)
        parts = split_parts(session, request, now)
        other_id = merge.merged_id or _new_person(session, merge, now)
        touched = separate(session, merge, parts, other_id, now, by)
        _name(session, merge, request, now, other_id)
        merge.state, merge.split_at, event = MergeState.SPLIT, now, Event.PERSON_SPLIT
    _end(session, request, RequestState.DONE, request.security_by or by, now)
    session.flush()
    for person_id in sorted({merge.survivor_id, other_id, *touched}):
        details = {"merge_id": str(merge.id)}
        if person_id in (merge.survivor_id, other_id):
            details["with"] = str(other_id if person_id == merge.survivor_id else merge.survivor_id)
        append(
            session,
            event,
            Initiator.person(by),
            now,
            person_id=person_id,
            organisation_id=request.organisation_id,
            details=details,
        )
    merged_at = merge.merged_at or now
    return Done(request.action, merge.survivor_id, other_id, merged_at, frozenset(touched))


def _new_person(session: Session, merge: Merge, now: datetime) -> UUID:
    person = Person(id=new_id(), created_at=now)
    session.add(person)
    session.flush()
    merge.merged_id = person.id
    return person.id


def _name(session: Session, merge: Merge, request: MergeRequest, now: datetime, other_id: UUID) -> None:
    if merge.duplicate_id is None:
        return
    duplicate = session.get(PossibleDuplicate, merge.duplicate_id)
    if duplicate is not None:
        # So it is not asked again of the next file.
        duplicate.is_same = False
    provenance = Provenance(request.proposed_by, "officer", request.reason)
    born_on = duplicate.born_on if duplicate else None
    name_newcomer(session, merge, other_id, request.content["names"], born_on, now, provenance)


def _end(
    session: Session, request: MergeRequest, state: RequestState, officer_id: UUID, now: datetime
) -> None:
    _once(
        session,
        update(MergeRequest)
        .where(col(MergeRequest.id) == request.id, col(MergeRequest.state) == RequestState.WAITING)
        .values(state=state, ended_by=officer_id, ended_at=now),
    )
    session.expire(request)


def _once(session: Session, statement: Any) -> None:
    done = session.execute(statement.execution_options(synchronize_session=False))
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("Somebody has decided on this meanwhile.")


def _note(
    session: Session,
    event: Event,
    merge: Merge,
    request: MergeRequest,
    officer_id: UUID,
    now: datetime,
    details: Mapping[str, Any],
) -> None:
    append(
        session,
        event,
        Initiator.person(officer_id),
        now,
        person_id=merge.survivor_id,
        organisation_id=request.organisation_id,
        details={"merge_id": str(merge.id), "request_id": str(request.id), **details},
        personal={"reason": request.reason}
        if event in (Event.MERGE_PROPOSED, Event.SPLIT_PROPOSED)
        else None,
    )
