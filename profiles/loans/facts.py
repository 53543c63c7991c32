"""What a loan records: the post at the host and the shared clearance, both with the end that was agreed.

Nothing is recorded at home: while the post at the host holds, access through the home post sleeps by itself,
and it returns with the same instant.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.apps.models import App
from profiles.clearances.models import Sponsorship, SponsorshipKind
from profiles.employments.models import Posting, PostingKind
from profiles.entitlements.models import Entitlement
from profiles.loans import clearance, reading
from profiles.loans.models import Loan, LoanAgreement
from profiles.organisations import service as organisations
from profiles.temporal import INSTANT, Fact, Provenance, current, end, history, record, replace
from profiles.transfers.facts import MovePlan
from profiles.transfers.interrupted import next_begins


def source_of(loan: Loan) -> str:
    """The source that every fact of this loan names."""
    return f"loan:{loan.id}"


def plan(session: Session, loan: Loan, agreement: LoanAgreement, now: datetime, by: UUID | None) -> MovePlan:
    """What the loan would record if it were scheduled now: facts that begin, and have their end.

    A clearance is shared no longer than home sponsors it, and only in the time in which it is not shared with
    the host anyway. What nobody has agreed to share yet is part of the plan, and never recorded.
    """
    stamp = _provenance(loan, by).stamp(now, loan.begins_at, loan.ends_at) | {
        "person_id": loan.person_id,
        "organisation_id": loan.host_organisation_id,
    }
    beginning: list[Fact] = [
        Posting(
            employment_id=loan.employment_id,
            kind=PostingKind.HOST,
            local_grade=agreement.local_grade,
            job_title=agreement.job_title,
            profession=agreement.profession,
            unit=agreement.unit,
            location=agreement.location,
            line_manager_id=agreement.line_manager_id,
            required_clearance=agreement.required_level,
            **stamp,
        ),
        *_shares(session, loan, now, stamp),
    ]
    return MovePlan(loan.begins_at, loan.begins_at, (), tuple(beginning))


def schedule(session: Session, loan: Loan, agreement: LoanAgreement, now: datetime, by: UUID | None) -> None:
    """Record the plan: access turns by itself when the loan begins, and again when it ends."""
    agreed = {one.clearance_id for one in clearance.agreed(session, loan, now)}
    for fact in plan(session, loan, agreement, now, by).beginning:
        if not isinstance(fact, Sponsorship) or fact.clearance_id in agreed:
            record(session, fact)


def retract(session: Session, loan: Loan, now: datetime, by: UUID | None) -> None:
    """Undo the plan before the loan begins."""
    for fact in recorded(session, loan, now):
        end(session, fact, loan.begins_at, now, _provenance(loan, by))
    _end_grants(session, loan, loan.begins_at, now, by)


def move_end(session: Session, loan: Loan, ends_at: datetime, now: datetime, by: UUID | None) -> None:
    """Let what the loan recorded end at another instant; what has been ended sooner by others stays so.

    A share lasts longer only where the security officer has agreed anew, and as long as home sponsors it.
    """
    provenance = _provenance(loan, by)
    agreed = {one.clearance_id for one in clearance.agreed(session, loan, now)}
    sponsored = clearance.sponsored_until(session, loan, now)
    for fact in recorded(session, loan, now):
        if fact.valid_to is None or fact.valid_to > ends_at:
            end(session, fact, ends_at, now, provenance)
        elif fact.valid_to == loan.ends_at and ends_at > loan.ends_at:
            later = ends_at
            if isinstance(fact, Sponsorship):
                until = (ends_at, sponsored.get(fact.clearance_id), next_begins(session, fact))
                later = min(one for one in until if one is not None)
                if fact.clearance_id not in agreed or later <= fact.valid_to:
                    continue
            replace(session, fact, now, provenance, valid_to=later)
        else:
            _cap_what_comes_back(session, loan, fact, ends_at, now, provenance)
    for clearance_id in agreed if ends_at > loan.ends_at else ():
        _share_on(session, loan, clearance_id, min(ends_at, sponsored[clearance_id] or ends_at), now, by)
    _end_grants(session, loan, ends_at, now, by)


def recorded(session: Session, loan: Loan, now: datetime) -> Sequence[Posting | Sponsorship]:
    """The posts at the host while the loan lasts, and what it shares, whoever has corrected them since.

    What the host shared before, for another reason, is not the loan's.
    """
    there = {"person_id": loan.person_id, "organisation_id": loan.host_organisation_id}
    posts = history(session, Posting, now, employment_id=loan.employment_id, **there)
    shares = history(session, Sponsorship, now, **there)
    own = col(Sponsorship.person_id) == loan.person_id, col(Sponsorship.source) == source_of(loan)
    made, since = set(session.exec(select(Sponsorship.fact_id).where(*own))), reading.own_since(session, loan)
    return [
        *(one for one in posts if one.kind is PostingKind.HOST and _overlaps(one, loan)),
        *(
            one
            for one in shares
            if one.kind is SponsorshipKind.SHARED
            and _overlaps(one, loan)
            and (one.valid_from >= since or one.fact_id in made)
        ),
    ]


def _shares(session: Session, loan: Loan, now: datetime, stamp: Mapping[str, Any]) -> Iterable[Sponsorship]:
    sponsored = clearance.sponsored_until(session, loan, now)
    for one in clearance.shareable(session, loan, now):
        ends_at = min(loan.ends_at, sponsored[one.clearance_id] or loan.ends_at)
        for since, until in _not_shared(session, loan, one.clearance_id, loan.begins_at, ends_at, now):
            values = dict(stamp) | {"valid_from": since, "valid_to": until}
            yield Sponsorship(clearance_id=one.clearance_id, kind=SponsorshipKind.SHARED, **values)


def _share_on(
    session: Session, loan: Loan, clearance_id: UUID, ends_at: datetime, now: datetime, by: UUID | None
) -> None:
    """Share during an extension what was shared up to it, where something else does not."""
    same: dict[str, Any] = {"clearance_id": clearance_id, "organisation_id": loan.host_organisation_id}
    held = current(session, Sponsorship, loan.ends_at - INSTANT, now, **same)
    if all(one.kind is not SponsorshipKind.SHARED for one in held):
        return
    for since, until in _not_shared(session, loan, clearance_id, loan.ends_at, ends_at, now):
        stamp = _provenance(loan, by).stamp(now, since, until) | {"person_id": loan.person_id}
        record(session, Sponsorship(kind=SponsorshipKind.SHARED, **same, **stamp))


def _not_shared(
    session: Session, loan: Loan, clearance_id: UUID, begins: datetime, ends: datetime, now: datetime
) -> Iterable[tuple[datetime, datetime]]:
    """The stretches between two moments in which the clearance is not shared with the host."""
    same = {"clearance_id": clearance_id, "organisation_id": loan.host_organisation_id}
    for one in history(session, Sponsorship, now, **same):
        if one.kind is not SponsorshipKind.SHARED or (one.valid_to is not None and one.valid_to <= begins):
            continue
        if begins < one.valid_from:
            yield begins, min(one.valid_from, ends)
        begins = ends if one.valid_to is None else one.valid_to
        if begins >= ends:
            return
    if begins < ends:
        yield begins, ends


def _overlaps(fact: Fact, loan: Loan) -> bool:
    ends_later = fact.valid_to is None or fact.valid_to > loan.begins_at
    return ends_later and fact.valid_from < loan.ends_at


def _end_grants(session: Session, loan: Loan, ends_at: datetime, now: datetime, by: UUID | None) -> None:
    """Let roles that were given by hand for the loan, at the host's apps, end no later."""
    hosts = organisations.tree(session, now).subtree_of(loan.host_organisation_id)
    theirs = set(session.exec(select(App.id).where(col(App.organisation_id).in_(hosts))))
    since = reading.own_since(session, loan)
    for granted in history(session, Entitlement, now, person_id=loan.person_id):
        if granted.app_id not in theirs or granted.valid_from < since:
            continue
        if granted.valid_to is None or granted.valid_to > ends_at:
            end(session, granted, ends_at, now, _provenance(loan, by))
        else:
            _cap_what_comes_back(session, loan, granted, ends_at, now, _provenance(loan, by))


def _cap_what_comes_back(
    session: Session, loan: Loan, fact: Fact, ends_at: datetime, now: datetime, provenance: Provenance
) -> None:
    """Let what the move ends sooner end with the loan, and not as before, should the move be taken back."""
    if loan.transfer_id is None or fact.source != f"transfer:{loan.transfer_id}":
        return
    if fact.valid_to is None or fact.valid_to >= ends_at:
        return
    moved = Provenance(fact.recorded_by, fact.source, fact.reason)
    ended_by_move = fact.valid_to
    capped = replace(session, fact, now, provenance, valid_to=ends_at)
    replace(session, capped, now, moved, valid_to=ended_by_move)


def _provenance(loan: Loan, by: UUID | None) -> Provenance:
    return Provenance(by, source_of(loan), loan.kind.value)
