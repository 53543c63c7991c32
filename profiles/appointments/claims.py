"""Coming back without a passkey: a statement, two officers who met the person, a waiting time, two codes.

Nobody is told before the end whether an account fits what was stated, so that no officer can find out whom
another organisation has on record (ADR 68). The account opens nothing before the first day.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, col, or_, select

from profiles.appointments import claim_notices, matching
from profiles.appointments.claim_models import ClaimState, ReturnClaim
from profiles.appointments.models import Appointment, AppointmentState
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Conflict, NotFound, NotPermitted
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.transfers.invited import get_open
from profiles.transfers.models import InvitationState, MoveInvitation

USE_WITHIN = timedelta(days=7)
"""After the waiting time."""
OPEN = (ClaimState.STATED, ClaimState.CHECKED, ClaimState.WAITING)


@dataclass(frozen=True)
class Statement:
    """What the person says of the account that was theirs: the name, and a number of an employer."""

    given_names: str
    family_name: str
    born_on: date
    employment_number: str


def state(session: Session, now: datetime, *, unverified_token: str, said: Statement) -> ReturnClaim:
    """Put it to HR, or correct it while no officer has looked; nothing is looked up.

    Raises NotFound when the link is not good, Conflict once an officer has checked.
    """
    invitation = get_open(session, unverified_token, now)
    claim = find_for(session, invitation.id)
    is_new = claim is None
    if claim is None:
        claim = ReturnClaim(
            invitation_id=invitation.id,
            organisation_id=invitation.organisation_id,
            given_names="",
            family_name="",
            born_on=said.born_on,
            employment_number="",
            stated_at=now,
            expires_at=invitation.expires_at,
        )
    elif claim.state is not ClaimState.STATED:
        raise Conflict(
            "An officer has looked at this already. If something is wrong, ask for another invitation."
        )
    claim.given_names, claim.family_name = said.given_names.strip(), said.family_name.strip()
    claim.born_on, claim.employment_number = said.born_on, said.employment_number.strip()
    claim.stated_at = now
    session.add(claim)
    session.flush()
    if is_new:
        _note(session, Event.RETURN_STATED, claim, Initiator.system("link in a mail"), now)
        claim_notices.ask(session, claim, now)
    return claim


def check(
    session: Session,
    now: datetime,
    claim: ReturnClaim,
    *,
    officer_id: UUID,
    permissions: Permissions,
    wait: timedelta,
    stop_link: str,
) -> None:
    """An officer has met the person; with the second one the waiting time begins.

    Raises NotPermitted, or Conflict when it is over or a colleague was first.
    """
    check_may_check(claim, officer_id, permissions)
    invitation = session.get_one(MoveInvitation, claim.invitation_id)
    if invitation.state is not InvitationState.OPEN:
        raise Conflict("The invitation is over, so there is nothing to check.")
    if claim.state is ClaimState.STATED:
        _turn(session, claim, ClaimState.CHECKED, now, first_officer=officer_id)
        _note(session, Event.RETURN_CHECKED, claim, Initiator.person(officer_id), now)
        claim_notices.ask_second(session, claim, now)
        return
    ready_at = now + wait
    _turn(
        session,
        claim,
        ClaimState.WAITING,
        now,
        second_officer=officer_id,
        ready_at=ready_at,
        expires_at=ready_at + USE_WITHIN,
        person_id=matching.find_person(session, claim, now),
    )
    session.execute(
        update(MoveInvitation)
        .where(col(MoveInvitation.id) == claim.invitation_id)
        .values(expires_at=ready_at + USE_WITHIN)
        .execution_options(synchronize_session="fetch")
    )
    _note(session, Event.RETURN_CONFIRMED, claim, Initiator.person(officer_id), now)
    claim_notices.confirmed(session, claim, now, stop_link)


def cancel(
    session: Session, now: datetime, claim: ReturnClaim, *, officer_id: UUID, permissions: Permissions
) -> None:
    """An officer of the organisation that appoints ends it. Raises NotPermitted, Conflict."""
    if not permissions.allows(Permission.CONFIRM_RECOVERY, claim.organisation_id):
        raise NotPermitted("You may not decide on this for that organisation.")
    _turn(session, claim, ClaimState.CANCELLED, now, ended_at=now)
    _note(session, Event.RETURN_STOPPED, claim, Initiator.person(officer_id), now)


def stop(session: Session, now: datetime, claim: ReturnClaim, initiator: Initiator) -> bool:
    """Whoever was warned says that it is not the person. False when it is over already."""
    try:
        _turn(session, claim, ClaimState.STOPPED, now, ended_at=now)
    except Conflict:
        return False
    _note(session, Event.RETURN_STOPPED, claim, initiator, now)
    claim_notices.stopped(session, claim, now)
    return True


def issue(session: Session, now: datetime, claim: ReturnClaim, *, officer_id: UUID, code_hash: str) -> None:
    """Keep an officer's code; an earlier one is worth nothing. Raises NotPermitted, Conflict."""
    if officer_id not in (claim.first_officer, claim.second_officer):
        raise NotPermitted("Only the two officers who met the person hand over a code.")
    if claim.ready_at is None or now < claim.ready_at:
        raise Conflict("The waiting time is not over yet.")
    column = "first_code_hash" if officer_id == claim.first_officer else "second_code_hash"
    _turn(session, claim, ClaimState.WAITING, now, **{column: code_hash})
    _note(session, Event.RETURN_CODE_ISSUED, claim, Initiator.person(officer_id), now)


