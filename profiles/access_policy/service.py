"""Records what is wanted, or lets it wait where it turns the access of more people than one may decide on.

Preparing is not approving, nor is gaining: who asked for it, whom it is about, whoever is one of few who get
access by it, and who counts as one with any of them do not approve.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import true, update
from sqlmodel import Session, col, select

from profiles.access_policy.deciding import APART, between, concerned_by, deciders, decides
from profiles.access_policy.delegations import DelegationWanted
from profiles.access_policy.domains import DomainWanted
from profiles.access_policy.foreseen import Foreseen
from profiles.access_policy.grades import GradeWanted
from profiles.access_policy.grants import GrantWanted
from profiles.access_policy.models import (
    OPEN_FOR,
    Action,
    PolicyChange,
    PolicyKind,
    PolicyState,
    still_waits,
)
from profiles.access_policy.officers import RoleWanted, check_gives_none_of_theirs, check_may_still_ask
from profiles.access_policy.places import PlaceWanted
from profiles.access_policy.reinstating import ReinstatementWanted
from profiles.access_policy.rules import RuleWanted
from profiles.access_policy.successions import SuccessionWanted
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.people.second_officers import tell, tell_each
from profiles.roles.parties import are_one_between, one_with
from profiles.roles.permissions import Permission
from profiles.roles.service import permissions_of, who_may
from profiles.temporal import Provenance

SOURCE = "apps and agreements"


class Wanted(Protocol):
    """What an officer wants changed."""

    @property
    def kind(self) -> PolicyKind:
        """What is changed."""

    @property
    def action(self) -> Action:
        """What is done to it."""

    @property
    def person_id(self) -> UUID | None:
        """Whom alone it is about."""

    def organisation_id(self, session: Session) -> UUID:
        """Whose officers decide."""

    def check(self, session: Session, now: datetime, asked_at: datetime) -> None:
        """Whether it can be done. Raises Invalid, naming the field, and Conflict."""

    def foresee(self, session: Session, now: datetime) -> Foreseen:
        """Whose access it would turn."""

    def record(
        self, session: Session, now: datetime, provenance: Provenance, initiator: Initiator, approver: UUID
    ) -> None:
        """Let it be so."""


_WANTED: Mapping[PolicyKind, Any] = {
    PolicyKind.RULE: TypeAdapter(RuleWanted),
    PolicyKind.GRANT: TypeAdapter(GrantWanted),
    PolicyKind.DELEGATION: TypeAdapter(DelegationWanted),
    PolicyKind.GRADE: TypeAdapter(GradeWanted),
    PolicyKind.PLACE: TypeAdapter(PlaceWanted),
    PolicyKind.DOMAIN: TypeAdapter(DomainWanted),
    PolicyKind.SUCCESSION: TypeAdapter(SuccessionWanted),
    PolicyKind.ROLE: TypeAdapter(RoleWanted),
    PolicyKind.REINSTATEMENT: TypeAdapter(ReinstatementWanted),
}

_TOLD_AS = {
    PolicyKind.PLACE: "that an organisation comes under another",
    PolicyKind.DOMAIN: "whose an e-mail domain is",
    PolicyKind.SUCCESSION: "which organisation took over from which",
    PolicyKind.ROLE: "a role in Lanyard",
    PolicyKind.REINSTATEMENT: "the lifting of the suspension of an organisation",
}
_WHERE = {
    PolicyKind.ROLE: "Roles, Roles that wait",
    PolicyKind.REINSTATEMENT: "Roles, Suspended organisations",
}


def wanted_by(change: PolicyChange) -> Wanted:
    """What was wanted, as it was asked for."""
    wanted: Wanted = _WANTED[change.kind].validate_python(change.content)
    return wanted


def content_of(wanted: Wanted) -> dict[str, Any]:
    """What is wanted, as JSON has it."""
    content: dict[str, Any] = _WANTED[wanted.kind].dump_python(wanted, mode="json")
    return content


def must_wait(
    session: Session, foreseen: Foreseen, officer_id: UUID, now: datetime, alone_up_to: int
) -> bool:
    """Whether a second officer decides: always where the officer, or who is one with them, gains access."""
    if (foreseen.gaining | foreseen.coming) & one_with(session, officer_id, now):
        return True
    return foreseen.people > alone_up_to if foreseen.needs_two is None else foreseen.needs_two


def submit(
    session: Session,
    wanted: Wanted,
    foreseen: Foreseen,
    now: datetime,
    officer_id: UUID,
    *,
    reason: str,
    alone_up_to: int,
    gaining_above: int,
) -> PolicyChange:
    """Record it, or let it wait where ``must_wait`` says so of what was foreseen.

    Who may approve it is told (see ``barred``).

    Raises NotPermitted for what is about the officer or who counts as one with them, Invalid, naming the
    field, and Conflict as the change's own check does.
    """
    if wanted.person_id in one_with(session, officer_id, now):
        raise NotPermitted("A colleague must do this for you.")
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    wanted.check(session, now, now)
    waits = must_wait(session, foreseen, officer_id, now, alone_up_to)
    change = PolicyChange(
        kind=wanted.kind,
        organisation_id=wanted.organisation_id(session),
        app_id=getattr(wanted, "app_id", None),
        person_id=wanted.person_id,
        content=content_of(wanted),
        reason=reason.strip(),
        people=foreseen.people,
        state=PolicyState.WAITING if waits else PolicyState.RECORDED,
        proposed_by=officer_id,
        proposed_at=now,
    )
    session.add(change)
    session.flush()
    if waits:
        _audit(session, Event.ACCESS_POLICY_PROPOSED, change, officer_id, now)
        _tell(session, change, barred(change, foreseen, gaining_above), now)
    else:
        _record(session, change, now, officer_id)
    return change


def _tell(session: Session, change: PolicyChange, concerned: Collection[UUID | None], now: datetime) -> None:
    """Tell who can decide on it, and is none of the concerned."""
    place, what = change.organisation_id, _TOLD_AS.get(change.kind, "a change of who may use an app")
    if change.kind in APART:
        concerned = {*concerned, *concerned_by(session, change, now)}
        officers = deciders(session, change.kind, place, concerned, now)
        tell_each(session, now, officers, organisation_id=place, what=what, where=_WHERE[change.kind])
        return
    sides = between(session, wanted_by(change))
    one_party = [
        one
        for one in (who_may(session, Permission.APPROVE_ACCESS, place, now) if sides else ())
        if are_one_between(session, one, change.proposed_by, sides, now)
    ]
    tell(
        session,
        now,
        permission=Permission.APPROVE_ACCESS,
        organisation_id=place,
        what=what,
        where="Apps and agreements, Changes that wait",
        except_for={*concerned, *one_party},
    )


def barred(change: PolicyChange, foreseen: Foreseen, gaining_above: int) -> frozenset[UUID | None]:
    """Who does not approve it, nor who counts as one with them.

    Who asked for it, whom it is about, and whoever gets access by it where not more than so many people do.
    """
    return frozenset({change.proposed_by, change.person_id}) | foreseen.few_gaining(gaining_above)


def approve(
    session: Session,
    change: PolicyChange,
    foreseen: Foreseen,
    now: datetime,
    officer_id: UUID,
    *,
    gaining_above: int,
) -> None:
    """Let a waiting change be so, as a second officer; ``foreseen`` is whose access it turns as of now.

    Raises NotPermitted to whoever is ``barred``; Conflict when somebody has decided meanwhile, it waited for
    ``OPEN_FOR``, or it cannot be done any more.
    """
    check_may_approve(session, change, foreseen, now, officer_id, gaining_above=gaining_above)
    _close(session, change, now, officer_id, PolicyState.RECORDED, since=now - OPEN_FOR)
    _record(session, change, now, officer_id)
    session.expire(change)


def check_may_approve(
    session: Session,
    change: PolicyChange,
    foreseen: Foreseen,
    now: datetime,
    officer_id: UUID,
    *,
    gaining_above: int,
) -> None:
    """Raise NotPermitted to whoever is ``barred``, is one party with who asked, or does not decide on it."""
    one = one_with(session, officer_id, now)
    if one & {change.proposed_by, change.person_id}:
        raise NotPermitted("Somebody else must approve it: neither who asked for it nor whom it is about.")
    if one & barred(change, foreseen, gaining_above):
        raise NotPermitted(
            "Somebody else must approve it: few people get access by it, and you are one of them, or "
            "somebody for whom you stand in is."
        )
    if change.kind in APART:
        _check_decides(session, change, officer_id, now)
    elif are_one_between(session, officer_id, change.proposed_by, between(session, wanted_by(change)), now):
        raise NotPermitted(
            "Your shared service asked for this, and acts for both organisations, so an officer outside it "
            "must decide."
        )


def _check_decides(session: Session, change: PolicyChange, officer_id: UUID, now: datetime) -> None:
    held, wanted = permissions_of(session, officer_id, now), wanted_by(change)
    if held.parties_at(change.organisation_id) & concerned_by(session, change, now):
        raise NotPermitted("Your shared service asked for this, so an officer outside it must decide.")
    if not decides(session, change, held, now):
        raise NotPermitted("Somebody else must decide: an officer of the organisation, if it has one.")
    if isinstance(wanted, RoleWanted):
        check_gives_none_of_theirs(session, wanted, held, now)


def refuse(session: Session, change: PolicyChange, now: datetime, officer_id: UUID) -> None:
    """Let nothing come of a waiting change; who asked for it may take it back so.

    Raises NotPermitted to whom it is about and who counts as one with them, Conflict as ``approve`` does.
    """
    if change.person_id in one_with(session, officer_id, now):
        raise NotPermitted("Somebody else must decide: not whom it is about.")
    _close(session, change, now, officer_id, PolicyState.REFUSED)
    _audit(session, Event.ACCESS_POLICY_REFUSED, change, officer_id, now)
    session.expire(change)


def _close(
    session: Session,
    change: PolicyChange,
    now: datetime,
    officer_id: UUID,
    state: PolicyState,
    *,
    since: datetime | None = None,
) -> None:
    decided = session.execute(
        update(PolicyChange)
        .where(
            col(PolicyChange.id) == change.id,
            col(PolicyChange.state) == PolicyState.WAITING,
            true() if since is None else col(PolicyChange.proposed_at) > since,
        )
        .values(state=state, decided_by=officer_id, decided_at=now)
        .execution_options(synchronize_session=False)
    )
    if decided.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict(
            "Somebody has decided on this meanwhile, or it waited for over 30 days and can only be refused."
        )


def waiting(session: Session, organisation_ids: Collection[UUID], now: datetime) -> Sequence[PolicyChange]:
    """What waits for whoever approves access at these organisations, the oldest first."""
    return session.exec(
        select(PolicyChange)
        .where(
            col(PolicyChange.organisation_id).in_(organisation_ids),
            still_waits(now),
            col(PolicyChange.kind).not_in(APART),
        )
        .order_by(col(PolicyChange.id))
    ).all()


def get_waiting(session: Session, change_id: UUID, organisation_ids: Collection[UUID]) -> PolicyChange:
    """One of them. Raises NotFound."""
    found = session.get(PolicyChange, change_id)
    if found is None or found.organisation_id not in organisation_ids or found.kind in APART:
        raise NotFound("There is no such change.")
    if found.state is not PolicyState.WAITING:
        raise NotFound("This change was decided.")
    return found


def asked_by(session: Session, person_id: UUID, limit: int) -> Sequence[PolicyChange]:
    """What somebody asked for, the newest first, whatever became of it."""
    query = select(PolicyChange).where(col(PolicyChange.proposed_by) == person_id)
    return session.exec(query.order_by(col(PolicyChange.id).desc()).limit(limit)).all()


def get_asked(session: Session, change_id: UUID, person_id: UUID) -> PolicyChange:
    """One of them. Raises NotFound."""
    found = session.get(PolicyChange, change_id)
    if found is None or found.proposed_by != person_id:
        raise NotFound("There is no such change.")
    return found


def check(session: Session, change: PolicyChange, wanted: Wanted, now: datetime) -> None:
    """Whether what waits can still be done, and who asked for it could still ask.

    An app that went to another organisation took along what waits; a role by hand is then for its new owners
    to ask for. Raises as the change's own check does, and Conflict.
    """
    wanted.check(session, now, change.proposed_at)
    if isinstance(wanted, RoleWanted):
        check_may_still_ask(session, wanted, change.proposed_by, now)
    is_given = change.kind is PolicyKind.GRANT and wanted.action is not Action.END
    if not is_given or change.organisation_id == wanted.organisation_id(session):
        return
    if not permissions_of(session, change.proposed_by, now).allows(
        Permission.CHANGE_RULES, change.organisation_id
    ):
        raise Conflict(
            "The app is another organisation’s by now, and who asked for this does not own its apps. Refuse "
            "it, and ask for another."
        )


def _record(session: Session, change: PolicyChange, now: datetime, approver: UUID) -> None:
    provenance, wanted = Provenance(change.proposed_by, SOURCE, change.reason), wanted_by(change)
    check(session, change, wanted, now)
    wanted.record(session, now, provenance, Initiator.person(approver), approver)
    _audit(session, Event.ACCESS_POLICY_CHANGED, change, approver, now)


def _audit(session: Session, event: Event, change: PolicyChange, officer_id: UUID, now: datetime) -> None:
    append(
        session,
        event,
        Initiator.person(officer_id),
        now,
        person_id=change.person_id,
        organisation_id=change.organisation_id,
        app_id=change.app_id,
        details={
            "change_id": str(change.id),
            "kind": change.kind.value,
            "proposed_by": str(change.proposed_by),
        },
    )
