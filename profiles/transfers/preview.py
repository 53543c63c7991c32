"""What a move would do to the employee's access: the same decision, on the facts that the move records."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel import Session, select

from profiles.clearances.models import Clearance, Sponsorship
from profiles.clearances.policy import ClearanceFact, SponsorshipFact
from profiles.employments.models import Posting
from profiles.entitlements.facts import GrantFact, PersonFacts, PostingFact, Surroundings
from profiles.entitlements.models import Entitlement
from profiles.entitlements.preview import AccessChange
from profiles.entitlements.service import facts_of, preview, surroundings_of
from profiles.temporal import Fact, Span
from profiles.transfers import interruptions, states
from profiles.transfers.clearance import find_asked
from profiles.transfers.facts import MovePlan, plan
from profiles.transfers.models import TaskKind, Transfer, TransferState, TransferTask
from profiles.transfers.previous import never_came

_A_MOMENT = timedelta(microseconds=1)
AnySpan = TypeVar("AnySpan", bound=Span)


@dataclass(frozen=True)
class MovePreview:
    """What changes between the last moment before *leave* and *join*, app by app.

    While the old department has not decided on the clearance, the changes are those of a move that takes it
    along; ``needs_clearance`` names the apps where it would be otherwise without.
    """

    changes: tuple[AccessChange, ...]
    needs_clearance: tuple[str, ...] = ()


def preview_move(
    session: Session, transfer: Transfer, now: datetime, organisation_ids: Collection[UUID] | None = None
) -> MovePreview:
    """Preview a move at these organisations' apps, or at all of them for the employee.

    Of one that says that they never came, access turns with the agreement: it is as of now.
    Of a move that happened it is the record; one that was ended changes nothing. Raises Conflict when the
    employment that it moves has ended meanwhile.
    """
    if transfer.state in states.ENDED and transfer.state is not TransferState.COMPLETED:
        return MovePreview(())
    before = facts_of(session, transfer.person_id, now)
    stopped = interruptions.find_open(session, transfer.id)
    has_left = stopped is not None and stopped.resumes_to is TransferState.LEFT
    is_recorded = transfer.state in states.RECORDED or has_left
    turns_now = not is_recorded and never_came(session, transfer)
    at_before = now if turns_now else min(now, transfer.leave_at - _A_MOMENT)
    at_after = max(now, transfer.join_at) if turns_now else transfer.join_at

    def changes(after: PersonFacts) -> tuple[AccessChange, ...]:
        return tuple(
            preview(
                session,
                before,
                after,
                at_before,
                at_after,
                known_at=now,
                organisation_ids=organisation_ids,
            )
        )

    if is_recorded:
        return MovePreview(changes(before))
    around = surroundings_of(session, {transfer.importing_organisation_id}, now)
    taken, *others = (
        changes(facts_after(before, plan(session, _deciding(transfer, released), now, None), around))
        for released in _decisions(session, transfer, now)
    )
    return MovePreview(
        taken, tuple(change.app_name for left in others for change in taken if change not in left)
    )


def facts_after(before: PersonFacts, move: MovePlan, around: Surroundings) -> PersonFacts:
    """The person's facts as they would stand, were the plan recorded. ``around`` is the new organisation."""

    def ended(spans: tuple[AnySpan, ...], model: type[Fact], key: Callable[[Any], object]) -> list[AnySpan]:
        ending = {key(fact) for fact in move.ending if isinstance(fact, model)}
        return list(_ended(spans, lambda span: key(span) in ending, move.leave_at))

    postings = ended(before.postings, Posting, lambda one: (one.employment_id, one.kind, one.valid_from))
    sponsorships = ended(
        before.sponsorships,
        Sponsorship,
        lambda one: (one.clearance_id, one.organisation_id, one.kind, one.valid_from),
    )
    clearances = ended(before.clearances, Clearance, lambda one: (one.level, one.status, one.valid_from))
    grants = ended(before.grants, Entitlement, lambda one: (one.app_id, one.role_name, one.valid_from))
    for fact in move.beginning:
        if isinstance(fact, Posting):
            postings.append(_fields(PostingFact, fact))
        elif isinstance(fact, Sponsorship):
            sponsorships.append(_fields(SponsorshipFact, fact))
        elif isinstance(fact, Clearance):
            clearances.append(_fields(ClearanceFact, fact, clearance_id=fact.fact_id))
        elif isinstance(fact, Entitlement):
            grants.append(_fields(GrantFact, fact))
    return replace(
        before,
        postings=tuple(postings),
        sponsorships=tuple(sponsorships),
        clearances=tuple(clearances),
        grants=tuple(grants),
        surroundings=before.surroundings.joined(around),
    )


def _ended(spans: Iterable[AnySpan], which: Callable[[AnySpan], bool], at: datetime) -> Iterable[AnySpan]:
    for span in spans:
        if not which(span):
            yield span
        elif span.valid_from < at:
            yield replace(span, valid_to=at)


def _fields(kind: type[AnySpan], fact: Fact, **values: Any) -> AnySpan:
    """A fact as decisions hold it: the columns that have the same names."""
    names = kind.__dataclass_fields__.keys() - values.keys()
    return kind(**{name: getattr(fact, name) for name in names}, **values)


def _decisions(session: Session, transfer: Transfer, now: datetime) -> tuple[bool, ...]:
    """What the old department has decided on the clearance; both, while it is still to decide."""
    decided = session.exec(
        select(TransferTask.done_at).where(
            TransferTask.transfer_id == transfer.id, TransferTask.kind == TaskKind.CLEARANCE
        )
    ).first()
    if decided is not None:
        return (transfer.clearance_released,)
    return (True, False) if find_asked(session, transfer, now) else (False,)


def _deciding(transfer: Transfer, released: bool) -> Transfer:
    """The same transfer, had the old department decided so on the clearance; not in the database."""
    return Transfer(**(transfer.model_dump() | {"clearance_released": released}))
