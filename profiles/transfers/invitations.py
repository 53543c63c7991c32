"""Invitations to move: the importing department asks whoever reads an address.

The address is looked up nowhere and opens nothing, so that nobody learns whether it is anybody's: the answer
is given from the account of whoever signs in (``invited.py``), and HR say whether that is whom they meant
before they read more of them than a name (ADR 46).
"""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, or_, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.people.models import Person
from profiles.people.service import normal_address
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.temporal import civil_date
from profiles.transfers import invitation_mails
from profiles.transfers.models import InvitationState, MoveInvitation

MOST_A_DAY = 20
"""Invitations of one officer."""
MAILED_A_DAY = 3
"""Mails to one address, from whichever department. Who invites learns nothing of the others."""
A_DAY = timedelta(days=1)
KEPT_FOR = timedelta(days=30)
"""How long one is kept once it is over: HR may be asked what became of it, and limits count it."""
ANSWERED = (InvitationState.ACCEPTED, InvitationState.CONFIRMED)
UNDER_WAY = (InvitationState.OPEN, *ANSWERED)


@dataclass(frozen=True)
class Post:
    """What somebody is invited to, as far as it is known."""

    job_title: str
    unit: str = ""
    location: str = ""
    start_date: date | None = None


def invite(
    session: Session,
    now: datetime,
    *,
    officer_id: UUID,
    permissions: Permissions,
    organisation_id: UUID,
    unverified_address: str,
    post: Post,
    life: timedelta,
    link: Callable[[str], str],
) -> MoveInvitation:
    """Invite whoever reads the address; ``link`` makes the address of a page from the one-time token.

    Nothing is looked up of the address, and nothing said of it. Raises NotPermitted, Invalid naming the
    field, or Conflict when the organisation has invited it already, or the officer too many today.
    """
    if not permissions.allows(Permission.OFFER_POSTS, organisation_id):
        raise NotPermitted("You may not invite anybody for that organisation.")
    address = normal_address(unverified_address)
    if post.start_date is not None and post.start_date < civil_date(now):
        raise Invalid("The start date must not be in the past.", field="start_date")
    # Of two that one officer sends at once, the second waits here, so that it counts the first.
    session.exec(select(Person.id).where(col(Person.id) == officer_id).with_for_update(key_share=True))
    if _count(session, col(MoveInvitation.invited_by) == officer_id, now) >= MOST_A_DAY:
        raise Conflict(f"You have sent {MOST_A_DAY} invitations within a day. Send the next one tomorrow.")
    _refuse_another(session, organisation_id, address, now)
    may_mail = _count(session, col(MoveInvitation.address) == address, now) < MAILED_A_DAY
    token = secrets.token_urlsafe(32)
    invitation = MoveInvitation(
        organisation_id=organisation_id,
        address=address,
        token_hash=_hash(token),
        job_title=post.job_title,
        unit=post.unit,
        location=post.location,
        start_date=post.start_date,
        invited_by=officer_id,
        created_at=now,
        expires_at=now + life,
    )
    session.add(invitation)
    try:
        session.flush()
    except IntegrityError as error:  # a colleague sent one at the same moment
        raise Conflict(_INVITED_ALREADY) from error
    note(session, invitation, Event.MOVE_INVITED, officer_id, now)
    if may_mail:
        invitation_mails.invite(session, invitation, link(token), now)
    else:  # nobody has a link of which they could be reminded
        invitation.reminded_at = now
        session.flush()
    return invitation


def withdraw(
    session: Session, now: datetime, *, invitation_id: UUID, officer_id: UUID, permissions: Permissions
) -> MoveInvitation:
    """The organisation takes it back, also because somebody else accepted than was meant.

    Raises NotFound, or Conflict when it is over.
    """
    invitation = get_for(session, invitation_id, officer_id, permissions)
    was_answered = invitation.state in ANSWERED
    turn(session, invitation, UNDER_WAY, InvitationState.WITHDRAWN, now, ended_at=now)
    note(session, invitation, Event.MOVE_INVITATION_WITHDRAWN, officer_id, now)
    if was_answered:
        invitation_mails.withdrawn(session, invitation, now)
    return invitation


