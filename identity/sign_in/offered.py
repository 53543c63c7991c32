"""Which of their ways in somebody is offered who is to prove again who they are."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from identity.acr import MULTI_FACTOR, PHISHING_RESISTANT, PHISHING_RESISTANT_HARDWARE, SINGLE_FACTOR, meets
from identity.context import current
from identity.sign_in import methods, passkeys, passwords
from identity.sign_in.asked import Asked
from identity.sign_in.models import Passkey
from identity.sign_in.relying_party import Known
from identity.sign_in_policy.policy import PersonsPolicy, Proof, policy_of
from identity.sign_in_policy.service import of_person
from profiles.sign_in.models import Method
from profiles.sign_in.standing import find_coming


@dataclass(frozen=True)
class Offered:
    """``lacks`` says that nothing of theirs reaches what is asked."""

    known: list[Known]
    password: bool
    lacks: bool


def offered_to(session: Session, person_id: UUID, asked: Asked) -> Offered:
    """What is accepted of this person and strong enough for the page that asks.

    While nothing of theirs is accepted, all of it is offered, to set up by it what is.
    """
    policy = policy_for(session, person_id)
    opening = [one for one in passkeys.of_person(session, person_id) if one.locked_at is None]
    accepted = [one for one in opening if _is_accepted(one, policy)]
    password_accepted = accepted_password(session, person_id, policy)
    if not accepted and not password_accepted:
        accepted, password_accepted = opening, has_password(session, person_id)
    enough = [one for one in accepted if not asked.insists or meets(_level_of(one), asked.level)]
    has_codes = methods.has_codes(session, person_id)
    reaches = password_accepted and meets(MULTI_FACTOR if has_codes else SINGLE_FACTOR, asked.level)
    return Offered(
        known=[Known(one.credential_id, tuple(one.transports)) for one in enough],
        password=reaches or (password_accepted and not asked.insists),
        lacks=not (reaches or enough),
    )


def policy_for(session: Session, person_id: UUID) -> PersonsPolicy:
    """What is asked of this person's sign-ins now."""
    context = current()
    return of_person(session, person_id, context.now(), context.settings.platform).policy


def has_accepted(session: Session, person_id: UUID, policy: PersonsPolicy) -> bool:
    """Whether the person has a way in of Lanyard's own that opens the account under this policy."""
    return accepted_password(session, person_id, policy) or any(
        one.locked_at is None and _is_accepted(one, policy) for one in passkeys.of_person(session, person_id)
    )


def find_deadline(session: Session, person_id: UUID) -> datetime | None:
    """When a policy begins that accepts no passkey or password of the person's; None when none does.

    Whoever has neither, and signs in with a department's account, is not concerned while that is accepted.
    """
    context = current()
    coming = find_coming(session, person_id, context.now())
    if coming is None:
        return None
    begins, standing = coming
    policy = policy_of(standing, context.settings.platform)
    own = has_password(session, person_id) or bool(passkeys.of_person(session, person_id))
    stays = has_accepted(session, person_id, policy) or (not own and Method.DEPARTMENT in policy.methods)
    return None if stays else begins


def has_password(session: Session, person_id: UUID) -> bool:
    """Whether the person has a password that is not locked."""
    stored = passwords.find_stored(session, person_id)
    return stored is not None and stored.opens


def accepted_password(session: Session, person_id: UUID, policy: PersonsPolicy) -> bool:
    """Whether the person's password, with the code that they have for it, opens the account."""
    if not has_password(session, person_id):
        return False
    if methods.has_codes(session, person_id):
        return policy.met_by(Proof(Method.PASSWORD_AND_CODE, MULTI_FACTOR))
    return policy.met_by(Proof(Method.PASSWORD, SINGLE_FACTOR))


def _is_accepted(passkey: Passkey, policy: PersonsPolicy) -> bool:
    return policy.accepts_passkey(passkey.aaguid, hardware_bound=passkeys.is_hardware_bound(passkey))


def _level_of(passkey: Passkey) -> str:
    return PHISHING_RESISTANT_HARDWARE if passkeys.is_hardware_bound(passkey) else PHISHING_RESISTANT
