"""Accounts at departments' providers that open a person's profile.

A link is (issuer, subject). What it opens is decided at each sign-in: once the person does not work for the
provider's organisation any more, the account opens nothing, and nothing has to be removed for that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlmodel import Session, col
from sqlmodel.sql.sqltypes import UTCDateTime

from identity.federation.errors import LinkTaken
from identity.federation.models import UpstreamLink, UpstreamProvider
from identity.sessions.service import end_opened_by
from identity.sign_in import invitations
from identity.sign_in.alerts import tell, tell_everywhere
from identity.sign_in.models import InvitationPurpose
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.disclosure.once import insert_once
from profiles.errors import NotFound
from profiles.prepared import Prepared
from profiles.sign_in.service import left_since, works_for

_FIND = Prepared(
    select(*UpstreamLink.__table__.columns).where(  # type: ignore[attr-defined]
        col(UpstreamLink.issuer) == bindparam("issuer"),
        col(UpstreamLink.subject) == bindparam("subject"),
        col(UpstreamLink.ended_at).is_(None),
    )
)
_USE = Prepared(
    update(UpstreamLink)
    .where(
        col(UpstreamLink.id) == bindparam("link_id"),
        col(UpstreamLink.ended_at).is_(None),
        col(UpstreamLink.locked_at).is_(None),
    )
    .values(last_used_at=bindparam("now", type_=UTCDateTime))
)


@dataclass(frozen=True)
class LinkedAccount:
    """An account that is linked to a person."""

    link_id: UUID
    issuer: str
    realm: str
    linked_at: datetime
    last_used_at: datetime
    locked_at: datetime | None


def find_link(session: Session, issuer: str, subject: str) -> UpstreamLink | None:
    """The link of this very account; None when it opens nobody's profile."""
    row = _FIND.first(session, {"issuer": issuer, "subject": subject})
    return UpstreamLink(**row._asdict()) if row else None


def link(
    session: Session,
    now: datetime,
    *,
    issuer: str,
    subject: str,
    realm: str,
    person_id: UUID,
    initiator: Initiator,
) -> UUID:
    """Let an account open a person's profile; the one that they had in this realm of the issuer before ends.

    Linking what is linked already changes nothing. Raises LinkTaken when the account is somebody else's: two
    people never end on one account.
    """
    present, locked_at = find_link(session, issuer, subject), None
    if present is not None and present.person_id == person_id and is_parked(session, present, now):
        end(session, present.id, now, "They had left, and link it anew", initiator=initiator)
        present = None
    if present is not None and present.person_id == person_id and present.realm != realm:
        locked_at = present.locked_at
        end(session, present.id, now, "The account is proved in another way now", initiator=initiator)
        present = None
    if present is None:
        for other in _live_links(session, person_id, (issuer, realm)):
            end(session, other.id, now, "Another account was linked", initiator=initiator)
        made = UpstreamLink(
            issuer=issuer,
            subject=subject,
            realm=realm,
            person_id=person_id,
            linked_at=now,
            last_used_at=now,
            locked_at=locked_at,
        )
        if insert_once(session, UpstreamLink, made.model_dump()):
            append(
                session,
                Event.ACCOUNT_LINKED,
                initiator,
                now,
                person_id=person_id,
                details={"issuer": issuer, "realm": realm, "link_id": str(made.id)},
                personal={"subject": subject},
            )
            what = "An account of your department now signs you in to Lanyard."
            tell_everywhere(session, person_id, "A department's account was linked", what, now)
            # Who has begun needs no link to begin with; whoever made it may have kept it.
            invitations.end_open(session, person_id, now, purpose=InvitationPurpose.FIRST_SIGN_IN)
            return made.id
        present = find_link(session, issuer, subject)
    if present is None or present.person_id != person_id:
        raise LinkTaken("the account opens another profile")
    return present.id


def note_use(session: Session, link_id: UUID, now: datetime) -> bool:
    """Note a sign-in through a link; False when it is locked, or has ended meanwhile."""
    return _USE.run(session, {"link_id": link_id, "now": now}) == 1


def end(
    session: Session, link_id: UUID, now: datetime, reason: str, *, initiator: Initiator, words: str = ""
) -> None:
    """End a link, and the sessions that it opened: the account opens nothing from now on.

    ``words`` are what somebody typed for a reason, and may be about people. Raises NotFound when it is over
    or never was.
    """
    ended = session.connection().execute(
        update(UpstreamLink)
        .where(col(UpstreamLink.id) == link_id, col(UpstreamLink.ended_at).is_(None))
        .values(ended_at=now, ended_reason=words or reason)
        .returning(col(UpstreamLink.person_id), col(UpstreamLink.issuer))
    )
    row = ended.one_or_none()
    if row is None:
        raise NotFound("This account is not linked any more.")
    append(
        session,
        Event.ACCOUNT_UNLINKED,
        initiator,
        now,
        person_id=row.person_id,
        details={"issuer": row.issuer, "link_id": str(link_id), "reason": reason},
        personal={"words": words} if words else None,
    )
    what = "An account of your department does not sign you in to Lanyard any more."
    tell(session, row.person_id, "A department's account was unlinked", what, now)
    end_opened_by(session, link_id, now, reason, initiator)


