"""Asks, reviews, extends and refuses: one month, extended once by two, and a snapshot that expires."""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from profiles.access_requests import notices, states
from profiles.access_requests.held import UNREVIEWED, Item, organisations_holding
from profiles.access_requests.models import AccessRequest, RequestState
from profiles.access_requests.snapshot import content_of
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.disclosure.grounds import Ground
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.roles.parties import are_one
from profiles.temporal import civil_date, months_after

KEPT_FOR = timedelta(days=30)
"""How long the person can download what was released."""
REMIND_BEFORE = timedelta(days=7)


def ask(session: Session, now: datetime, person_id: UUID) -> list[AccessRequest]:
    """Ask every organisation that holds something of the person, each for its part; return the new requests.

    Those that work on an earlier one, or whose answer can still be downloaded, are left alone. Raises
    Conflict when there is none to ask.
    """
    made = []
    holding = organisations_holding(session, person_id, now, as_they_know=True)
    for organisation_id in holding:
        request = AccessRequest(
            person_id=person_id,
            organisation_id=organisation_id,
            is_lead=organisation_id == holding[0],
            state=RequestState.ASKED,
            asked_at=now,
            due_on=months_after(civil_date(now), 1),
        )
        try:
            with session.begin_nested():
                session.add(request)
        except IntegrityError:
            continue
        _note(session, Event.ACCESS_REQUESTED, request, Initiator.person(person_id), now)
        notices.asked(session, request, now)
        made.append(request)
    if not made:
        raise Conflict("Every organisation that holds something about you has been asked already.")
    return made


def digest_of(items: Sequence[Item]) -> str:
    """Names exactly what an officer has seen, but for the sections in which there is nothing to withhold."""
    seen = {one.id: dict(one.data) for one in items if one.section not in UNREVIEWED}
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()


def release(
    session: Session,
    now: datetime,
    *,
    request: AccessRequest,
    items: Sequence[Item],
    withheld: Mapping[str, Ground],
    officer_id: UUID,
) -> None:
    """Make the snapshot, without what is withheld; the person is told and can download it for 30 days.

    Raises NotPermitted for one's own request, or that of somebody one is one with, Invalid for an item that
    is not there, InvalidTransition and Conflict when it was decided.
    """
    states.check(request.state, RequestState.READY)
    _check_officer(session, request, officer_id, now)
    reviewed = {one.id for one in items if one.section not in UNREVIEWED}
    if not withheld.keys() <= reviewed:
        raise Invalid("What you chose to withhold is not there any more. Look again.", field="withheld")
    counts = Counter(ground.value for ground in withheld.values())
    told = [one for one in items if one.id not in withheld]
    values = {
        "content": content_of(session, request, told, counts, now),
        "withheld": dict(counts),
        "expires_at": now + KEPT_FOR,
    }
    _decide(session, request, RequestState.READY, officer_id, now, values)
    details = {"withheld": dict(counts), "items": len(told)}
    _note(session, Event.ACCESS_RELEASED, request, Initiator.person(officer_id), now, details)
    notices.ready(session, request, now)


def refuse(session: Session, now: datetime, *, request: AccessRequest, reason: str, officer_id: UUID) -> None:
    """Refuse what is manifestly unfounded or excessive (Art 12(5)), with a reason that the person reads.

    Raises Invalid without one, and what ``release`` raises.
    """
    states.check(request.state, RequestState.REFUSED)
    _check_officer(session, request, officer_id, now)
    said = _needed(reason, "reason")
    _decide(session, request, RequestState.REFUSED, officer_id, now, {"refusal_reason": said})
    _note(session, Event.ACCESS_REFUSED, request, Initiator.person(officer_id), now)
    notices.refused(session, request, now)


def extend(session: Session, now: datetime, *, request: AccessRequest, reason: str, officer_id: UUID) -> None:
    """Take two months more, once and within the first month, with a reason that the person reads.

    Raises Conflict when it was extended or the month is over, and what ``refuse`` raises.
    """
    _check_officer(session, request, officer_id, now)
    said = _needed(reason, "reason")
    if civil_date(now) > request.due_on:
        raise Conflict("The month is over: a request can only be extended within it.")
    extended = session.execute(
        update(AccessRequest)
        .where(
            col(AccessRequest.id) == request.id,
            col(AccessRequest.state) == RequestState.ASKED,
            col(AccessRequest.extended_at).is_(None),
        )
        .values(
            extended_at=now,
            extension_reason=said,
            reminded_at=None,
            due_on=months_after(civil_date(request.asked_at), 1 + states.EXTENDED_BY_MONTHS),
        )
        .execution_options(synchronize_session=False)
    )
    if extended.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("This request was extended or decided already.")
    session.refresh(request)
    _note(session, Event.ACCESS_EXTENDED, request, Initiator.person(officer_id), now)
    notices.extended(session, request, now)


def withdraw(session: Session, now: datetime, request: AccessRequest) -> None:
    """The person does not want it any more. Raises InvalidTransition and Conflict when it was decided."""
    states.check(request.state, RequestState.WITHDRAWN)
    _decide(session, request, RequestState.WITHDRAWN, None, now, {})
    _note(session, Event.ACCESS_WITHDRAWN, request, Initiator.person(request.person_id), now)


def note_review(session: Session, now: datetime, request: AccessRequest, officer_id: UUID) -> None:
    """An officer has opened what is held, to review it."""
    _note(session, Event.ACCESS_REVIEWED, request, Initiator.person(officer_id), now)


