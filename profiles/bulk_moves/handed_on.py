"""What the record hands on of each person of a bulk move, as payroll of the new organisation needs it.

As the record says it now of the first day under the new employment. Leave is read, because payroll says
whether it came along right; absence is not.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.bulk_moves.models import BulkMoveMember
from profiles.columns import is_among
from profiles.employments.models import Employment, Posting
from profiles.leave.models import LeaveBalance
from profiles.pay.models import PayAllowance, PayRecord, PensionMembership
from profiles.temporal import known
from profiles.transfers.first_day import first_versions


@dataclass(frozen=True)
class HandedOn:
    """Of one person; what nothing is recorded of is None."""

    employment: Employment
    post: Posting | None
    pay: PayRecord | None
    allowances: tuple[PayAllowance, ...]
    pension: PensionMembership | None
    leave: LeaveBalance | None


def handed_on(
    session: Session, members: Collection[BulkMoveMember], known_at: datetime
) -> dict[UUID, HandedOn]:
    """By the ids of these members, without those of whom nothing is recorded for the new organisation."""
    keys = [one.new_employment_id for one in members if one.new_employment_id is not None]
    employments = first_versions(session, Employment, "fact_id", keys, known_at)
    posts = first_versions(session, Posting, "employment_id", employments, known_at)
    pays = first_versions(session, PayRecord, "employment_id", employments, known_at)
    pensions = first_versions(session, PensionMembership, "employment_id", employments, known_at)
    balances = first_versions(session, LeaveBalance, "employment_id", employments, known_at)
    allowances = _allowances(session, employments, known_at)
    return {
        one.id: HandedOn(
            employments[key],
            posts.get(key),
            pays.get(key),
            tuple(allowances.get(key, ())),
            pensions.get(key),
            balances.get(key),
        )
        for one in members
        if (key := one.new_employment_id) is not None and key in employments
    }


def _allowances(
    session: Session, employments: dict[UUID, Employment], known_at: datetime
) -> dict[UUID, list[PayAllowance]]:
    """Those that are paid on the first day."""
    query = select(PayAllowance).where(
        known(PayAllowance, known_at), is_among(session, col(PayAllowance.employment_id), list(employments))
    )
    found: dict[UUID, list[PayAllowance]] = {}
    for one in session.exec(query.order_by(col(PayAllowance.kind))):
        if one.valid_from <= employments[one.employment_id].valid_from:
            found.setdefault(one.employment_id, []).append(one)
    return found