def end_own(session: Session, person_id: UUID, link_id: UUID, now: datetime) -> None:
    """End one of a person's own links. Raises NotFound when it is not theirs."""
    if link_id not in {one.id for one in _live_links(session, person_id)}:
        raise NotFound("This account is not linked any more.")
    end(session, link_id, now, "Removed by the person", initiator=Initiator.person(person_id))


def end_all(session: Session, person_id: UUID, now: datetime, reason: str, initiator: Initiator) -> None:
    """End every link of a person whose account somebody else may have used."""
    for one in _live_links(session, person_id):
        end(session, one.id, now, reason, initiator=initiator)


def restore(
    session: Session, person_id: UUID, ended_at: datetime, now: datetime, initiator: Initiator
) -> None:
    """Link again the accounts whose links ended at that moment, unless they open somebody's profile now.

    What was locked by then stays away: whoever locked it did not mean it to be opened by this.
    """
    ended = select(UpstreamLink).where(
        col(UpstreamLink.person_id) == person_id,
        col(UpstreamLink.ended_at) == ended_at,
        col(UpstreamLink.locked_at).is_(None),
    )
    for one in session.execute(ended.order_by(col(UpstreamLink.id))).scalars().all():
        free = find_link(session, one.issuer, one.subject) is None
        if free and not _live_links(session, person_id, (one.issuer, one.realm)):
            link(
                session,
                now,
                issuer=one.issuer,
                subject=one.subject,
                realm=one.realm,
                person_id=person_id,
                initiator=initiator,
            )


def is_parked(session: Session, link: UpstreamLink, now: datetime) -> bool:
    """Whether the person has left the provider's organisation since the account was linked.

    It opens nothing when they come back: they link it anew, because it may be somebody else's by then.
    """
    query = select(col(UpstreamProvider.organisation_id)).where(
        col(UpstreamProvider.issuer) == link.issuer, col(UpstreamProvider.realm) == link.realm
    )
    return any(
        left_since(session, link.person_id, organisation_id, link.linked_at, now)
        for organisation_id in set(session.execute(query).scalars())
    )


def still_vouched(session: Session, link_id: UUID, now: datetime) -> bool:
    """Whether the account that opened a session would open one now.

    Its link lives and is not locked, its provider is in use, and its person works there. So a session that a
    department opened ends with the employment at that very instant, whether or not anything else runs.
    """
    query = select(col(UpstreamLink.person_id), col(UpstreamProvider.organisation_id)).where(
        col(UpstreamLink.id) == link_id,
        col(UpstreamLink.ended_at).is_(None),
        col(UpstreamLink.locked_at).is_(None),
        col(UpstreamProvider.issuer) == col(UpstreamLink.issuer),
        col(UpstreamProvider.realm) == col(UpstreamLink.realm),
        col(UpstreamProvider.confirmed_at).is_not(None),
        col(UpstreamProvider.ended_at).is_(None),
    )
    row = session.execute(query).one_or_none()
    return row is not None and works_for(session, row.person_id, row.organisation_id, now)


def were_made(session: Session, person_id: UUID) -> bool:
    """Whether an account ever opened the person's profile, also if its link has ended."""
    made = select(col(UpstreamLink.id)).where(col(UpstreamLink.person_id) == person_id)
    return session.execute(made.limit(1)).first() is not None


def accounts_of(session: Session, person_id: UUID) -> list[LinkedAccount]:
    """The accounts that are linked to a person, the oldest first."""
    return [
        LinkedAccount(one.id, one.issuer, one.realm, one.linked_at, one.last_used_at, one.locked_at)
        for one in _live_links(session, person_id)
    ]


def added_since(session: Session, person_id: UUID, moment: datetime) -> list[UUID]:
    """The links of a person that were made at this moment or later."""
    return [one.id for one in _live_links(session, person_id) if one.linked_at >= moment]


def set_locked(session: Session, person_id: UUID, link_id: UUID, locked_at: datetime | None) -> None:
    """Let an account of a person's open nothing from ``locked_at`` on; None lets it open it again."""
    session.connection().execute(
        update(UpstreamLink)
        .where(col(UpstreamLink.id) == link_id, col(UpstreamLink.person_id) == person_id)
        .values(locked_at=locked_at)
    )


def _live_links(
    session: Session, person_id: UUID, place: tuple[str, str] | None = None
) -> Sequence[UpstreamLink]:
    query = select(UpstreamLink).where(
        col(UpstreamLink.person_id) == person_id, col(UpstreamLink.ended_at).is_(None)
    )
    if place is not None:
        issuer, realm = place
        query = query.where(col(UpstreamLink.issuer) == issuer, col(UpstreamLink.realm) == realm)
    return session.execute(query.order_by(col(UpstreamLink.id))).scalars().all()
