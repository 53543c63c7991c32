"""Entries of the release log are withheld for a time: one officer proposes, another agrees, either ends it.

It is for the data protection officers of the organisation that runs the app. Whom it concerns reads of it
nowhere: not in their log, not in what is released to them, and the trail does not name them.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from profiles.apps import service as apps
from profiles.apps.models import App
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.disclosure.grounds import Ground
from profiles.disclosure.models import ReleaseWithholding
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.merges.unions import ids_of, survivor_of
from profiles.people import second_officers
from profiles.roles.parties import are_one, one_with
from profiles.roles.permissions import Permission
from profiles.temporal import civil_date

LONGEST = timedelta(days=183)
"""Half a year at a time: what must go on is decided on again."""
LONGEST_REASON = 1000
WHERE = "Data protection, Entries of the release log that are withheld"


def propose(
    session: Session,
    now: datetime,
    *,
    person_id: UUID,
    app_id: UUID,
    ground: Ground,
    reason: str,
    until: date,
    officer_id: UUID,
) -> ReleaseWithholding:
    """Ask that what an app is told about somebody is not shown to them, through a civil day.

    Raises NotPermitted for oneself, Invalid, naming the field, and Conflict while the same is asked.
    """
    person_id = survivor_of(session, person_id)
    _check_not_own(session, person_id, officer_id, now)
    today = civil_date(now)
    if until <= today:
        raise Invalid("Enter a day after today.", field="until")
    if until > today + LONGEST:
        raise Invalid("It is withheld for half a year at most; then it is decided on again.", field="until")
    made = ReleaseWithholding(
        person_id=person_id,
        app_id=app_id,
        organisation_id=apps.get(session, app_id).organisation_id,
        ground=ground,
        reason=_needed(reason),
        until=until,
        proposed_by=officer_id,
        proposed_at=now,
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        raise Conflict("Somebody has asked for this already. Agree to it, or withdraw it.") from None
    _note(session, Event.WITHHOLDING_PROPOSED, made, officer_id, now, made.reason)
    second_officers.tell(
        session,
        now,
        permission=Permission.REVIEW_ACCESS_REQUESTS,
        organisation_id=made.organisation_id,
        what="a decision on the release log",
        where=WHERE,
        except_for={officer_id, *ids_of(session, person_id)},
    )
    return made


def agree(session: Session, now: datetime, *, asked: ReleaseWithholding, officer_id: UUID) -> None:
    """Withhold it from now on, as a second officer.

    Raises NotPermitted to whoever asked for it and to whom it is about, Conflict when it was decided on or
    its day is over.
    """
    _check_not_own(session, asked.person_id, officer_id, now)
    if asked.proposed_by in one_with(session, officer_id, now):
        raise NotPermitted("Another data protection officer must agree: you asked for it.")
    if asked.until < civil_date(now):
        raise Conflict("The day until which it was to be withheld is over. Withdraw it.")
    _move(
        session,
        asked,
        {"agreed_by": officer_id, "agreed_at": now},
        col(ReleaseWithholding.agreed_at).is_(None),
    )
    _note(session, Event.WITHHOLDING_AGREED, asked, officer_id, now)


def end(session: Session, now: datetime, *, asked: ReleaseWithholding, reason: str, officer_id: UUID) -> None:
    """Show it again from now on, or withdraw what nobody has agreed to; one officer is enough.

    Raises NotPermitted for oneself, Invalid without a reason, Conflict when it is over.
    """
    _check_not_own(session, asked.person_id, officer_id, now)
    words = _needed(reason)
    if asked.agreed_at is not None and asked.until < civil_date(now):
        raise Conflict("It has ended by itself.")
    _move(session, asked, {"ended_by": officer_id, "ended_at": now, "ended_reason": words})
    event = Event.WITHHOLDING_ENDED if asked.agreed_at else Event.WITHHOLDING_WITHDRAWN
    _note(session, event, asked, officer_id, now, words)


def get(
    session: Session,
    withholding_id: UUID,
    organisation_ids: Collection[UUID],
    readers: Collection[UUID],
) -> ReleaseWithholding:
    """One of these organisations, which is about none of the readers. Raises NotFound."""
    seen = _seen_by(session, organisation_ids, readers)
    query = select(ReleaseWithholding).where(col(ReleaseWithholding.id) == withholding_id, seen)
    found = session.exec(query).first()
    if found is None:
        raise NotFound("There is no such decision.")
    return found


def of_organisations(
    session: Session, organisation_ids: Collection[UUID], readers: Collection[UUID], limit: int
) -> Sequence[ReleaseWithholding]:
    """Those of these organisations that are about none of the readers, the newest first."""
    query = select(ReleaseWithholding).where(_seen_by(session, organisation_ids, readers))
    return session.exec(query.order_by(col(ReleaseWithholding.id).desc()).limit(limit)).all()


def count_waiting(session: Session, organisation_ids: Collection[UUID], readers: Collection[UUID]) -> int:
    """How many of them wait for a second officer."""
    found = select(ReleaseWithholding.id).where(
        _seen_by(session, organisation_ids, readers),
        col(ReleaseWithholding.agreed_at).is_(None),
        col(ReleaseWithholding.ended_at).is_(None),
    )
    return len(session.exec(found).all())


def _seen_by(
    session: Session, organisation_ids: Collection[UUID], readers: Collection[UUID]
) -> ColumnElement[bool]:
    """Officers and auditors read of it, but never whom it is about, nor who counts as one with them.

    It goes with the app: where its organisation has ended, those of whoever took the app over see to it.
    """
    theirs = select(col(App.id)).where(col(App.organisation_id).in_(organisation_ids))
    return and_(
        or_(
            col(ReleaseWithholding.organisation_id).in_(organisation_ids),
            col(ReleaseWithholding.app_id).in_(theirs),
        ),
        col(ReleaseWithholding.person_id).not_in(_records_of(session, readers)),
    )


def own_withholdings(session: Session, readers: Collection[UUID]) -> frozenset[UUID]:
    """Those that are about one of the readers, to whom nothing shows them: neither does the trail."""
    found = select(ReleaseWithholding.id).where(
        col(ReleaseWithholding.person_id).in_(_records_of(session, readers))
    )
    return frozenset(session.exec(found))


def _records_of(session: Session, people: Collection[UUID]) -> set[UUID]:
    return {record for one in people for record in ids_of(session, survivor_of(session, one))}


def _check_not_own(session: Session, person_id: UUID, officer_id: UUID, now: datetime) -> None:
    if any(are_one(session, officer_id, one, now) for one in ids_of(session, person_id)):
        raise NotPermitted("This is about yourself, so another data protection officer must decide on it.")


def _needed(reason: str) -> str:
    words = reason.strip()
    if not words:
        raise Invalid("Enter the reason.", field="reason")
    if len(words) > LONGEST_REASON:
        raise Invalid(f"Use {LONGEST_REASON} characters or fewer.", field="reason")
    return words


def _move(session: Session, asked: ReleaseWithholding, values: dict[str, Any], *conditions: Any) -> None:
    moved = session.execute(
        update(ReleaseWithholding)
        .where(
            col(ReleaseWithholding.id) == asked.id, col(ReleaseWithholding.ended_at).is_(None), *conditions
        )
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("Somebody has decided on this meanwhile.")
    session.refresh(asked)


def _note(
    session: Session,
    event: Event,
    asked: ReleaseWithholding,
    officer_id: UUID,
    now: datetime,
    words: str | None = None,
) -> None:
    """Without the person: they are told what the trail says of them."""
    append(
        session,
        event,
        Initiator.person(officer_id),
        now,
        organisation_id=asked.organisation_id,
        app_id=asked.app_id,
        details={
            "withholding_id": str(asked.id),
            "ground": asked.ground.value,
            "until": asked.until.isoformat(),
        },
        personal={"reason": words} if words else None,
    )
