"""What begins under the new employment at *join*: the post, pay, and the figures that go along.

Leave, absence and pension are carried as they are known when it begins: what the old department corrected
after both had approved goes along too.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import bindparam, exists, func, or_
from sqlmodel import Session, col, select

from profiles.employments.models import RESUMES, Employment, Posting, PostingKind
from profiles.leave.models import AbsenceSummary, LeaveBalance
from profiles.organisations.move_rules import RULES
from profiles.pay.models import PayReason, PayRecord, PensionMembership
from profiles.pay.outside import take_scale
from profiles.people.models import WorkAddress
from profiles.prepared import Prepared
from profiles.temporal import INSTANT, AnyFact, Fact, Provenance, current, history, record, replace, supersede
from profiles.transfers.conditions import Conditions, conditions_of
from profiles.transfers.models import Transfer, TransferState, TransferStep
from profiles.transfers.previous import Previous, find_previous
from profiles.transfers.sources import source_of

Released = PensionMembership | LeaveBalance | AbsenceSummary
AnyPosted = TypeVar("AnyPosted", Posting, PayRecord)
RELEASED: tuple[type[Released], ...] = (PensionMembership, LeaveBalance, AbsenceSummary)
"""What the exporting HR releases with the person: it goes on under the new employment."""


def of_the_new_employment(
    session: Session,
    transfer: Transfer,
    manager_id: UUID | None,
    old: Employment,
    released: Iterable[Released],
    stamp: dict[str, Any],
    now: datetime,
) -> list[Fact]:
    """The facts, not yet in the database; ``stamp`` has the columns that those of *join* share."""
    carries = RULES[transfer.regime].carries_service
    employment = Employment(
        number=transfer.employment_number,
        continuous_service_from=old.continuous_service_from if carries else transfer.start_date,
        contract_type=transfer.contract_type or Conditions.contract_type,
        **stamp,
    )
    of_it = stamp | {"employment_id": employment.fact_id}
    posting = Posting(
        kind=PostingKind.HOME,
        local_grade=transfer.local_grade,
        job_title=transfer.job_title,
        profession=transfer.profession,
        unit=transfer.unit,
        location=transfer.location,
        required_clearance=transfer.required_level,
        line_manager_id=manager_id,
        **of_it,
    )
    pay = PayRecord(
        salary_pence=transfer.salary_pence,
        pay_reason=PayReason.TRANSFER,
        fte_thousandths=_hours(session, transfer, now),
        location=transfer.pay_location,
        **of_it,
    )
    take_scale(session, pay, now, local_grade=transfer.local_grade)
    previous = _before_what_is_reversed(session, transfer, now)
    more: list[Fact] = []
    if previous is not None:
        employment.contract_type = previous.employment.contract_type
        posting.required_clearance = previous.posting.required_clearance
        posting.valid_to = previous.posting.valid_to
        more += _following(posting, previous.postings, of_it | {"line_manager_id": manager_id})
        if previous.pay is not None:
            pay = _carried(previous.pay, of_it | {"valid_to": previous.pay.valid_to})
            more += _following(pay, previous.pays, of_it)
        more += [_under(one, of_it) for one in previous.allowances]
    return [
        employment,
        posting,
        pay,
        *more,
        WorkAddress(address=transfer.work_address, **stamp),
        *(
            _under(fact, of_it)
            for fact in (released if carries else ())
            if fact.valid_to is None or fact.valid_to > transfer.join_at
        ),
    ]


def _hours(session: Session, transfer: Transfer, now: datetime) -> int:
    """Those that were agreed, else those that somebody works last at the old department."""
    if transfer.fte_thousandths is not None:
        return transfer.fte_thousandths
    last = transfer.leave_at - INSTANT
    return conditions_of(session, transfer.employment_id, last, now).fte_thousandths


def _corrected(model: type[Any]) -> Any:
    recorded = select(func.max(col(TransferStep.at))).where(
        col(TransferStep.transfer_id) == col(Transfer.id),
        col(TransferStep.to_state) == TransferState.SCHEDULED,
    )
    planned = recorded.correlate(Transfer).scalar_subquery()
    return exists().where(
        col(model.employment_id) == col(Transfer.employment_id),
        or_(col(model.recorded_at) > planned, col(model.superseded_at) > planned),
    )


_WITH_CORRECTED = Prepared(
    select(col(Transfer.id)).where(
        col(Transfer.id) == bindparam("transfer"), or_(*(_corrected(model) for model in RELEASED))
    )
)


def with_corrected(session: Session, transfer_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of these transfers whose figures somebody has corrected since they were carried: few of many."""
    session.flush()
    return frozenset(
        one for one in transfer_ids if _WITH_CORRECTED.first(session, {"transfer": one}) is not None
    )


