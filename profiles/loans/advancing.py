"""What time and the record bring to loans: the facts turn by themselves, and this follows them."""

import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, and_, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from profiles.audit.catalogue import Event
from profiles.employments.models import Employment
from profiles.errors import ProfileError
from profiles.loans import approving, ending, facts, gates, interruptions, notices, signing, states, steps
from profiles.loans.limits import STANDARD, LoanLimits
from profiles.loans.models import Loan, LoanState
from profiles.loans.notices import Notice
from profiles.loans.trail import audit
from profiles.organisations import service as organisations
from profiles.temporal import civil_date, known
from profiles.transfers import states as transfer_states
from profiles.transfers import steps as transfer_steps
from profiles.transfers.models import Transfer, TransferState

log = logging.getLogger(__name__)

_ARRIVED = frozenset({TransferState.JOINED, TransferState.RECONCILING, TransferState.COMPLETED})
_NOT_AGREED = states.BEFORE_START - {LoanState.SCHEDULED}


def advance_due(
    session: Session, now: datetime, rules: LoanLimits = STANDARD, *, limit: int = 50
) -> list[UUID]:
    """Take the steps that time has brought, of at most ``limit`` loans; return whose loans moved."""
    due = or_(
        and_(col(Loan.state) == LoanState.SCHEDULED, col(Loan.begins_at) <= now),
        and_(col(Loan.state) == LoanState.ON_LOAN, col(Loan.ends_at) <= now + rules.return_notice),
        and_(
            col(Loan.state).in_((LoanState.RETURN_DUE, LoanState.EXTENSION_PENDING, LoanState.ENDED_EARLY)),
            col(Loan.ends_at) <= now,
        ),
    )
    query = select(Loan.id).where(due).order_by(col(Loan.begins_at))
    moved = _each(session, query, limit, lambda loan: advance(session, loan, now, rules))
    return list(dict.fromkeys(loan.person_id for loan in moved))


def advance(session: Session, loan: Loan, now: datetime, rules: LoanLimits = STANDARD) -> bool:
    """Take the steps of one loan that time has brought already; say whether there were any."""
    before = loan.state
    if loan.state is LoanState.SCHEDULED and loan.begins_at <= now:
        steps.move_to(session, loan, LoanState.ON_LOAN, now, None)
        audit(session, Event.LOAN_BEGAN, loan, None, now)
    if loan.state is LoanState.ON_LOAN and loan.ends_at <= now + rules.return_notice:
        steps.move_to(session, loan, LoanState.RETURN_DUE, now, None)
        if loan.ends_at > now:
            notices.tell(session, Notice.RETURN_DUE, loan, now)
    if loan.ends_at <= now and loan.state in (
        LoanState.RETURN_DUE,
        LoanState.EXTENSION_PENDING,
        LoanState.ENDED_EARLY,
    ):
        ending.end_as_agreed(session, loan, now, None)
    return loan.state is not before


def look_at_people(session: Session, person_ids: Collection[UUID], now: datetime) -> None:
    """Look again at these people's loans, because something recorded has changed."""
    lent = select(Loan).where(col(Loan.person_id).in_(person_ids), col(Loan.in_flight).is_(True))
    for loan in session.exec(lent.order_by(col(Loan.id))).all():
        look(session, loan, now)


def look(session: Session, loan: Loan, now: datetime) -> bool:
    """Schedule what nothing stands in the way of any more, and end or stop what the record does not bear.

    Say whether it did.
    """
    if loan.transfer_id is not None:
        return _follow_transfer(session, loan, transfer_steps.get(session, loan.transfer_id), now)
    if loan.state in states.BEFORE_START and not _has_begun(loan, now):
        return _look_before_start(session, loan, now)
    return loan.state in states.AT_HOST and _cut_short(session, loan, now)


def concerned(session: Session, now: datetime) -> list[UUID]:
    """The ids of the loans that may have to change: few, found without looking at each."""
    flying = col(Loan.in_flight).is_(True)
    employed = and_(col(Employment.fact_id) == col(Loan.employment_id), known(Employment, now))
    queries = [
        select(Loan.id).where(col(Loan.state) == LoanState.AGREEMENT_SIGNED),
        select(Loan.id).where(flying, col(Loan.transfer_id).is_not(None)),
        select(Loan.id).where(flying, employed, col(Employment.valid_to) < col(Loan.ends_at)),
    ]
    to_hosts = select(Loan).where(col(Loan.state).in_({LoanState.SCHEDULED} | states.AT_HOST))
    lent = session.exec(to_hosts).all()
    host_ids = {one.host_organisation_id for one in lent}
    spans = {host_id: organisations.spans_of(session, host_id, now) for host_id in host_ids}
    closed = [one.id for one in lent if gates.closes_at(spans[one.host_organisation_id], one, now)]
    return sorted({*closed, *(found for query in queries for found in session.exec(query))})


