"""Which of the vectors of trust that a client accepts it can be given (RFC 8485 §4): by it, and by whom."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from identity.acr import UnmetAuthenticationRequirements
from identity.authorization_request import AuthorizationRequest
from identity.vectors_of_trust import ASSERTION, Vector, trust_in
from profiles.disclosure import service as disclosure


def reachable(
    session: Session, asked: AuthorizationRequest, acr_values: Sequence[str], now: datetime
) -> tuple[Vector, ...]:
    """Those that somebody could meet at this client, whoever it is; ``acr_values`` can be reached here.

    One that asks how far an identity was checked is among them only where the app's agreement lets it know,
    so that asking without it says nothing of anybody. Raises UnmetAuthenticationRequirements when none is.
    """
    if not asked.vectors:
        return ()
    told = trust_in("", (), is_public=asked.client.is_public)
    found = tuple(one for one in asked.vectors if one.level in acr_values and one.met_by(told, ASSERTION))
    if any(one.identity for one in found) and not disclosure.names_identity_confidence(
        session, asked.client.app_id, now
    ):
        found = tuple(one for one in found if not one.identity)
    if not found:
        raise UnmetAuthenticationRequirements
    return found


def fitting(
    session: Session, vectors: Sequence[Vector], person_id: UUID, now: datetime
) -> tuple[Vector, ...]:
    """Those for which the person's identity was checked far enough; signing in again does not mend that."""
    if not any(one.identity for one in vectors):
        return tuple(vectors)
    checked = disclosure.identity_confidence(session, person_id, now)
    return tuple(one for one in vectors if one.identity <= checked)
