"""Corrections and backdated changes: previewed, recorded, or left for a second officer to decide.

Nobody changes their own record. What would change the access of more people than is configured waits for
another officer of the organisation; the preview is the decision itself, on the facts as they would stand.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.clearances.validity import STANDARD, ValidityPeriods
from profiles.employments.models import Posting
from profiles.entitlements.facts import PersonFacts
from profiles.entitlements.preview import AccessChange, Change
from profiles.entitlements.service import facts_of, preview
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.merges.unions import hold_alone
from profiles.people.second_officers import tell
from profiles.portable_profile import post_notices
from profiles.portable_profile.adding import new_fact
from profiles.portable_profile.breaks import OF_BREAKS, record_break
from profiles.portable_profile.correcting import BY_ITSELF, record_by_itself
from profiles.portable_profile.edges import as_held, moved
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.leavers import record_leaving
from profiles.portable_profile.models import Action, ChangeState, RecordChange
from profiles.portable_profile.post_pay import paid_under
from profiles.portable_profile.posts import OF_POSTS, first_day_of, record_post_change
from profiles.portable_profile.versions import get_version
from profiles.portable_profile.vetting import VETTED, is_of_suspended, record_step, waits
from profiles.portable_profile.wanted import Wanted, wanted_by
from profiles.roles.parties import are_one, one_with
from profiles.roles.permissions import Permission
from profiles.temporal import Fact, Provenance

LEAVING = frozenset({Action.LEAVE, Action.STAY})


class _Foreseen(Exception):
    """Takes back what was recorded only to be looked at."""


@dataclass(frozen=True)
class Effect:
    """What a change would do to access: at the organisation's apps, and whether at any others.

    ``said`` is the fact as it would stand, and belongs to no session. Whether access ``opens`` that was not
    there before is looked at for a change of post or a career break over all of its time; ``beside`` it
    stand the pay and the allowances that would hold on its first day. ``moved`` are the others of its kind
    whose days move with it: as each is held, and as it would be.
    """

    changes: tuple[AccessChange, ...]
    elsewhere: bool
    said: Fact
    lifts_suspension: bool = False
    opens: bool = False
    beside: tuple[Fact, ...] = ()
    moved: tuple[tuple[Fact | None, Fact | None], ...] = ()

    @property
    def people(self) -> int:
        """How many people's access changes: of a change on a page it is at most one."""
        return int(bool(self.changes) or self.elsewhere)


def foresee(
    session: Session,
    wanted: Wanted,
    now: datetime,
    app_owners: Collection[UUID],
    *,
    asked_by: UUID | None = None,
    periods: ValidityPeriods = STANDARD,
) -> Effect:
    """What recording it would do to access, the first time that it does; nothing is recorded.

    Both are compared now and whenever a fact begins or ends later. Raises as ``submit`` does.
    ``app_owners`` are the organisations whose apps the officer may read of; ``asked_by`` is the officer.
    """
    before = facts_of(session, wanted.person_id, now)
    is_suspended = is_of_suspended(session, wanted, now)
    then = _rehearsed(session, wanted, now, asked_by, periods)
    after = then.facts
    turned: list[AccessChange] = []
    opens = False
    for at in (now, *sorted(one for one in {*before.instants, *after.instants} if one > now)):
        found = preview(session, before, after, at, at, known_at=now)
        found = [one for one in found if one.change is not Change.STAYS]
        turned = turned or found
        opens = opens or any(_opens(one) for one in found)
        if turned and (opens or wanted.action not in OF_POSTS | OF_BREAKS):
            break
    ours = tuple(one for one in turned if one.organisation_id in app_owners)
    elsewhere = len(ours) < len(turned)
    return Effect(ours, elsewhere, then.said, is_suspended, opens, then.beside, then.moved)


def _opens(change: AccessChange) -> bool:
    return change.change is Change.BEGINS or bool(set(change.roles_after) - set(change.roles_before))


@dataclass(frozen=True)
class _Rehearsed:
    """The person's facts, the fact itself, what is paid and what moves with it, as they would stand."""

    facts: PersonFacts
    said: Fact
    beside: tuple[Fact, ...]
    moved: tuple[tuple[Fact | None, Fact | None], ...]


