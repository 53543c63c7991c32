"""Finds out whose passkey has answered. A refusal never says what was wrong.

Nobody can guess an answer, so only failures are counted, and only against the address that they come from.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from identity.context import Context
from identity.sessions.credentials import CredentialKind, name
from identity.sign_in import alerts, challenges, passkeys
from identity.sign_in.challenges import Challenge
from identity.sign_in.passkeys import InvalidPasskey, Use, read_answer
from identity.sign_in.relying_party import Known, RelyingParty
from identity.sign_in.throttling import Wait, forget_quiet, take_failure
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.sign_in.service import may_sign_in

PURPOSE = "sign-in"


@dataclass(frozen=True)
class Offer:
    """What a page needs to ask for a passkey: the browser's options, as JSON, and the challenge's note."""

    options: str
    note: str


@dataclass(frozen=True)
class PasskeyProof:
    """A passkey has answered our challenge; it counts once ``spend`` says so."""

    use: Use
    challenge: Challenge

    @property
    def person_id(self) -> UUID:
        """Whose passkey it is."""
        return self.use.person_id

    @property
    def amr(self) -> tuple[str, ...]:
        """What it proves, in the words of RFC 8176."""
        return self.use.amr

    @property
    def credential(self) -> str:
        """Which passkey it is, as a session remembers it."""
        return name(CredentialKind.PASSKEY, self.use.passkey_id)


def offer(context: Context, known: Iterable[Known] = (), *, purpose: str = PURPOSE) -> Offer:
    """Ask for one of the ``known`` passkeys, or for any of ours; the challenge is for this purpose alone."""
    challenge, note = challenges.challenges(purpose).make(context.now())
    site = RelyingParty.of(context.settings.issuer)
    return Offer(json.dumps(site.sign_in_options(challenge.value, known)), note)


def prove_by_passkey(
    context: Context,
    *,
    unverified_answer: str,
    unverified_note: str,
    source: str,
    only: UUID | None,
    purpose: str = PURPOSE,
    admits: Callable[[Session, UUID, datetime], bool] = may_sign_in,
) -> PasskeyProof | Wait | None:
    """Who signs in; None when it is refused, Wait when there were too many failures.

    With ``only`` it must be that person. ``purpose`` is what the challenge was made for, and ``admits`` says
    whose passkeys count for it.
    """
    now = context.now()
    context.roll_back()
    challenge = challenges.challenges(purpose).read(unverified_note, now)
    person_id = None
    try:
        if challenge is None:
            raise InvalidPasskey("no challenge of ours, or an old one")
        answer = read_answer(unverified_answer)
        with context.reading() as session:
            passkey = passkeys.find(session, answer.credential_id)
            if passkey is None:
                raise InvalidPasskey("unknown or removed")
            person_id = passkey.person_id
            if (only and only != person_id) or not admits(session, person_id, now):
                raise InvalidPasskey("not the person, or one who may not")
        site = RelyingParty.of(context.settings.issuer)
        use = passkeys.verify_use(site, passkey, answer, challenge.value, is_known=only is not None)
    except InvalidPasskey:
        return _note_failure(context, person_id, source)
    return PasskeyProof(use, challenge)


def spend(context: Context, session: Session, proof: PasskeyProof) -> bool:
    """Count the answer, once; ``session`` is the request's own.

    False for a second use of the challenge, for a passkey that was removed meanwhile, and for one whose
    counter did not go up: a copy of it may be about, which is written down.
    """
    now = context.now()
    if not challenges.spend(session, proof.challenge):
        return False
    if passkeys.use(session, proof.use, now):
        return True
    context.roll_back()
    details = {"passkey_id": str(proof.use.passkey_id), "sign_count": proof.use.sign_count}
    with context.own_transaction() as own:
        append(
            own,
            Event.PASSKEY_REFUSED,
            Initiator.system("sign-in"),
            now,
            person_id=proof.person_id,
            details=details,
        )
        what = "A sign-in with one of your passkeys was refused, because a copy of the passkey may be about."
        alerts.tell(own, proof.person_id, "A passkey was refused", what, now)
    return False


def _note_failure(context: Context, person_id: UUID | None, source: str) -> Wait | None:
    """Keep the failure whatever becomes of the request; while the address must wait, nothing is written."""
    now, initiator = context.now(), Initiator.system("sign-in")
    with context.own_transaction() as session:
        began_window = take_failure(session, source, now)
        if isinstance(began_window, Wait):
            return began_window
        events = [Event.SIGN_IN_FAILED]
        if began_window:
            events.append(Event.SIGN_IN_THROTTLED)
            forget_quiet(session, now)
        for event in events:
            append(session, event, initiator, now, person_id=person_id, personal={"source": source})
    return None
