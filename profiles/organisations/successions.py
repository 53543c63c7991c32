"""Which organisation took over from which, and on which day: the machinery of government."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Conflict, Invalid, NotFound
from profiles.organisations.models import Organisation, Succession


@dataclass(frozen=True)
class Predecessor:
    """The code of an organisation from which another took over, and since when; it may be there still."""

    code: str
    since: datetime


def succeed(
    session: Session,
    now: datetime,
    initiator: Initiator,
    *,
    predecessor: str,
    successor: str,
    since: datetime,
) -> None:
    """Record that one took over from the other, by their codes; either may have ended.

    Raises NotFound, Invalid, naming the field, and Conflict.
    """
    predecessor_id, successor_id = (_id_of(session, code) for code in (predecessor, successor))
    if predecessor_id == successor_id:
        raise Invalid("An organisation does not take over from itself.", field="successor")
    if find(session, predecessor_id, successor_id) or find(session, successor_id, predecessor_id):
        raise Conflict("Which of them took over from the other is recorded already.")
    session.add(Succession(predecessor_id=predecessor_id, successor_id=successor_id, since=since))
    session.flush()
    append(
        session,
        Event.ORGANISATION_SUCCEEDED,
        initiator,
        now,
        organisation_id=predecessor_id,
        details={"successor": str(successor_id), "since": since.isoformat()},
    )


def _id_of(session: Session, code: str) -> UUID:
    found = session.exec(select(Organisation.id).where(col(Organisation.code) == code)).first()
    if found is None:
        raise NotFound(f"There is no organisation with the code {code!r}.")
    return found


def find(session: Session, predecessor_id: UUID, successor_id: UUID) -> Succession | None:
    """That one took over from the other, if it is recorded."""
    return session.exec(
        select(Succession).where(
            Succession.predecessor_id == predecessor_id, Succession.successor_id == successor_id
        )
    ).first()


def predecessors(session: Session) -> Mapping[UUID, list[Predecessor]]:
    """From whom each organisation took over, the first first."""
    query = (
        select(Succession.successor_id, Organisation.code, Succession.since)
        .join(Organisation, col(Organisation.id) == col(Succession.predecessor_id))
        .order_by(col(Succession.since), col(Organisation.code))
    )
    found: dict[UUID, list[Predecessor]] = {}
    for successor_id, code, since in session.exec(query):
        found.setdefault(successor_id, []).append(Predecessor(code, since))
    return found