def note_download(session: Session, now: datetime, request: AccessRequest) -> dict[str, Any]:
    """What was released; that it was downloaded is audited.

    Raises NotFound when there is nothing, or nothing any more.
    """
    is_over = request.expires_at is None or request.expires_at <= now
    if request.state is not RequestState.READY or request.content is None or is_over:
        raise NotFound("There is nothing to download, or its 30 days are over. You can ask again.")
    _note(session, Event.ACCESS_DOWNLOADED, request, Initiator.person(request.person_id), now)
    return request.content


def get_own(session: Session, request_id: UUID, person_id: UUID) -> AccessRequest:
    """A request of this person's. Raises NotFound."""
    request = session.get(AccessRequest, request_id)
    if request is None or request.person_id != person_id:
        raise NotFound("There is no such request.")
    return request


def get_asked(session: Session, request_id: UUID, organisation_ids: Collection[UUID]) -> AccessRequest:
    """A request that was made of one of these organisations. Raises NotFound."""
    request = session.get(AccessRequest, request_id)
    if request is None or request.organisation_id not in organisation_ids:
        raise NotFound("There is no such request.")
    return request


def of_person(session: Session, person_id: UUID) -> Sequence[AccessRequest]:
    """A person's requests, the newest first."""
    query = select(AccessRequest).where(col(AccessRequest.person_id) == person_id)
    return session.exec(query.order_by(col(AccessRequest.id).desc())).all()


def waiting(session: Session, organisation_ids: Collection[UUID], limit: int) -> Sequence[AccessRequest]:
    """What these organisations have not decided, the most urgent first."""
    query = select(AccessRequest).where(
        col(AccessRequest.organisation_id).in_(organisation_ids),
        col(AccessRequest.state) == RequestState.ASKED,
    )
    return session.exec(query.order_by(col(AccessRequest.due_on), col(AccessRequest.id)).limit(limit)).all()


def decided(session: Session, organisation_ids: Collection[UUID], limit: int) -> Sequence[AccessRequest]:
    """What these organisations have decided, the newest first."""
    query = select(AccessRequest).where(
        col(AccessRequest.organisation_id).in_(organisation_ids), col(AccessRequest.decided_by).is_not(None)
    )
    return session.exec(query.order_by(col(AccessRequest.decided_at).desc()).limit(limit)).all()


def count_waiting(session: Session, organisation_ids: Collection[UUID], today: date) -> tuple[int, int]:
    """How many requests wait for these organisations, and how many of them are past their last day."""
    query = (
        select(func.count())
        .select_from(AccessRequest)
        .where(
            col(AccessRequest.organisation_id).in_(organisation_ids),
            col(AccessRequest.state) == RequestState.ASKED,
        )
    )
    return session.exec(query).one(), session.exec(query.where(col(AccessRequest.due_on) < today)).one()


def remind(session: Session, now: datetime, limit: int) -> bool:
    """Remind officers, once each, of requests whose last day is near; True when there may be more."""
    due = (
        select(AccessRequest)
        .where(
            col(AccessRequest.state) == RequestState.ASKED,
            col(AccessRequest.reminded_at).is_(None),
            col(AccessRequest.due_on) <= civil_date(now + REMIND_BEFORE),
        )
        .order_by(col(AccessRequest.due_on))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = session.exec(due).all()
    for request in found:
        request.reminded_at = now
        session.add(request)
        notices.due_soon(session, request, now)
    return len(found) == limit


def expire(session: Session, now: datetime, limit: int) -> bool:
    """Forget the content of requests whose 30 days are over; True when there may be more."""
    over = (
        select(col(AccessRequest.id))
        .where(col(AccessRequest.state) == RequestState.READY, col(AccessRequest.expires_at) <= now)
        .limit(limit)
    )
    expired = session.execute(
        update(AccessRequest)
        .where(col(AccessRequest.id).in_(over))
        .values(state=RequestState.EXPIRED, content=None)
        .execution_options(synchronize_session=False)
    )
    return bool(expired.rowcount == limit)  # type: ignore[attr-defined]


def _check_officer(session: Session, request: AccessRequest, officer_id: UUID, now: datetime) -> None:
    """An officer and their deputies are one: neither decides on what the other asked for."""
    if are_one(session, officer_id, request.person_id, now):
        raise NotPermitted("This is your own request, so another data protection officer must decide on it.")


def _needed(text: str, field: str) -> str:
    said = text.strip()
    if not said:
        raise Invalid("Say why. The person reads it.", field=field)
    return said


def _decide(
    session: Session,
    request: AccessRequest,
    state: RequestState,
    officer_id: UUID | None,
    now: datetime,
    values: Mapping[str, Any],
) -> None:
    decided = session.execute(
        update(AccessRequest)
        .where(col(AccessRequest.id) == request.id, col(AccessRequest.state) == RequestState.ASKED)
        .values(state=state, decided_by=officer_id, decided_at=now, **values)
        .execution_options(synchronize_session=False)
    )
    if decided.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("Somebody has decided on this meanwhile.")
    session.refresh(request)


def _note(
    session: Session,
    event: Event,
    request: AccessRequest,
    initiator: Initiator,
    now: datetime,
    details: Mapping[str, Any] | None = None,
) -> None:
    append(
        session,
        event,
        initiator,
        now,
        person_id=request.person_id,
        organisation_id=request.organisation_id,
        details={"request_id": str(request.id), **(details or {})},
    )
