"""A proposed agreement comes into force when another officer confirms it, without a moment in between."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from profiles.agreements import notices
from profiles.agreements.closing import close
from profiles.apps import service as apps
from profiles.apps.claims import normal_claims
from profiles.apps.models import Agreement, AgreementProposal, AgreementTerms, App
from profiles.apps.service import CLEARANCE_LEVELS
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.roles.parties import are_one
from profiles.temporal import (
    INSTANT,
    Provenance,
    civil_date,
    end,
    end_of_day,
    history,
    is_recorded_day,
    start_of_day,
)

SOURCE = "apps and agreements"


def propose(
    session: Session,
    now: datetime,
    *,
    app: App,
    terms: AgreementTerms,
    begins_on: date,
    ends_on: date,
    reason: str,
    officer_id: UUID,
) -> AgreementProposal:
    """Write down what another officer must confirm; those who can are told.

    Raises Invalid, naming the field, for terms that say too little, days that are over or in the wrong order,
    or a beginning that would leave the app without agreement for a time; Conflict while a proposal is open.
    """
    _check_terms(terms)
    _check_days(session, app.id, begins_on, ends_on, now)
    proposal = AgreementProposal(
        **terms.model_dump() | {"claims": normal_claims(terms.claims, CLEARANCE_LEVELS)},
        app_id=app.id,
        begins_on=begins_on,
        ends_on=ends_on,
        reason=reason.strip(),
        proposed_by=officer_id,
        proposed_at=now,
    )
    try:
        with session.begin_nested():
            session.add(proposal)
    except IntegrityError:
        raise Conflict("An agreement is proposed already. Confirm or withdraw it first.") from None
    _note(session, Event.APP_AGREEMENT_PROPOSED, app, proposal, officer_id, now)
    notices.proposed(session, app, officer_id, now)
    return proposal


def confirm(
    session: Session, now: datetime, *, app: App, proposal: AgreementProposal, officer_id: UUID
) -> Agreement:
    """Let it come into force: what is agreed now ends at the instant at which it begins.

    Raises NotPermitted for the one who proposed it, Conflict when somebody has decided meanwhile or its last
    day is over.
    """
    if are_one(session, officer_id, proposal.proposed_by, now):
        raise NotPermitted("Somebody else must confirm what you proposed.")
    begins, ends = max(now, start_of_day(proposal.begins_on)), end_of_day(proposal.ends_on)
    if ends <= now:
        raise Conflict("Its last day is over. Withdraw it, and propose another.")
    close(session, proposal, now, confirmed_by=officer_id)
    provenance = Provenance(officer_id, SOURCE, proposal.reason)
    for present in history(session, Agreement, now, app_id=app.id):
        if present.valid_to is None or present.valid_to > begins:
            end(session, present, begins, now, provenance)
    agreed = apps.agree(
        session,
        now,
        provenance,
        Initiator.person(officer_id),
        app_id=app.id,
        valid_from=begins,
        valid_to=ends,
        **{name: getattr(proposal, name) for name in AgreementTerms.model_fields},
    )
    _note(session, Event.APP_AGREEMENT_CONFIRMED, app, proposal, officer_id, now)
    notices.confirmed(session, app, proposal, now)
    return agreed


def withdraw(
    session: Session, now: datetime, *, app: App, proposal: AgreementProposal, officer_id: UUID
) -> None:
    """Let nothing come of it. Raises Conflict when somebody has decided meanwhile."""
    close(session, proposal, now, confirmed_by=None)
    _note(session, Event.APP_AGREEMENT_WITHDRAWN, app, proposal, officer_id, now)


def get_open_proposal(session: Session, proposal_id: UUID, app_id: UUID) -> AgreementProposal:
    """One of this app that is open. Raises NotFound."""
    proposal = session.get(AgreementProposal, proposal_id)
    if proposal is None or proposal.app_id != app_id or proposal.closed_at is not None:
        raise NotFound("There is no such proposal, or somebody has decided on it.")
    return proposal


def open_proposals(session: Session, app_ids: Collection[UUID]) -> Sequence[AgreementProposal]:
    """What waits for a second officer at these apps."""
    query = select(AgreementProposal).where(
        col(AgreementProposal.app_id).in_(app_ids), col(AgreementProposal.closed_at).is_(None)
    )
    return session.exec(query.order_by(col(AgreementProposal.id))).all()


def first_day(session: Session, app_id: UUID, now: datetime) -> date:
    """The day with which a renewal begins so that nothing lapses; today where nothing ends."""
    covered = _covered_until(session, app_id, now)
    return civil_date(covered if covered is not None else now)


def _check_terms(terms: AgreementTerms) -> None:
    for field, message in (
        ("purpose", "Say what the app needs the data for."),
        ("retention", "Say how long the app keeps the data."),
        ("contact", "Say whom people can ask about their data."),
    ):
        if not getattr(terms, field).strip():
            raise Invalid(message, field=field)
    if not terms.claims:
        raise Invalid("Choose what the app may be told.", field="claims")


def _check_days(session: Session, app_id: UUID, begins_on: date, ends_on: date, now: datetime) -> None:
    today = civil_date(now)
    if begins_on < today:
        raise Invalid("The first day must be today or later.", field="begins_on")
    if not is_recorded_day(ends_on) or ends_on < begins_on:
        raise Invalid("The last day must be on or after the first.", field="ends_on")
    covered = _covered_until(session, app_id, now)
    if covered is not None and start_of_day(begins_on) > covered > now:
        last = covered - INSTANT
        raise Invalid(
            f"What is agreed now ends on {civil_date(last):%-d %B %Y}. Begin on the day after, or before: "
            "otherwise nobody could use the app in between.",
            field="begins_on",
        )


def _covered_until(session: Session, app_id: UUID, now: datetime) -> datetime | None:
    """When agreements that follow each other without a gap from now on end; None when they do not."""
    covered = now
    for agreed in history(session, Agreement, now, app_id=app_id):
        if agreed.valid_from <= covered and (agreed.valid_to is None or agreed.valid_to > covered):
            if agreed.valid_to is None:
                return None
            covered = agreed.valid_to
    return covered


def _note(
    session: Session, event: Event, app: App, proposal: AgreementProposal, officer_id: UUID, now: datetime
) -> None:
    details: dict[str, Any] = {"proposal_id": str(proposal.id), "proposed_by": str(proposal.proposed_by)}
    append(
        session,
        event,
        Initiator.person(officer_id),
        now,
        organisation_id=app.organisation_id,
        app_id=app.id,
        details=details,
    )
