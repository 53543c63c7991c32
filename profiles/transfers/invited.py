"""Answering an invitation to move: the account of whoever signed in answers, whatever the address was."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.employments.breaks import pauses
from profiles.employments.service import is_employed_from, moves_with_many
from profiles.errors import Conflict, NotFound
from profiles.transfers import invitation_mails, invitations, movable
from profiles.transfers.invitations import ANSWERED, is_over, note, turn
from profiles.transfers.models import InvitationState, MoveInvitation, Transfer
from profiles.transfers.preparing import posts_abroad


def accept(
    session: Session,
    now: datetime,
    *,
    unverified_token: str,
    person_id: UUID,
    life: timedelta,
    employment_id: UUID | None = None,
) -> MoveInvitation:
    """Say yes, once: from now on HR read the name, and have ``life`` to prepare the move.

    Who has several employments says which one moves. Raises NotFound when the link is not good, Invalid
    naming ``employment_id``, or Conflict when this person cannot be moved there now.
    """
    invitation = get_open(session, unverified_token, now)
    check_can_move(session, now, invitation, person_id)
    moves = movable.check_choice(session, person_id, employment_id, now)
    turn(
        session,
        invitation,
        (InvitationState.OPEN,),
        InvitationState.ACCEPTED,
        now,
        person_id=person_id,
        employment_id=moves,
        answered_at=now,
        expires_at=now + life,
        reminded_at=None,
    )
    note(session, invitation, Event.MOVE_INVITATION_ACCEPTED, person_id, now)
    invitation_mails.accepted(session, invitation, now)
    return invitation


def decline(session: Session, now: datetime, *, unverified_token: str, person_id: UUID) -> MoveInvitation:
    """Say no; the organisation does not learn who did, from its part of the trail either.

    Raises NotFound when the link is not good.
    """
    invitation = get_open(session, unverified_token, now)
    turn(session, invitation, (InvitationState.OPEN,), InvitationState.DECLINED, now, ended_at=now)
    append(
        session,
        Event.MOVE_INVITATION_DECLINED,
        Initiator.person(person_id),
        now,
        person_id=person_id,
        details={"invitation": str(invitation.id)},
    )
    invitation_mails.declined(session, invitation, now)
    return invitation


def take_back(session: Session, now: datetime, *, invitation_id: UUID, person_id: UUID) -> MoveInvitation:
    """Think again, while no move is prepared. Raises NotFound, or Conflict when one is."""
    query = select(MoveInvitation).where(
        col(MoveInvitation.id) == invitation_id, col(MoveInvitation.person_id) == person_id
    )
    invitation = session.exec(query).first()
    if invitation is None:
        raise NotFound("There is no such invitation.")
    turn(session, invitation, ANSWERED, InvitationState.TAKEN_BACK, now, ended_at=now)
    note(session, invitation, Event.MOVE_INVITATION_TAKEN_BACK, person_id, now)
    return invitation


def get_open(session: Session, unverified_token: str, now: datetime) -> MoveInvitation:
    """The invitation of a link that nobody has answered. Raises NotFound for any other."""
    found = invitations.find_by_token(session, unverified_token)
    if found is None or found.state is not InvitationState.OPEN or is_over(found, now):
        raise NotFound("This invitation is not open any more. Ask whoever invited you for another one.")
    return found


def accepted_by(session: Session, person_id: UUID, now: datetime) -> Sequence[MoveInvitation]:
    """What the person has accepted, and no move came of yet."""
    query = select(MoveInvitation).where(
        col(MoveInvitation.person_id) == person_id,
        col(MoveInvitation.state).in_(ANSWERED),
        col(MoveInvitation.expires_at) > now,
    )
    return session.exec(query.order_by(col(MoveInvitation.id))).all()


def end_accepted(session: Session, person_id: UUID, now: datetime) -> None:
    """Let none of the person's acceptances begin a move any more: somebody else may have given them."""
    session.execute(
        update(MoveInvitation)
        .where(col(MoveInvitation.person_id) == person_id, col(MoveInvitation.state).in_(ANSWERED))
        .values(state=InvitationState.TAKEN_BACK, ended_at=now)
        .execution_options(synchronize_session="fetch")
    )


def check_can_move(session: Session, now: datetime, invitation: MoveInvitation, person_id: UUID) -> None:
    """Raise Conflict, in words for the person, where nothing can begin for them at that organisation.

    Who is employed nowhere begins an employment there (``profiles.appointments``); all others move.
    """
    moving = select(Transfer.id).where(
        col(Transfer.person_id) == person_id, col(Transfer.in_flight).is_(True)
    )
    if session.exec(moving).first() is not None or moves_with_many(session, person_id):
        raise Conflict("You have a move on its way. It must end before you accept another one.")
    if posts_abroad(session, person_id, now):
        raise Conflict("You are on loan, or are about to be. The loan must end before you accept a move.")
    if pauses(session, person_id, now):
        raise Conflict(
            "You are on a career break, or are about to be. Ask HR of your department to record your return "
            "first."
        )
    home = movable.home_postings(session, person_id, now)
    if any(one.organisation_id == invitation.organisation_id for one in home):
        raise Conflict("You work for this organisation already.")
    if not home and is_employed_from(session, person_id, now):
        raise Conflict(
            "Your record does not have an employment that could be moved. Ask HR of your department."
        )
    refusal = movable.why_none(session, person_id, now)
    if refusal is not None:
        raise Conflict(refusal)
