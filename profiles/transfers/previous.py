"""What somebody had in the old department until a move: that to which a move which reverses it leads back."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlmodel import Session, col, select

from profiles.employments.models import Employment, Posting, PostingKind
from profiles.organisations import service as organisations
from profiles.pay.models import PayAllowance, PayRecord
from profiles.people.models import WorkAddress
from profiles.temporal import INSTANT, current
from profiles.transfers.interrupted import never_begun
from profiles.transfers.models import Transfer
from profiles.transfers.sources import source_of

Meant = TypeVar("Meant", Posting, PayRecord, PayAllowance)


@dataclass(frozen=True)
class Previous:
    """The employment and the address of the last moment before *leave*, and what was to be without the move.

    ``postings`` and ``pays`` are what they would have had on the day that was asked about and what was to
    follow it, so that what was temporary then ends as it was to; ``allowances`` are those that would be paid.
    They belong to no session.
    """

    employment: Employment
    postings: tuple[Posting, ...]
    pays: tuple[PayRecord, ...]
    address: WorkAddress | None
    allowances: tuple[PayAllowance, ...] = ()

    @property
    def posting(self) -> Posting:
        """The post of that day."""
        return self.postings[0]

    @property
    def pay(self) -> PayRecord | None:
        """The pay of that day."""
        return next(iter(self.pays), None)


def never_came(session: Session, transfer: Transfer) -> bool:
    """Whether a move back says that the one that it reverses never was: nothing is left of where it led."""
    moved = session.get(Transfer, transfer.reverses_id) if transfer.reverses_id is not None else None
    return moved is not None and transfer.leave_at <= moved.join_at


def find_previous(session: Session, moved: Transfer, begins_at: datetime, now: datetime) -> Previous | None:
    """What they would have from ``begins_at`` on without the move, by what is known now.

    None where the record says nothing of it any more, or no post was to be theirs then.
    """
    at = moved.leave_at - INSTANT
    ours = organisations.tree(session, at, now).subtree_of(moved.exporting_organisation_id)
    employment = _first(current(session, Employment, at, now, fact_id=moved.employment_id))
    posts = [one for one in _meant(session, Posting, moved, begins_at, now) if one.kind is PostingKind.HOME]
    if employment is None or not posts or posts[0].valid_from > begins_at:
        return None
    addresses = current(session, WorkAddress, at, now, person_id=moved.person_id)
    return Previous(
        employment,
        tuple(posts),
        tuple(_meant(session, PayRecord, moved, begins_at, now)),
        _first([one for one in addresses if one.organisation_id in ours]),
        tuple(_meant(session, PayAllowance, moved, begins_at, now)),
    )


def _meant(
    session: Session, model: type[Meant], moved: Transfer, begins_at: datetime, now: datetime
) -> list[Meant]:
    """What the move ended and what it kept from beginning, as it was to be, at ``begins_at`` or later."""
    last = moved.leave_at - INSTANT
    of_it = {"person_id": moved.person_id, "employment_id": moved.employment_id}
    ended = current(session, model, last, now, **of_it)
    found: list[Meant] = [_as_it_was_meant(session, one, moved) for one in ended]
    found += [one for one in never_begun(session, moved, model) if one.employment_id == moved.employment_id]
    lasting = [one for one in found if one.valid_to is None or one.valid_to > begins_at]
    return sorted(lasting, key=lambda one: one.valid_from)


def _as_it_was_meant(session: Session, fact: Meant, moved: Transfer) -> Meant:
    """The fact until it would have ended by itself: until the move was agreed, that is what was said."""
    model = type(fact)
    said_before = select(model).where(
        col(model.fact_id) == fact.fact_id, col(model.source) != source_of(moved)
    )
    before = session.exec(said_before.order_by(col(model.id).desc())).first()
    ends_at = before.valid_to if before is not None else fact.valid_to
    return model(**(fact.model_dump() | {"valid_to": ends_at}))


def _first(found: Collection[Any]) -> Any:
    return next(iter(found), None)
