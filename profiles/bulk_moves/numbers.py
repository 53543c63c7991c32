"""Employment numbers in the new organisation: the same as before, told apart where somebody has it there."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.bulk_moves.models import BulkMove, BulkMoveMember
from profiles.employments.models import Employment
from profiles.organisations.models import Organisation


def new_numbers(session: Session, move: BulkMove, members: Sequence[BulkMoveMember]) -> dict[UUID, str]:
    """For each member the number that their new employment gets; nobody else in the organisation has it."""
    codes = dict(
        session.exec(
            select(Organisation.id, Organisation.code).where(
                col(Organisation.id).in_({one.organisation_id for one in members})
            )
        ).all()
    )
    wishes = {one.id: _wishes(one.number, codes[one.organisation_id]) for one in members}
    taken = set(
        session.exec(
            select(Employment.number).where(
                col(Employment.organisation_id) == move.importing_organisation_id,
                col(Employment.superseded_at).is_(None),
                col(Employment.number).in_([number for those in wishes.values() for number in those]),
            )
        )
    )
    found: dict[UUID, str] = {}
    for one in members:
        number = next((wish for wish in wishes[one.id] if wish not in taken), None)
        found[one.id] = number or f"{wishes[one.id][1]}-{one.id.hex[-8:]}"
        taken.add(found[one.id])
    return found


def _wishes(number: str, code: str) -> tuple[str, str]:
    return number, f"{code}-{number}"
