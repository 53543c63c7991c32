"""Which ways in a person who moves keeps: found among their credentials, for transfers to look at."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session

from app.database import open_session, transaction
from identity.federation.lasting import LastingWay, gone, lasting_ways
from identity.sign_in_policy.policy import Platform
from profiles.transfers import first_morning, steps
from profiles.transfers.models import Transfer


def ways_in(session: Session, transfer: Transfer, platform: Platform) -> list[LastingWay]:
    """What the employee has that opens the account from the start date, and is not the old department's."""
    return lasting_ways(
        session, transfer.person_id, transfer.importing_organisation_id, transfer.join_at, platform
    )


def names_of_ways_in(session: Session, transfer: Transfer, platform: Platform) -> list[str]:
    """The same by the names of the credentials."""
    return [one.credential for one in ways_in(session, transfer, platform)]


def look_at_ways_in(engine: Engine, now: datetime, platform: Platform) -> None:
    """Open the task again of everybody whose named way in was removed, locked or unlinked meanwhile.

    A policy that begins meanwhile locks nobody out: by what they have, people set up what it asks for.
    """
    with open_session(engine, writes=False) as session:
        named = first_morning.named(session)
        without = gone(session, ((person_id, way_in) for _, person_id, way_in in named))
    for transfer_id in _of(named, without):
        with transaction(engine) as session:
            transfer = steps.get(session, transfer_id)
            first_morning.look(session, transfer, names_of_ways_in(session, transfer, platform), now)


def _of(named: list[tuple[UUID, UUID, str]], people: set[UUID]) -> list[UUID]:
    return [transfer_id for transfer_id, person_id, _ in named if person_id in people]
