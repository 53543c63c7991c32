"""Browsers in which a person has signed in before.

Whoever guesses passwords elsewhere uses up the attempts of strangers, and not those of the person at their
own browser. Being known opens nothing.

The browser keeps a random token for each person who signed in there, so that one person's says nothing of
another; the database keeps their SHA-256. They are looked at when somebody signs in, and never else.
"""

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, delete, select, update
from sqlmodel import Session, col
from sqlmodel.sql.sqltypes import UTCDateTime

from identity import forgetting
from identity.sign_in.models import KnownBrowser
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import NotFound
from profiles.prepared import Prepared

KNOWN_FOR = timedelta(days=180)
"""After the last sign-in there."""
MOST_PEOPLE = 5
"""Whom one browser remembers; the one who signed in longest ago goes."""
MOST_BROWSERS = 30
"""That one person is remembered in."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_SEPARATOR = "."


_NOW = bindparam("now", type_=UTCDateTime)
_SEE = Prepared(
    update(KnownBrowser)
    .where(
        col(KnownBrowser.token_hash) == bindparam("of_token"),
        col(KnownBrowser.person_id) == bindparam("of_person"),
        col(KnownBrowser.expires_at) > _NOW,
    )
    .values(
        label=bindparam("new_label"),
        last_used_at=_NOW,
        expires_at=bindparam("new_end", type_=UTCDateTime),
    )
)


@dataclass(frozen=True)
class Remembered:
    """What the browser is to keep from now on, and whether it was not known to the person before."""

    cookie: str
    is_new: bool


def find(session: Session, unverified_cookie: str, person_id: UUID, now: datetime) -> UUID | None:
    """The browser by which this cookie knows the person; None when it does not."""
    tokens = _tokens(unverified_cookie)
    if not tokens:
        return None
    found = select(col(KnownBrowser.id)).where(
        col(KnownBrowser.token_hash).in_(map(_hash, tokens)),
        col(KnownBrowser.person_id) == person_id,
        col(KnownBrowser.expires_at) > now,
    )
    return session.execute(found).scalars().first()


def remember(
    session: Session, person_id: UUID, unverified_cookie: str, label: str, now: datetime
) -> Remembered:
    """Note that the person has signed in at this browser, which goes by ``label``."""
    tokens = _tokens(unverified_cookie)
    if tokens and _seen_again(session, person_id, tokens, label, now):
        return Remembered(_SEPARATOR.join(tokens), is_new=False)
    token = secrets.token_urlsafe(32)
    browser = KnownBrowser(
        token_hash=_hash(token),
        person_id=person_id,
        label=label,
        first_used_at=now,
        last_used_at=now,
        expires_at=now + KNOWN_FOR,
    )
    session.add(browser)
    session.flush()
    _forget_oldest(session, person_id)
    details = {"browser_id": str(browser.id)}
    append(
        session,
        Event.BROWSER_REMEMBERED,
        Initiator.person(person_id),
        now,
        person_id=person_id,
        details=details,
    )
    return Remembered(_SEPARATOR.join([token, *tokens][:MOST_PEOPLE]), is_new=True)


def of_person(session: Session, person_id: UUID, now: datetime) -> Sequence[KnownBrowser]:
    """Where a person is known, the browser used last first."""
    found = select(KnownBrowser).where(
        col(KnownBrowser.person_id) == person_id, col(KnownBrowser.expires_at) > now
    )
    newest_first = found.order_by(col(KnownBrowser.last_used_at).desc(), col(KnownBrowser.id).desc())
    return session.execute(newest_first).scalars().all()


def forget_one(session: Session, person_id: UUID, browser_id: UUID, now: datetime) -> None:
    """Let one of a person's own browsers be a stranger's. Raises NotFound."""
    theirs = (col(KnownBrowser.id) == browser_id, col(KnownBrowser.person_id) == person_id)
    if session.execute(delete(KnownBrowser).where(*theirs)).rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound("This browser is not remembered any more.")
    _note_forgotten(session, person_id, now, Initiator.person(person_id), {"browser_id": str(browser_id)})


def forget_all(session: Session, person_id: UUID, now: datetime, initiator: Initiator) -> None:
    """Let a person be known nowhere: somebody else may have signed in as them."""
    forgotten = session.execute(delete(KnownBrowser).where(col(KnownBrowser.person_id) == person_id))
    count: int = forgotten.rowcount  # type: ignore[attr-defined]
    if count:
        _note_forgotten(session, person_id, now, initiator, {"browsers": count})


def forget_expired(session: Session, now: datetime, limit: int) -> bool:
    """Forget at most ``limit`` browsers where nobody signs in any more; True when there may be others."""
    return forgetting.forget(session, KnownBrowser, KnownBrowser.expires_at, now, limit)


def _seen_again(session: Session, person_id: UUID, tokens: Sequence[str], label: str, now: datetime) -> bool:
    values = {"of_person": person_id, "new_label": label, "now": now, "new_end": now + KNOWN_FOR}
    return any(_SEE.run(session, values | {"of_token": _hash(token)}) for token in tokens)


def _forget_oldest(session: Session, person_id: UUID) -> None:
    theirs = col(KnownBrowser.person_id) == person_id
    newest = col(KnownBrowser.last_used_at).desc(), col(KnownBrowser.id).desc()
    too_many = select(col(KnownBrowser.id)).where(theirs).order_by(*newest).offset(MOST_BROWSERS)
    over = session.execute(too_many).scalars().all()
    if over:
        session.execute(delete(KnownBrowser).where(col(KnownBrowser.id).in_(over)))


def _note_forgotten(
    session: Session, person_id: UUID, now: datetime, initiator: Initiator, details: dict[str, str | int]
) -> None:
    append(session, Event.BROWSER_FORGOTTEN, initiator, now, person_id=person_id, details=details)


def _tokens(unverified_cookie: str) -> list[str]:
    """What may be tokens of ours; everything else in the cookie is passed over."""
    parts = unverified_cookie.split(_SEPARATOR)[:MOST_PEOPLE]
    return [part for part in parts if _TOKEN.fullmatch(part)]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
