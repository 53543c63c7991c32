"""Finds out whether somebody knows the password of an account, and gives nothing else away.

Unknown accounts, accounts without a password and people who may not sign in get the same answer after the
same work. No transaction is open while the password is hashed. Who gets no turn is told so before anything
is looked at or counted: that says nothing of the account, and costs it no attempt.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import current_app
from sqlmodel import Session

from identity.context import Context
from identity.sign_in import known_browsers, passwords
from identity.sign_in.hashing_turns import TurnToHash, current_turns
from identity.sign_in.passwords import PasswordCost, PasswordHashing
from identity.sign_in.throttling import Attempt, Wait, forget_quiet, give_back, take_attempt
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.sign_in.service import find_person_by_address, may_sign_in

HASHING = "password_hashing"
NOBODY = UUID(int=0)


@dataclass(frozen=True)
class Proof:
    """Somebody knew the password that this person set at this moment."""

    person_id: UUID
    password_set_at: datetime

    def still_holds(self, session: Session) -> bool:
        """Whether the password is the same now, and so until this transaction ends.

        Whoever begins a session asks: one that began while the password was set anew would outlive it.
        """
        return passwords.find_when_set(session, self.person_id) == self.password_set_at


@contextmanager
def password_hashing(context: Context) -> Iterator[TurnToHash]:
    """A turn to hash at the cost of the settings, or with what a test has put in its place.

    Raises HashingBusy.
    """
    made: PasswordHashing | None = current_app.extensions.get(HASHING)
    if made is None:
        cost = PasswordCost(context.settings.password_cost, context.settings.password_memory_kib)
        made = current_app.extensions[HASHING] = PasswordHashing(cost)
    with current_turns().turn(made) as turn:
        yield turn


def prove_identity(
    context: Context, *, address: str, password: str, source: str, browser: str, only: UUID | None = None
) -> Proof | Wait | None:
    """Who signs in; None when it is refused, Wait when there were too many attempts.

    ``browser`` is what the browser is known by, unchecked. With ``only`` it is that person's password that
    counts, whatever the address. Raises HashingBusy.
    """
    context.roll_back()
    with password_hashing(context) as hashing:
        return _prove(context, hashing, address, password, source, browser, only)


def _prove(
    context: Context,
    hashing: TurnToHash,
    address: str,
    password: str,
    source: str,
    browser: str,
    only: UUID | None,
) -> Proof | Wait | None:
    now = context.now()
    known_browser = _known_browser(context, browser, address, only) if browser else None
    with context.own_transaction() as session:
        attempt = take_attempt(session, address, source, now, known_browser=known_browser)
    if isinstance(attempt, Wait):
        return attempt
    with context.reading() as session:
        person_id = only or find_person_by_address(session, address, now)
        asked = person_id or NOBODY  # the database is asked the same questions of somebody unknown
        stored = passwords.find_stored(session, asked)
        may = may_sign_in(session, asked, now)
        stored = stored if may and stored is not None and stored.opens else None
    if (
        not hashing.verify(stored.password_hash if stored else None, password)
        or person_id is None
        or stored is None
    ):
        _note_failure(context, attempt, person_id, source)
        return None
    new_hash = hashing.hash(password) if hashing.is_outdated(stored.password_hash) else None
    with context.own_transaction() as session:
        give_back(session, attempt)
        if new_hash:
            passwords.replace_outdated_hash(session, person_id, stored.password_hash, new_hash)
    return Proof(person_id, stored.set_at)


def _known_browser(context: Context, browser: str, address: str, only: UUID | None) -> UUID | None:
    """The browser that is known to the person of this address, who need not exist."""
    now = context.now()
    with context.reading() as session:
        person_id = only or find_person_by_address(session, address, now)
        return known_browsers.find(session, browser, person_id or NOBODY, now)


def _note_failure(context: Context, attempt: Attempt, person_id: UUID | None, source: str) -> None:
    """Keep the failure whatever becomes of the request; once a window, note that it began."""
    now, initiator = context.now(), Initiator.system("sign-in")
    with context.own_transaction() as session:
        events = [Event.SIGN_IN_FAILED]
        if attempt.began_window:
            events.append(Event.SIGN_IN_THROTTLED)
            forget_quiet(session, now)
        for event in events:
            append(session, event, initiator, now, person_id=person_id, personal={"source": source})
