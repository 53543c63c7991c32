"""A person's pay history as an app may be told it, through the API alone."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.organisations.models import Organisation
from profiles.pay.service import pay_history
from profiles.temporal import civil_date

_INSTANT = timedelta(microseconds=1)


def pay_records(session: Session, person_id: UUID, now: datetime) -> Sequence[dict[str, Any]]:
    """Every pay record that has begun, oldest first; days are civil, in London, and ``until`` is the last.

    Money is whole pence of ``currency``; part-time is thousandths of full time.
    """
    records = [one for one in pay_history(session, person_id, now) if one.valid_from <= now]
    codes = dict(
        session.exec(
            select(Organisation.id, Organisation.code).where(
                col(Organisation.id).in_({one.organisation_id for one in records})
            )
        ).all()
    )
    return [
        {
            "employer": codes[one.organisation_id],
            "from": civil_date(one.valid_from).isoformat(),
            "until": civil_date(one.valid_to - _INSTANT).isoformat() if one.valid_to else None,
            "salary_pence": one.salary_pence,
            "currency": one.currency,
            "fte_thousandths": one.fte_thousandths,
            "reason": one.pay_reason.value,
        }
        for one in records
    ]