def find_opened(
    session: Session, unverified_token: str, hashes: tuple[str, str], now: datetime
) -> ReturnClaim | None:
    """The claim of this invitation that both codes open, in either order; nothing is spent by looking."""
    try:
        invitation = get_open(session, unverified_token, now)
    except NotFound:
        return None
    claim = find_for(session, invitation.id)
    kept = (claim.first_code_hash, claim.second_code_hash) if claim is not None else ()
    if claim is None or not is_open(claim, now) or claim.state is not ClaimState.WAITING:
        return None
    return claim if None not in kept and kept in (hashes, hashes[::-1]) else None


def spend(session: Session, now: datetime, claim: ReturnClaim) -> None:
    """Use it, once. Raises Conflict when it was used or stopped, or an employment is prepared elsewhere."""
    waits = select(Appointment.id).where(
        col(Appointment.person_id) == claim.person_id,
        or_(
            col(Appointment.state) == AppointmentState.WAITING,
            (col(Appointment.state) == AppointmentState.AGREED) & (col(Appointment.begins_at) > now),
        ),
    )
    if session.exec(waits).first() is not None:
        raise Conflict("An employment is being prepared on this account already. Ask whoever prepares it.")
    _turn(session, claim, ClaimState.USED, now, ended_at=now)
    by = Initiator.person(claim.person_id) if claim.person_id else Initiator.system("codes")
    _note(session, Event.RETURN_USED, claim, by, now)
    claim_notices.used(session, claim, now)


def end_without_account(session: Session, now: datetime, claim: ReturnClaim) -> None:
    """The codes were right, and no account is whose it was said to be. Raises Conflict."""
    _turn(session, claim, ClaimState.NOT_FOUND, now, ended_at=now)
    _note(session, Event.RETURN_NOT_FOUND, claim, Initiator.system("codes"), now)


def check_may_check(claim: ReturnClaim, officer_id: UUID, permissions: Permissions) -> None:
    """Raise NotPermitted unless the officer may be the next one. The second may be a security officer."""
    is_first = claim.state is ClaimState.STATED
    needed = Permission.REQUEST_RECOVERY if is_first else Permission.CONFIRM_RECOVERY
    if not permissions.allows(needed, claim.organisation_id):
        raise NotPermitted("You may not check this for that organisation.")
    if officer_id == claim.first_officer or permissions.are_of(claim.first_officer):
        raise NotPermitted("You met them as the first officer, so somebody else must be the second.")


def find_for(session: Session, invitation_id: UUID) -> ReturnClaim | None:
    """The claim with which an invitation is to be answered."""
    return session.exec(select(ReturnClaim).where(col(ReturnClaim.invitation_id) == invitation_id)).first()


