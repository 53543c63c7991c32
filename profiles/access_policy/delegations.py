"""An app's owner lets officers of other organisations give its roles to their own people by hand."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select, tuple_
from sqlmodel import Session, col

from profiles.access_policy.foreseen import Foreseen
from profiles.access_policy.models import Action, PolicyKind
from profiles.apps import service as apps
from profiles.apps.models import App, AppDelegation, AppRole
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.employments.models import Posting
from profiles.errors import Conflict, Invalid
from profiles.organisations import service as organisations
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.temporal import (
    Provenance,
    as_of,
    civil_date,
    current,
    end,
    end_of_day,
    is_recorded_day,
    record,
)

LONGEST_DAYS = 366
"""Where nothing else is configured."""


@dataclass(frozen=True)
class DelegationWanted:
    """What an owner wants of a delegation; it ends at once when it is to end."""

    kind: ClassVar[PolicyKind] = PolicyKind.DELEGATION

    app_id: UUID
    action: Action
    to_id: UUID
    include_subtree: bool = False
    role_name: str | None = None
    last_day: date | None = None
    version_id: UUID | None = None
    longest_days: int = LONGEST_DAYS
    """How many days from when it was asked for it lasts at most."""

    def organisation_id(self, session: Session) -> UUID:
        """Whose officers decide: those of the organisation whose app it is."""
        return apps.get(session, self.app_id).organisation_id

    @property
    def person_id(self) -> UUID | None:
        """It is about nobody alone."""
        return None

    def check(self, session: Session, now: datetime, asked_at: datetime) -> None:
        """Whether it can be done. Raises Invalid, naming the field, Conflict, NotFound."""
        if self.action is Action.END:
            self._held(session)
            return
        organisations.get(session, self.to_id, now)
        if self.role_name is not None and self.role_name not in {
            role.name for role in apps.roles_of(session, self.app_id)
        }:
            raise Invalid(f"The app has no role called {self.role_name!r}.", field="role_name")
        if (
            self.last_day is None
            or not is_recorded_day(self.last_day)
            or self.last_day < civil_date(asked_at)
        ):
            raise Invalid("The last day must be today or later.", field="last_day")
        if self.last_day > civil_date(asked_at) + timedelta(days=self.longest_days):
            raise Invalid(
                f"It lasts {self.longest_days} days at most. Delegate again then, if it is still needed.",
                field="last_day",
            )

    def foresee(self, session: Session, now: datetime) -> Foreseen:
        """It changes nobody's access by itself, but lets others do so: two decide, and one may end it."""
        return Foreseen(needs_two=self.action is not Action.END)

    def record(
        self, session: Session, now: datetime, provenance: Provenance, initiator: Initiator, _approver: UUID
    ) -> None:
        """Let it be so from now on. Raises Conflict when its last day is over."""
        if self.action is Action.END:
            end(session, self._held(session), now, now, provenance)
            event = Event.APP_DELEGATION_ENDED
        else:
            ends_at = end_of_day(self.last_day) if self.last_day else now
            if ends_at <= now:
                raise Conflict("Its last day is over. Refuse it, and ask for another.")
            delegation = AppDelegation(
                app_id=self.app_id,
                organisation_id=self.to_id,
                include_subtree=self.include_subtree,
                role_name=self.role_name,
                **provenance.stamp(now, now, ends_at),
            )
            record(session, delegation)
            event = Event.APP_DELEGATED
        append(session, event, initiator, now, app_id=self.app_id, organisation_id=self.to_id)

    def _held(self, session: Session) -> AppDelegation:
        found = session.get(AppDelegation, self.version_id) if self.version_id else None
        if found is None or found.app_id != self.app_id or found.superseded_at is not None:
            raise Conflict("This delegation was changed meanwhile.")
        return found


def delegations_of(
    session: Session, app_id: UUID, at: datetime, known_at: datetime | None = None
) -> Sequence[AppDelegation]:
    """The delegations of an app that hold at ``at``, as known at ``known_at``."""
    return current(session, AppDelegation, at, known_at or at, app_id=app_id)


def covers(session: Session, app_id: UUID, role_name: str, organisation_id: UUID, now: datetime) -> bool:
    """Whether a delegation lets officers of this organisation give the role to its people."""
    above = organisations.tree(session, now).ancestors_of(organisation_id)
    return any(
        one.role_name in (None, role_name)
        and (one.organisation_id == organisation_id or (one.include_subtree and one.organisation_id in above))
        for one in delegations_of(session, app_id, now)
    )


def is_decided_by(
    model: Any,
    session: Session,
    permissions: Permissions,
    at: datetime,
    known_at: datetime | None = None,
) -> ColumnElement[bool]:
    """Of a row with ``app_id``, ``role_name`` and ``person_id``: whether an officer decides on it at ``at``.

    They own the app, or the role is delegated to officers of where they are one and the person works, as
    known at ``known_at``.
    """
    known_at = known_at or at
    owned, mine = (
        permissions.organisations(one) for one in (Permission.CHANGE_RULES, Permission.GRANT_ACCESS)
    )
    owns = col(model.app_id).in_(select(col(App.id)).where(col(App.organisation_id).in_(sorted(owned))))
    known = organisations.tree(session, at, known_at)
    below = [(one, above) for one in sorted(mine) for above in known.ancestors_of(one)]
    place, to = col(Posting.organisation_id), col(AppDelegation.organisation_id)
    role = col(AppDelegation.role_name)
    delegated = exists().where(
        as_of(AppDelegation, at, known_at),
        col(AppDelegation.app_id) == col(model.app_id),
        or_(role.is_(None), role == col(model.role_name)),
        as_of(Posting, at, known_at),
        col(Posting.person_id) == col(model.person_id),
        place.in_(sorted(mine)),
        or_(place == to, and_(col(AppDelegation.include_subtree), tuple_(place, to).in_(below))),
    )
    return or_(owns, delegated)


def may_give(
    session: Session, permissions: Permissions, now: datetime, app_ids: Collection[UUID] | None = None
) -> dict[tuple[UUID, str], frozenset[UUID]]:
    """Which roles of which apps an officer may give by hand, and to the people of which organisations.

    An app's owner may to the people of all organisations that they are owner for; others by delegation.
    """
    owned, mine = (
        permissions.organisations(one) for one in (Permission.CHANGE_RULES, Permission.GRANT_ACCESS)
    )
    known = organisations.tree(session, now)
    found: dict[tuple[UUID, str], frozenset[UUID]] = {}
    delegated: dict[UUID, list[AppDelegation]] = {}
    for one in current(session, AppDelegation, now, now):
        delegated.setdefault(one.app_id, []).append(one)
    roles = select(col(App.id), col(App.organisation_id), col(AppRole.name)).join(
        AppRole, col(AppRole.app_id) == col(App.id)
    )
    mine_or_delegated = or_(col(App.organisation_id).in_(sorted(owned)), col(App.id).in_(sorted(delegated)))
    if app_ids is not None:
        roles = roles.where(col(App.id).in_(app_ids))
    for app_id, organisation_id, role_name in session.execute(roles.where(mine_or_delegated)):
        places = owned if organisation_id in owned else frozenset[UUID]()
        for one in delegated.get(app_id, ()):
            if one.role_name in (None, role_name):
                below = known.subtree_of(one.organisation_id) if one.include_subtree else frozenset()
                places |= mine & (below | {one.organisation_id})
        if places:
            found[app_id, role_name] = places
    return found
