"""An app's owner lets officers of other organisations give its roles to their own people by hand."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlmodel import Session

from profiles.access_policy.foreseen import Foreseen
from profiles.access_policy.models import Action, PolicyKind
from profiles.apps import service as apps
from profiles.apps.models import AppDelegation
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Conflict, Invalid
from profiles.organisations import service as organisations
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.temporal import (
    Provenance,
    civil_date,
    current,
    end,
    end_of_day,
    history,
    is_recorded_day,
    record,
)


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


def delegations_of(session: Session, app_id: UUID, now: datetime) -> Sequence[AppDelegation]:
    """The delegations of an app that hold now."""
    return current(session, AppDelegation, now, now, app_id=app_id)


def covers(session: Session, app_id: UUID, role_name: str, organisation_id: UUID, now: datetime) -> bool:
    """Whether a delegation lets officers of this organisation give the role to its people."""
    above = organisations.tree(session, now).ancestors_of(organisation_id)
    return any(
        one.role_name in (None, role_name)
        and (one.organisation_id == organisation_id or (one.include_subtree and one.organisation_id in above))
        for one in delegations_of(session, app_id, now)
    )


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
    for one in history(session, AppDelegation, now):
        if one.valid_from <= now and (one.valid_to is None or one.valid_to > now):
            delegated.setdefault(one.app_id, []).append(one)
    for app in apps.apps_of(session):
        if app_ids is not None and app.id not in app_ids:
            continue
        owns = app.organisation_id in owned
        if not owns and app.id not in delegated:
            continue
        for role in apps.roles_of(session, app.id):
            places = owned if owns else frozenset[UUID]()
            for one in delegated.get(app.id, ()):
                if one.role_name in (None, role.name):
                    below = known.subtree_of(one.organisation_id) if one.include_subtree else frozenset()
                    places |= mine & (below | {one.organisation_id})
            if places:
                found[app.id, role.name] = places
    return found
