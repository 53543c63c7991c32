"""The step after a right password: a one-time code, or a recovery code in its place.

That the password was right is kept in the signed cookie of this browser, for some minutes; no session begins
before the second step. Codes are counted on their own: few guesses, then windows that grow.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask import session
from sqlmodel import Session

from identity.context import Context
from identity.sign_in import known_browsers, one_time_codes, recovery_codes
from identity.sign_in.asked import Asked
from identity.sign_in.password_sign_in import Proof
from identity.sign_in.throttling import Wait, forget_quiet, give_back, take_attempt
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.sign_in.service import may_sign_in

GOOD_FOR = timedelta(minutes=10)
_COOKIE_KEY = "password_proven"


@dataclass(frozen=True)
class Waiting:
    """Whose password was right, and whether they can type a code of an app."""

    proof: Proof
    has_app: bool


def is_needed(database: Session, person_id: UUID, asked: Asked) -> bool:
    """Whether a password is not enough: with an authenticator app never, else only where more must be."""
    if one_time_codes.is_on(database, person_id):
        return True
    return asked.wants_more and asked.insists and recovery_codes.left(database, person_id) > 0


def begin(proof: Proof, now: datetime) -> None:
    """Remember in this browser that the password was right."""
    session[_COOKIE_KEY] = [str(proof.person_id), proof.password_set_at.isoformat(), now.isoformat()]


def find_waiting(context: Context) -> Waiting | None:
    """Who waits for the second step in this browser; None when nobody does any more."""
    kept, now = session.get(_COOKIE_KEY), context.now()
    if kept is None:
        return None
    person, set_at, began = kept
    if now - datetime.fromisoformat(began).astimezone(UTC) >= GOOD_FOR:
        return None
    proof = Proof(UUID(person), datetime.fromisoformat(set_at).astimezone(UTC))
    with context.reading() as database:
        if not may_sign_in(database, proof.person_id, now):
            return None
        return Waiting(proof, one_time_codes.is_on(database, proof.person_id))


def prove(
    context: Context, waiting: Waiting, *, typed: str, by_recovery: bool, source: str, browser: str
) -> bool | Wait:
    """Whether the code is right and was not used before; it is spent whatever becomes of the request.

    ``browser`` is what the browser is known by, unchecked.
    """
    person_id, now = waiting.proof.person_id, context.now()
    context.roll_back()
    with context.own_transaction() as own:
        known_browser = known_browsers.find(own, browser, person_id, now)
        attempt = take_attempt(
            own, str(person_id), source, now, kind="second step", known_browser=known_browser
        )
    if isinstance(attempt, Wait):
        return attempt
    with context.own_transaction() as own:
        if by_recovery:
            right = recovery_codes.spend(own, person_id, typed, now)
        else:
            secret = one_time_codes.find_confirmed(own, context.encryption, person_id)
            step = one_time_codes.matching_step(secret, typed, now) if secret else None
            right = step is not None and one_time_codes.spend(own, person_id, step)
        if right:
            give_back(own, attempt)
            return True
        events = [Event.SIGN_IN_FAILED]
        if attempt.began_window:
            events.append(Event.SIGN_IN_THROTTLED)
            forget_quiet(own, now)
        for event in events:
            append(
                own,
                event,
                Initiator.system("sign-in"),
                now,
                person_id=person_id,
                details={"step": "second"},
                personal={"source": source},
            )
    return False
