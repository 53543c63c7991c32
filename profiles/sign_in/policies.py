"""Organisations' sign-in policies: proposed by one administrator, confirmed by another, then facts."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Conflict, NotFound, NotPermitted
from profiles.people.second_officers import tell
from profiles.roles.parties import are_one
from profiles.roles.permissions import Permission
from profiles.sign_in.models import PolicyTerms, SignInPolicy, SignInPolicyProposal
from profiles.temporal import Provenance, current, end, history, record, start_of_day

SOURCE = "sign-in set-up"


def find_policy(
    session: Session, organisation_id: UUID, at: datetime, known_at: datetime | None = None
) -> SignInPolicy | None:
    """The organisation's own policy at ``at``, as known at ``known_at``; those above it hold beside it."""
    held = current(session, SignInPolicy, at, known_at or at, organisation_id=organisation_id)
    return next(iter(held), None)


def find_coming_policy(session: Session, organisation_id: UUID, at: datetime) -> SignInPolicy | None:
    """The organisation's next policy, confirmed and not yet in force."""
    held = history(session, SignInPolicy, at, organisation_id=organisation_id)
    return next((one for one in held if one.valid_from > at), None)


def find_open_proposal(session: Session, organisation_id: UUID) -> SignInPolicyProposal | None:
    """What waits for a second administrator of this organisation."""
    found = select(SignInPolicyProposal).where(
        col(SignInPolicyProposal.organisation_id) == organisation_id,
        col(SignInPolicyProposal.closed_at).is_(None),
    )
    return session.execute(found).scalar_one_or_none()


def get_open_proposal(
    session: Session, proposal_id: UUID, organisation_ids: Collection[UUID]
) -> SignInPolicyProposal:
    """One that is open, of these organisations. Raises NotFound."""
    found: SignInPolicyProposal | None = session.execute(
        select(SignInPolicyProposal).where(
            col(SignInPolicyProposal.id) == proposal_id,
            col(SignInPolicyProposal.organisation_id).in_(organisation_ids),
            col(SignInPolicyProposal.closed_at).is_(None),
        )
    ).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such proposal, or somebody has decided on it.")
    return found


def propose(
    session: Session,
    now: datetime,
    *,
    organisation_id: UUID,
    terms: PolicyTerms,
    begins_on: date,
    reason: str,
    person_id: UUID,
) -> SignInPolicyProposal:
    """Write down what somebody else must confirm. Raises Conflict while another proposal is open."""
    proposal = SignInPolicyProposal(
        **terms.model_dump(),
        organisation_id=organisation_id,
        begins_on=begins_on,
        reason=reason,
        proposed_by=person_id,
        proposed_at=now,
    )
    try:
        with session.begin_nested():
            session.add(proposal)
    except IntegrityError:
        raise Conflict("A change is proposed already. Confirm or withdraw it first.") from None
    _note(session, Event.SIGN_IN_POLICY_PROPOSED, proposal, person_id, now)
    tell(
        session,
        now,
        permission=Permission.MANAGE_SIGN_IN,
        organisation_id=organisation_id,
        what="a change of the sign-in policy",
        where="Sign-in set-up",
        except_for=(person_id,),
    )
    return proposal


def confirm(session: Session, proposal: SignInPolicyProposal, person_id: UUID, now: datetime) -> datetime:
    """Let it come into force; return from when.

    It takes the place of whatever the organisation's policy would be from then on. Raises NotPermitted for
    the one who proposed it, Conflict when somebody has decided meanwhile.
    """
    if are_one(session, person_id, proposal.proposed_by, now):
        raise NotPermitted("Somebody else must confirm what you proposed.")
    _close(session, proposal, now, confirmed_by=person_id)
    begins = max(now, start_of_day(proposal.begins_on))
    provenance = Provenance(person_id, SOURCE, proposal.reason)
    for present in history(session, SignInPolicy, now, organisation_id=proposal.organisation_id):
        if present.valid_to is None or present.valid_to > begins:
            end(session, present, begins, now, provenance)
    terms = {name: getattr(proposal, name) for name in PolicyTerms.model_fields}
    policy = SignInPolicy(organisation_id=proposal.organisation_id, **terms, **provenance.stamp(now, begins))
    record(session, policy)
    _note(session, Event.SIGN_IN_POLICY_CONFIRMED, proposal, person_id, now)
    return begins


def withdraw(session: Session, proposal: SignInPolicyProposal, person_id: UUID, now: datetime) -> None:
    """Let nothing come of it. Raises Conflict when somebody has decided meanwhile."""
    _close(session, proposal, now, confirmed_by=None)
    _note(session, Event.SIGN_IN_POLICY_WITHDRAWN, proposal, person_id, now)


def _close(
    session: Session, proposal: SignInPolicyProposal, now: datetime, *, confirmed_by: UUID | None
) -> None:
    closed = session.connection().execute(
        update(SignInPolicyProposal)
        .where(col(SignInPolicyProposal.id) == proposal.id, col(SignInPolicyProposal.closed_at).is_(None))
        .values(closed_at=now, confirmed_by=confirmed_by)
    )
    if closed.rowcount != 1:
        raise Conflict("Somebody has decided on this proposal meanwhile.")


def _note(
    session: Session, event: Event, proposal: SignInPolicyProposal, person_id: UUID, now: datetime
) -> None:
    """The terms as they were proposed: they are no secret, and auditors compare them."""
    details: dict[str, Any] = {"proposal_id": str(proposal.id), "begins_on": proposal.begins_on.isoformat()}
    details |= {name: getattr(proposal, name) for name in PolicyTerms.model_fields}
    details["attestation"] = str(proposal.attestation)
    organisation_id = proposal.organisation_id
    append(session, event, Initiator.person(person_id), now, organisation_id=organisation_id, details=details)
