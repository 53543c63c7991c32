"""Tells a person what has changed in how their account is opened: by mail, and on their own page.

Both last longer than whoever did it may wish: mail goes to every address, and what stands on the page stays
there for half a year, whether or not it was marked as read.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from identity import forgetting
from identity.sign_in.models import AccountNotice
from profiles.outbox.service import send_mail
from profiles.sign_in.service import addresses_around, known_addresses

KEPT_FOR = timedelta(days=180)
WHAT_TO_DO = (
    "If this was not you, sign in to Lanyard and choose “That was not me” under “Where you are signed in”. "
    "If you cannot sign in, tell your service desk and your security officer at once."
)


def tell(
    session: Session,
    person_id: UUID,
    subject: str,
    what: str,
    now: datetime,
    *,
    what_to_do: str = WHAT_TO_DO,
    addresses: Sequence[str] | None = None,
) -> None:
    """Tell every address that is the person's now, or these ``addresses``, and their own page.

    ``what`` is a whole sentence and holds no secret; ``what_to_do`` is for who did not do it, in the mail.
    """
    session.add(
        AccountNotice(
            person_id=person_id, subject=subject, what=what, created_at=now, expires_at=now + KEPT_FOR
        )
    )
    for address in known_addresses(session, person_id, now) if addresses is None else addresses:
        send_mail(session, address, subject, f"{what}\n\n{what_to_do}\n", now=now, person_id=person_id)


def tell_everywhere(session: Session, person_id: UUID, subject: str, what: str, now: datetime) -> None:
    """Tell of a new way in every address around now, the old department's and the coming one's too.

    Around a move whoever makes one may hold the addresses of that moment.
    """
    tell(session, person_id, subject, what, now, addresses=addresses_around(session, person_id, now))


def count_unread(session: Session, person_id: UUID, now: datetime) -> int:
    """How many the person has not marked as read."""
    unread = select(func.count()).where(
        col(AccountNotice.person_id) == person_id,
        col(AccountNotice.read_at).is_(None),
        col(AccountNotice.expires_at) > now,
    )
    return int(session.execute(unread).scalar_one())


def of_person(session: Session, person_id: UUID, now: datetime) -> Sequence[AccountNotice]:
    """What a person was told, the newest first."""
    found = select(AccountNotice).where(
        col(AccountNotice.person_id) == person_id, col(AccountNotice.expires_at) > now
    )
    return session.execute(found.order_by(col(AccountNotice.id).desc())).scalars().all()


def mark_read(session: Session, person_id: UUID, now: datetime) -> None:
    """The person has seen everything that stands there now."""
    session.execute(
        update(AccountNotice)
        .where(
            col(AccountNotice.person_id) == person_id,
            col(AccountNotice.read_at).is_(None),
            col(AccountNotice.created_at) <= now,
        )
        .values(read_at=now)
    )


def forget_expired(session: Session, now: datetime, limit: int) -> bool:
    """Forget at most ``limit`` old ones; True when there may be more."""
    return forgetting.forget(session, AccountNotice, AccountNotice.expires_at, now, limit)