def _rehearsed(
    session: Session, wanted: Wanted, now: datetime, asked_by: UUID | None, periods: ValidityPeriods
) -> _Rehearsed:
    """How it would stand; all of it is taken back."""
    beside: tuple[Fact, ...] = ()
    changed: tuple[tuple[Fact | None, Fact | None], ...] = ()
    is_by_itself = wanted.action in BY_ITSELF and wanted.kind not in VETTED
    held = as_held(session, wanted.kind, wanted.person_id, now) if is_by_itself else {}
    at = first_day_of(session, wanted, now) if wanted.action in OF_POSTS else now
    try:
        with session.begin_nested():
            fact = _apply(session, wanted, now, None, approved_by=asked_by, periods=periods)
            session.flush()
            session.refresh(fact)
            said = type(fact)(**fact.model_dump())
            after = facts_of(session, wanted.person_id, now)
            if isinstance(fact, Posting) and wanted.action in OF_POSTS:
                paid = paid_under(session, fact.employment_id, at, now)
                beside = tuple(type(one)(**one.model_dump()) for one in paid)
            if is_by_itself:
                changed = moved(held, as_held(session, wanted.kind, wanted.person_id, now), said.fact_id)
            raise _Foreseen
    except _Foreseen:
        session.expire_all()
    return _Rehearsed(after, said, beside, changed)


def must_wait(wanted: Wanted, effect: Effect, alone_up_to: int) -> bool:
    """Whether a second officer decides.

    An employment opens sign-in, and apps let people in by how far their identity was checked: both always
    wait, except that a check which turns out to be none ends at once. So does a change of post that opens an
    app, or a role in one. Vetting has rules of its own.
    """
    if wanted.kind in VETTED:
        turns = effect.people > alone_up_to
        return waits(wanted, changes_access=turns, is_suspended=effect.lifts_suspension)
    if wanted.kind is Kind.IDENTITY_PROOFING and wanted.action is not Action.END:
        return True
    if wanted.action in OF_POSTS | OF_BREAKS and effect.opens:
        return True
    return wanted.kind is Kind.EMPLOYMENT or effect.people > alone_up_to


def submit(
    session: Session,
    wanted: Wanted,
    now: datetime,
    officer_id: UUID,
    *,
    alone_up_to: int,
    periods: ValidityPeriods = STANDARD,
) -> RecordChange:
    """Record a change, or let it wait where ``must_wait`` says so.

    Raises NotPermitted for one's own record and that of whom one stands in for, Invalid, naming the field,
    and Conflict when it overlaps another fact, somebody has changed the fact meanwhile, or the record is part
    of another.
    """
    if are_one(session, officer_id, wanted.person_id, now):
        raise NotPermitted("A colleague must change your own record.")
    hold_alone(session, wanted.person_id, "Look for the person again.")
    effect = foresee(session, wanted, now, (), asked_by=officer_id, periods=periods)
    waiting = must_wait(wanted, effect, alone_up_to)
    change = RecordChange(
        person_id=wanted.person_id,
        organisation_id=wanted.organisation_id,
        kind=wanted.kind.value,
        action=wanted.action,
        version_id=wanted.version_id,
        content=wanted.content(),
        source=wanted.source,
        reason=wanted.reason,
        state=ChangeState.WAITING if waiting else ChangeState.RECORDED,
        proposed_by=officer_id,
        proposed_at=now,
    )
    session.add(change)
    session.flush()
    if waiting:
        _audit(session, Event.PROFILE_CHANGE_PROPOSED, change, officer_id, now)
        _tell_second_officers(session, change, wanted.kind, now)
    else:
        _record(session, wanted, now, officer_id, periods=periods)
        _audit(session, Event.PROFILE_CHANGED, change, officer_id, now)
    return change


def decide(
    session: Session,
    change: RecordChange,
    now: datetime,
    officer_id: UUID,
    *,
    approved: bool,
    periods: ValidityPeriods = STANDARD,
) -> None:
    """Record a waiting change as a second officer, or refuse it.

    Raises NotPermitted to whoever asked for it and to whom it is about, Conflict when somebody has decided,
    the fact has been changed, or the record has become part of another, meanwhile.
    """
    one = one_with(session, officer_id, now)
    if change.person_id in one or (approved and change.proposed_by in one):
        raise NotPermitted("Somebody else must decide: neither who asked for it nor whom it is about.")
    if approved:
        hold_alone(session, change.person_id, "Refuse it, and ask for it on the other one.")
    decided = session.execute(
        update(RecordChange)
        .where(col(RecordChange.id) == change.id, col(RecordChange.state) == ChangeState.WAITING)
        .values(
            state=ChangeState.RECORDED if approved else ChangeState.REFUSED,
            decided_by=officer_id,
            decided_at=now,
        )
        .execution_options(synchronize_session=False)
    )
    if decided.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("Somebody has decided on this meanwhile.")
    if approved:
        wanted = wanted_by(change)
        _record(session, wanted, now, change.proposed_by, approved_by=officer_id, periods=periods)
    event = Event.PROFILE_CHANGED if approved else Event.PROFILE_CHANGE_REFUSED
    _audit(session, event, change, officer_id, now)
    session.expire(change)


