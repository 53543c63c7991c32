"""What somebody had in the old department until a move: that to which a move which reverses it leads back."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from profiles.employments.models import Employment, Posting, PostingKind
from profiles.organisations import service as organisations
from profiles.pay.models import PayAllowance, PayRecord
from profiles.people.models import WorkAddress
from profiles.temporal import INSTANT, current
from profiles.transfers.models import Transfer
from profiles.transfers.sources import source_of


@dataclass(frozen=True)
class Previous:
    """The employment, the post, the pay and the address, as they were in the last moment before *leave*.

    ``allowances`` are those of that moment, each until when it would have been paid without the move; they
    belong to no session.
    """

    employment: Employment
    posting: Posting
    pay: PayRecord | None
    address: WorkAddress | None
    allowances: tuple[PayAllowance, ...] = ()


def find_previous(session: Session, moved: Transfer, now: datetime) -> Previous | None:
    """What the move ended, by what is known now; None where the record says nothing of it any more."""
    at = moved.leave_at - INSTANT
    ours = organisations.tree(session, at, now).subtree_of(moved.exporting_organisation_id)
    mine = {"person_id": moved.person_id}
    employment = _first(current(session, Employment, at, now, fact_id=moved.employment_id))
    of_it = mine | {"employment_id": moved.employment_id}
    posting = _first(
        [one for one in current(session, Posting, at, now, **of_it) if one.kind is PostingKind.HOME]
    )
    if employment is None or posting is None:
        return None
    addresses = [one for one in current(session, WorkAddress, at, now, **mine) if one.organisation_id in ours]
    pay = _first(current(session, PayRecord, at, now, **of_it))
    allowances = current(session, PayAllowance, at, now, **of_it)
    meant = tuple(_as_it_was_meant(session, one, moved) for one in allowances)
    return Previous(employment, posting, pay, _first(addresses), meant)


def _as_it_was_meant(session: Session, allowance: PayAllowance, moved: Transfer) -> PayAllowance:
    """The allowance until it would have ended by itself: until the move was agreed, that is what was said."""
    said_before = select(PayAllowance).where(
        col(PayAllowance.fact_id) == allowance.fact_id, col(PayAllowance.source) != source_of(moved)
    )
    before = session.exec(said_before.order_by(col(PayAllowance.id).desc())).first()
    ends_at = before.valid_to if before is not None else allowance.valid_to
    return PayAllowance(**(allowance.model_dump() | {"valid_to": ends_at}))


def _first(found: Collection[Any]) -> Any:
    return next(iter(found), None)
