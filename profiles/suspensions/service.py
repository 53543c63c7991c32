"""Suspends and lifts. Whoever calls this also ends sessions, through ``app.access_changes``."""

import dataclasses
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Invalid, NotFound, NotPermitted
from profiles.suspensions.models import AccountSuspension, OrganisationSuspension
from profiles.temporal import Provenance, as_of, current, end, record, replace

LONGEST_REASON = 500


def find_account_suspension(session: Session, person_id: UUID, at: datetime) -> AccountSuspension | None:
    """The suspension of a person's account that holds at ``at``."""
    return next(iter(current(session, AccountSuspension, at, at, person_id=person_id)), None)


def suspended_accounts(
    session: Session, organisation_ids: Collection[UUID], at: datetime, known_at: datetime | None = None
) -> Sequence[AccountSuspension]:
    """The accounts that the security officers of these organisations have suspended, the oldest first.

    At ``at``, as known at ``known_at``.
    """
    found = select(AccountSuspension).where(
        as_of(AccountSuspension, at, known_at or at),
        col(AccountSuspension.organisation_id).in_(organisation_ids),
    )
    return session.execute(found.order_by(col(AccountSuspension.id))).scalars().all()


def suspend_account(
    session: Session, now: datetime, *, person_id: UUID, organisation_id: UUID, officer_id: UUID, reason: str
) -> None:
    """Let a person sign in nowhere from now on.

    Raises Invalid without a reason, NotPermitted for oneself, Conflict when it is suspended already.
    """
    if officer_id == person_id:
        raise NotPermitted("A colleague must decide on your own account.")
    words = _checked(reason)
    stamp = Provenance(officer_id, "security officer", words).stamp(now, now)
    record(session, AccountSuspension(person_id=person_id, organisation_id=organisation_id, **stamp))
    _note(session, Event.ACCOUNT_SUSPENDED, officer_id, now, person_id, organisation_id, words)


def lift_account_suspension(
    session: Session, now: datetime, *, suspension: AccountSuspension, officer_id: UUID, reason: str
) -> None:
    """Let the person sign in again.

    Raises Invalid without a reason, NotPermitted for oneself, Conflict when somebody was quicker.
    """
    if officer_id == suspension.person_id:
        raise NotPermitted("A colleague must decide on your own account.")
    person_id, organisation_id, words = suspension.person_id, suspension.organisation_id, _checked(reason)
    end(session, suspension, now, now, Provenance(officer_id, "security officer", words))
    _note(session, Event.ACCOUNT_REINSTATED, officer_id, now, person_id, organisation_id, words)


def ask_to_lift(
    session: Session,
    now: datetime,
    *,
    suspension: AccountSuspension,
    organisation_id: UUID,
    officer_id: UUID,
    reason: str,
) -> AccountSuspension:
    """Note that an officer of this organisation wants it lifted: its officers decide on it from now on.

    Raises Invalid without a reason, Conflict when somebody was quicker.
    """
    words = _checked(reason)
    asked = _noted(
        session,
        suspension,
        now,
        organisation_id=organisation_id,
        lift_asked_by=officer_id,
        lift_reason=words,
    )
    event = Event.ACCOUNT_REINSTATEMENT_ASKED
    _note(session, event, officer_id, now, asked.person_id, organisation_id, words)
    return asked


def leave_in_place(
    session: Session, now: datetime, *, suspension: AccountSuspension, officer_id: UUID
) -> AccountSuspension:
    """Let nothing come of the wish to lift it. Raises Conflict when somebody was quicker."""
    words = suspension.lift_reason
    left = _noted(session, suspension, now, lift_asked_by=None, lift_reason="")
    event = Event.ACCOUNT_REINSTATEMENT_REFUSED
    _note(session, event, officer_id, now, left.person_id, left.organisation_id, words)
    return left


def suspend_organisation(
    session: Session, now: datetime, *, organisation_id: UUID, reason: str, initiator: Initiator
) -> None:
    """Let nobody sign in for working there, or below it. Raises Invalid, Conflict when it is so already."""
    words = _checked(reason)
    stamp = Provenance(None, initiator.reference, words).stamp(now, now)
    record(session, OrganisationSuspension(organisation_id=organisation_id, **stamp))
    append(
        session,
        Event.ORGANISATION_SUSPENDED,
        initiator,
        now,
        organisation_id=organisation_id,
        personal={"reason": words},
    )


def lift_organisation_suspension(
    session: Session, now: datetime, provenance: Provenance, initiator: Initiator, *, organisation_id: UUID
) -> None:
    """Let its people sign in again. Raises Invalid, NotFound when it is not suspended.

    It gives access back: whoever calls this has had it foreseen and approved.
    """
    words = _checked(provenance.reason)
    found = find_organisation_suspension(session, organisation_id, now)
    if found is None:
        raise NotFound("The organisation is not suspended.")
    end(session, found, now, now, dataclasses.replace(provenance, reason=words))
    append(
        session,
        Event.ORGANISATION_REINSTATED,
        initiator,
        now,
        organisation_id=organisation_id,
        personal={"reason": words},
    )


def find_organisation_suspension(
    session: Session, organisation_id: UUID, at: datetime, known_at: datetime | None = None
) -> OrganisationSuspension | None:
    """The organisation's own suspension at ``at``, as known at ``known_at``."""
    found = current(session, OrganisationSuspension, at, known_at or at, organisation_id=organisation_id)
    return next(iter(found), None)


def suspended_organisations(session: Session, at: datetime) -> Sequence[OrganisationSuspension]:
    """Every organisation that is suspended by itself, the oldest first."""
    found = current(session, OrganisationSuspension, at, at)
    return sorted(found, key=lambda one: one.id)


def _noted(
    session: Session, suspension: AccountSuspension, now: datetime, **values: object
) -> AccountSuspension:
    """Another version of it, which says of itself what the first one says: who imposed it, and why."""
    as_it_was = Provenance(suspension.recorded_by, suspension.source, suspension.reason)
    return replace(session, suspension, now, as_it_was, **values)


def _checked(reason: str) -> str:
    words = reason.strip()
    if not words:
        raise Invalid("Enter the reason.", field="reason")
    if len(words) > LONGEST_REASON:
        raise Invalid(f"Use {LONGEST_REASON} characters or fewer.", field="reason")
    return words


def _note(
    session: Session,
    event: Event,
    officer_id: UUID,
    now: datetime,
    person_id: UUID,
    organisation_id: UUID | None,
    words: str,
) -> None:
    """The reason is about a person, so the entry holds only a commitment to it."""
    append(
        session,
        event,
        Initiator.person(officer_id),
        now,
        person_id=person_id,
        organisation_id=organisation_id,
        personal={"reason": words},
    )