def waiting(
    session: Session,
    organisation_ids: Collection[UUID],
    kinds: Collection[Kind],
    person_id: UUID | None = None,
) -> Sequence[RecordChange]:
    """What waits of these kinds for an officer there, of one person or of all, the oldest first."""
    query = select(RecordChange).where(
        col(RecordChange.organisation_id).in_(organisation_ids),
        col(RecordChange.kind).in_(kinds),
        col(RecordChange.state) == ChangeState.WAITING,
    )
    if person_id is not None:
        query = query.where(col(RecordChange.person_id) == person_id)
    return session.exec(query.order_by(col(RecordChange.id))).all()


def get_waiting(
    session: Session, change_id: UUID, organisation_ids: Collection[UUID], kinds: Collection[Kind]
) -> RecordChange:
    """One of them. Raises NotFound."""
    found = session.get(RecordChange, change_id)
    if found is None or found.organisation_id not in organisation_ids or found.kind not in kinds:
        raise NotFound("There is no such change.")
    if found.state is not ChangeState.WAITING:
        raise NotFound("This change was decided.")
    return found


def as_said(session: Session, wanted: Wanted, now: datetime) -> tuple[Fact | None, Fact]:
    """What we say now, where there is something, and what would be said; nothing of it is recorded.

    Raises Conflict and Invalid as ``submit`` does.
    """
    if wanted.action is Action.ADD:
        return None, new_fact(session, wanted, now, Provenance(None, wanted.source, wanted.reason))
    held: Fact = get_version(session, wanted.kind, wanted.version_id, wanted.person_id, now)
    columns = {name: value for name, value in wanted.values.items() if name in type(held).model_fields}
    return held, type(held)(**(held.model_dump() | columns))


def _record(
    session: Session,
    wanted: Wanted,
    now: datetime,
    officer_id: UUID,
    *,
    approved_by: UUID | None = None,
    periods: ValidityPeriods,
) -> None:
    """Record it; of a change of post the person and their line managers are told."""
    is_of_post = wanted.action in OF_POSTS
    before, at = frozenset[UUID](), now
    if is_of_post:
        before, at = post_notices.managers_before(session, wanted, now), first_day_of(session, wanted, now)
    fact = _apply(session, wanted, now, officer_id, approved_by=approved_by, periods=periods)
    if is_of_post and isinstance(fact, Posting):
        post_notices.tell(session, wanted, fact, before, at, now)


def _apply(
    session: Session,
    wanted: Wanted,
    now: datetime,
    officer_id: UUID | None,
    *,
    approved_by: UUID | None = None,
    periods: ValidityPeriods,
) -> Fact:
    """Record it; return the version that holds from now on, or the one that was retracted."""
    kind = wanted.kind
    if not wanted.reason.strip():
        raise Invalid("Say why.", field="reason")
    if kind in VETTED:
        provenance = Provenance(officer_id, wanted.source, wanted.reason.strip())
        return record_step(session, wanted, now, provenance, approved_by=approved_by, periods=periods)
    if wanted.action in LEAVING and kind is Kind.EMPLOYMENT:
        return record_leaving(session, wanted, now, officer_id)
    if wanted.action in OF_BREAKS and kind is Kind.CAREER_BREAK:
        return record_break(session, wanted, now, officer_id, periods)
    if wanted.action in OF_POSTS and kind is Kind.POSTING:
        return record_post_change(session, wanted, now, officer_id)
    provenance = Provenance(officer_id, wanted.source, wanted.reason.strip())
    return record_by_itself(session, wanted, now, provenance)


def _tell_second_officers(session: Session, change: RecordChange, kind: Kind, now: datetime) -> None:
    of_vetting = kind in VETTED
    tell(
        session,
        now,
        permission=Permission.MANAGE_CLEARANCES if of_vetting else Permission.CHANGE_RECORDS,
        organisation_id=change.organisation_id,
        what="a change of a clearance" if of_vetting else "a change of a record",
        where="People, Clearances: what is due" if of_vetting else "People, Changes that wait",
        except_for=(change.proposed_by, change.person_id),
    )


def _audit(session: Session, event: Event, change: RecordChange, officer_id: UUID, now: datetime) -> None:
    append(
        session,
        event,
        Initiator.person(officer_id),
        now,
        person_id=change.person_id,
        organisation_id=change.organisation_id,
        details={"change_id": str(change.id), "kind": change.kind, "action": change.action.value},
    )
