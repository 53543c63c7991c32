"""What a person can sign in with, over all methods."""

from uuid import UUID

from sqlmodel import Session

from identity.sign_in import passkeys


def has_second_factor(session: Session, person_id: UUID) -> bool:
    """Whether the person can sign in with more than a password."""
    return bool(passkeys.of_person(session, person_id))