def confirm(
    session: Session, now: datetime, *, invitation_id: UUID, officer_id: UUID, permissions: Permissions
) -> MoveInvitation:
    """The one who accepted is whom the organisation meant. Raises NotFound, NotPermitted, or Conflict."""
    invitation = get_for(session, invitation_id, officer_id, permissions)
    if invitation.person_id == officer_id or permissions.are_of(invitation.person_id):
        raise NotPermitted("You cannot prepare your own transfer. Ask a colleague in HR.")
    turn(session, invitation, (InvitationState.ACCEPTED,), InvitationState.CONFIRMED, now)
    note(session, invitation, Event.MOVE_INVITATION_CONFIRMED, officer_id, now)
    return invitation


def whose(
    session: Session,
    invitation_id: UUID,
    organisation_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    now: datetime,
) -> UUID:
    """Who accepted, once it is confirmed. Raises NotFound, or Conflict when it is over, or not confirmed."""
    return accepted(session, invitation_id, organisation_id, officer_id, permissions, now)[0]


def accepted(
    session: Session,
    invitation_id: UUID,
    organisation_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    now: datetime,
) -> tuple[UUID, UUID | None]:
    """The same, and the employment that they say is to move, where they have several."""
    invitation = get_for(session, invitation_id, officer_id, permissions)
    if invitation.organisation_id != organisation_id:
        raise NotFound("There is no such invitation.")
    person_id, is_over_now = invitation.person_id, invitation.expires_at <= now
    if person_id is None or invitation.state is not InvitationState.CONFIRMED or is_over_now:
        raise Conflict(_OVER)
    return person_id, invitation.employment_id


def redeem(session: Session, invitation_id: UUID, now: datetime) -> None:
    """Spend the acceptance once. Raises Conflict when it is over, also if another is first."""
    invitation = session.exec(select(MoveInvitation).where(col(MoveInvitation.id) == invitation_id)).one()
    turn(session, invitation, (InvitationState.CONFIRMED,), InvitationState.USED, now, ended_at=now)


def get_for(
    session: Session, invitation_id: UUID, officer_id: UUID, permissions: Permissions
) -> MoveInvitation:
    """An invitation for HR of its organisation, and for whoever sent it. Raises NotFound to the others."""
    query = select(MoveInvitation).where(
        col(MoveInvitation.id) == invitation_id, _seen_by(officer_id, permissions)
    )
    found = session.exec(query).first()
    if found is None:
        raise NotFound("There is no such invitation.")
    return found


def list_for(
    session: Session, officer_id: UUID, permissions: Permissions, *, after: UUID | None, limit: int
) -> Sequence[MoveInvitation]:
    """The invitations that an officer may see, the newest first, behind ``after``."""
    query = select(MoveInvitation).where(_seen_by(officer_id, permissions))
    if after is not None:
        query = query.where(col(MoveInvitation.id) < after)
    return session.exec(query.order_by(col(MoveInvitation.id).desc()).limit(limit)).all()


def waiting_for(
    session: Session, officer_id: UUID, permissions: Permissions, now: datetime
) -> Sequence[MoveInvitation]:
    """Those that somebody has accepted, and that wait for the officer, the one that ends first first."""
    query = select(MoveInvitation).where(
        _seen_by(officer_id, permissions),
        col(MoveInvitation.state).in_(ANSWERED),
        col(MoveInvitation.expires_at) > now,
    )
    return session.exec(query.order_by(col(MoveInvitation.expires_at), col(MoveInvitation.id))).all()


def find_by_token(session: Session, unverified_token: str) -> MoveInvitation | None:
    """The invitation of a link, however it stands."""
    query = select(MoveInvitation).where(col(MoveInvitation.token_hash) == _hash(unverified_token))
    return session.exec(query).first()


def is_over(invitation: MoveInvitation, now: datetime) -> bool:
    """Whether nothing follows any more."""
    return invitation.state not in UNDER_WAY or invitation.expires_at <= now


