"""What a change of post does to pay: a salary, mark time, or an allowance while it lasts.

``common`` are the columns that the facts of the change share: whose, under which employment, and when.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from profiles.employments.models import RESUMES
from profiles.errors import Invalid
from profiles.pay.models import AllowanceKind, PayAllowance, PayReason, PayRecord
from profiles.pay.outside import take_scale
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import PostChange, PostTerms
from profiles.portable_profile.resuming import first_in_the_way, make_room, with_what_goes_on
from profiles.portable_profile.rules import checked
from profiles.temporal import Fact, Provenance, civil_date, current, end, history, record

_REASONS = {
    PostChange.PROMOTION: PayReason.PROMOTION,
    PostChange.TEMPORARY_PROMOTION: PayReason.PROMOTION,
    PostChange.LEVEL_MOVE: PayReason.TRANSFER,
    PostChange.LOWER_GRADE: PayReason.TRANSFER,
}


def pay_held(session: Session, employment_id: UUID, at: datetime, known_at: datetime) -> PayRecord | None:
    """What the employer pays at ``at``."""
    return next(iter(current(session, PayRecord, at, known_at, employment_id=employment_id)), None)


def paid_under(session: Session, employment_id: UUID, at: datetime, known_at: datetime) -> list[Fact]:
    """What the employer pays at ``at``, and the allowances beside it."""
    where = {"employment_id": employment_id}
    return [
        *current(session, PayRecord, at, known_at, **where),
        *current(session, PayAllowance, at, known_at, **where),
    ]


def record_pay(
    session: Session,
    terms: PostTerms,
    common: dict[str, Any],
    now: datetime,
    provenance: Provenance,
    fact_id: UUID,
    ends_at: datetime | None,
) -> None:
    """Record what a change of post pays, at most until ``ends_at``, or let pay stay.

    Raises Invalid, naming the field.
    """
    begins = common["valid_from"]
    paid = pay_held(session, common["employment_id"], begins, now)
    salary = terms.salary_pence
    if terms.mark_time_until is not None and terms.change is not PostChange.LOWER_GRADE:
        raise Invalid("Only a move to a lower grade has mark time.", field="mark_time_until")
    if terms.mark_time_until is not None and salary is None and paid is not None:
        salary = paid.salary_pence
    if salary is None:
        _keep_pay(session, terms, paid, begins, now, provenance)
        return
    if paid is not None and paid.valid_from == begins:
        message = "Pay is recorded from that very day. Leave the salary open, or correct it in the record."
        raise Invalid(message, field="salary_pence")
    pay = PayRecord(
        fact_id=fact_id,
        salary_pence=salary,
        scale=terms.scale,
        scale_minimum_pence=terms.scale_minimum_pence,
        scale_maximum_pence=terms.scale_maximum_pence,
        location=terms.pay_location or (paid.location if paid else ""),
        fte_thousandths=paid.fte_thousandths if paid else 1000,
        pay_reason=PayReason.MARK_TIME if terms.mark_time_until else _REASONS[terms.change],
        mark_time_until=terms.mark_time_until,
        **common,
    )
    take_scale(session, pay, now)
    checked(session, Kind.PAY, pay, now)
    make_room(session, pay, now, provenance, ends_at=ends_at)
    _check_free(session, pay, "salary_pence", now)
    record(session, pay)


def _keep_pay(
    session: Session,
    terms: PostTerms,
    paid: PayRecord | None,
    begins: datetime,
    now: datetime,
    provenance: Provenance,
) -> None:
    """Pay stays; that of a temporary promotion which a change for good ends goes back to what it was."""
    scale = (terms.scale, terms.scale_minimum_pence, terms.scale_maximum_pence, terms.pay_location)
    if any(scale) or terms.mark_time_until or (terms.change is PostChange.PROMOTION and paid is not None):
        raise Invalid("Enter the salary of the new post.", field="salary_pence")
    if paid is None or terms.change is PostChange.TEMPORARY_PROMOTION:
        return
    if history(session, PayRecord, now, source=f"{RESUMES}{paid.fact_id}"):
        with_what_goes_on(
            session,
            paid,
            begins,
            now,
            provenance,
            lambda: end(session, paid, begins, now, provenance) or paid,
        )


def record_allowance(
    session: Session,
    terms: PostTerms,
    common: dict[str, Any],
    now: datetime,
    provenance: Provenance,
    fact_id: UUID,
) -> None:
    """A temporary promotion may have an allowance; a change for good ends the one that there is."""
    kind = AllowanceKind.TEMPORARY_RESPONSIBILITY
    if terms.change is not PostChange.TEMPORARY_PROMOTION:
        if terms.allowance_pence is not None:
            raise Invalid("Only a temporary promotion has this allowance.", field="allowance_pence")
        where = {"employment_id": common["employment_id"], "kind": kind}
        for held in current(session, PayAllowance, common["valid_from"], now, **where):
            end(session, held, common["valid_from"], now, provenance)
    elif terms.allowance_pence is not None:
        allowance = PayAllowance(fact_id=fact_id, kind=kind, amount_pence=terms.allowance_pence, **common)
        checked(session, Kind.ALLOWANCE, allowance, now)
        make_room(session, allowance, now, provenance)
        _check_free(session, allowance, "allowance_pence", now)
        record(session, allowance)


def _check_free(session: Session, fact: Fact, field: str, now: datetime) -> None:
    """Raise Invalid where other pay begins within the time of a temporary promotion."""
    begins = first_in_the_way(session, fact, now)
    if begins is not None:
        what = "Other pay" if isinstance(fact, PayRecord) else "Another allowance of this kind"
        raise Invalid(
            f"{what} is recorded from {civil_date(begins):%-d %B %Y}, before the promotion ends. Leave this "
            "open, or let the promotion end before that day.",
            field=field,
        )