def carry_corrected(session: Session, transfer: Transfer, now: datetime) -> None:
    """Let the figures that were carried say what is known of the last moment under the old employment now.

    What the new department has recorded itself meanwhile stays.
    """
    mine = {"person_id": transfer.person_id, "source": source_of(transfer)}
    new = next(iter(current(session, Employment, transfer.join_at, now, **mine)), None)
    if new is None or not RULES[transfer.regime].carries_service:
        return
    of_it = Provenance(None, source_of(transfer), "corrected before the start").stamp(now, transfer.join_at)
    of_it |= {"organisation_id": transfer.importing_organisation_id, "employment_id": new.fact_id}
    for model in RELEASED:
        _carry_again(session, transfer, model, of_it, now)


def _carry_again(
    session: Session, transfer: Transfer, model: type[Any], of_it: dict[str, Any], now: datetime
) -> None:
    last = transfer.leave_at - INSTANT
    old = next(iter(current(session, model, last, now, employment_id=transfer.employment_id)), None)
    there = current(session, model, transfer.join_at, now, employment_id=of_it["employment_id"])
    held = next(iter(there), None)
    if held is not None and held.source != source_of(transfer):
        return
    if old is None:
        if held is not None:
            supersede(session, held, now, None)
        return
    if held is None:
        later = history(session, model, now, employment_id=of_it["employment_id"])
        ends = [one.valid_from for one in later if one.valid_from > transfer.join_at]
        record(session, _carried(old, of_it | {"valid_to": min(ends, default=None)}))
    elif _said(held) != _said(old):
        provenance = Provenance(None, source_of(transfer), of_it["reason"])
        replace(session, held, now, provenance, **_said(old))


def _said(fact: Fact) -> dict[str, Any]:
    """What a figure says, whoever recorded it and for whichever employment."""
    apart = {"employment_id", "organisation_id", "person_id"}
    return fact.model_dump(exclude=set(Fact.model_fields) | apart)


def _before_what_is_reversed(session: Session, transfer: Transfer, now: datetime) -> Previous | None:
    """To what a move back leads, beside its terms: contract, clearance of the post, scale and hours."""
    if transfer.reverses_id is None:
        return None
    moved = session.get(Transfer, transfer.reverses_id)
    return find_previous(session, moved, transfer.join_at, now) if moved is not None else None


def _following(first: AnyPosted, meant: Sequence[AnyPosted], of_it: dict[str, Any]) -> list[AnyPosted]:
    """What was to follow the first of these, now under the new employment, each after the one before it.

    What goes on after something temporary says so still, so that it moves with the end of that.
    """
    found: list[AnyPosted] = []
    for one in meant[1:]:
        before = found[-1] if found else first
        resumes = {"source": f"{RESUMES}{before.fact_id}"} if one.source.startswith(RESUMES) else {}
        found.append(
            _carried(one, of_it | {"valid_from": one.valid_from, "valid_to": one.valid_to} | resumes)
        )
    return found


def _under(fact: AnyFact, of_it: dict[str, Any]) -> AnyFact:
    """The same for the new employment, for as long as it would have been so."""
    begins = max(fact.valid_from, of_it["valid_from"])
    return _carried(fact, of_it | {"valid_from": begins, "valid_to": fact.valid_to})


def _carried(fact: AnyFact, stamp: dict[str, Any]) -> AnyFact:
    """A fact of its own that says the same for the new employment."""
    values = fact.model_dump(exclude={"id", "fact_id", "superseded_at", "superseded_by", "load_id"})
    return type(fact)(**(values | stamp))
