"""For how long an organisation uses clearances of a level: one officer proposes it, another confirms it.

A risk owner may set a shorter time than the level lasts, never a longer one. It counts from the decision, an
extension included, for everybody who works there, from the moment of its confirmation.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.clearances import states
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import Clearance, ClearanceLimit, ClearanceLimitProposal, Sponsorship
from profiles.clearances.validity import ValidityPeriods, last_decided
from profiles.employments.models import Posting
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.people.second_officers import tell
from profiles.roles.parties import are_one
from profiles.roles.permissions import Permission
from profiles.temporal import Provenance, as_of, civil_date, current, end, record

SOURCE = "security officer"
LONGEST_REASON = 500


def limits_at(
    session: Session, organisation_id: UUID, at: datetime, known_at: datetime | None = None
) -> dict[ClearanceLevel, ClearanceLimit]:
    """What the organisation had set at ``at``, as known at ``known_at``, by level."""
    held = current(session, ClearanceLimit, at, known_at or at, organisation_id=organisation_id)
    return {one.level: one for one in held}


def open_proposals(session: Session, organisation_ids: Collection[UUID]) -> Sequence[ClearanceLimitProposal]:
    """What waits for another officer of these organisations, the oldest first."""
    found = select(ClearanceLimitProposal).where(
        col(ClearanceLimitProposal.organisation_id).in_(organisation_ids),
        col(ClearanceLimitProposal.closed_at).is_(None),
    )
    return session.execute(found.order_by(col(ClearanceLimitProposal.id))).scalars().all()


def get_open(
    session: Session, proposal_id: UUID, organisation_ids: Collection[UUID]
) -> ClearanceLimitProposal:
    """One of them. Raises NotFound."""
    for one in open_proposals(session, organisation_ids):
        if one.id == proposal_id:
            return one
    raise NotFound("There is no such proposal, or somebody has decided on it.")


def check(
    session: Session,
    now: datetime,
    *,
    organisation_id: UUID,
    level: ClearanceLevel,
    years: int | None,
    periods: ValidityPeriods,
) -> None:
    """See that it can be set. Raises Invalid, naming ``years``, for what is longer, or is so already."""
    longest = periods.years.get(level)
    if longest is None:
        raise Invalid(f"{level.value} does not expire, so there is nothing to shorten.", field="years")
    if years is not None and not 1 <= years < longest:
        raise Invalid(f"Enter fewer than the {longest} years that {level.value} lasts.", field="years")
    present = limits_at(session, organisation_id, now).get(level)
    if years == (present.years if present else None):
        raise Invalid("That is what holds now.", field="years")


def propose(
    session: Session,
    now: datetime,
    *,
    organisation_id: UUID,
    level: ClearanceLevel,
    years: int | None,
    reason: str,
    officer_id: UUID,
    periods: ValidityPeriods,
) -> ClearanceLimitProposal:
    """Write down what another officer must confirm; they are told. ``years`` is None to lift the limit.

    Raises Invalid, naming the field, Conflict while another proposal for the level is open.
    """
    words = reason.strip()
    if not words or len(words) > LONGEST_REASON:
        raise Invalid(f"Say why, in {LONGEST_REASON} characters or fewer.", field="reason")
    check(session, now, organisation_id=organisation_id, level=level, years=years, periods=periods)
    proposal = ClearanceLimitProposal(
        organisation_id=organisation_id,
        level=level,
        years=years,
        reason=words,
        proposed_by=officer_id,
        proposed_at=now,
    )
    try:
        with session.begin_nested():
            session.add(proposal)
    except IntegrityError:
        raise Conflict("A change of this level is proposed already. Confirm or withdraw it first.") from None
    _note(session, Event.CLEARANCE_LIMIT_PROPOSED, proposal, officer_id, now)
    tell(
        session,
        now,
        permission=Permission.MANAGE_CLEARANCES,
        organisation_id=organisation_id,
        what="a change of how long clearances are used",
        where="People, Clearances: what is due, How long you use clearances",
        except_for=(officer_id,),
    )
    return proposal


def confirm(
    session: Session,
    proposal: ClearanceLimitProposal,
    officer_id: UUID,
    now: datetime,
    periods: ValidityPeriods,
) -> None:
    """Let it hold from now on.

    Raises NotPermitted to who proposed it, Conflict when somebody has decided or it cannot be set any more.
    """
    if are_one(session, officer_id, proposal.proposed_by, now):
        raise NotPermitted("Somebody else must confirm what you proposed.")
    level, organisation_id, years = proposal.level, proposal.organisation_id, proposal.years
    try:
        check(session, now, organisation_id=organisation_id, level=level, years=years, periods=periods)
    except Invalid as refused:
        raise Conflict(refused.message) from None
    _close(session, proposal, now, confirmed_by=officer_id)
    provenance = Provenance(officer_id, SOURCE, proposal.reason)
    present = limits_at(session, organisation_id, now).get(level)
    if present is not None:
        end(session, present, now, now, provenance)
    if years is not None:
        limit = ClearanceLimit(
            organisation_id=organisation_id, level=level, years=years, **provenance.stamp(now, now)
        )
        record(session, limit)
    _note(session, Event.CLEARANCE_LIMIT_CONFIRMED, proposal, officer_id, now)


def withdraw(session: Session, proposal: ClearanceLimitProposal, officer_id: UUID, now: datetime) -> None:
    """Let nothing come of it. Raises Conflict when somebody has decided meanwhile."""
    _close(session, proposal, now, confirmed_by=None)
    _note(session, Event.CLEARANCE_LIMIT_WITHDRAWN, proposal, officer_id, now)


def turned(
    session: Session, organisation_id: UUID, level: ClearanceLevel, years: int | None, now: datetime
) -> int:
    """How many people's clearance of the level would begin or cease to be accepted where they work there.

    Of those that can be used there as they are now.
    """
    present = limits_at(session, organisation_id, now).get(level)
    today, decided_on = civil_date(now), col(Clearance.decided_on)
    thresholds = sorted(
        last_decided(today, one) for one in (present.years if present else None, years) if one is not None
    )
    if not thresholds:
        return 0
    between = [decided_on <= thresholds[-1]]
    if len(thresholds) == 2:
        between.append(decided_on > thresholds[0])
    # Whoever is on loan uses those of home and hosts in each place of the employment.
    here, sponsors = aliased(Posting), aliased(Posting)
    works_here = select(col(here.id)).where(
        as_of(here, now, now),
        as_of(sponsors, now, now),
        col(here.person_id) == col(Clearance.person_id),
        col(here.organisation_id) == organisation_id,
        col(sponsors.employment_id) == col(here.employment_id),
        col(sponsors.organisation_id) == col(Sponsorship.organisation_id),
    )
    query = (
        select(func.count(col(Clearance.person_id).distinct()))
        .join(Sponsorship, col(Sponsorship.clearance_id) == col(Clearance.fact_id))
        .where(
            as_of(Clearance, now, now),
            as_of(Sponsorship, now, now),
            col(Clearance.level) == level,
            col(Clearance.status).in_(states.USABLE),
            or_(col(Clearance.expires_on).is_(None), col(Clearance.expires_on) >= today),
            *between,
            works_here.exists(),
        )
    )
    found: int = session.execute(query).scalar_one()
    return found


def _close(
    session: Session, proposal: ClearanceLimitProposal, now: datetime, *, confirmed_by: UUID | None
) -> None:
    closed = session.connection().execute(
        update(ClearanceLimitProposal)
        .where(col(ClearanceLimitProposal.id) == proposal.id, col(ClearanceLimitProposal.closed_at).is_(None))
        .values(closed_at=now, confirmed_by=confirmed_by)
    )
    if closed.rowcount != 1:
        raise Conflict("Somebody has decided on this proposal meanwhile.")


def _note(
    session: Session, event: Event, proposal: ClearanceLimitProposal, officer_id: UUID, now: datetime
) -> None:
    details: dict[str, Any] = {
        "proposal_id": str(proposal.id),
        "level": proposal.level.value,
        "years": proposal.years,
    }
    append(
        session,
        event,
        Initiator.person(officer_id),
        now,
        organisation_id=proposal.organisation_id,
        details=details,
    )