def expire_due(session: Session, now: datetime, after: timedelta, *, limit: int = 50) -> list[Loan]:
    """End the loans of which nothing came by ``after`` their start date; at most ``limit``."""
    due = col(Loan.state).in_(_NOT_AGREED), col(Loan.start_date) < civil_date(now - after)
    query = select(Loan.id).where(*due).order_by(col(Loan.start_date))

    def expire(loan: Loan) -> None:
        approving.end_before_start(session, loan, LoanState.EXPIRED, now, None)

    return _each(session, query, limit, expire)


def _each(
    session: Session, ids: SelectOfScalar[UUID], limit: int, deed: Callable[[Loan], object]
) -> list[Loan]:
    """Do it to at most ``limit`` of these loans and return them.

    One that cannot go on, because records were changed by hand, stays as it is and keeps up nobody.
    """
    done: list[Loan] = []
    for loan_id in session.exec(ids).all():
        if len(done) == limit:
            break
        try:
            with session.begin_nested():
                loan = steps.get(session, loan_id)
                deed(loan)
        except ProfileError as error:
            log.warning("loan %s stays: %s", loan_id, type(error).__name__)
        else:
            done.append(loan)
    return done


def _look_before_start(session: Session, loan: Loan, now: datetime) -> bool:
    ends_at = gates.employment_ends_at(session, loan, now)
    if ends_at is not None and ends_at <= max(loan.begins_at, now):
        approving.end_before_start(session, loan, LoanState.CANCELLED, now, None)
        return True
    if loan.state is LoanState.SCHEDULED:
        if ends_at is not None and ends_at < loan.ends_at:
            approving.end_before_start(session, loan, LoanState.CANCELLED, now, None)
            return True
        if gates.host_closes_at(session, loan, now) is not None:
            interruptions.hold_by_record(session, loan, now)
            return True
    return signing.schedule_if_met(session, loan, now, None)


def _cut_short(session: Session, loan: Loan, now: datetime) -> bool:
    """End a loan under way with the employment or the host, where one of them ends before it."""
    ends_at = gates.employment_ends_at(session, loan, now)
    if ends_at is None or ends_at >= loan.ends_at:
        return _host_closes(session, loan, now)
    return _cut(session, loan, ends_at, now)


def _host_closes(session: Session, loan: Loan, now: datetime) -> bool:
    closes_at = gates.host_closes_at(session, loan, now)
    return closes_at is not None and _cut(session, loan, closes_at, now)


def _cut(session: Session, loan: Loan, at: datetime, now: datetime) -> bool:
    """End it then, at its beginning at the earliest; one that has been ended early already only sooner."""
    ends_at = max(at, loan.begins_at)
    if loan.state is LoanState.ENDED_EARLY and (ends_at >= loan.ends_at or loan.ends_at <= now):
        return False
    ending.cut(session, loan, ends_at, now, None)
    return True


def _follow_transfer(session: Session, loan: Loan, transfer: Transfer, now: datetime) -> bool:
    """A loan that converts has ended when the move has happened, and goes on when the move has ended."""
    if transfer.state in _ARRIVED:
        facts.move_end(session, loan, min(transfer.join_at, loan.ends_at), now, None)
        steps.move_to(session, loan, LoanState.CONVERTED, now, None)
        audit(session, Event.LOAN_CONVERTED, loan, None, now)
        notices.tell(session, Notice.CONVERTED, loan, now)
        return True
    if transfer.state not in transfer_states.ENDED:
        return loan.state in states.AT_HOST and _host_closes(session, loan, now)
    facts.move_end(session, loan, loan.ends_at, now, None)
    loan.transfer_id = None
    session.add(loan)
    if loan.state is LoanState.CONVERTING:
        steps.move_to(session, loan, LoanState.ON_LOAN, now, None)
        advance(session, loan, now)
        look(session, loan, now)
    return True


def _has_begun(loan: Loan, now: datetime) -> bool:
    return loan.state is LoanState.SCHEDULED and loan.begins_at <= now