def get_for(session: Session, invitation_id: UUID, permissions: Permissions) -> ReturnClaim:
    """For the officers who check. Raises NotFound to all others."""
    claim = find_for(session, invitation_id)
    mine = permissions.organisations(Permission.CONFIRM_RECOVERY)
    if claim is None or claim.organisation_id not in mine:
        raise NotFound("There is no such claim.")
    return claim


def waiting_for(
    session: Session, officer_id: UUID, permissions: Permissions, now: datetime
) -> list[ReturnClaim]:
    """Those that the officer could check next, or hand over a code for."""
    mine = permissions.organisations(Permission.CONFIRM_RECOVERY)
    found = []
    for one in _open_ones(session, now, col(ReturnClaim.organisation_id).in_(mine)):
        if one.state is ClaimState.WAITING:
            is_ready = one.ready_at is not None and one.ready_at <= now
            if is_ready and officer_id in (one.first_officer, one.second_officer):
                found.append(one)
            continue
        try:
            check_may_check(one, officer_id, permissions)
        except NotPermitted:
            continue
        found.append(one)
    return found


def open_at(session: Session, organisation_ids: Collection[UUID], now: datetime) -> Sequence[ReturnClaim]:
    """Those under way at these organisations, the oldest first."""
    return _open_ones(session, now, col(ReturnClaim.organisation_id).in_(organisation_ids))


def of_our_leavers(session: Session, permissions: Permissions, now: datetime) -> list[ReturnClaim]:
    """Those for accounts of people whom the security officer's organisation employed last."""
    mine = permissions.organisations(Permission.HANDLE_SECURITY_REPORTS)
    if not mine:
        return []
    waiting = _open_ones(session, now, col(ReturnClaim.state) == ClaimState.WAITING)
    return [one for one in waiting if _is_ours(session, one, mine, now)]


def is_open(claim: ReturnClaim, now: datetime) -> bool:
    """Whether anything follows."""
    return claim.state in OPEN and claim.expires_at > now


def _is_ours(session: Session, claim: ReturnClaim, mine: frozenset[UUID], now: datetime) -> bool:
    if claim.person_id is None:
        return False
    last = matching.last_employer(session, claim.person_id, now)
    return last is not None and last.organisation_id in mine


def _open_ones(session: Session, now: datetime, *which: ColumnElement[bool]) -> Sequence[ReturnClaim]:
    """Those under way whose invitation is too: one that HR withdrew, or somebody answered, asks nobody."""
    query = (
        select(ReturnClaim)
        .join(MoveInvitation, col(MoveInvitation.id) == col(ReturnClaim.invitation_id))
        .where(
            *which,
            col(ReturnClaim.state).in_(OPEN),
            col(ReturnClaim.expires_at) > now,
            col(MoveInvitation.state) == InvitationState.OPEN,
        )
    )
    return session.exec(query.order_by(col(ReturnClaim.id))).all()


def _turn(
    session: Session, claim: ReturnClaim, following: ClaimState, now: datetime, **values: object
) -> None:
    """Take a step once, by one conditional UPDATE. Raises Conflict when it is over or others were first."""
    turned = session.execute(
        update(ReturnClaim)
        .where(
            col(ReturnClaim.id) == claim.id,
            col(ReturnClaim.state) == claim.state,
            col(ReturnClaim.state).in_(OPEN),
            col(ReturnClaim.expires_at) > now,
        )
        .values(state=following, **values)
        .execution_options(synchronize_session=False)
    )
    session.refresh(claim)
    if turned.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("This is over, or a colleague was first. Look at it again.")


def _note(session: Session, event: Event, claim: ReturnClaim, initiator: Initiator, now: datetime) -> None:
    """Write down a step, without whose account it may be: the organisation's auditors read it."""
    used = claim.state is ClaimState.USED
    append(
        session,
        event,
        initiator,
        now,
        person_id=claim.person_id if used else None,
        organisation_id=claim.organisation_id,
        details={"invitation": str(claim.invitation_id)},
    )