def turn(
    session: Session,
    invitation: MoveInvitation,
    present: Sequence[InvitationState],
    following: InvitationState,
    now: datetime,
    **values: Any,
) -> None:
    """Take a step once, by one conditional UPDATE. Raises Conflict when it is over, or others were first."""
    turned = session.execute(
        update(MoveInvitation)
        .where(
            col(MoveInvitation.id) == invitation.id,
            col(MoveInvitation.state).in_(present),
            col(MoveInvitation.expires_at) > now,
        )
        .values(state=following, **values)
        .execution_options(synchronize_session=False)
    )
    session.refresh(invitation)
    if turned.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict(_OVER)


def note(session: Session, invitation: MoveInvitation, event: Event, by: UUID, now: datetime) -> None:
    """Write it into the trail, without the address."""
    append(
        session,
        event,
        Initiator.person(by),
        now,
        person_id=invitation.person_id,
        organisation_id=invitation.organisation_id,
        details={"invitation": str(invitation.id)},
    )


def _seen_by(officer_id: UUID, permissions: Permissions) -> ColumnElement[bool]:
    organisation = col(MoveInvitation.organisation_id)
    return or_(
        organisation.in_(permissions.organisations(Permission.PREPARE_TRANSFER)),
        and_(
            organisation.in_(permissions.organisations(Permission.OFFER_POSTS)),
            col(MoveInvitation.invited_by) == officer_id,
        ),
    )


def _count(session: Session, condition: ColumnElement[bool], now: datetime) -> int:
    lately = col(MoveInvitation.created_at) > now - A_DAY
    return session.exec(select(func.count()).select_from(MoveInvitation).where(condition, lately)).one()


def _refuse_another(session: Session, organisation_id: UUID, address: str, now: datetime) -> None:
    """Raise Conflict while one of the organisation's own to this address is open."""
    mine = (
        col(MoveInvitation.organisation_id) == organisation_id,
        col(MoveInvitation.address) == address,
        col(MoveInvitation.state) == InvitationState.OPEN,
    )
    session.execute(
        update(MoveInvitation)
        .where(*mine, col(MoveInvitation.expires_at) <= now)
        .values(state=InvitationState.WITHDRAWN, ended_at=col(MoveInvitation.expires_at))
        .execution_options(synchronize_session=False)
    )
    if session.exec(select(MoveInvitation.id).where(*mine)).first() is not None:
        raise Conflict(_INVITED_ALREADY)


def remind(session: Session, now: datetime, before: timedelta, limit: int) -> bool:
    """Tell whoever is to act, once, that one ends within ``before``; True when there may be more."""
    query = select(MoveInvitation).where(
        col(MoveInvitation.state).in_(UNDER_WAY),
        col(MoveInvitation.reminded_at).is_(None),
        col(MoveInvitation.expires_at) > now,
        col(MoveInvitation.expires_at) <= now + before,
    )
    found = session.exec(query.order_by(col(MoveInvitation.id)).limit(limit)).all()
    for invitation in found:
        reminded = session.execute(
            update(MoveInvitation)
            .where(col(MoveInvitation.id) == invitation.id, col(MoveInvitation.reminded_at).is_(None))
            .values(reminded_at=now)
            .execution_options(synchronize_session=False)
        )
        if reminded.rowcount == 1:  # type: ignore[attr-defined]
            invitation_mails.remind(session, invitation, now)
    return len(found) >= limit


def forget_over(session: Session, now: datetime, limit: int) -> bool:
    """Forget what has been over for ``KEPT_FOR``, the address with it; True when there may be more."""
    ended = func.coalesce(col(MoveInvitation.ended_at), col(MoveInvitation.expires_at))
    over = select(MoveInvitation.id).where(ended <= now - KEPT_FOR).limit(limit)
    forgotten = session.execute(delete(MoveInvitation).where(col(MoveInvitation.id).in_(over)))
    return bool(forgotten.rowcount >= limit)  # type: ignore[attr-defined]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


_INVITED_ALREADY = "Your organisation has invited this address already. Withdraw that invitation first."
_OVER = "This invitation is over, or a colleague was first. Look at it again."
