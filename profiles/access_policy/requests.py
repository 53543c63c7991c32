"""Somebody asks for a role of an app; its owner, or who they delegated it to, gives it for a time or refuses.

The person prepares it and an officer approves it: two people, as whenever a role is given by hand.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from profiles.access_policy import notices
from profiles.access_policy.delegations import covers, is_decided_by
from profiles.access_policy.grants import LONGEST_DAYS, GrantWanted
from profiles.access_policy.models import OPEN_FOR, Action, RequestState, RoleRequest
from profiles.apps import service as apps
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.employments.service import current_postings
from profiles.entitlements import grants
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.roles.parties import one_with
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions, who_may
from profiles.temporal import Provenance, civil_date, end_of_day, is_recorded_day, start_of_day

MOST_OPEN = 20
MOST_A_DAY = 20
A_DAY = timedelta(days=1)
SOURCE = "asked for"


def ask(
    session: Session,
    now: datetime,
    *,
    person_id: UUID,
    app_id: UUID,
    role_name: str,
    first_day: date,
    last_day: date,
    reason: str,
) -> RoleRequest:
    """Ask for a role; those who can decide are told, once a day of a person and an app.

    Raises Invalid, naming the field, for a role that the app does not know or that they have by hand, days
    that make no sense or a missing reason; Conflict while the person waits for the same role, or for too
    many, and when they have asked too often.
    """
    app, today = apps.get(session, app_id), civil_date(now)
    if role_name not in {role.name for role in apps.roles_of(session, app_id)}:
        raise Invalid("The app has no such role.", field="role_name")
    if not reason.strip():
        raise Invalid("Say what you need it for.", field="reason")
    if not is_recorded_day(first_day) or first_day < today:
        raise Invalid("The first day must be today or later.", field="first_day")
    if not is_recorded_day(last_day) or last_day < first_day:
        raise Invalid("The last day must be on or after the first.", field="last_day")
    if last_day > first_day + timedelta(days=LONGEST_DAYS):
        raise Invalid("It lasts a year at most. Ask again then, if you still need it.", field="last_day")
    grants.check_has_it_not(
        session, now, person_id, app_id, role_name, start_of_day(first_day), end_of_day(last_day)
    )
    _expire(session, person_id, now)
    mine = of_person(session, person_id)
    if sum(one.state is RequestState.OPEN for one in mine) >= MOST_OPEN:
        raise Conflict("You wait for many roles already. Withdraw one first.")
    lately = [one for one in mine if one.asked_at > now - A_DAY]
    if len(lately) >= MOST_A_DAY:
        raise Conflict(f"You have asked {MOST_A_DAY} times within a day. Ask again tomorrow.")
    request = RoleRequest(
        person_id=person_id,
        app_id=app_id,
        organisation_id=app.organisation_id,
        role_name=role_name,
        first_day=first_day,
        last_day=last_day,
        reason=reason.strip(),
        asked_at=now,
        expires_at=now + OPEN_FOR,
        state=RequestState.OPEN,
    )
    try:
        with session.begin_nested():
            session.add(request)
    except IntegrityError:
        raise Conflict("You have asked for this role already.") from None
    _audit(session, Event.ROLE_ASKED_FOR, request, person_id, now)
    told = {each for one in lately if one.app_id == app_id for each in deciders(session, one, now)}
    notices.asked(session, app, [one for one in deciders(session, request, now) if one not in told], now)
    return request


def approve(
    session: Session, now: datetime, request: RoleRequest, officer_id: UUID, *, last_day: date, answer: str
) -> None:
    """Give the role, until ``last_day``, which may be sooner than was asked for; it ends by itself.

    Raises NotPermitted to the person and who counts as one with them, Invalid for a last day that makes no
    sense, Conflict when somebody has decided, the request has expired, or the person works nowhere.
    """
    _check_other(session, request, officer_id, now)
    begins_at, ends_at = max(now, start_of_day(request.first_day)), end_of_day(last_day)
    if last_day > request.last_day or ends_at <= begins_at:
        raise Invalid("The last day must be one of the days that were asked for.", field="last_day")
    if not current_postings(session, request.person_id, now):
        raise Conflict("They work nowhere now.")
    _close(session, request, now, RequestState.APPROVED, officer_id, answer)
    grants.grant(
        session,
        now,
        Provenance(request.person_id, SOURCE, request.reason),
        Initiator.person(officer_id),
        person_id=request.person_id,
        app_id=request.app_id,
        role_name=request.role_name,
        approved_by=officer_id,
        valid_from=begins_at,
        valid_to=ends_at,
    )
    _audit(session, Event.ROLE_REQUEST_APPROVED, request, officer_id, now)
    notices.approved(session, apps.get(session, request.app_id), request.person_id, last_day, now)


def refuse(session: Session, now: datetime, request: RoleRequest, officer_id: UUID, *, answer: str) -> None:
    """Give nothing, and say why. Raises Invalid without a reason, otherwise as ``approve`` does."""
    _check_other(session, request, officer_id, now)
    if not answer.strip():
        raise Invalid("Say why, so that the person knows what to do.", field="answer")
    _close(session, request, now, RequestState.REFUSED, officer_id, answer)
    _audit(session, Event.ROLE_REQUEST_REFUSED, request, officer_id, now)
    notices.refused(session, apps.get(session, request.app_id), request.person_id, now)


def withdraw(session: Session, now: datetime, request: RoleRequest) -> None:
    """The person asks no longer. Raises Conflict when somebody has decided meanwhile."""
    _close(session, request, now, RequestState.WITHDRAWN, request.person_id, "")
    _audit(session, Event.ROLE_REQUEST_WITHDRAWN, request, request.person_id, now)


def of_person(session: Session, person_id: UUID) -> Sequence[RoleRequest]:
    """What a person asked for, the newest first."""
    query = select(RoleRequest).where(col(RoleRequest.person_id) == person_id)
    return session.exec(query.order_by(col(RoleRequest.id).desc())).all()


def waiting_for(
    session: Session,
    permissions: Permissions,
    now: datetime,
    *,
    after: UUID | None = None,
    limit: int | None = None,
) -> Sequence[RoleRequest]:
    """What waits for an officer, the oldest first; never their own or of who counts as one with them."""
    query = select(RoleRequest).where(_waits_for(session, permissions, now))
    if after is not None:
        query = query.where(col(RoleRequest.id) > after)
    return session.exec(query.order_by(col(RoleRequest.id)).limit(limit)).all()


def count_waiting(session: Session, permissions: Permissions, now: datetime) -> int:
    """How many requests wait for an officer."""
    counted = select(func.count(col(RoleRequest.id))).where(_waits_for(session, permissions, now))
    return session.exec(counted).one()


def get_waiting(session: Session, request_id: UUID, permissions: Permissions, now: datetime) -> RoleRequest:
    """One of them. Raises NotFound."""
    waits = _waits_for(session, permissions, now)
    found = session.exec(select(RoleRequest).where(col(RoleRequest.id) == request_id, waits)).first()
    if found is None:
        raise NotFound("There is no such request, or somebody has decided on it.")
    return found


def _waits_for(session: Session, permissions: Permissions, now: datetime) -> ColumnElement[bool]:
    return and_(
        col(RoleRequest.state) == RequestState.OPEN,
        col(RoleRequest.expires_at) > now,
        col(RoleRequest.person_id).not_in(permissions.parties),
        is_decided_by(RoleRequest, session, permissions, now),
    )


def deciders(session: Session, request: RoleRequest, now: datetime) -> list[UUID]:
    """The officers who can decide: owners of the app, and delegates where the person works."""
    found = who_may(session, Permission.CHANGE_RULES, request.organisation_id, now)
    for one in current_postings(session, request.person_id, now):
        if covers(session, request.app_id, request.role_name, one.organisation_id, now):
            found += who_may(session, Permission.GRANT_ACCESS, one.organisation_id, now)
    own = one_with(session, request.person_id, now)
    return [one for one in dict.fromkeys(found) if one not in own]


def as_grant(request: RoleRequest) -> GrantWanted:
    """What approving it would give, to be foreseen."""
    return GrantWanted(
        request.app_id,
        Action.ADD,
        request.person_id,
        request.role_name,
        request.organisation_id,
        as_owner=True,
        first_day=request.first_day,
        last_day=request.last_day,
    )


def _check_other(session: Session, request: RoleRequest, officer_id: UUID, now: datetime) -> None:
    if request.person_id in one_with(session, officer_id, now):
        raise NotPermitted("Somebody else must decide on what you asked for.")


def _expire(session: Session, person_id: UUID, now: datetime) -> None:
    """Close what nobody answered, so that the person can ask again."""
    session.execute(
        update(RoleRequest)
        .where(
            col(RoleRequest.person_id) == person_id,
            col(RoleRequest.state) == RequestState.OPEN,
            col(RoleRequest.expires_at) <= now,
        )
        .values(state=RequestState.EXPIRED)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()


def _close(
    session: Session,
    request: RoleRequest,
    now: datetime,
    state: RequestState,
    by: UUID,
    answer: str,
) -> None:
    closed = session.execute(
        update(RoleRequest)
        .where(
            col(RoleRequest.id) == request.id,
            col(RoleRequest.state) == RequestState.OPEN,
            col(RoleRequest.expires_at) > now,
        )
        .values(state=state, answered_by=by, answered_at=now, answer=answer.strip())
        .execution_options(synchronize_session=False)
    )
    if closed.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("Somebody has decided on this meanwhile, or it has expired.")
    session.expire(request)


def _audit(session: Session, event: Event, request: RoleRequest, by: UUID, now: datetime) -> None:
    append(
        session,
        event,
        Initiator.person(by),
        now,
        person_id=request.person_id,
        organisation_id=request.organisation_id,
        app_id=request.app_id,
        details={"request_id": str(request.id), "role": request.role_name},
    )
