"""The suspension of an account is lifted: whose access that turns, and who decides.

One officer suspends, at once. Lifting gives access back, so it is under the rule of every change that does:
above the configured number of people a second officer decides, who sees what it opens.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.entitlements.preview import AccessChange, Change
from profiles.entitlements.service import facts_of, preview
from profiles.errors import Conflict, NotPermitted
from profiles.people.second_officers import tell
from profiles.roles.parties import one_with
from profiles.roles.permissions import Permission
from profiles.roles.service import permissions_of, who_may
from profiles.suspensions import service
from profiles.suspensions.models import AccountSuspension


@dataclass(frozen=True)
class Opening:
    """What lifting opens: every app where access would begin, and whether a role in Lanyard comes back."""

    changes: tuple[AccessChange, ...]
    has_role: bool

    @property
    def people(self) -> int:
        """How many people's access turns: at most one."""
        return int(bool(self.changes) or self.has_role)


def foresee(session: Session, suspension: AccountSuspension, now: datetime) -> Opening:
    """What lifting it now would open, at once or, where that is nothing, the first time that it does."""
    before = facts_of(session, suspension.person_id, now)
    after = replace(before, suspensions=tuple(one for one in before.suspensions if not one.holds(now)))
    opened: list[AccessChange] = []
    for at in (now, *(one for one in after.instants if one > now)):
        compared = preview(session, before, after, at, at, known_at=now)
        opened = [one for one in compared if one.change is not Change.STAYS]
        if opened:
            break
    return Opening(tuple(opened), permissions_of(session, suspension.person_id, now).any)


def must_wait(opening: Opening, alone_up_to: int) -> bool:
    """Whether a second officer decides."""
    return opening.people > alone_up_to


def shown(suspension: AccountSuspension, opening: Opening) -> str:
    """What a page shows of it to somebody who decides: this very wish, and what it opens."""
    lines = [str(suspension.id), str(opening.has_role)]
    lines += [f"{one.app_id}:{one.change}:{one.roles_after}" for one in opening.changes]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def ask(
    session: Session,
    now: datetime,
    *,
    suspension: AccountSuspension,
    organisation_id: UUID,
    officer_id: UUID,
    reason: str,
) -> AccountSuspension:
    """Let the lifting wait for another officer of the organisation; they are told.

    Raises Invalid without a reason, NotPermitted to the person and who counts as one with them, Conflict when
    somebody has asked already.
    """
    person_id = suspension.person_id
    _check_apart(session, suspension, officer_id, now)
    if suspension.lift_asked_by is not None:
        raise Conflict("A colleague has asked for this already. Look at it again.")
    asked = service.ask_to_lift(
        session,
        now,
        suspension=suspension,
        organisation_id=organisation_id,
        officer_id=officer_id,
        reason=reason,
    )
    tell(
        session,
        now,
        permission=Permission.SUSPEND_ACCOUNTS,
        organisation_id=organisation_id,
        what="the lifting of a suspension of an account",
        where="People, Suspended accounts",
        except_for=(officer_id, person_id),
    )
    return asked


def refuse(
    session: Session, now: datetime, *, suspension: AccountSuspension, officer_id: UUID
) -> AccountSuspension:
    """Leave it in place; who asked takes the wish back so.

    Raises NotPermitted to the person and who counts as one with them, Conflict where nobody has asked.
    """
    _check_apart(session, suspension, officer_id, now)
    if suspension.lift_asked_by is None:
        raise Conflict("Nobody asks for this any more.")
    return service.leave_in_place(session, now, suspension=suspension, officer_id=officer_id)


def lift(
    session: Session,
    now: datetime,
    *,
    suspension: AccountSuspension,
    officer_id: UUID,
    reason: str,
    alone_up_to: int,
) -> None:
    """Lift it, as the second officer, or alone where it turns the access of no more people than one may.

    ``reason`` is that of who lifts it alone. Raises Invalid without one, NotPermitted to the person, to who
    asked, and to who counts as one with either, and Conflict when somebody was quicker.
    """
    one = _check_apart(session, suspension, officer_id, now)
    asked_by = suspension.lift_asked_by
    if asked_by in one or (asked_by is None and must_wait(foresee(session, suspension, now), alone_up_to)):
        raise NotPermitted("Another security officer must agree to this.")
    service.lift_account_suspension(
        session,
        now,
        suspension=suspension,
        officer_id=officer_id,
        reason=reason if asked_by is None else suspension.lift_reason,
    )


def may_approve(session: Session, suspension: AccountSuspension, officer_id: UUID, now: datetime) -> bool:
    """Whether this officer is the second one."""
    return one_with(session, officer_id, now).isdisjoint((suspension.person_id, suspension.lift_asked_by))


def has_second(
    session: Session, suspension: AccountSuspension, organisation_id: UUID, officer_id: UUID, now: datetime
) -> bool:
    """Whether anybody of the organisation could agree to what this officer asks for."""
    officers = who_may(session, Permission.SUSPEND_ACCOUNTS, organisation_id, now)
    concerned = (suspension.person_id, officer_id)
    return any(one_with(session, one, now).isdisjoint(concerned) for one in officers)


def _check_apart(
    session: Session, suspension: AccountSuspension, officer_id: UUID, now: datetime
) -> frozenset[UUID]:
    one = one_with(session, officer_id, now)
    if suspension.person_id in one:
        raise NotPermitted("A colleague must decide on your own account.")
    return one
