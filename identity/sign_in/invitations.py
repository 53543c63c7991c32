"""One-time links with which a person sets a password, or begins with a passkey or a department's account."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlmodel import Session, col

from identity.sign_in import alerts
from identity.sign_in.models import Invitation, InvitationPurpose
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.sign_in.service import known_addresses

VALID_FOR = timedelta(hours=72)


@dataclass(frozen=True)
class OpenInvitation:
    """A link that may still be used."""

    person_id: UUID
    purpose: InvitationPurpose


def invite(
    session: Session,
    address: str,
    person_id: UUID,
    now: datetime,
    purpose: InvitationPurpose,
    *,
    issuer: str,
    initiator: Initiator,
) -> str:
    """Make a one-time link's token; earlier links of the person are worth nothing from now on.

    The person is told to expect the link, at this address and every other of theirs, and on their page. No
    mail holds it: mail waits in the outbox and in inboxes, where a link that sets a password must not lie.
    Whoever made it hands it over.
    """
    end_open(session, person_id, now)
    token = secrets.token_urlsafe(32)
    invitation = Invitation(
        token_hash=hash_of(token),
        person_id=person_id,
        purpose=purpose,
        created_at=now,
        expires_at=now + VALID_FOR,
    )
    session.add(invitation)
    session.flush()
    details = {"invitation_id": str(invitation.id), "purpose": purpose.value}
    append(session, Event.INVITATION_MADE, initiator, now, person_id=person_id, details=details)
    hours = int(VALID_FOR / timedelta(hours=1))
    first = purpose is InvitationPurpose.FIRST_SIGN_IN
    what = "begin to use Lanyard" if first else "choose a password for Lanyard"
    told = (
        f"A link has been made with which you can {what} at {issuer} – whoever made it gives it to you. It "
        f"works once, for {hours} hours."
    )
    alerts.tell(
        session,
        person_id,
        "Your invitation to Lanyard" if first else "Your password for Lanyard",
        told,
        now,
        what_to_do="If you did not expect this, tell your service desk and your security officer at once.",
        addresses=list(dict.fromkeys([address, *known_addresses(session, person_id, now)])),
    )
    return token


def end_open(
    session: Session, person_id: UUID, now: datetime, *, purpose: InvitationPurpose | None = None
) -> None:
    """Let none of a person's links be good any more; with a ``purpose`` those alone."""
    open_links = [
        col(Invitation.person_id) == person_id,
        col(Invitation.spent_at).is_(None),
        col(Invitation.expires_at) > now,
    ]
    if purpose is not None:
        open_links.append(col(Invitation.purpose) == purpose)
    session.connection().execute(update(Invitation).where(*open_links).values(expires_at=now))


def find_invitation(session: Session, unverified_token: str, now: datetime) -> OpenInvitation | None:
    """The invitation of a link; None when it is unknown, spent or expired."""
    found = select(col(Invitation.person_id), col(Invitation.purpose)).where(
        *_open(hash_of(unverified_token), now)
    )
    row = session.execute(found).one_or_none()
    return OpenInvitation(row.person_id, row.purpose) if row else None


def is_for_password(session: Session, unverified_token: str, now: datetime) -> bool:
    """Whether its person forgot their password, and has asked for another one."""
    found = find_invitation(session, unverified_token, now)
    return found is not None and found.purpose is InvitationPurpose.PASSWORD_RESET


def spend(session: Session, unverified_token: str, now: datetime) -> UUID | None:
    """Spend a link once and return whose it is; None when somebody was first, or it was never good."""
    return spend_hashed(session, hash_of(unverified_token), now)


def spend_hashed(session: Session, token_hash: str, now: datetime) -> UUID | None:
    """The same for who keeps only the token's hash."""
    spent = session.connection().execute(
        update(Invitation)
        .where(*_open(token_hash, now))
        .values(spent_at=now)
        .returning(col(Invitation.id), col(Invitation.person_id))
    )
    row = spent.one_or_none()
    if row is None:
        return None
    person_id: UUID = row.person_id
    details = {"invitation_id": str(row.id)}
    append(
        session,
        Event.INVITATION_USED,
        Initiator.person(person_id),
        now,
        person_id=person_id,
        details=details,
    )
    return person_id


def _open(token_hash: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Invitation.token_hash) == token_hash,
        col(Invitation.spent_at).is_(None),
        col(Invitation.expires_at) > now,
    )


def hash_of(token: str) -> str:
    """What is kept of a link's token."""
    return hashlib.sha256(token.encode()).hexdigest()
